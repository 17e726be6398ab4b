"""Rows as the tap writes them: its columns, with its types."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from tap_daktela.catalog.entries import Entry, Selected
from tap_daktela.catalog.names import stream_named, unknown_stream
from tap_daktela.errors import ConfigError, ContractError
from tap_daktela.python_client.list_reading import ListSlice
from tap_daktela.python_client.list_source import known_entries, spelled
from tap_daktela.redaction import redactor
from tap_daktela.sync.reading.lists import missing_links
from tap_daktela.sync.reading.request import EndpointRequest, request_for
from tap_daktela.sync.records.bad_values import BadValues
from tap_daktela.sync.records.coercion import Coercer
from tap_daktela.sync.records.dotted import Row
from tap_daktela.sync.records.moments import Moments
from tap_daktela.sync.records.record_maker import RecordMaker
from tap_daktela.sync.streams.rights import missing_elements, missing_key

LOGGER = logging.getLogger(__name__)


def shaped_entry(name: str) -> Entry:
    """Return the tap's stream `name`, which may be Daktela's name of its list. ConfigError if there is no such."""
    name = spelled(name)
    stream = stream_named(name, known_entries())
    if stream is None:
        raise ConfigError(f"shaped: {redactor.from_outside(unknown_stream(name, known_entries()))}")
    return known_entries()[stream]


class Shaper:
    """Turns the rows of the list of `entry` into its records.

    Times are RFC 3339 in UTC; `zone` is the zone of the instance's wall clock.
    """

    def __init__(self, entry: Entry, zone: ZoneInfo) -> None:
        self.entry = entry
        self._selected = Selected(entry, tuple(column for column in entry.columns if column.selected))
        self._maker = RecordMaker(self._selected, Coercer(Moments(zone, local=False)), nested="native")
        self._bad = BadValues()
        self._links: Mapping[str, tuple[str, ...]] = {}
        self._unlinked: set[str] = set()

    def request(self, slice_: ListSlice, name: str) -> EndpointRequest:
        """Return what is asked of the list `name`: the fields that the records are made of, and those to sort by."""
        own = request_for(self.entry.stream, [self._selected], slice_.page_size)
        also = slice_.request(name, own.key)
        fields = dict.fromkeys((*own.fields, *(field.removeprefix("-") for field in slice_.sort)))
        self._links = own.links
        return replace(also, fields=tuple(fields), lists=own.lists)

    def records(self, rows: list[Row]) -> list[Row]:
        """Return the records of the rows of a page. A relation that comes without its key is logged, once."""
        for title in missing_links(rows, self._links):
            if title not in self._unlinked:
                self._unlinked.add(title)
                LOGGER.warning("%s", missing_key(self.entry.stream, title))
        records, bad = self._maker.records(rows)
        self._bad.add(bad)
        return records

    def tell(self) -> None:
        """Log what could not be used: values that are None, list elements that were left out.

        ContractError if rows were left out that have no key.
        """
        for column, found in self._bad.values.items():
            LOGGER.warning(
                "%s.%s: %d values were invalid, and are None or empty (such as in %s)",
                self.entry.name, column, found.count, found.example,
            )  # fmt: skip
        trimmed = self._bad.trimmed
        if trimmed.count and self.entry.derived is not None:
            what = missing_elements(self.entry.stream, self.entry.derived.api)
            LOGGER.warning("%s: in %s and others, %d %s", self.entry.name, trimmed.example, trimmed.count, what)
        if self._bad.refused.count:
            raise ContractError(f"{self.entry.name}: {self._bad.refused}")
