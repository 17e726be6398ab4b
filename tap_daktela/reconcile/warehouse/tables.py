"""Where the rows of the streams are in a warehouse, and how it writes times."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from tap_daktela.catalog.entries import Entry
from tap_daktela.catalog.fields import Axis


@dataclass(frozen=True)
class Tables:
    """The tables of a warehouse: each has the name of a stream in `entries`, and the columns of its records.

    - `start`: the instant from which on rows were read by their own time; see `Axis.started_before`.
    - `schema`: where the tables are; a dot leads further in (`database.schema`). None: where the session looks.
    - `zone`: the zone of the wall clock that the columns hold (`timestamps: local`); None where they hold UTC.
    """

    entries: Mapping[str, Entry]
    start: datetime
    schema: str | None = None
    zone: ZoneInfo | None = None

    def key(self, stream: str) -> str:
        """Return the one column that identifies a row."""
        [key] = self.entries[stream].key
        return key

    def axis(self, stream: str, column: str) -> Axis | None:
        """Return the axis of a stream that has this column; None where it is "", which means the whole table."""
        axes = {axis.name: axis for axis in self.entries[stream].stream.axes}
        return axes[column] if column else None
