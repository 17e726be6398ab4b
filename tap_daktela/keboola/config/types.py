"""The types of parameters that the tap's own settings do not have. The schema of each is its field in the form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tap_daktela.daktela.query import parse_filter
from tap_daktela.keboola.config.address import url_of
from tap_daktela.keboola.config.dates import parse_when
from tap_daktela.runtime.files import parse_json
from tap_daktela.settings.types import NAMES, TEXT, SettingType, choice, inside


@dataclass(frozen=True)
class TableOptions:
    """The columns and the rows to which one table is reduced. None means all usual columns, and all rows."""

    table: str
    fields: tuple[str, ...] | None = None
    filter: object = None


def titled_choice(titles: Mapping[str, str]) -> SettingType:
    """Return the type of parameters that are one of several words, each of which has a title in the form."""
    one_of = choice(*titles)
    return SettingType({**one_of.schema, "options": {"enum_titles": list(titles.values())}}, one_of.read)


def when(prefilled: str) -> SettingType:
    """Return the type of points in time (see `dates`); the form begins with the text `prefilled`."""
    return SettingType({"type": "string", "default": prefilled}, parse_when)


def _filter(raw: object) -> object:
    """Return the checked tree of a filter, which may be JSON text, because a form has no field for a tree."""
    if isinstance(raw, str):
        raw = parse_json(raw)
    inside("is wrong", parse_filter, raw)
    return raw


def _table_options(raw: object) -> tuple[TableOptions, ...]:
    if not isinstance(raw, list):
        raise ValueError("must be a list of objects with table, fields and filter")
    return tuple(inside(f"number {number}", _options_of_table, one) for number, one in enumerate(raw, 1))


def _options_of_table(raw: object) -> TableOptions:
    if not isinstance(raw, Mapping) or not isinstance(raw.get("table"), str):
        raise ValueError("it must be an object that names its table")
    unknown = sorted(set(raw) - {"table", "fields", "filter"})
    if unknown:
        raise ValueError(f"it has {', '.join(unknown)}; there are table, fields and filter")
    fields, tree = raw.get("fields"), raw.get("filter")
    return TableOptions(
        raw["table"].strip(),
        inside("fields", NAMES.read, fields) if fields else None,
        inside("filter", _filter, tree) if tree else None,
    )


def _list_from(action: str) -> dict[str, Any]:
    """Return how a form offers the names that an action of the component lists. Users may type other names, too."""
    return {"async": {"label": "Load", "action": action, "cache": False}, "tags": True, "creatable": True}


_LIST = {"type": "array", "format": "select", "uniqueItems": True, "items": {"type": "string", "enum": []}}

URL = SettingType({"type": "string"}, url_of)
"""The address of an instance, as people write it."""

TABLES = SettingType({**_LIST, "options": _list_from("listStreams")}, NAMES.read)
"""Names of tables."""

TABLE = SettingType({"type": "string", "format": "select", "enum": [], "options": _list_from("listStreams")}, TEXT.read)
"""The name of one table."""

FIELDS = SettingType({**_LIST, "options": _list_from("listFields")}, NAMES.read)
"""Names of columns."""

FILTER = SettingType({"type": "string", "format": "textarea"}, _filter)
"""A filter of Daktela: a tree, or a tree as JSON text."""

TABLE_OPTIONS = SettingType(
    {
        "type": "array",
        "items": {
            "type": "object",
            "title": "Table",
            "required": ["table"],
            "properties": {
                "table": {"type": "string", "title": "Table", "propertyOrder": 1},
                "fields": {
                    "type": "string",
                    "title": "Fields",
                    "description": "Columns, with commas between them. All default columns if left empty.",
                    "propertyOrder": 2,
                },
                "filter": {
                    "type": "string",
                    "format": "textarea",
                    "title": "Filter",
                    "description": "Condition in Daktela's own form, as JSON.",
                    "propertyOrder": 3,
                },
            },
        },
    },
    _table_options,
)
"""A list of `table`, `fields` and `filter`."""
