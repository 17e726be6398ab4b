"""The line that shows how far a run is, for a terminal of any width or for a log."""

import math
from collections.abc import Sequence

from tap_daktela.sync.telling.how_far import HowFar

MINUTE = 60
"""Seconds."""

SHORTEST_NAME = 12
"""Characters that are shown of a stream's name at least. Before it is cut further, the total is left out."""


def duration(seconds: float) -> str:
    """Return a time as `9 s`, `1:22` or `1:02:03`."""
    minutes, rest = divmod(int(seconds), MINUTE)
    hours, minutes = divmod(minutes, MINUTE)
    if hours:
        return f"{hours}:{minutes:02}:{rest:02}"
    return f"{minutes}:{rest:02}" if minutes else f"{rest} s"


def took(seconds: float) -> str:
    """Return how long something took, as `0.3 s`, `12.4 s` or `1:22`."""
    return duration(seconds) if seconds >= MINUTE else f"{seconds:.1f} s"


def live_line(now: HowFar, width: int, dot: str) -> str:
    """Return the line for a terminal with `width` columns, of which it leaves the last one free. `dot` separates.

    What does not fit is left out, the least important first: the time that the run has left, the pace, the share of the
    run, its time, the time that the stream has left. Then the name is cut, and the total is left out.
    """
    place, rows = f"[{now.number}/{now.count}] ", _rows(now)
    fits = width - 1
    for details in _fewer_and_fewer(now):
        line = f" {dot} ".join([f"{place}{now.name}  {rows}", *details])
        if len(line) <= fits:
            return line
    room = fits - len(place) - 2 - len(rows)
    if room < min(SHORTEST_NAME, len(now.name)):
        rows = f"{now.rows:,}"
        room = fits - len(place) - 2 - len(rows)
    return f"{place}{shortened(now.name, room)}  {rows}"[: max(fits, 0)]


def plain_line(now: HowFar) -> str:
    """Return the line for a log."""
    details = [_rows(now), *_of_stream(now), _of_run(now, left=True)]
    return f"[{now.number}/{now.count}] {now.name}: {', '.join(details)}"


def plural(count: int, what: str) -> str:
    """Return a number of things, as `1 row` or `1,355 rows`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def shortened(text: str, width: int) -> str:
    """Return `text`, cut where it has more characters than `width`."""
    return text if len(text) <= width else f"{text[: max(width - 1, 0)]}…"


def _fewer_and_fewer(now: HowFar) -> Sequence[list[str]]:
    """Return the details behind the rows: all of them, and then always fewer."""
    stream, run = _of_stream(now), _of_run(now, left=False)
    most_important = stream[-1:] if now.waiting is not None or _left(now) else []
    return (
        [*stream, _of_run(now, left=True)],
        [*stream, run],
        [*most_important, run],
        [*most_important, f"run {duration(now.elapsed)}"],
        most_important,
        [],
    )


def _rows(now: HowFar) -> str:
    # More rows than the total: they were counted before others came, or are read again.
    is_of_total = now.total is not None and 0 < now.total >= now.rows
    return f"{now.rows:,} of {now.total:,}" if is_of_total else plural(now.rows, "row")


def _of_stream(now: HowFar) -> list[str]:
    if now.waiting is not None:
        return [f"waiting {duration(now.waiting)} for the instance"]
    pace = [f"{now.pace:,.0f} rows/s"] if now.pace is not None and now.pace >= 1 else []
    return [*pace, *filter(None, [_left(now)])]


def _left(now: HowFar) -> str:
    """Return how long the rest of the stream takes; empty if nobody knows, and where all have come but work goes on."""
    if now.total is None or now.pace is None or now.pace < 1 or now.rows >= now.total:
        return ""
    return f"{duration(math.ceil((now.total - now.rows) / now.pace))} left"


def _of_run(now: HowFar, *, left: bool) -> str:
    if now.share is None:
        return f"run {duration(now.elapsed)}"
    rest = f", {duration(max(1, math.ceil(now.left)))} left" if left and now.left is not None else ""
    return f"run {min(99, int(now.share * 100))} % in {duration(now.elapsed)}{rest}"
