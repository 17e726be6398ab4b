"""Files that are handed over: configuration, catalog and state are understood, or refused with a sentence."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import orjson
import requests
from hypothesis import given
from hypothesis import strategies as st

from tap_daktela import choosing
from tap_daktela.catalog import selection
from tap_daktela.catalog.discovery import catalog
from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.daktela.client import Client
from tap_daktela.runtime.files import read_catalog, read_json
from tap_daktela.settings import Settings, as_json_schema
from tap_daktela.settings.sources import read_config
from tap_daktela.sync.singer.state import State, axes_of
from tests.fuzz.test_records import way_out
from tests.helpers.dirty_values import ANYTHING, CANARY, DECODED, NAMES, TEXTS, attempt, bounded, deep, file_of, mutated
from tests.helpers.record_helpers import MODES, check, records

KNOWN = entries(STREAMS)
AXES = axes_of(KNOWN)
PLAIN = {"server": "acme", "access_token": CANARY, "start_date": "2024-01-01"}
SETTINGS = {
    **PLAIN,
    "password": CANARY,
    "streams": ["tickets"],
    "filters": {"tickets": [{"field": "stage", "operator": "in", "value": ["OPEN"]}]},
    "extra_streams": [
        {
            "endpoint": "newThings",
            "key": ["name"],
            "axis": "edited",
            "fields": {"name": "string", "edited": "date-time"},
        }
    ],
    **{name: about["default"] for name, about in as_json_schema()["properties"].items() if "default" in about},
}
FILES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"", b"\xff", b"[" * 100_000, json.dumps({"a": deep(450)}).encode()]),
)
TOKENS = [
    "https://", "http://", "a.example", "localhost", "127.0.0.1", "[::1]", "[", "]", ":", "@", "/", "?", "#", "\\", " ",
    "%", ".", "8", "99999", "\t", "é", "x" * 70, CANARY, f"me:{CANARY}@",
]  # fmt: skip
URLS = st.lists(st.sampled_from(TOKENS), max_size=6).map("".join)


def refused_or(content: Any) -> Any:
    """Return what the file says, None if it is refused."""
    with file_of(content) as path:
        return attempt(lambda: read_config([path], {})[0])


# --- settings -------------------------------------------------------------------------------------------------------


@bounded(130)
@given(mutated(SETTINGS) | ANYTHING | FILES)
def test_any_configuration_is_settings_or_told(content: Any) -> None:
    raw = refused_or(content)
    if raw is not None:
        try_settings(raw)


@bounded(60)
@given(st.sampled_from(list(SETTINGS)), ANYTHING | TEXTS)
def test_any_value_of_a_setting(name: str, value: Any) -> None:
    raw = refused_or({**PLAIN, name: value})
    if raw is not None:
        try_settings(raw)


@bounded(130)
@given(URLS)
def test_any_address(url: str) -> None:
    settings = try_settings({**PLAIN, "url": url})
    if settings is not None:
        assert re.fullmatch(r"https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d+)?", settings.base_url)


def try_settings(raw: dict[str, Any]) -> Settings | None:
    """Check that what is accepted can be used: for a client, for requests to that very host, for streams."""
    settings = attempt(lambda: Settings.parse(raw))
    if settings is None:
        return None
    Client(settings.connection).close()
    host = urlsplit(settings.base_url)
    assert host.scheme == "https" or host.hostname in {"localhost", "::1"} or host.hostname.startswith("127.")
    form = {"username": settings.username, "password": settings.password}
    headers = {"X-AUTH-TOKEN": settings.access_token, "User-Agent": settings.user_agent}
    sent = requests.Request("POST", f"{settings.base_url}/api/v6/x.json", data=form, headers=headers).prepare()
    assert urlsplit(sent.url).netloc == host.netloc
    assert settings.access_token or (settings.username and settings.password)
    known = attempt(lambda: choosing.known_streams(settings))
    if known is not None:
        attempt(lambda: choosing.chosen_streams(settings, known, None))
        assert set(settings.filters) <= set(known)
    return settings


FIELD_NAMES = (
    st.sampled_from(["name", "edited", "queue.name", "a.b.c", "isParent", "is_parent", "key", "v", "row"]) | NAMES
)
FIELD_TYPES = st.sampled_from(["string", "integer", "number", "boolean", "date-time", "object", "array", "text"])


@bounded(60)
@given(st.data(), st.dictionaries(FIELD_NAMES, FIELD_TYPES, min_size=1, max_size=6), st.sampled_from(MODES))
def test_streams_of_the_user(data: st.DataObject, fields: dict[str, str], mode: tuple[str, str]) -> None:
    names = st.sampled_from([*fields, "name"])
    extra = {"endpoint": "newThings", "fields": fields, "key": data.draw(st.lists(names, max_size=2) | names)}
    if data.draw(st.booleans()):
        extra["axis"] = data.draw(names)
    settings = try_settings({**PLAIN, "extra_streams": [extra]})
    known = settings and attempt(lambda: choosing.known_streams(settings))
    if not known:
        return
    entry = known["new_things"]
    out = way_out(selection.by_default(known, ["new_things"])[0], *mode)
    jsonschema.Draft4Validator.check_schema(out.schema())
    row = {name: data.draw(DECODED) for name in fields}
    for record in records(out, [row, {column.api_name: 7 for column in entry.columns}]):
        check(out.schema(), record)


# --- catalogs -------------------------------------------------------------------------------------------------------

SOME = {name: entry for name, entry in KNOWN.items() if name in {"tickets", "contacts_custom_fields", "tickets_views"}}
WHOLE = json.loads(json.dumps(catalog(SOME, nested="native", timestamps="utc")))
for _item in WHOLE["streams"]:
    # Most of a catalog is of one kind: fewer places find the others sooner.
    _item["metadata"] = [node for node in _item["metadata"] if node["breadcrumb"] != ["properties", "description"]][:8]
    _item["schema"]["properties"] = {
        name: {**part, "properties": {"vip": {"description": "VIP"}}} if "custom" in name else part
        for name, part in _item["schema"]["properties"].items()
        if name in {"name", "statuses", "custom_fields", "title"}
    }
EMPTY = [{name: item[name] for name in item if name != "metadata"} for item in WHOLE["streams"]]


@bounded(130)
@given(mutated(WHOLE) | mutated({"streams": EMPTY}) | ANYTHING | FILES)
def test_any_catalog_is_a_selection_or_told(content: Any) -> None:
    with file_of(content) as path:
        given_catalog = attempt(lambda: read_catalog(path))
    if given_catalog is None:
        return
    settings = Settings.parse(PLAIN)
    for selected in attempt(lambda: choosing.chosen_streams(settings, KNOWN, given_catalog)) or []:
        out = way_out(selected, "native", "utc")
        jsonschema.Draft4Validator.check_schema(out.schema())
        orjson.dumps(out.schema())
        row = {"name": 7, "title": "t", "statuses": [{"name": "s"}], "customFields": {"vip": ["x"]}}
        for record in records(out, [row]):
            check(out.schema(), record)


# --- states ---------------------------------------------------------------------------------------------------------

STATE = {
    "bookmarks": {
        "tickets": {"edited": "2024-11-05T12:00:00Z", "version": 7},
        "activities": {"time": "2024-11-05T12:00:00Z", "time_close": "2024-11-05T12:00:00.5+01:00"},
        "other": {"anything": [1, 2]},
    },
    "currently_syncing": "tickets",
}


@bounded(130)
@given(mutated(STATE) | ANYTHING | FILES)
def test_any_state_is_used_or_told(content: Any) -> None:
    with file_of(content) as path:
        raw = attempt(lambda: read_json(path, "state"))
        state = attempt(lambda: State(raw, AXES))
    if state is None:
        return
    for stream, axes in AXES.items():
        for axis in axes:
            before = state.bookmark(stream, axis)
            state.advance(stream, axis, datetime(2024, 11, 6, tzinfo=timezone.utc))
            after = state.bookmark(stream, axis)
            assert after is not None
            assert before is None or before <= after
        state.set_version(stream, 8)
        assert state.knows(stream)
    state.is_foreign(["tickets"])
    state.currently_syncing = "users"
    assert State(orjson.loads(orjson.dumps(state.value)), AXES).value == state.value
