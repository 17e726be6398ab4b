"""One part of a backfill: some streams, in one range of time. A plan writes units, one JSON a line."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from tap_daktela.daktela import clock
from tap_daktela.errors import ConfigError
from tap_daktela.runtime.files import parse_json

_TIMES = ("since", "start_date", "end_date")
_ESTIMATES = ("rows", "requests", "bytes", "seconds")


@dataclass(frozen=True)
class Unit:
    """What one run reads: the rows of `streams` from `start_date` to `end_date` (UTC, exclusive), or whole tables.

    - `id`: a name that is unique in its plan, and safe in file names.
    - `url`: the base URL of the instance that the plan was made for.
    - `streams`: names of catalog entries, with the derived ones that are read beside them.
    - `since`: where the whole backfill begins (UTC).
    - `rows`, `requests`, `bytes`, `seconds`: what reading it probably takes; None where the plan does not know.
    """

    id: str
    url: str
    streams: tuple[str, ...]
    since: datetime
    start_date: datetime
    end_date: datetime
    rows: int | None = None
    requests: int | None = None
    bytes: int | None = None
    seconds: float | None = None

    def line(self) -> str:
        """Return the unit as one line of JSON, without its end."""
        value = asdict(self) | {name: clock.utc_text(getattr(self, name)) for name in _TIMES}
        return json.dumps(value, ensure_ascii=False)

    @classmethod
    def parse(cls, text: str, source: str) -> "Unit":
        """Return the unit that `text` holds; ConfigError that begins with `source` if it is none, or more than one."""
        if len(text.split("\n{")) > 1:
            raise ConfigError(f"{source}: it holds several units; hand over one line of the plan")
        try:
            value = parse_json(text)
        except ValueError as error:
            raise ConfigError(f"{source} {error}; hand over one line of the plan") from error
        problem = _problem(value)
        if problem:
            raise ConfigError(f"{source}: {problem}; hand over one line of the plan as it was written")
        since, start, end = (clock.parse_instant(value[name]) for name in _TIMES)
        if not since <= start < end:
            raise ConfigError(f"{source}: since, start_date and end_date of the unit are not in this order")
        estimates = (value.get(name) for name in _ESTIMATES)
        return cls(value["id"], value["url"], tuple(value["streams"]), since, start, end, *estimates)


def _problem(value: Any) -> str:
    """Return why `value` is no unit, as the rest of a sentence; "" if it is one."""
    if not isinstance(value, Mapping):
        return "it is not the object of a unit"
    for name in ("id", "url", *_TIMES):
        if not isinstance(value.get(name), str):
            return f"the unit has no text '{name}'"
    streams = value.get("streams")
    if not isinstance(streams, list) or not streams or not all(isinstance(name, str) for name in streams):
        return "'streams' of the unit is not a list of names"
    try:
        for name in _TIMES:
            clock.parse_instant(value[name])
    except ValueError as error:
        return f"a time of the unit is not usable: {error}"
    return ""
