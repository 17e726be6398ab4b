"""Which streams and fields a run reads: one rule, over the metadata of a catalog or over the tap's own defaults."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from singer import metadata

from tap_daktela.catalog.entries import Entry, Selected
from tap_daktela.catalog.fields import EMBEDDED, Column, FieldType
from tap_daktela.catalog.names import stream_named, unknown_stream
from tap_daktela.catalog.overrides import followed, ignored
from tap_daktela.catalog.patterns import Chosen, Pattern, finds
from tap_daktela.catalog.schema import parts_of
from tap_daktela.errors import ConfigError

Breadcrumb = tuple[str, ...]
Metadata = Mapping[Breadcrumb, Mapping[str, Any]]


@dataclass(frozen=True)
class Ignored:
    """What of a catalog is not followed: streams and fields that the tap does not have, and sentences about others."""

    streams: tuple[str, ...]
    fields: tuple[str, ...]
    overrides: tuple[str, ...]


def is_selected(node: Mapping[str, Any]) -> bool:
    """Decide one node of a selected parent: by its `inclusion`, else its `selected`, else its `selected-by-default`."""
    inclusion = node.get("inclusion")
    if inclusion == "unsupported":
        return False
    if inclusion == "automatic":
        return True
    for name in ("selected", "selected-by-default"):
        if node.get(name) is not None:
            return str(node[name]).lower() == "true"
    return True


def named(names: Iterable[str], known: Mapping[str, Entry]) -> set[str]:
    """Return the streams that are called `names`, also as Daktela calls them; ConfigError with what does not exist."""
    streams = {name: stream_named(name, known) for name in names}
    unknown = [name for name, stream in streams.items() if stream is None]
    if unknown:
        raise ConfigError(*(f"streams: {unknown_stream(name, known)}" for name in unknown))
    return {stream for stream in streams.values() if stream is not None}


def everything(known: Mapping[str, Entry]) -> list[Selected]:
    """Return every stream with all of its columns."""
    return [Selected(entry, entry.columns) for entry in known.values()]


def by_default(known: Mapping[str, Entry], names: Sequence[str] | None) -> list[Selected]:
    """Return the streams called `names` (as in `named`), or those selected by default, with their default columns."""
    wanted = named(names, known) if names is not None else {name for name, entry in known.items() if entry.selected}
    return [
        Selected(entry, tuple(column for column in entry.columns if column.selected or column.name in entry.automatic))
        for name, entry in known.items()
        if name in wanted
    ]


def only(selection: Iterable[Selected], names: Iterable[str]) -> list[Selected]:
    """Return what `selection` has of the streams `names`; ConfigError with those that it does not have."""
    by_name = {one.entry.name: one for one in selection}
    missing = [f"streams: the catalog does not select '{name}'" for name in sorted(names) if name not in by_name]
    if missing:
        raise ConfigError(*missing)
    return [one for name, one in by_name.items() if name in names]


def parted(selection: Iterable[Selected]) -> tuple[list[Selected], list[Selected]]:
    """Return what is read from the instance, and the ledger of the run, if that is selected."""
    parts: tuple[list[Selected], list[Selected]] = ([], [])
    for one in selection:
        parts[one.entry.stream.ledger].append(one)
    return parts


def narrowed(selection: Sequence[Selected], patterns: Sequence[Pattern]) -> list[Selected]:
    """Return what `patterns` choose of a selection; keys and replication keys stay with their stream.

    ConfigError with the patterns that choose nothing of it.
    """
    unmet = [one for one in patterns if not (one.excludes or any(_has(selected, one) for selected in selection))]
    if unmet:
        raise ConfigError(*(f"select: '{one.text}' names nothing that catalog and streams select" for one in unmet))
    # An instance may have custom fields in some streams only.
    looked_for = any(column.definitions or column.wanted for one in selection for column in one.columns)
    result = []
    for selected in selection:
        chosen = Chosen(selected.entry.name, patterns, looked_for=looked_for)
        automatic = selected.entry.automatic
        if chosen.stream:
            columns = (one if one.name in automatic else chosen.column(one) for one in selected.columns)
            result.append(Selected(selected.entry, tuple(column for column in columns if column is not None)))
    return result


def _has(selected: Selected, pattern: Pattern) -> bool:
    return pattern.is_for(selected.entry.name) and any(finds(pattern, column) for column in selected.columns)


def from_catalog(catalog: Mapping[str, Any], known: Mapping[str, Entry]) -> tuple[list[Selected], Ignored]:
    """Return what `catalog` selects, in the order of the tap's own streams, and what of it the tap does not follow."""
    chosen: dict[str, Selected] = {}
    lost_streams, lost_fields, overrides = [], [], []
    for item in catalog["streams"]:
        name, marks = item["tap_stream_id"], _marks(item)
        entry = known.get(name)
        by_tap = entry is not None and entry.selected
        if not is_selected({"selected-by-default": by_tap, **marks.get((), {})}):
            continue
        if entry is None:
            lost_streams.append(name)
            continue
        columns = tuple(_columns(entry, marks, item.get("schema") or {}))
        chosen[name] = Selected(followed(entry, item, marks.get((), {})), columns)
        overrides += ignored(entry, item, marks.get((), {}))
        names = {column.name for column in entry.columns}
        lost_fields += [
            f"{name}.{path[1]}"
            for path, node in marks.items()
            if len(path) == len(("properties", "name")) and path[1] not in names and is_selected(node)
        ]
    return [chosen[name] for name in known if name in chosen], Ignored(
        tuple(lost_streams), tuple(lost_fields), tuple(overrides)
    )


def _marks(item: Mapping[str, Any]) -> Metadata:
    """Return the marks of an entry by breadcrumb.

    Older catalogs carry `selected` in the entry or within its schema. It counts where the metadata do not say it.
    """
    schema = item.get("schema") or {}
    fields = (schema.get("properties") or {}).items()
    beside: dict[Breadcrumb, dict[str, Any]] = {("properties", name): _legacy(node) for name, node in fields}
    beside[()] = {**_legacy(schema), **_legacy(item)}
    found: Metadata = metadata.to_map(item.get("metadata") or [])
    return {path: {**beside.get(path, {}), **found.get(path, {})} for path in {**found, **beside}}


def _legacy(node: Mapping[str, Any]) -> dict[str, Any]:
    return {name: node[name] for name in ("inclusion", "selected") if name in node}


def _columns(entry: Entry, marks: Metadata, schema: Mapping[str, Any]) -> Iterator[Column]:
    """Yield the selected columns, their parts reduced to those that are selected."""
    properties = schema.get("properties") or {}
    for column in entry.columns:
        path = ("properties", column.name)
        node = {"selected-by-default": column.selected, **marks.get(path, {})}
        if column.name in entry.automatic:
            node["inclusion"] = "automatic"
        if not is_selected(node):
            continue
        if column.type in EMBEDDED:
            within = parts_of(column)
            items = [item for item in column.items if is_selected(marks.get((*within, item.name), {}))]
            yield replace(column, items=tuple(items))
        elif column.type is FieldType.CUSTOM_FIELDS:
            yield _custom_fields(column, path, marks, properties.get(column.name) or {})
        else:
            yield column


def _custom_fields(column: Column, path: Breadcrumb, marks: Metadata, schema: Mapping[str, Any]) -> Column:
    """Take over the custom fields that discovery found on the instance, and what the user selected of them.

    If all of them are selected, so are those that discovery did not find, unless the schema has no room for them.
    """
    within = (*path, "properties")
    found = {place[-1]: "" for place in marks if place[:-1] == within}  # A schema of JSON text does not show them.
    parts = {name: part for name, part in (schema.get("properties") or {}).items() if isinstance(part, Mapping)}
    found |= {name: str(part.get("description", "")) for name, part in parts.items()}
    wanted = {name for name in found if is_selected(marks.get((*within, name), {}))}
    definitions = tuple((name, title) for name, title in found.items() if name in wanted)
    everything = len(wanted) == len(found) and schema.get("additionalProperties") is not False
    return replace(column, definitions=definitions, wanted=None if everything else frozenset(wanted))
