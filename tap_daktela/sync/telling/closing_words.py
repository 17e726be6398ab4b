"""The words with which a run ends: failures first, then what each stream brought, and one line for the whole."""

import logging
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tabulate import tabulate

from tap_daktela.sync.telling.lines import plural, shortened, took
from tap_daktela.sync.telling.signs import Signs

WIDTH = 78
"""Columns of a line in the table, which stands two columns further right."""

LONGEST_REASON = 300
"""Characters that are shown of the reason of a failure. It was told in full when the stream failed."""


class Brought(NamedTuple):
    """What one stream brought: rows written, values that were invalid, seconds (None if another stream has them).

    `bookmark` is the one in the last state that was written, as text; None if there is none. `is_complete` says whether
    the stream was read to its end.
    """

    name: str
    rows: int
    invalid: int
    seconds: float | None
    bookmark: str | None
    is_complete: bool


class Ending(NamedTuple):
    """How a run ended. `reasons` say why streams failed, `failed` is how many did. `is_whole` says if all went well.

    `left_out` is the number of streams that the user may not read, and that were skipped therefore. `unit` names the
    part of a backfill that was read, if it was one.
    """

    brought: Sequence[Brought]
    reasons: Sequence[str]
    failed: int
    seconds: float
    requests: int
    retries: int
    is_whole: bool
    left_out: int = 0
    unit: str = ""


class Words(NamedTuple):
    """A line that is told with the lines of a `block` below it."""

    line: str
    block: Sequence[str] = ()


def tell(logger: logging.Logger, told: Iterable[Words]) -> None:
    """Log how something ended. Who wants only warnings wants to know that, too."""
    logger.setLevel(logging.INFO if logging.getLogger().level <= logging.WARNING else logging.NOTSET)
    for words in told:
        logger.info("%s", words.line)
        for line in words.block:
            logger.info("%s", line, extra={"in_block": True})


def closing_words(ending: Ending, signs: Signs) -> list[Words]:
    """Return what is told at the end of a run."""
    words = []
    if ending.reasons:
        words.append(Words("Failed:", [f"{signs.bad} {shortened(one, LONGEST_REASON)}" for one in ending.reasons]))
    with_rows = [one for one in ending.brought if one.rows]
    if with_rows:
        words.append(Words("Rows written:", table(with_rows)))
    empty = sum(one.is_complete and not one.rows for one in ending.brought)
    if empty:
        words.append(Words(f"{_streams(empty)}: nothing new"))
    return [*words, Words(_whole(ending, signs))]


def table(brought: Sequence[Brought]) -> list[str]:
    """Return the lines of the table, which fit into `WIDTH` if the names do."""
    with_invalid = any(one.invalid for one in brought)
    lines = _table(brought, with_seconds=True, with_invalid=with_invalid)
    if max(map(len, lines)) > WIDTH:
        lines = _table(brought, with_seconds=False, with_invalid=with_invalid)
    return lines


def _table(brought: Sequence[Brought], *, with_seconds: bool, with_invalid: bool) -> list[str]:
    columns = {"stream": [one.name for one in brought], "rows": [f"{one.rows:,}" for one in brought]}
    if with_invalid:
        columns["invalid"] = [f"{one.invalid:,}" if one.invalid else "" for one in brought]
    if with_seconds:
        columns["seconds"] = ["" if one.seconds is None else f"{one.seconds:,.1f}" for one in brought]
    align = ["left", *["right"] * (len(columns) - 1)]
    if any(one.bookmark for one in brought):
        columns["bookmark written"] = [one.bookmark or "" for one in brought]
        align.append("left")
    text = tabulate(columns, headers="keys", tablefmt="plain", colalign=align, disable_numparse=True)
    return [line.rstrip() for line in text.splitlines()]


def _whole(ending: Ending, signs: Signs) -> str:
    rows = sum(one.rows for one in ending.brought)
    sign = signs.good if ending.is_whole else signs.bad
    unit = f"{ending.unit}: " if ending.unit else ""
    parts = [f"{sign} {unit}{plural(rows, 'row')} of {_streams(len(ending.brought))} in {took(ending.seconds)}"]
    if ending.failed:
        parts.append(f"{_streams(ending.failed)} failed")
    if unread := sum(not one.is_complete for one in ending.brought) - ending.failed:
        parts.append(f"{_streams(unread)} not read to the end")
    if ending.left_out:
        parts.append(f"{_streams(ending.left_out)} left out")
    details = [
        (sum(one.invalid for one in ending.brought), "invalid value"),
        (ending.requests, "request"),
        (ending.retries, "repeated request"),
    ]
    shown = ", ".join(plural(count, what) for count, what in details if count)
    return f"{'; '.join(parts)}{f' ({shown})' if shown else ''}"


def _streams(count: int) -> str:
    return plural(count, "stream")
