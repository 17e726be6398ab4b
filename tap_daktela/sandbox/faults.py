"""Troubles on purpose: which request is broken, and how."""

from __future__ import annotations

import random
import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_daktela.sandbox.drips import ENDLESS

if TYPE_CHECKING:
    from collections.abc import Iterable

KINDS = (
    "429",
    "429-date",
    "500",
    "502-html",
    "503",
    "504",
    "timeout",
    "reset",
    "truncate",
    "broken-json",
    "html",
    "expired",
    "drip",
    "total",
    "empty",
    "partial",
    *ENDLESS,
    "year-9999",
    "retry-9999",
    "bomb",
)


@dataclass(frozen=True)
class Fault:
    """One kind of trouble: at a rate between 0 and 1, or exactly at the request with this number, counted from 1."""

    kind: str
    rate: float = 0.0
    number: int = 0


def parse(text: str) -> Fault:
    """Read `KIND=RATE` or `KIND@N`. Raises ValueError with a sentence."""
    match = re.fullmatch(r"([a-z0-9-]+)(?:=([0-9.]+)|@([1-9][0-9]*))", text)
    if not match or match[1] not in KINDS:
        raise ValueError(f"{text!r} is not KIND=RATE or KIND@N with one of {', '.join(KINDS)}")
    if match[3]:
        return Fault(match[1], number=int(match[3]))
    rate = float(match[2])
    if rate > 1:
        raise ValueError(f"the rate of {text!r} is above 1")
    return Fault(match[1], rate=rate)


class FaultPlan:
    """Counts the API requests and says which of them are broken; the same seed breaks the same numbers.

    `count` is the number of requests so far.
    """

    def __init__(self, faults: Iterable[str], seed: int) -> None:
        self._faults = [parse(text) for text in faults]
        self._seed = seed
        self.count = 0
        self._dice = random.Random(seed)
        self._lock = threading.Lock()

    def restart(self) -> None:
        """Count from 1 again."""
        with self._lock:
            self.count = 0

    def next(self) -> str:
        """The kind of trouble of the next request, or an empty text."""
        with self._lock:
            self.count += 1
            number = self.count
        dice = random.Random(f"{self._seed}:{number}").random()
        for fault in self._faults:
            if fault.number == number or dice < fault.rate:
                return fault.kind
            dice -= fault.rate
        return ""

    def wrong_total(self, total: int) -> int | str:
        """A number of rows other than `total`: next to it, none, much too large, or no number."""
        wrong = {total + 1, max(total - 1, 0), 0, 3 * total + 50} - {total}
        choices: list[int | str] = [*sorted(wrong), f"{total} rows"]
        return self._dice.choice(choices)
