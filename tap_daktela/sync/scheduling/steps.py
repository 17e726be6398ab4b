"""What a reading yields. A reading is a generator; the scheduler resumes it with what it waits for.

    Get          a request for one page: the reading is resumed with the page, or the error is thrown into it
    [Get, ...]   requests that it will wait for later: they are sent ahead. An empty list cancels the unused ones
    Fork         other readings: it is resumed, when all their results are written, with the values they returned
    a result     anything else: results are handed on one after another, in the order of the readings

So a reading knows no thread, no socket and no clock, and ten lines can drive it in a test.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

from tap_daktela.daktela.query import Query

Reading = Generator[Any, Any, Any]
"""A generator of the values above. The Fork that started it is resumed with its return value."""


@dataclass(frozen=True, eq=False)
class Get:
    """A request for one page of the list `endpoint`. Two requests are never equal, even if they ask the same."""

    endpoint: str
    query: Query


@dataclass(frozen=True, eq=False)
class Fork:
    """Readings that take the place of the reading that yields this, until they have ended."""

    parts: Sequence[Reading]
