"""One list of the instance, as a user of the client asks for it: its names, its key, and its pages."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from tap_daktela.catalog.entries import Entry, entries
from tap_daktela.catalog.names import stream_named
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.daktela.client import Client, Page
from tap_daktela.daktela.list_names import ListNames
from tap_daktela.daktela.query import Query
from tap_daktela.errors import AccessError, ConfigError, ContractError
from tap_daktela.redaction import redactor

USUAL_KEY = "name"
"""The field that identifies a row in nearly every list (Daktela V6 API)."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*", re.ASCII)
_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class ListName:
    """What is known of a list before it is read: the `names` under which servers know it, today's first, and its key.

    `fields` are those that the tap knows of its rows; none if the tap does not know the list.
    """

    names: tuple[str, ...]
    key: str | None
    fields: tuple[str, ...] = ()


@cache
def known_entries() -> Mapping[str, Entry]:
    """Return the tap's streams by name."""
    return entries(STREAMS)


def spelled(name: object) -> str:
    """Return the name of a list with a small first letter. ConfigError if it is not even text.

    Daktela V6 API: no list has a capital there, and Daktela's own clients take one all the same (`Users`).
    """
    if not isinstance(name, str):
        raise ConfigError(f"the name of a list is text, such as 'tickets', not {type(name).__name__}")
    return name[:1].lower() + name[1:]


def list_named(name: str) -> ListName:
    """Return the list that Daktela or the tap calls `name`. ConfigError if it can be no name of a list."""
    name = spelled(name)
    entry = known_entries().get(stream_named(name, known_entries()) or "")
    if entry is not None and entry.derived is None:
        stream = entry.stream
        return ListName(stream.endpoints, stream.key_field, tuple(field.api for field in stream.fields))
    if entry is not None:
        raise ConfigError(f"{entry.name} is made of the rows of {entry.stream.name}: read it with shaped=True")
    if not _NAME.fullmatch(name):
        shown = redactor.from_outside(repr(name))
        raise ConfigError(
            f"{shown} is not the name of a list, such as tickets or crmRecords; one record is read with one(), "
            "what belongs to it with related()"
        )
    return ListName((name,), USUAL_KEY)


class ListSource:
    """Fetches pages of one list. `total` is the server's count on the first of them; None if it gave none.

    `zone` is the zone in which moments were written into filters, or rows are to be read; None where it does not
    matter. `below` is what follows the name of the list in its path, for the list of a relation.
    """

    def __init__(self, client: Client, names: Sequence[str], zone: ZoneInfo | None = None, below: str = "") -> None:
        self.total: int | None = None
        self._client = client
        self._names = ListNames(names)
        self._zone = zone
        self._below = below
        self._is_first = True

    @property
    def name(self) -> str:
        """The path of the list, under the name that is used now."""
        return f"{self._names.current}{self._below}"

    def page(self, query: Query) -> Page:
        """Return a page. ContractError if the instance has changed its time zone meanwhile; see also `Client.read`."""
        page = self.under_its_name(lambda name: self._client.read(name, query))
        if self._zone is not None and page.timezone not in {None, self._zone.key}:
            named = redactor.from_outside(page.timezone)
            raise ContractError(
                f"{self.name}: the instance is in the time zone {named} now, and was in {self._zone.key} before"
            )
        if self._is_first:
            self.total, self._is_first = page.total, False
        return page

    def has_rows_after_all(self, query: Query) -> bool:
        """Tell after an empty page of `query` whether there are rows all the same, from the first one on.

        Daktela V6 API: sorting by a field that the server does not know gives no rows and no error. ConfigError then.
        """
        if not self._has_rows(query, ()):
            return False
        if self._has_rows(query, query.sort):
            return True
        if not self._has_rows(query, ()):
            return False  # The last row has been deleted meanwhile.
        alone = [field for field in query.sort if query.sort[1:] and not self._has_rows(query, (field,))]
        unknown = " and ".join(field.removeprefix("-") for field in alone or query.sort)
        raise ConfigError(
            f"{self.name}: the instance cannot sort by {unknown}; it has no such field, or cannot sort by it"
        )

    def _has_rows(self, query: Query, sort: tuple[str, ...]) -> bool:
        return bool(self.page(replace(query, sort=sort, take=1, skip=0)).rows)

    def under_its_name(self, ask: Callable[[str], _Answer]) -> _Answer:
        """Return what `ask` returns for the path of the list, under the first name that the instance knows."""
        while True:
            path = self.name
            try:
                return ask(path)
            except AccessError as error:
                self._names.refuse(error)
