"""Files with the answers of a warehouse: CSV with a header, arrays of JSON, or an object of JSON on each line."""

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from tap_daktela.daktela import clock
from tap_daktela.errors import ConfigError
from tap_daktela.reconcile.warehouse.answer_rows import COLUMNS, NULLABLE, answer_of
from tap_daktela.reconcile.warehouse.questions import Answer, Slice, What

Row = Mapping[str, object]

_PLAIN = "Let the client write CSV with a header, or JSON, and nothing else (psql --csv --quiet)"
_SOMETHING = re.compile(r"\S")
_DECODER = json.JSONDecoder()


def read_files(paths: Iterable[str], zone: ZoneInfo | None = None) -> list[Answer]:
    """Return the answers in files, each once, whatever round they are from.

    No answer replaces another one: where two differ, the warehouse changed between them, and only the user knows which
    one is newer. So that is a ConfigError, too. `zone` and other errors as in `read_answers`.
    """
    given: dict[tuple[What, Slice, str | None], tuple[Answer, str]] = {}
    for path in paths:
        for answer in read_answers(path, zone):
            known, source = given.setdefault((answer.what, answer.slice, answer.key), (answer, path))
            if known != answer:
                both = path if path == source else f"{source} and {path}"
                raise ConfigError(
                    f"answers: {both}: there are two answers about {_about(answer)}, and they differ: leave out the "
                    "older one, or all that were given before the warehouse changed"
                )
    return [answer for answer, _ in given.values()]


def read_answers(path: str, zone: ZoneInfo | None = None) -> list[Answer]:
    """Return the answers in a file. It may hold any number of results, one after another.

    `zone` is that of the wall clock on which the tables have their times; None for UTC. ConfigError names the file, the
    line and what to do.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"answers: {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"answers: {path} is no text in UTF-8. Let the client write UTF-8") from None
    rows = _json_rows(text) if text.lstrip().startswith(("[", "{")) else _csv_rows(text)
    try:
        answers = [_answer(place, row, zone) for place, row in rows]
    except (ValueError, csv.Error) as error:
        raise ConfigError(f"answers: {path}: {error}") from None
    if not answers:
        raise ConfigError(f"answers: {path} holds no answer. {_PLAIN}")
    _refuse_cut_off(answers, path)
    return answers


def _refuse_cut_off(answers: Sequence[Answer], path: str) -> None:
    """Raise a ConfigError where a slice has fewer keys than the warehouse says: many clients show only some rows."""
    keys: dict[Slice, set[str]] = defaultdict(set)
    for one in answers:
        if one.what is What.KEYS and one.key is not None:
            keys[one.slice].add(one.key)
    for one in answers:
        there = len(keys[one.slice])
        if one.what is What.KEYS and one.key is None and there != one.rows:
            raise ConfigError(
                f"answers: {path} has {there} of {one.rows} {_about(one)}: it is cut off. Let the client write all rows"
            )


def _about(answer: Answer) -> str:
    """Return what an answer is about, without its key, which may be a customer's."""
    one = answer.slice
    ends = f" from {clock.utc_text(one.lower)} to {clock.utc_text(one.upper)}" if one.lower and one.upper else ""
    return f"{answer.what.value} of {one.stream}{one.axis and f' by {one.axis}'}{ends}"


def _answer(place: str, row: Row, zone: ZoneInfo | None) -> Answer:
    try:
        return answer_of(row, zone)
    except ValueError as error:
        raise ValueError(f"{place} {error}") from None


def _csv_rows(text: str) -> Iterator[tuple[str, Row]]:
    """Yield the rows of CSV, each with its place. Every result begins with its header."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    for cells in filter(None, reader):
        names = [cell.strip().lower() for cell in cells]
        if set(COLUMNS) <= set(names):
            header = names
        elif not header:
            missing = ", ".join(name for name in COLUMNS if name not in names)
            raise ValueError(f"line {reader.line_num} is no header: it lacks {missing}. {_PLAIN}")
        elif len(cells) != len(header):
            raise ValueError(
                f"line {reader.line_num} has {len(cells)} of {len(header)} columns: the file was cut off, or this is "
                f"no row of a result. {_PLAIN}"
            )
        else:
            yield f"line {reader.line_num}", dict(zip(header, cells, strict=True))


def _json_rows(text: str) -> Iterator[tuple[str, Row]]:
    """Yield the objects of JSON, each with its place."""
    for line, value in _json_values(text):
        rows = value if isinstance(value, list) else [value]
        for number, row in enumerate(rows, start=1):
            place = f"line {line}" if value is row else f"line {line}, row {number} of the array"
            names = {name.lower(): cell for name, cell in row.items()} if isinstance(row, dict) else {}
            if missing := ", ".join(name for name in COLUMNS if name not in names and name not in NULLABLE):
                raise ValueError(f"{place} is no row of a result: it lacks {missing}. {_PLAIN}")
            yield place, {**dict.fromkeys(NULLABLE), **names}  # BigQuery leaves out what is null.


def _json_values(text: str) -> Iterator[tuple[int, object]]:
    """Yield the values of JSON that follow each other, each with the line on which it begins."""
    line, at = 1, 0
    while found := _SOMETHING.search(text, at):
        begin = found.start()
        line += text.count("\n", at, begin)
        try:
            value, end = _DECODER.raw_decode(text, begin)
        except json.JSONDecodeError as error:
            raise ValueError(f"line {error.lineno} is no JSON: {error.msg}. {_PLAIN}") from None
        yield line, value
        line, at = line + text.count("\n", begin, end), end
