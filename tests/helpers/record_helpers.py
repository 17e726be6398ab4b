"""Rows through the compiled record function, for tests that only care for what comes out."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import jsonschema

from tap_daktela.catalog.entries import Entry, Selected
from tap_daktela.catalog.fields import Column, FieldType
from tap_daktela.settings import Settings
from tap_daktela.sync.records.coercion import Coercer
from tap_daktela.sync.records.compiler import compile_shape
from tap_daktela.sync.records.moments import Moments
from tap_daktela.sync.records.stream_output import StreamOutput

if TYPE_CHECKING:
    from collections.abc import Collection


PRAGUE = ZoneInfo("Europe/Prague")
READ_AT = datetime(2024, 11, 5, 12, tzinfo=timezone.utc)
MODES = [(nested, timestamps) for nested in ("native", "json") for timestamps in ("utc", "local")]

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_FORMATS = jsonschema.FormatChecker(formats=())


@_FORMATS.checks("date-time", raises=ValueError)
def _is_rfc_3339(value: Any) -> bool:
    if not isinstance(value, str):
        return True
    datetime.fromisoformat(value.replace("Z", "+00:00"))
    return bool(_RFC_3339.fullmatch(value))


def column(kind: FieldType, **options: Any) -> Column:
    """Return a column `x` for the field `x`."""
    return Column("x", kind, (("x",),), **options)


def values(zone: str = "Europe/Prague", *, local: bool = False) -> Coercer:
    return Coercer(Moments(ZoneInfo(zone), local=local))


def shape_one(
    row: dict[str, Any],
    *columns: Column,
    into: Coercer | None = None,
    nested: str = "native",
    identity: Collection[str] = (),
) -> dict[str, Any]:
    """Return the record that a row becomes."""
    [record] = compile_shape(columns, "name", into or values(), nested=nested, identity=identity)([row])
    return record


def settings(**given: Any) -> Settings:
    return Settings.parse({"server": "test", "access_token": "none", "start_date": "2024-01-01", **given})


def output(entry: Entry, *, nested: str = "native", timestamps: str = "utc", zone: ZoneInfo = PRAGUE) -> StreamOutput:
    """Return the way out of one catalog entry with all of its columns."""
    chosen = settings(nested=nested, timestamps=timestamps)
    return StreamOutput(Selected(entry, entry.columns), Coercer(Moments(zone, local=timestamps == "local")), chosen)


def records(out: StreamOutput, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the records that rows become on their way out, as a target reads them."""
    lines = out.lines(rows, READ_AT)
    out.count(lines)
    return [json.loads(line)["record"] for line in lines.text.decode().split("\n") if line]


def check(schema: dict[str, Any], record: dict[str, Any]) -> None:
    """Validate a record, formats too; its properties must be those of the schema, in their order."""
    jsonschema.Draft4Validator(schema, format_checker=_FORMATS).validate(record)
    assert list(record) == list(schema["properties"])
