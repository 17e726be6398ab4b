"""What a warehouse is asked, and what it answers: counts, digests, keys of windows, and what it holds of a key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NamedTuple


class What(str, Enum):
    """What a question is about. The value stands in the column `what` of an answer.

    - COUNTS: the number of different keys in each slice. One answer a slice, also for an empty one (0).
    - DIGESTS: the number and the digest of the different keys in each slice. One answer a slice, also for an empty one.
    - KEYS: the different keys in each slice with the newest time of each. In addition one answer a slice without a key:
      its `row_count` is the number of keys, so that an answer that was cut off is noticed.
    - HELD: whether the table has each of `keys` at all, in any window. One answer a slice and key: its `row_count` is
      the number of rows with the key (0: none), and its `row_time` the newest time in the axis column of the slice.
    """

    COUNTS = "counts"
    DIGESTS = "digests"
    KEYS = "keys"
    HELD = "held"


class Slice(NamedTuple):
    """The rows of `stream` in [`lower`, `upper`) along the column `axis`, with the conditions of that axis.

    Both ends are instants in UTC without fractions of a second. A whole table has the axis "" and no ends; so have the
    slices of a question for HELD, apart from the axis.
    """

    stream: str
    axis: str = ""
    lower: datetime | None = None
    upper: datetime | None = None


@dataclass(frozen=True)
class Question:
    """`what` is asked about each of `slices`. `keys` are texts, and only for HELD."""

    what: What
    slices: Sequence[Slice]
    keys: Sequence[str] = ()


class Answer(NamedTuple):
    """One row that came back. `key` is None in an answer about a whole slice, `time` is an instant in UTC."""

    what: What
    slice: Slice
    key: str | None = None
    time: datetime | None = None
    rows: int = 0
    digest: int | None = None
