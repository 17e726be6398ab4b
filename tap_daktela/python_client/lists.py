"""The lists of one instance: what is asked of them, and how the questions become readings."""

import threading
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from tap_daktela.daktela.client import Client
from tap_daktela.daktela.instance import zone_of
from tap_daktela.daktela.query import Filter, Query
from tap_daktela.errors import ConfigError
from tap_daktela.python_client.by_key import rows_by_key
from tap_daktela.python_client.conditions import FilterLike, wanted_rows
from tap_daktela.python_client.list_reading import ListSlice, RowPage, pages
from tap_daktela.python_client.list_source import ListName, ListSource, list_named
from tap_daktela.python_client.moments import has_moments, in_zone
from tap_daktela.python_client.shaping import Shaper, shaped_entry
from tap_daktela.sync.records.dotted import Row


class Lists:
    """Reads lists of the instance of `client`. Safe for threads. The errors are those of `Daktela.rows`.

    `timezone` is the zone of the instance's wall clock; None: as the instance says, which is asked when it matters. In
    every method `given` and `equals` say which rows are wanted.
    """

    def __init__(self, client: Client, timezone: str | None) -> None:
        self._client = client
        self._timezone = timezone
        self._zone: ZoneInfo | None = None
        self._lock = threading.Lock()

    def pages(
        self, list_name: str, given: FilterLike | None, equals: Mapping[str, Any], slice_: ListSlice
    ) -> Iterator[RowPage]:
        """Return the pages of a list."""
        return self._pages(list_named(list_name), "", given, equals, slice_)

    def related(
        self, path: tuple[str, str | int, str], given: FilterLike | None, equals: Mapping[str, Any], slice_: ListSlice
    ) -> Iterator[RowPage]:
        """Return the pages of a relation. `path` names the list, the key of the record, and the relation."""
        list_name, key, relation = path
        target = list_named(relation)
        source = ListName(list_named(list_name).names, target.key)
        return self._pages(source, f"/{quote(_key_text(key), safe='')}/{target.names[0]}", given, equals, slice_)

    def shaped(
        self, list_name: str, given: FilterLike | None, equals: Mapping[str, Any], slice_: ListSlice
    ) -> Iterator[RowPage]:
        """Return the pages of a list, with records of the tap's stream in the place of rows."""
        if slice_.fields:
            raise ConfigError("fields: shaped rows have all columns of the stream; leave out fields or shaped")
        entry = shaped_entry(list_name)
        name = list_named(entry.stream.endpoint)
        wanted_rows(given, equals, name.fields)  # What is wrong is told before the zone is asked for.
        shaper = Shaper(entry, self._zone_now())
        wanted, source = self._wanted(name, given, equals), self._source(name)
        request = shaper.request(slice_, source.name)
        return _told(pages(source, request, wanted, slice_, shaper.records), shaper)

    def page(self, list_name: str, given: FilterLike | None, equals: Mapping[str, Any], slice_: ListSlice) -> RowPage:
        """Return one page of a list, as one request gives it."""
        name = list_named(list_name)
        wanted, source = self._wanted(name, given, equals), self._source(name)
        query = Query(wanted, slice_.sort, slice_.fields, slice_.page_size, slice_.skip)
        page = source.page(query)
        if not page.rows and slice_.sort and source.has_rows_after_all(query):
            page = source.page(query)
        return RowPage(page.rows, page.total)

    def count(self, list_name: str, given: FilterLike | None, equals: Mapping[str, Any]) -> int:
        """Return the number of rows by the instance's count; where that is missing or wrong, by reading their keys."""
        name = list_named(list_name)
        wanted, source = self._wanted(name, given, equals), self._source(name)
        keys = ListSlice.checked(fields=[name.key] if name.key else [])
        page = source.page(Query(wanted, (), keys.fields, take=1))
        total = page.total
        if total == 1:
            # A server that counts only the rows of the page says 1, too.
            is_right = not source.page(Query(wanted, (), keys.fields, take=1, skip=1)).rows
        else:
            is_right = bool(total) == bool(page.rows)
        if total is not None and is_right:
            return total
        return sum(map(len, rows_by_key(source, keys.request(source.name, name.key), wanted)))

    def record(self, list_name: str, key: str | int, fields: tuple[str, ...]) -> Row:
        """Return one record of a list: all of it, or some `fields`."""
        text = _key_text(key)
        return self._source(list_named(list_name)).under_its_name(lambda name: self._client.record(name, text, fields))

    def _pages(
        self, name: ListName, below: str, given: FilterLike | None, equals: Mapping[str, Any], slice_: ListSlice
    ) -> Iterator[RowPage]:
        wanted, source = self._wanted(name, given, equals), self._source(name, below)
        return pages(source, slice_.request(source.name, name.key), wanted, slice_, slice_.only_fields)

    def _wanted(self, name: ListName, given: FilterLike | None, equals: Mapping[str, Any]) -> Filter | None:
        """Return the filter for the wanted rows, in which moments are on the instance's wall clock."""
        wanted = wanted_rows(given, equals, name.fields)
        if wanted is not None and has_moments(wanted):
            return in_zone(wanted, self._zone_now())
        return wanted

    def _source(self, name: ListName, below: str = "") -> ListSource:
        """Return a new source of pages. It watches the zone, if that is the instance's word and was needed before."""
        return ListSource(self._client, name.names, None if self._timezone else self._zone, below)

    def _zone_now(self) -> ZoneInfo:
        """Return the zone of the instance's wall clock: as given, or as the instance says, which is asked once."""
        with self._lock:
            if self._zone is None:
                self._zone = zone_of(self._timezone, None) if self._timezone else self._client.connect().zone
            return self._zone


def _told(found: Iterator[RowPage], shaper: Shaper) -> Iterator[RowPage]:
    """Yield all pages, and let `shaper` tell behind them what could not be used."""
    yield from found
    shaper.tell()


def _key_text(key: str | int) -> str:
    """Return a key as text. ConfigError if it can be none: a path resolves dots, and UTF-8 has no half characters."""
    text = str(key)
    is_key = isinstance(key, str | int) and not isinstance(key, bool) and text.strip() not in {"", ".", ".."}
    if not is_key or any("\ud800" <= character <= "\udfff" for character in text):
        raise ConfigError("a key is text or a whole number; it is not empty, and not only a dot or two")
    return text
