"""The sandbox's clock, and wall-clock text in the time zone of the instance."""

import re
import time
from collections.abc import Iterable
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

_MINUTE = 60
_QUARTER = 15 * _MINUTE
"""Clocks differ by quarters of an hour, and change between two of them."""

_MINUTES_AND_SECONDS = [f"{second // _MINUTE:02d}:{second % _MINUTE:02d}" for second in range(60 * _MINUTE)]


def parse_instant(text: str) -> float:
    """The seconds since the epoch of an RFC 3339 timestamp. ValueError for other text and for one without offset."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", text):
        raise ValueError(f"{text!r} is no RFC 3339 timestamp such as 2024-03-01T12:00:00Z")
    return datetime.fromisoformat(re.sub("[Zz]$", "+00:00", text)).timestamp()


def parse_jump(text: str) -> tuple[int, float]:
    """The request number, counted from 1, and the seconds of `SECONDS@N`. ValueError for other text."""
    match = re.fullmatch(r"([+-]?[0-9]+(?:\.[0-9]+)?)@([1-9][0-9]*)", text)
    if not match:
        raise ValueError(f"{text!r} is not SECONDS@N")
    return int(match[2]), float(match[1])


def jump_at(jumps: Iterable[str], request_number: int) -> float:
    """The seconds by which the clock is wrong at a request: the last jump that has happened counts."""
    happened = [jump for jump in map(parse_jump, jumps) if jump[0] <= request_number]
    return max(happened, default=(0, 0.0))[1]


class SandboxClock:
    """The server's time. It can start anywhere, stand still, run ahead of real time and be moved forward.

    `start` and `skew` are seconds since the epoch and seconds; `zone` is the name of the instance's time zone.
    """

    def __init__(self, zone: str, start: float | None = None, *, freeze: bool = False, skew: float = 0.0) -> None:
        self.zone = ZoneInfo(zone)
        self._frozen = freeze
        self._real_start = time.time()
        self._start = (self._real_start if start is None else start) + skew
        self._hours: dict[int, tuple[str, int]] = {}

    def now(self) -> float:
        """The server's time in seconds since the epoch."""
        return self._start if self._frozen else self._start + time.time() - self._real_start

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self._start += seconds

    def text(self, epoch: float) -> str:
        """Wall-clock text without offset, as Daktela stores and sends it."""
        second = int(epoch)
        hour, begin = self._hours.get(second // _QUARTER) or self._hour_of(second // _QUARTER)
        return hour + _MINUTES_AND_SECONDS[second - begin]

    def _hour_of(self, quarter: int) -> tuple[str, int]:
        """The text of the local hour of a quarter of an hour, and the second at which that hour begins."""
        local = self.local(quarter * _QUARTER)
        found = f"{local:%Y-%m-%d %H:}", quarter * _QUARTER - local.minute * _MINUTE
        self._hours[quarter] = found
        return found

    def local(self, epoch: float) -> datetime:
        """The same instant as an aware datetime in the instance's zone."""
        return datetime.fromtimestamp(epoch, timezone.utc).astimezone(self.zone)

    def now_text(self) -> str:
        """`now` as wall-clock text."""
        return self.text(self.now())
