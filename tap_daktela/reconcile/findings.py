"""What a difference between the instance and the warehouse means. Pure: one row, and what is known of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from tap_daktela.daktela.clock import utc_text
from tap_daktela.reconcile.scope import StreamScope, Times


class FindingKind(str, Enum):
    """What is said of a row that differs. The value is the word in a finding.

    - MISSING: the instance has the row, the warehouse does not, or has another version; no later run brings it.
    - GONE: the warehouse has the row, and the instance does not give it any more.
    - LATE: it differs now, and the next run brings it by itself.
    """

    MISSING = "missing here"
    GONE = "gone there"
    LATE = "late"


@dataclass(frozen=True)
class Finding:
    """What is said of one row.

    `axis` is the column along which it was compared, "" for a whole table. `there` and `here` are its times on that
    axis in the instance and in the warehouse. `other_version` says that the warehouse has another version of it.
    """

    kind: FindingKind
    stream: str
    key: str
    axis: str
    there: datetime | None = None
    here: datetime | None = None
    other_version: bool = False

    def document(self) -> dict[str, Any]:
        """Return the finding as one JSON object."""
        document: dict[str, Any] = {"finding": self.kind.value, "stream": self.stream, "key": self.key}
        if self.axis:
            times = {"there": self.there, "here": self.here}
            document |= {"axis": self.axis}
            document |= {name: time and utc_text(time) for name, time in times.items()}
        if self.other_version:
            is_older = self.here is None or (self.there is not None and self.here < self.there)
            document["version_here"] = "older" if is_older else "other"
        return document


def judged(scope: StreamScope, key: str, there: Times | None, here: Times | None) -> Finding | None:
    """Return what is to be said of a row; None if nothing is.

    `there` are its times in the instance, None if that does not give it; `here` those in the warehouse, None if that
    has no such row. Nothing is said of versions that are equal, nor of a row that lies outside of what is compared.
    """
    if there is None:
        return None if here is None else _finding(FindingKind.GONE, scope, key, {}, here)
    if here is not None and scope.is_same(there, here):
        return None
    if not scope.axes or any(axis.comes_again(there) for axis in scope.axes):
        return _finding(FindingKind.LATE, scope, key, there, here)
    return _finding(FindingKind.MISSING, scope, key, there, here) if scope.place(there) else None


def _finding(kind: FindingKind, scope: StreamScope, key: str, there: Times, here: Times | None) -> Finding:
    known = here or {}
    axis = scope.place(there) or scope.place(known)
    name = axis.name if axis else next((one.name for one in scope.axes), "")
    both = bool(there) and here is not None
    return Finding(kind, scope.stream, key, name, there.get(name), known.get(name), other_version=both)
