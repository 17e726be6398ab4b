"""Rows of derived streams, made of the list elements in the rows of another stream."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tap_daktela.catalog.entries import KEY, STAMP, Entry
from tap_daktela.sync.records.coercion import Coercer
from tap_daktela.sync.records.dotted import Row, zipped
from tap_daktela.sync.records.json_values import embedded, listed
from tap_daktela.sync.records.row_keys import is_key


def expansion(entry: Entry, values: Coercer) -> Callable[[list[Row]], Iterable[Row]]:
    """Return the function from the rows of a stream to the rows of a derived stream: one for each list element.

    An element without a key (Daktela removes it where a right is missing) is left out and counted in `values`. A value
    that is no list is counted there, too.
    """
    derived, stream = entry.derived, entry.stream
    if derived is None:
        return lambda rows: rows
    by_name = {column.name: column for column in stream.columns}
    source = next(column.name for column in stream.columns if column.api_name == derived.api)
    key = by_name[stream.key[0]].api_name
    stamp = next((by_name[one.name].api_name for one in entry.columns if one.paths == ((STAMP,),)), "")
    names = [name for name in (derived.api, derived.older_api) if name]
    parts = [column.api_name for column in entry.columns]
    identity = next(column for column in entry.columns if column.name == entry.key[1]).api_name
    expand = _expand_records if derived.column_prefix else _expand_custom_fields

    def pseudo_rows(rows: list[Row]) -> Iterator[Row]:
        for row in rows:
            # A list comes as such, or under literal dotted names.
            found_lists = (row[name] if row.get(name) is not None else zipped(row, name, parts) for name in names)
            value = next((found_list for found_list in found_lists if found_list is not None), None)
            elements = [] if value is None else expand(value, identity)
            if elements is None:
                values.unusable(value, source, row.get(key))
                continue
            for element in elements:
                if not is_key(element.get(identity)):
                    values.bad.trimmed.add(row.get(key))
                else:
                    yield {**element, KEY: row.get(key), STAMP: row.get(stamp)}

    return pseudo_rows


def _expand_records(value: Any, identity: str) -> list[Row] | None:
    found = embedded(value)
    return None if found is None else [item if isinstance(item, dict) else {identity: item} for item in found]


def _expand_custom_fields(value: Any, _identity: str) -> list[Row] | None:
    if not isinstance(value, dict):
        return None
    return [
        {"name": name, "position": position, "value": item}
        for name, values in value.items()
        for position, item in enumerate(listed(values))
    ]
