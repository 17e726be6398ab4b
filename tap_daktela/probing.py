"""Which streams an instance lets us read, and its custom fields: one small request for each stream."""

import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from tap_daktela.catalog.entries import Entry, Selected
from tap_daktela.catalog.fields import Column, FieldType, Stream
from tap_daktela.daktela.client import Client, Page
from tap_daktela.daktela.list_names import ListNames
from tap_daktela.daktela.query import Query
from tap_daktela.errors import AccessError, ContractError, RateLimitError, RemoteError, TapError, UnreachableError
from tap_daktela.redaction import redactor
from tap_daktela.sync.streams.rights import named_as_stream, refused_remedy

LOGGER = logging.getLogger(__name__)

E = TypeVar("E", bound=TapError)

SAMPLE = 100
"""Rows in which custom fields are looked for. They differ by type and category of a row."""


@dataclass(frozen=True)
class Probe:
    """What an instance says about one stream.

    - `page`: the rows that it gave; None if it gave none, for one of the two reasons below.
    - `refusal`: why the stream may not be read.
    - `trouble`: why the instance does not answer whether it may. It is no reason to leave the stream out.
    """

    stream: Stream
    page: Page | None = None
    refusal: AccessError | None = None
    trouble: TapError | None = None

    @property
    def custom_fields(self) -> tuple[tuple[str, str], ...]:
        """The custom fields that the rows define or have: their names, each with a description."""
        return _definitions(self.page.rows if self.page else ())


def any_row(stream: Stream) -> Query:
    """Return the smallest request: one row with its key, or with its first field if the rows have no known key."""
    return Query(None, (), (stream.key_field or stream.columns[0].api_name,), 1)


def sample(stream: Stream) -> Query:
    """Return the request for rows that show the custom fields of a stream; for any row if it has none."""
    query = any_row(stream)
    if not any(column.type is FieldType.CUSTOM_FIELDS for column in stream.columns):
        return query
    return replace(query, fields=(*query.fields, "_sys.cfScheme", "customFields"), take=SAMPLE)


def samples_for(selected: Iterable[Selected]) -> Callable[[Stream], Query]:
    """Return what asks for custom fields where `selected` reads them, and elsewhere for any row."""
    typed = {one.entry.stream.name for one in selected if one.has_custom_fields}
    return lambda stream: sample(stream) if stream.name in typed else any_row(stream)


def probe_all(client: Client, streams: Iterable[Stream], query_of: Callable[[Stream], Query] = sample) -> list[Probe]:
    """Ask the instance about each of `streams`. AccessError if it refuses the token itself."""
    with client.probing() as most, ThreadPoolExecutor(most) as pool:
        probes = list(pool.map(lambda stream: probe_one(client, stream, query_of(stream)), streams))
    for place, probe in enumerate(probes):
        if isinstance(probe.trouble, RateLimitError):
            # So many requests together may have been too many: ask alone, as long as that helps.
            probes[place] = again = probe_one(client, probe.stream, query_of(probe.stream))
            if isinstance(again.trouble, RateLimitError):
                break
    return probes


def first_page(client: Client, stream: Stream, query: Query) -> Page:
    """Return a page of a stream, under the first of its names that the user may read.

    AccessError with the status 403 or 404 if the instance refuses all of them. Other errors are those of the client.
    """
    names = ListNames(stream.endpoints)
    while True:
        try:
            return client.read(names.current, query)
        except AccessError as error:  # noqa: PERF203 - few names, and each is a request
            names.refuse(error)


def probed(
    client: Client,
    wanted: Mapping[str, Entry],
    known: Mapping[str, Entry],
    query_of: Callable[[Stream], Query] = sample,
) -> dict[str, Entry]:
    """Return the `wanted` entries with what the instance says of them; the parents of child streams are `known`.

    AccessError if it refuses all of them, or the token itself.
    """
    probes = probe_all(client, with_parents(wanted, known), query_of)
    tell_trouble(probes)
    found = marked(wanted, probes)
    if may_read_none(found):
        raise AccessError("the user may read none of the streams; ask for the rights of a role that reads them", 403)
    return found


def may_read_none(found: Mapping[str, Entry]) -> bool:
    """Tell whether the instance refuses all entries that are `found`, as `marked` returns them."""
    asked = [entry for entry in found.values() if not entry.stream.ledger]
    return bool(asked) and all(entry.refusal for entry in asked)


def with_parents(wanted: Mapping[str, Entry], known: Mapping[str, Entry]) -> list[Stream]:
    """Return the lists that are read for the `wanted` entries, each once: theirs, and the parents of child streams."""
    streams = {entry.stream.name: entry.stream for entry in wanted.values() if not entry.stream.ledger}
    parents = {one.child.parent: known[one.child.parent].stream for one in streams.values() if one.child}
    return list({**parents, **streams}.values())


def tell_trouble(probes: Iterable[Probe]) -> None:
    """Warn of streams about which the instance did not answer."""
    for probe in probes:
        if probe.trouble is not None:
            LOGGER.warning("Not looked at: %s", probe.trouble)


def marked(wanted: Mapping[str, Entry], probes: Iterable[Probe]) -> dict[str, Entry]:
    """Return the `wanted` entries with their custom fields, and with the refusal of their rows or their parent's."""
    by_name = {probe.stream.name: probe for probe in probes}
    found = {}
    for name, entry in wanted.items():
        if entry.stream.ledger:
            found[name] = entry
            continue
        probe, child = by_name[entry.stream.name], entry.stream.child
        error = probe.refusal or (by_name[child.parent].refusal if child else None)
        columns = tuple(_typed(column, probe) for column in entry.columns)
        found[name] = replace(entry, columns=columns, refusal=redactor.line(str(error)) if error else None)
    return found


def defined_custom_fields(client: Client, streams: Iterable[Stream]) -> dict[str, list[str]]:
    """Return the names of the custom fields that the instance defines, by stream; none, and a warning, if not told.

    AccessError with all `streams` that may not be read.
    """
    probes = probe_all(client, streams)
    refusals = [probe.refusal for probe in probes if probe.refusal is not None]
    if refusals:
        raise AccessError("; ".join(map(str, refusals)) + refused_remedy(refusals, "fail"), 403)
    for probe in probes:
        if probe.trouble is not None:
            LOGGER.warning(
                "%s: which custom fields the instance defines is not known: %s", probe.stream.name, probe.trouble
            )
    return {probe.stream.name: [name for name, _ in probe.custom_fields] for probe in probes}


def _typed(column: Column, probe: Probe) -> Column:
    if column.type is not FieldType.CUSTOM_FIELDS:
        return column
    return replace(column, definitions=probe.custom_fields)


def probe_one(client: Client, stream: Stream, query: Query) -> Probe:
    """Ask the instance about one stream. AccessError and UnreachableError if the answer concerns every stream."""
    try:
        return Probe(stream, first_page(client, stream, query))
    except AccessError as error:
        if not error.is_of_list:
            raise
        return Probe(stream, refusal=_named(error, stream))
    except UnreachableError:
        raise  # Every other stream would end the same way, after as long a wait.
    except (ContractError, RemoteError) as error:
        return Probe(stream, trouble=_named(error, stream))


def _named(error: E, stream: Stream) -> E:
    """Return an error whose sentence begins with the name of the stream, and not with that of the endpoint."""
    error.args = (named_as_stream(str(error), stream),)
    return error


def _definitions(rows: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    """Return the custom fields that rows define (`_sys.cfScheme`) or have, by name, each with a description."""
    found: dict[str, str] = {}
    for row in rows:
        system = row.get("_sys")
        scheme = system.get("cfScheme") if isinstance(system, Mapping) else row.get("_sys.cfScheme")
        if isinstance(scheme, Mapping):
            for name, definition in scheme.items():
                found[name] = _description(definition)
        values = row.get("customFields")
        if isinstance(values, Mapping):
            for name in values:
                found.setdefault(name, "")
    return tuple(sorted(found.items()))


def _description(definition: Any) -> str:
    if not isinstance(definition, Mapping):
        return ""
    title, kind = definition.get("title") or "", definition.get("type") or ""
    return f"{title} ({kind})".strip() if kind else str(title)
