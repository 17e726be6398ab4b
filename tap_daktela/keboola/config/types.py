"""The types of parameters that the tap's own settings do not have. The schema of each is its field in the form."""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tap_daktela.daktela.query import parse_filter
from tap_daktela.keboola.config.address import url_of
from tap_daktela.keboola.config.dates import parse_when
from tap_daktela.keboola.job import FORMATS
from tap_daktela.runtime.files import parse_json
from tap_daktela.settings.types import FLAG, NAMES, SettingType, choice, inside

AS_CONFIGURED = "configuration"
"""The output format of a row that has none of its own: the one of the configuration that it belongs to."""


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
        try:
            raw = parse_json(raw)
        except ValueError as error:
            example = '{"field": "stage", "operator": "eq", "value": "OPEN"}'
            raise ValueError(f"{error}; a filter is, for example, {example}") from error
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


def _tables(raw: object) -> tuple[str, ...]:
    parts = [part for part in (raw if isinstance(raw, list) else [raw]) if isinstance(part, str)]
    text = ",".join(parts)
    if parts and not text.replace(",", " ").strip():
        raise ValueError("names nothing; it is, for example, activities, tickets")
    is_text = isinstance(raw, str) or (isinstance(raw, list) and len(parts) == len(raw))
    return tuple(_table(name) for name in NAMES.read(text if is_text else raw))


def _table_of_row(raw: object) -> str:
    if not isinstance(raw, (str, list)):
        raise ValueError("must be text: the name of one table")
    names = _tables(raw)
    if len(names) > 1:
        raise ValueError(f"names {len(names)} tables; a row has one: add a row for each, or use tables instead of rows")
    return names[0]


def _table(name: str) -> str:
    """Return a name; ValueError if it looks like several."""
    if name.lower() in {"*", "all"}:
        raise ValueError(f"names '{name}', but there is no word for all tables: name those that you need")
    if " and " in name or ";" in name:
        raise ValueError(f"names '{name}'; put commas between several tables")
    return name


def _incremental(raw: object) -> bool:
    word = raw.strip().lower().removesuffix("_load") if isinstance(raw, str) else ""
    if word in {"incremental", "full"}:
        return word == "incremental"
    try:
        return bool(FLAG.read(raw))
    except ValueError as error:
        raise ValueError(f"{error}, or incremental_load or full_load") from error


def _certificates(raw: object) -> str:
    """Return the certificates in a text, in the form of PEM. A form may have made one line of the text."""
    text = raw.replace("\\n", "\n") if isinstance(raw, str) else ""
    if "PRIVATE KEY" in text:
        raise ValueError("holds a private key, which belongs nowhere else; paste the certificates only")
    found = _PEM.findall(text)
    if not found:
        raise ValueError(
            "must be the text of certificates, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----"
        )
    # Lines of 64 characters, since some readers insist on them.
    lines = [re.sub(r"(.{1,64})", r"\1\n", "".join(body.split())) for body in found]
    pem = "".join(f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n" for body in lines)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        raise ValueError("holds a certificate that cannot be read; copy it again, as a whole") from None
    return pem


def _list_from(action: str, *fields: str) -> dict[str, Any]:
    """Return how a form offers the names that an action of the component lists. Users may type other names, too.

    They load by themselves: when the form opens, or as soon as all `fields` are filled in.
    """
    # Keboola's forms: only a list switches `autoload` on; empty, it means at once.
    load = {"label": "Reload", "action": action, "autoload": [f"parameters.{name}" for name in fields], "cache": False}
    return {"async": load, "tags": True, "creatable": True}


_PEM = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")

_AUTHENTICATION = titled_choice({"token": "Access token", "password": "Username and password"})

_LIST = {"type": "array", "format": "select", "uniqueItems": True, "items": {"type": "string", "enum": []}}

URL = SettingType({"type": "string"}, url_of)
"""The address of an instance, as people write it."""

TABLES = SettingType({**_LIST, "options": _list_from("listStreams")}, _tables)
"""Names of tables."""

TABLE = SettingType(
    {"type": "string", "format": "select", "enum": [], "options": _list_from("listStreams")}, _table_of_row
)
"""The name of one table."""

FIELDS = SettingType({**_LIST, "options": _list_from("listFields", "table")}, NAMES.read)
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

INCREMENTAL = SettingType({"type": "boolean"}, _incremental)
"""A boolean, or `incremental_load` or `full_load`, as older components wrote it."""

CERTIFICATES = SettingType({"type": "string", "format": "textarea"}, _certificates)
"""The text of certificates in PEM."""

AUTHENTICATION = SettingType(
    # The form begins with what all older components have, so that their users see their own credentials.
    {**_AUTHENTICATION.schema, "default": "password"},
    _AUTHENTICATION.read,
)
"""Which credentials count."""

ROW_FORMAT = titled_choice({AS_CONFIGURED: "As in the configuration", **FORMATS})
"""The output format of a row's table."""
