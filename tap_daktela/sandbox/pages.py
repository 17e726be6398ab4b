"""Encoded pages, kept until a row changes: asking for the same page again costs next to nothing."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

_BYTES = 128 * 1024 * 1024


class Pages:
    """Remembers the pages asked for last, up to a number of bytes, as long as the version of the store is the same."""

    def __init__(self) -> None:
        self._pages: OrderedDict[Hashable, bytes] = OrderedDict()
        self._size = 0
        self._version = -1

    def get(self, version: int, question: Hashable, make: Callable[[], bytes]) -> bytes:
        """The page that answers the question, made if it is not known."""
        if version != self._version:
            self._pages.clear()
            self._size, self._version = 0, version
        page = self._pages.get(question)
        if page is None:
            page = self._pages[question] = make()
            self._size += len(page)
            while self._size > _BYTES:
                self._size -= len(self._pages.popitem(last=False)[1])
        return page
