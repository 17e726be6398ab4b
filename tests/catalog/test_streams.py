"""The declarations of streams are data; these tests say what makes the data sound."""

from __future__ import annotations

import re

import pytest

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.fields import NESTED, Column, Derived, Field, FieldType, Stream, string
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.catalog.streams.common import LEFT_OUT, NEVER_ASKED

SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
SECRET = re.compile(r"password|passw|_pass\b|token|secret|auth|credential", re.IGNORECASE)
MAIN_STREAMS = {
    "accounts",
    "activities",
    "activities_call",
    "activities_email",
    "activities_web",
    "campaigns_records",
    "contacts",
    "crm_records",
    "databases",
    "queues",
    "statuses",
    "tickets",
    "tickets_categories",
    "users",
}

GONE_IF_MISSING = {
    # Settings of the instance, made and deleted by people.
    "blacklist_databases",
    "campaigns_types",
    "crm_databases",
    "crm_records_types",
    "databases",
    "events",
    "groups",
    "musics",
    "pauses",
    "profiles",
    "qaforms",
    "queues",
    "recordings",
    "roles",
    "statuses",
    "templates",
    "tickets_categories",
    "tickets_sla",
    "tickets_views",
    "timegroups",
    "users",
    "wallboards",
}
"""Streams whose missing rows were deleted on purpose, so that a target may delete them, too."""

PURGED = {
    # What happened with customers, for which instances have a retention time.
    "activities",
    "activities_call",
    "activities_call_channels",
    "activities_call_recordings",
    "activities_call_transcripts",
    "activities_chat_messages",
    "activities_email",
    "activities_email_files",
    "activities_fbm",
    "activities_igdm",
    "activities_sms",
    "activities_vbr",
    "activities_wap",
    "activities_web",
    "transcripts",
    # Earlier versions, which grow without end where nothing removes them.
    "accounts_snapshots",
    "campaigns_records_snapshots",
    "contacts_snapshots",
    # Rows that end by themselves: logins of the moment, entries that expire.
    "blacklistnumbers",
    "realtime_sessions",
}

BY_ENDPOINT = {stream.endpoint: stream for stream in STREAMS}
BY_NAME = {stream.name: stream for stream in STREAMS}
DERIVED = [(stream, derived) for stream in STREAMS for derived in stream.derived]
FIELDS = [(stream, field) for stream in STREAMS for field in stream.fields]
COLUMNS = [column for stream in STREAMS for column in stream.columns]

each_stream = pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
each_derived = pytest.mark.parametrize(
    ("stream", "derived"), DERIVED, ids=[derived.name for _stream, derived in DERIVED]
)


def columns_of(stream: Stream) -> dict[str, Column]:
    return {column.name: column for column in stream.columns}


def key_of(stream: Stream) -> Column:
    (key,) = stream.key
    return columns_of(stream)[key]


def label(stream: Stream, field: Field) -> str:
    return f"{stream.endpoint}.{field.api}"


def is_list(field: Field) -> bool:
    return field.columns[0].type is FieldType.RECORDS


def test_no_two_streams_share_a_name() -> None:
    names = [stream.name for stream in STREAMS] + [derived.name for _stream, derived in DERIVED]
    assert sorted(names) == sorted(set(names))


def test_no_two_streams_share_an_endpoint_not_even_by_an_old_name() -> None:
    endpoints = [name for stream in STREAMS for name in (stream.endpoint, *stream.aliases)]
    assert sorted(endpoints) == sorted(set(endpoints))


def test_the_main_streams_are_on_and_thinly_known_or_costly_ones_are_off() -> None:
    selected = {stream.name for stream in STREAMS if stream.selected}
    assert selected >= MAIN_STREAMS
    assert not any(stream.evidence == "B" or stream.costly for stream in STREAMS if stream.selected)
    assert {stream.evidence for stream in STREAMS} == {"A", "B"}


def test_a_stream_whose_rows_have_no_key_is_off() -> None:
    fields = (string("name", "Name."),)
    assert Stream("things", "Things.", fields).selected
    assert not Stream("things", "Things.", fields, key=()).selected
    known = entries(STREAMS).values()
    assert [entry.name for entry in known if entry.selected and not entry.key] == []


def test_a_version_takes_the_place_of_all_rows_only_where_missing_rows_were_deleted_on_purpose() -> None:
    known = entries(STREAMS).values()
    assert {entry.name for entry in known if entry.versioned} == GONE_IF_MISSING
    assert {stream.name for stream in STREAMS if stream.purged} == PURGED
    assert all(entry.stream.name not in PURGED for entry in known if entry.versioned)


@each_stream
def test_names_are_snake_case(stream: Stream) -> None:
    names = [stream.name, *(derived.name for derived in stream.derived)]
    for column in stream.columns:
        names += [column.name, *(item.name for item in column.items)]
    assert [name for name in names if not SNAKE.fullmatch(name)] == []


@each_stream
def test_no_two_fields_or_columns_of_a_stream_share_a_name(stream: Stream) -> None:
    columns = [column.name for column in stream.columns]
    fields = [field.api for field in stream.fields]
    assert sorted(columns) == sorted(set(columns))
    assert sorted(fields) == sorted(set(fields))


@each_stream
def test_everything_is_described_in_a_sentence(stream: Stream) -> None:
    texts = [stream.description, *(derived.description for derived in stream.derived)]
    for column in stream.columns:
        texts += [column.description, *(item.description for item in column.items)]
    assert [text for text in texts if not re.fullmatch(r"\S.*[^.\s]\.", text)] == []


@each_stream
def test_a_key_is_selected_plain_and_never_null(stream: Stream) -> None:
    for name in stream.key:
        key = columns_of(stream)[name]
        assert not key.nullable
        assert key.selected
        assert key.type in {FieldType.STRING, FieldType.INTEGER}


@each_stream
def test_axes_are_selected_times_of_the_stream(stream: Stream) -> None:
    columns = columns_of(stream)
    for axis in stream.axes:
        fields = {axis.field, axis.only_where_unset, axis.started_before} - {None}
        assert fields <= {field.api for field in stream.fields}
        assert columns[axis.name].type is FieldType.DATETIME
        assert columns[axis.name].selected
    names = [axis.name for axis in stream.axes]
    assert sorted(names) == sorted(set(names))


@each_stream
def test_a_child_is_found_through_a_column_of_a_declared_parent(stream: Stream) -> None:
    if stream.child is None:
        return
    assert stream.child.column in columns_of(BY_NAME[stream.child.parent])
    assert stream.child.filter_field in {field.api for field in stream.fields}
    assert not stream.axes


def test_what_must_not_be_asked_is_not_declared() -> None:
    asked = {part for column in COLUMNS for path in column.paths for part in path}
    asked |= {part for column in COLUMNS for item in column.items for path in item.paths for part in path}
    asked |= {field.api for _stream, field in FIELDS}
    assert asked & NEVER_ASKED == set()
    assert {label(stream, field) for stream, field in FIELDS} & LEFT_OUT == set()


def test_no_declared_value_looks_like_a_secret() -> None:
    harmless = {FieldType.BOOLEAN, FieldType.DATETIME}
    suspects = [column.api_name for column in COLUMNS if SECRET.search(column.api_name) and column.type not in harmless]
    assert suspects == []


def test_columns_come_from_their_own_field() -> None:
    for _stream, field in FIELDS:
        assert {path[0] for column in field.columns for path in column.paths} == {field.api}


def test_only_plain_values_of_the_row_itself_are_promised_not_to_be_null() -> None:
    promised = [column for column in COLUMNS if not column.nullable]
    assert [column.name for column in promised if len(column.paths[0]) > 1 or column.type in NESTED] == []


def test_thinly_known_streams_promise_nothing_but_their_keys() -> None:
    for stream in STREAMS:
        promised = {column.name for column in stream.columns if not column.nullable}
        assert promised >= set(stream.key)
        assert stream.evidence == "A" or promised == set(stream.key)


def test_choices_are_of_the_type_of_their_column() -> None:
    for column in COLUMNS:
        expected = int if column.type is FieldType.INTEGER else str
        assert all(type(choice) is expected for choice in column.enum)
        assert len(set(column.enum)) == len(column.enum)


def test_relations_lead_to_declared_streams_and_have_the_type_of_their_keys() -> None:
    for stream, field in FIELDS:
        if field.to is None:
            continue
        if not BY_ENDPOINT[field.to].key:
            continue
        key = key_of(BY_ENDPOINT[field.to])
        if is_list(field):
            link = next(item for item in field.columns[0].items if item.name == key.name)
        else:
            link = field.columns[0]
            # A text may be another stream's key under a name of its own; a relation embeds the key.
            is_text = link.paths == ((field.api,),)
            assert is_text or [path[-1] for path in link.paths] == [key.api_name], label(stream, field)
        assert link.type is key.type, label(stream, field)


def test_titles_are_taken_only_from_streams_that_have_them() -> None:
    for stream, field in FIELDS:
        if field.to is not None and any(column.api_name.endswith(".title") for column in field.columns):
            assert "title" in columns_of(BY_ENDPOINT[field.to]), label(stream, field)


def test_a_foreign_key_has_the_same_type_wherever_it_appears() -> None:
    kinds: dict[str, set[FieldType]] = {}
    for column in COLUMNS:
        if len(column.paths[0]) > 1:
            kinds.setdefault(column.name, set()).add(column.type)
    assert {name: found for name, found in kinds.items() if len(found) > 1} == {}
    assert kinds["ticket_name"] == kinds["queue_name"] == {FieldType.INTEGER}


def test_keys_that_are_numbers_are_declared_as_numbers() -> None:
    numbered = {stream.name for stream in STREAMS if stream.key and key_of(stream).type is FieldType.INTEGER}
    assert numbered == {"tickets", "queues", "activities_email_files"}


@each_derived
def test_a_derived_stream_is_made_of_a_selected_list_of_its_parent(stream: Stream, derived: Derived) -> None:
    column = next(field.columns[0] for field in stream.fields if field.api == derived.api)
    assert column.type is (FieldType.RECORDS if derived.column_prefix else FieldType.CUSTOM_FIELDS)
    assert column.selected
    assert len(stream.key) == 1


@each_derived
def test_a_derived_stream_names_its_parent_as_other_streams_do(stream: Stream, derived: Derived) -> None:
    elsewhere = {field.columns[0].name for _stream, field in FIELDS if field.to == stream.endpoint}
    assert derived.parent_key in elsewhere | {f"{stream.name.removesuffix('s')}_name"}


@each_derived
def test_the_columns_of_a_derived_stream_are_unique(stream: Stream, derived: Derived) -> None:
    names = [column.name for column in entries(STREAMS)[derived.name].columns]
    assert sorted(names) == sorted(set(names))


def test_an_item_is_looked_for_in_declared_fields_by_declared_types() -> None:
    ruled = [stream for stream in STREAMS if stream.item is not None]
    assert [stream.name for stream in ruled] == ["activities"]
    for stream in ruled:
        assert stream.item is not None
        apis = {field.api: field for field in stream.fields}
        assert stream.item.field in apis
        assert stream.item.types <= set(apis[stream.item.type_field].columns[0].enum)
