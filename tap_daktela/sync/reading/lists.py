"""What the rows of a page prove: whether the instance picks fields inside a list, and sends the keys of relations.

Daktela V6 API: fields inside a list are requested by dotted names (`statuses.title`), and come back inside the list's
elements, or as one list each under their literal dotted names. A server that cannot pick fields inside a list sends
the list empty, as null, or not at all. A list without elements looks the same.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tap_daktela.sync.records.dotted import Row
from tap_daktela.sync.records.json_values import embedded


def unproven(rows: Sequence[Row], lists: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Return the names of those `lists` (name to dotted fields) from which no element in `rows` proves picking."""
    return frozenset(name for name, dotted in lists.items() if not any(_is_picked(row, name, dotted) for row in rows))


def _is_picked(row: Row, name: str, dotted: Sequence[str]) -> bool:
    """Tell whether a row has an element with all the requested fields, or has those fields under their dotted names."""
    if all(_has_value(row.get(field)) for field in dotted):
        return True
    fields = {field.removeprefix(f"{name}.") for field in dotted}
    return any(_holds(element, fields) for element in embedded(row.get(name)) or ())


def _holds(element: Any, fields: set[str]) -> bool:
    """Tell whether an element has all `fields`. A bare key stands for an element of which one field was requested."""
    if isinstance(element, dict):
        return fields <= element.keys()
    return len(fields) == 1 and element != "" and not isinstance(element, list)


def _has_value(value: Any) -> bool:
    return value not in (None, "", [], {})


def missing_links(rows: Sequence[Row], links: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the titles that come without any key of their relation, in every row that has the title.

    `links` maps dotted titles to the dotted keys that were requested with them.
    """
    return [title for title, keys in links.items() if _are_titled_only(rows, title, keys)]


def _are_titled_only(rows: Sequence[Row], title: str, keys: Sequence[str]) -> bool:
    # A row without the related record shows nothing. Nearly always, the first one with it has a key.
    linked = (not _is_titled_only(row, title, keys) for row in rows if _value(row, title) is not None)
    return not next(linked, True) and not any(linked)


def _is_titled_only(row: Row, title: str, keys: Sequence[str]) -> bool:
    return _has_value(_value(row, title)) and not any(_has_value(_value(row, key)) for key in keys)


def _value(row: Row, dotted: str) -> Any:
    """Return the value of a field of an embedded record, or what came under its literal dotted name."""
    root, _, field = dotted.partition(".")
    record = row.get(root)
    return record.get(field) if isinstance(record, dict) and field in record else row.get(dotted)
