"""Which fields are requested of an endpoint: the selected ones, the key and the time axes, and no others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tap_daktela.catalog.entries import STAMP, Selected
from tap_daktela.catalog.fields import EMBEDDED, NESTED, Column, FieldType, Stream, snake

PAGE_BYTES = 2 * 2**20
"""Bytes that a page of a run should have at most. All pages in flight or waiting are in memory."""


@dataclass(frozen=True)
class EndpointRequest:
    """What a run needs from an endpoint, in the API's names.

    - `names`: the endpoint's name and its older names.
    - `fields`: the dotted fields to request.
    - `lists`: each list field, with its dotted fields. A server that cannot pick fields inside a list is asked for the
      whole list.
    - `links`: the dotted title of each relation, with the dotted keys of which one must come with it.
    - `key`: the field that identifies a row.
    - `page_size`: the most rows on a page.
    - `long`: whether one of the fields holds whole e-mails or the like.
    - `page_bytes`: the bytes that a page should have at most.
    """

    names: tuple[str, ...]
    fields: tuple[str, ...]
    lists: dict[str, tuple[str, ...]]
    links: dict[str, tuple[str, ...]]
    key: str | None
    page_size: int
    long: bool = False
    page_bytes: int = PAGE_BYTES

    @property
    def stream(self) -> str:
        """The name of the endpoint's own stream."""
        return snake(self.names[0])

    def with_whole(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the fields to request where the lists `names` are requested as a whole, not by their dotted fields."""
        inside = {field: name for name in names for field in self.lists[name]}
        return tuple(dict.fromkeys(inside.get(field, field) for field in self.fields))


def request_for(
    stream: Stream, selections: Sequence[Selected], page_size: int, also: Iterable[str] = ()
) -> EndpointRequest:
    """Return the request for `selections`, all of which come from the rows of `stream`.

    `also` names columns that are needed besides the selected ones.
    """
    fields: dict[str, None] = {}
    lists: dict[str, tuple[str, ...]] = {}
    needed = {*stream.key, *also, *(axis.name for axis in stream.axes)}
    wanted = {column.name: column for column in stream.columns if column.name in needed}
    for selection in selections:
        columns, derived = selection.columns, selection.entry.derived
        if derived is not None:
            sources, stamps = (
                {derived.api, derived.older_api},
                {one.name for one in columns if one.paths == ((STAMP,),)},
            )
            columns = tuple(one for one in stream.columns if one.api_name in sources or one.name in stamps)
        for column in columns:
            wanted[column.name] = _wider(wanted.get(column.name), column)
    for field in stream.fields:
        asked = [name for own in field.columns if own.name in wanted for name in _asked(wanted[own.name])]
        fields.update(dict.fromkeys(asked))
        if field.many and asked:
            lists[field.api] = (*lists.get(field.api, ()), *asked)
    long = any(column.long for column in wanted.values())
    links = _links(stream, tuple(fields))
    return EndpointRequest(stream.endpoints, tuple(fields), lists, links, stream.key_field, page_size, long)


def orphan_columns(stream: Stream) -> list[str]:
    """Return the columns that tell orphans of `stream`, which are counted whatever is selected."""
    if stream.item is None:
        return []
    told = {stream.item.field, stream.item.type_field}
    return [column.name for column in stream.columns if column.paths[0][0] in told and column.type not in NESTED]


def _links(stream: Stream, asked: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return the title and the keys of each relation to one record, if all of them are requested."""
    links = {}
    for field in stream.fields:
        dotted = [tuple(".".join(path) for path in column.paths) for column in field.columns]
        title = f"{field.api}.title"
        if not field.many and (title,) in dotted and {title, *dotted[0]} <= set(asked):
            links[title] = dotted[0]
    return links


def _wider(one: Column | None, other: Column) -> Column:
    """Return the column of the two that needs more fields."""
    if one is None:
        return other
    if one.type is FieldType.CUSTOM_FIELDS:
        return one if one.wanted is None else other
    return one if len(one.items) > len(other.items) else other


def _asked(column: Column) -> tuple[str, ...]:
    """Return the dotted names to request, so that the server sends nothing else."""
    if column.type in EMBEDDED:
        return tuple(f"{column.api_name}.{item.api_name}" for item in column.items)
    if column.type is FieldType.CUSTOM_FIELDS and column.wanted is not None:
        return tuple(f"{column.api_name}.{name}" for name in sorted(column.wanted))
    return tuple(".".join(path) for path in column.paths)
