"""What a comparison yields: what it has to know next, of the instance or of the warehouse.

    SliceTotals  the number of rows in each slice: it is resumed with a list of totals
    Listed       the rows of a slice, with their keys and times: it is resumed with an `InstanceRows`
    ByKey        the rows with these keys, in any window: it is resumed with an `InstanceRows`
    Asked        questions to the warehouse: it is resumed with the `Answers` once they hold all that was asked

So a comparison knows no request, no file and no database, and a test can answer for both sides.
"""

from collections.abc import Generator, Mapping, Sequence
from typing import Any, NamedTuple

from tap_daktela.reconcile.scope import Times
from tap_daktela.reconcile.warehouse.questions import Question, Slice

InstanceRows = Mapping[str, Times]
"""Rows of the instance: their times by their key, as text."""


class SliceTotals(NamedTuple):
    """The number of rows that the instance has in each of `slices`."""

    slices: Sequence[Slice]


class Listed(NamedTuple):
    """The rows that the instance has in `slice`."""

    slice: Slice


class ByKey(NamedTuple):
    """The rows of `stream` with one of `keys` that the instance has at all."""

    stream: str
    keys: Sequence[str]


class Asked(NamedTuple):
    """What the warehouse answers to `questions`."""

    questions: Sequence[Question]


Comparing = Generator[Any, Any, Any]
"""A generator of the values above."""
