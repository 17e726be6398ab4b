"""Shaping and schemas: whatever rows hold, records keep to their schema, and what is lost is counted."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_daktela.catalog.discovery import catalog
from tap_daktela.catalog.entries import Entry, Selected, entries
from tap_daktela.catalog.fields import NESTED, Column, FieldType
from tap_daktela.catalog.schema import record_schema
from tap_daktela.catalog.selection import from_catalog
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.sync.records.coercion import Coercer
from tap_daktela.sync.records.moments import Moments
from tap_daktela.sync.records.stream_output import StreamOutput
from tests.helpers.dirty_values import CLEAN_TEXTS, DECODED, bounded
from tests.helpers.harness import PATIENCE
from tests.helpers.record_helpers import MODES, PRAGUE, check, records, settings

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = entries(STREAMS)
BLANK = (None, "", [], {})
# What the two checks below take for themselves: half of all rows have keys that can be used.
KEYS = st.integers(0, 9) | st.sampled_from(["a", "7"]) | DECODED
SECRET = "canary-of-a-secret"


@st.composite
def selections(draw: st.DrawFn, entry: Entry) -> Selected:
    """Return some of an entry's columns, with some of their parts, as a catalog may select them."""
    document = catalog({entry.name: entry}, nested="native", timestamps="utc")
    [item] = json.loads(json.dumps(document))["streams"]
    definitions = draw(st.dictionaries(CLEAN_TEXTS, CLEAN_TEXTS, max_size=2))
    off = draw(st.sampled_from([0, 0, 2, 5]))
    for node in item["metadata"]:
        node["metadata"]["selected"] = not node["breadcrumb"] or draw(st.integers(0, 9)) >= off
    for column in entry.columns:
        if column.type is FieldType.CUSTOM_FIELDS:
            parts = {name: {"description": text} for name, text in definitions.items()}
            item["schema"]["properties"][column.name]["properties"] = parts
            path = ["properties", column.name, "properties"]
            item["metadata"] += [
                {"breadcrumb": [*path, name], "metadata": {"selected": draw(st.booleans())}} for name in definitions
            ]
    [[selected], _] = from_catalog({"streams": [item]}, {entry.name: entry})
    return selected


@st.composite
def rows(draw: st.DrawFn, entry: Entry) -> dict[str, Any]:
    """Return a row of the entry's stream with anything in its fields: as such, embedded or literally dotted."""
    pool = draw(st.lists(DECODED, min_size=2, max_size=8))
    row: dict[str, Any] = {}
    for column in entry.stream.columns:
        for path in column.paths:
            style = draw(st.integers(0, 5))
            value = draw(st.sampled_from(pool))
            if column.type in {FieldType.RECORDS, FieldType.CUSTOM_FIELDS} and style < 3:
                value = draw(_inner(column, pool))
            if style == 4:
                row[".".join(path)] = value
            elif style < 4 and path[1:]:
                inner = row.get(path[0])
                row[path[0]] = {**(inner if isinstance(inner, dict) else {}), path[1]: value}
            elif style < 4:
                row[path[0]] = value
    for column in entry.stream.columns:
        if column.name in entry.stream.key:
            row[column.api_name] = draw(KEYS)
    return row


@st.composite
def _inner(draw: st.DrawFn, column: Column, pool: list[Any]) -> Any:
    """Return about what a nested column is meant to hold."""
    value = st.sampled_from(pool)
    if column.type is FieldType.CUSTOM_FIELDS:
        return draw(st.dictionaries(CLEAN_TEXTS, st.lists(value, max_size=2) | value, max_size=2))
    names = st.sampled_from([item.api_name for item in column.items])
    return draw(st.lists(st.dictionaries(names, value, max_size=4) | value, max_size=3))


def way_out(selected: Selected, nested: str, timestamps: str) -> StreamOutput:
    """Return the way out of what is selected."""
    chosen = settings(nested=nested, timestamps=timestamps)
    return StreamOutput(selected, Coercer(Moments(PRAGUE, local=timestamps == "local")), chosen)


def check_row(out: StreamOutput, row: dict[str, Any]) -> None:
    """Shape one row alone, and check what came of it."""
    before, left_out, bad = out.rows, out.bad.refused.count, told(out)
    found = records(out, [row])
    refused = out.bad.refused.count - left_out
    dirty = {name for name, count in told(out).items() if count > bad.get(name, 0)}
    for record in found:
        check(out.schema(), record)
        assert list(record) == [column.name for column in out.columns]
    assert len(found) == out.rows - before
    if out.entry.derived is None:
        assert len(found) + refused == 1
        for column in out.columns:
            if found and is_lost(column, row, found[0][column.name]):
                assert column.name in dirty, f"{column.name} lost {row[column.api_name]!r} without a word"


def told(out: StreamOutput) -> dict[str, int]:
    """Return how many values were counted as unusable, by column."""
    return {name: bad.count for name, bad in out.bad.values.items()}


def is_lost(column: Column, row: dict[str, Any], written: Any) -> bool:
    """Tell whether a column is empty for a field of the row that was not; looks at fields that lie in no other."""
    if len(column.paths) > 1 or len(column.paths[0]) > 1:
        return False
    value = row.get(column.api_name)
    if column.type not in NESTED and isinstance(value, list) and len(value) == 1:
        [value] = value  # A value wrapped in a list, which may be none.
    if isinstance(value, dict) and isinstance(value.get("name"), str):
        value = value["name"]  # A record in place of its key, which may be empty.
    blank = value in BLANK or (isinstance(value, str) and not value.strip())
    return not blank and written in (None, "")


@pytest.mark.parametrize("entry", KNOWN.values(), ids=KNOWN)
@bounded(3)
@given(st.data(), st.sampled_from(MODES))
def test_every_stream(entry: Entry, data: st.DataObject, mode: tuple[str, str]) -> None:
    out = way_out(data.draw(selections(entry)), *mode)
    for row in data.draw(st.lists(rows(entry), min_size=1, max_size=3)):
        check_row(out, row)


@bounded(10)
@given(st.data(), st.sampled_from(list(KNOWN.values())), st.sampled_from(MODES))
def test_any_stream(data: st.DataObject, entry: Entry, mode: tuple[str, str]) -> None:
    # The same, in the form that is fuzzed by coverage.
    check_row(way_out(data.draw(selections(entry)), *mode), data.draw(rows(entry)))


# --- streams made of elements ---------------------------------------------------------------------------------------

DERIVED = [entry for entry in KNOWN.values() if entry.derived is not None]


@bounded(80)
@given(st.sampled_from(DERIVED), st.data())
def test_every_element_is_written_or_counted(entry: Entry, data: st.DataObject) -> None:
    assert entry.derived is not None
    source = next(column for column in entry.stream.columns if column.api_name == entry.derived.api)
    pool = data.draw(st.lists(DECODED, min_size=1, max_size=4))
    value = data.draw(_inner(source, pool) | st.sampled_from(pool))
    key = next(column.api_name for column in entry.stream.columns if column.name == entry.stream.key[0])
    out = whole(entry.name)
    refused, trimmed, bad = out.bad.refused.count, out.bad.trimmed.count, told(out).get(source.name, 0)
    found = records(out, [{key: data.draw(KEYS), entry.derived.api: value}])
    counted = out.bad.refused.count - refused + out.bad.trimmed.count - trimmed
    elements = elements_of(value, records=bool(entry.derived.column_prefix))
    assert len(found) + counted == (elements or 0)
    assert told(out).get(source.name, 0) - bad == (elements is None)


@cache
def whole(name: str) -> StreamOutput:
    """Return the way out of an entry with all of its columns."""
    return way_out(Selected(KNOWN[name], KNOWN[name].columns), "native", "utc")


def elements_of(value: Any, *, records: bool) -> int | None:
    """Return the number of elements that are not null; of custom fields, of values. None for what is no list."""
    if value in BLANK:
        return 0
    if records and isinstance(value, dict):
        keyed = all(name.isdecimal() or isinstance(inner, dict) for name, inner in value.items())
        value = list(value.values()) if keyed else [value]
    if records and isinstance(value, list):
        return sum(one is not None for one in value)
    if records or not isinstance(value, dict):
        return None
    return sum(len(one) if isinstance(one, (list, dict)) else 1 for one in value.values())


# --- secrets --------------------------------------------------------------------------------------------------------

SECRETS = st.sampled_from(["password", "sip_passwd", "accessToken", "api-key", "sipPin", "pwd", "smtpAuth"])
HIDDEN = st.recursive(
    st.dictionaries(SECRETS, st.just(SECRET) | st.just([SECRET]) | st.just({"a": SECRET}), min_size=1, max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(CLEAN_TEXTS | st.just("0"), inner, max_size=3),
    max_leaves=6,
)
OPEN = [
    (entry.name, column)
    for entry in KNOWN.values()
    if entry.derived is None
    for column in entry.columns
    if column.type in {FieldType.OBJECT, FieldType.ARRAY}
]


@bounded(100)
@given(st.sampled_from(OPEN), HIDDEN, st.sampled_from(MODES))
def test_no_secret_leaves_an_open_value(place: tuple[str, Column], value: Any, mode: tuple[str, str]) -> None:
    name, column = place
    entry = KNOWN[name]
    key = {
        one.api_name: 7 if one.type is FieldType.INTEGER else "key" for one in entry.columns if one.name in entry.key
    }
    found = records(way_out(Selected(entry, entry.columns), *mode), [{**key, column.api_name: value}])
    assert SECRET not in json.dumps(found)


# --- schemas --------------------------------------------------------------------------------------------------------


@bounded(30)
@given(st.data(), st.sampled_from(list(KNOWN.values())), st.sampled_from(MODES))
def test_any_selection_has_a_valid_schema(data: st.DataObject, entry: Entry, mode: tuple[str, str]) -> None:
    schema = record_schema(data.draw(selections(entry)).columns, nested=mode[0], timestamps=mode[1])
    jsonschema.Draft4Validator.check_schema(schema)
    json.dumps(schema).encode()


NEWER = """
import json, sys, jsonschema
for line in sys.stdin:
    for validator in (jsonschema.Draft4Validator, jsonschema.Draft7Validator, jsonschema.Draft202012Validator):
        validator.check_schema(json.loads(line))
"""


def test_every_schema_is_valid_by_newer_drafts_too(target_python: Path) -> None:
    schemas = [
        record_schema(entry.columns, nested=nested, timestamps=timestamps)
        for entry in KNOWN.values()
        for nested, timestamps in MODES
    ]
    lines = "\n".join(map(json.dumps, schemas))
    done = subprocess.run(
        [target_python, "-c", NEWER], input=lines.encode(), capture_output=True, check=False, timeout=PATIENCE
    )
    assert (done.returncode, done.stderr.decode()) == (0, "")
