"""What a reading yields: a reading is a generator, which the scheduler resumes with what it waits for.

    Get          a request for one page; the reading is resumed with the page, or the request's error is thrown into it
    [Get, ...]   requests that it will wait for later, to be sent ahead; an empty list takes back those still unused
    Fork         readings whose results come next; it is resumed, when all of them are written, with what they returned
    a result     anything else; results are handed on one after another, in the order of the readings

So nothing in a reading knows a thread, a socket or a clock, and a loop of ten lines can drive one in a test.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_daktela.daktela.query import Query

Reading = Generator[Any, Any, Any]
"""A generator of the values above; its return value is what its Fork is resumed with."""


@dataclass(frozen=True, eq=False)
class Get:
    """A request for one page of the list `endpoint`. Two requests are never the same one, even if they ask the same."""

    endpoint: str
    query: Query


@dataclass(frozen=True, eq=False)
class Fork:
    """Readings that take the place of the one that yields this, until they have ended."""

    parts: Sequence[Reading]
