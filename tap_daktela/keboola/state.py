"""What the component remembers between runs: where each stream ended, and which columns each table has.

    {"version": 1, "url": …, "server": …, "singer": {"bookmarks": …}, "columns": {table: […]},
     "fingerprints": {stream: …}}

Keboola hands over `{}` on the first run and after Reset State. On its way through the platform an empty object becomes
an empty list, and so does an object whose keys count from 0.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tap_daktela.daktela.clock import parse_instant
from tap_daktela.errors import UserError
from tap_daktela.runtime.files import parse_json

LOGGER = logging.getLogger(__name__)

VERSION = 1

Bookmarks = dict[str, dict[str, Any]]
"""Per stream and time axis, the instant up to which everything was read; and numbers of rows that the tap counts."""


@dataclass(frozen=True)
class StoredState:
    """What one run leaves to the next.

    `bookmarks` are those of Singer's state, `columns` the columns that each table has been given, by its name in
    Storage, `fingerprints` the fingerprint of each stream's bookmark (see `fingerprint`).
    """

    bookmarks: Bookmarks = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)
    fingerprints: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "StoredState":
        """Return what the state file at `path` holds: nothing if there is none, as before the first run.

        UserError if it cannot be read: else a run would read everything again, or lose what it has to remember.
        """
        try:
            text = path.read_text(encoding="utf-8-sig")
            return cls.load(parse_json(text) if text.strip() else None)
        except FileNotFoundError:
            return cls()
        except OSError as error:
            raise UserError(f"{path} cannot be read: {error.strerror}; it should be a file with the state") from error
        except UnicodeDecodeError as error:
            raise UserError(f"{path} is not text in UTF-8; reset the state") from error
        except ValueError as error:
            raise UserError(f"{path} {error}; reset the state") from error

    @classmethod
    def load(cls, raw: object) -> "StoredState":
        """Return the state that the JSON value `raw` is. One that is not understood counts as empty, with a warning."""
        state = _object(raw)
        if state is not None and not state:
            return cls()
        if state is None or state.get("version") != VERSION:
            LOGGER.warning(
                "The state was not written by this component: everything is read from the date in 'from' on."
            )
            return cls()
        singer, columns = _object(state.get("singer")), _object(state.get("columns"))
        # Builds before 0.2.0 called the fingerprints "scopes". Without them every stream would be read again.
        fingerprints = _object(state.get("fingerprints", state.get("scopes")))
        bookmarks = _object((singer or {}).get("bookmarks"))
        if singer is None or bookmarks is None or columns is None or fingerprints is None:
            LOGGER.warning("The state is damaged: everything is read from the date in 'from' on.")
            return cls(columns=_columns(columns or {}))
        texts = {str(stream): str(text) for stream, text in fingerprints.items()}
        return cls(_bookmarks(bookmarks), _columns(columns), texts)

    def dump(self, url: str, server: str) -> dict[str, Any]:
        """Return the content of the state file; `url` and `server` tell people whose state it is."""
        return {
            "version": VERSION,
            "url": url,
            "server": server,
            "singer": {"bookmarks": self.bookmarks},
            "columns": self.columns,
            "fingerprints": self.fingerprints,
        }

    def still_valid(self, fingerprints: Mapping[str, str]) -> Bookmarks:
        """Return the bookmarks of the streams in `fingerprints` that have the same fingerprint; log the others."""
        stored = {name: marks for name, marks in self.bookmarks.items() if name in fingerprints}
        changed = sorted(name for name in stored if self.fingerprints.get(name) != fingerprints[name])
        if changed:
            LOGGER.info(
                "The instance, the format, a table's name or a filter is not that of the last run; read from the date "
                "in 'from' on: %s",
                ", ".join(changed),
            )
        return {name: marks for name, marks in stored.items() if name not in changed}

    def after(self, run: "RunResult") -> "StoredState":
        """Return what to remember once the tables of `run` are written."""
        bookmarks = dict(self.bookmarks)
        for stream, marks in run.bookmarks.items():
            same = self.fingerprints.get(stream) == run.fingerprints.get(stream)
            gapless = stream in run.continued or stream not in bookmarks or not same
            bookmarks[stream] = marks if gapless else _without_gap(bookmarks[stream], marks, run.start)
        new = {stream: run.fingerprints[stream] for stream in run.bookmarks if stream in run.fingerprints}
        return StoredState(bookmarks, {**self.columns, **run.columns}, {**self.fingerprints, **new})


@dataclass(frozen=True)
class RunResult:
    """What a run did: where it began (`start`, or the bookmarks `continued`), where it ended, and what it wrote.

    `bookmarks` are those after the run; `columns` are by the table's name in Storage.
    """

    start: datetime
    continued: Bookmarks
    bookmarks: Bookmarks
    fingerprints: Mapping[str, str]
    columns: dict[str, list[str]]


def instants(marks: Mapping[str, Any]) -> dict[str, str]:
    """Return the bookmarks of one stream along its time axes, without the numbers of rows."""
    return {axis: mark for axis, mark in marks.items() if isinstance(mark, str)}


def fingerprint(*facts: object) -> str:
    """Return a short text that changes if one of the facts changes on which the meaning of a bookmark depends."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _without_gap(before: Mapping[str, Any], after: Mapping[str, Any], start: datetime) -> dict[str, str]:
    """Return the bookmarks of one stream up to which *everything* has been read, after a run from `start` to `after`.

    A run over a period of its own may begin after the old bookmark. That would leave a gap, so the old one stays.
    """
    marks = dict(before)
    for axis, text in instants(after).items():
        if axis not in marks or parse_instant(marks[axis]) >= start:
            marks[axis] = max(text, marks.get(axis, text), key=parse_instant)
    return marks


def _object(raw: object) -> Mapping[str, Any] | None:
    """Return an object. Null and an empty list stand for an empty one, a list for one whose keys count from 0."""
    if raw is None:
        return {}
    if isinstance(raw, list):
        return {str(number): value for number, value in enumerate(raw)}
    return raw if isinstance(raw, Mapping) else None


def _bookmarks(raw: Mapping[str, Any]) -> Bookmarks:
    """Return the bookmarks that can be used; log the others."""
    good: Bookmarks = {}
    for stream, marks in raw.items():
        axes = _object(marks)
        kept = {axis: mark for axis, mark in (axes or {}).items() if axis != "version" and mark not in ([], {})}
        if axes is None or not all(map(_is_mark, kept.values())):
            LOGGER.warning("The state of '%s' is damaged: it is read from the date in 'from' on.", stream)
            continue
        good[str(stream)] = kept
    return good


def _columns(raw: Mapping[str, Any]) -> dict[str, list[str]]:
    return {
        str(table): [str(name) for name in names] for table, names in raw.items() if isinstance(names, list) and names
    }


def _is_mark(mark: object) -> bool:
    """Tell whether a value is an instant, or an object of numbers of rows."""
    if isinstance(mark, Mapping):
        return all(type(count) is int for count in mark.values())
    try:
        parse_instant(str(mark))
    except ValueError:
        return False
    return True
