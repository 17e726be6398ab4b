"""Encoded pages, kept until a row changes, so that the same page costs nothing when it is read again."""

from collections import OrderedDict
from collections.abc import Callable, Hashable

_BYTES = 128 * 1024 * 1024


class PageCache:
    """Keeps the latest pages, up to a number of bytes, as long as the store has the same version."""

    def __init__(self) -> None:
        self._pages: OrderedDict[Hashable, bytes] = OrderedDict()
        self._size = 0
        self._version = -1

    def get(self, version: int, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """The page of a request, which `key` identifies. A page that is not kept is made."""
        if version != self._version:
            self._pages.clear()
            self._size, self._version = 0, version
        page = self._pages.get(key)
        if page is None:
            page = self._pages[key] = make()
            self._size += len(page)
            while self._size > _BYTES:
                self._size -= len(self._pages.popitem(last=False)[1])
        return page
