"""From a row of a result to an answer, whatever a client made of the values. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from tap_daktela.daktela import clock
from tap_daktela.reconcile.warehouse.questions import Answer, Slice, What

COLUMNS = (
    "what", "stream", "axis", "window_start", "window_end", "row_key", "row_time", "row_count", "key_digest"
)  # fmt: skip
"""The columns of every result, in the order in which they are asked for."""

NULLABLE = COLUMNS[5:]
"""Those that may be null."""

_NULLS = {"", "NULL", "null", "\\N"}
"""What clients write for a null."""

_WHOLE = re.compile(r"\d+(\.0+)?", re.ASCII)


def answer_of(row: Mapping[str, object], zone: ZoneInfo | None) -> Answer:
    """Return the answer in a row of a result, by column; ValueError with the end of a sentence if it is none.

    `zone` is that of the wall clock on which the row has its times; None for UTC.
    """
    what = _what(_text(row, "what"))
    ends = (_instant(row, "window_start"), _instant(row, "window_end"))
    one = Slice(_text(row, "stream") or "", _text(row, "axis") or "", *ends)
    count = _number(row, "row_count")
    if what is What.KEYS and count is None:
        return Answer(what, one, _key(row), _time(row, zone))
    if count is None:
        raise ValueError("has no row_count")
    if what is What.HELD:
        return Answer(what, one, _key(row), _time(row, zone), count)
    digest = _number(row, "key_digest")
    if what is What.DIGESTS and digest is None:
        raise ValueError("has no key_digest")
    return Answer(what, one, rows=count, digest=digest)


def _what(word: str | None) -> What:
    try:
        return What(word)
    except ValueError:
        raise ValueError(f"has '{word}' in the column what, and not {', '.join(What)}") from None


def _text(row: Mapping[str, object], column: str) -> str | None:
    value = row[column]
    return None if value is None or value in _NULLS else str(value)


def _key(row: Mapping[str, object]) -> str:
    value = row["row_key"]
    if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
        raise ValueError(f"has {value!r} as row_key, and keys are text: export them as text")
    return str(value)


def _instant(row: Mapping[str, object], column: str) -> datetime | None:
    text = _text(row, column)
    try:
        return None if text is None else clock.parse_instant(text)
    except ValueError as error:
        raise ValueError(f"has a {column} that was changed since: {error}") from None


def _time(row: Mapping[str, object], zone: ZoneInfo | None) -> datetime | None:
    text = _text(row, "row_time")
    if text is None:
        return None
    try:
        return clock.parse_instant(text) if zone is None else clock.to_utc(text, zone)
    except ValueError as error:
        raise ValueError(f"has a row_time that was changed since: {error}") from None


def _number(row: Mapping[str, object], column: str) -> int | None:
    text = _text(row, column)
    if text is None:
        return None
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"has '{text}' as {column}, which is no whole number")
    return int(text.partition(".")[0])
