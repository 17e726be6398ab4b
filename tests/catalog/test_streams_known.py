"""The declarations of streams compared with what is known of the API: `tests/data/endpoints.json`.

`tests/data/README.md` describes that list, and how it says what it knows.
"""

from __future__ import annotations

import json
from typing import Any

from tap_daktela.catalog.fields import NESTED, Field, FieldType, Stream
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.catalog.streams.common import LEFT_OUT, NEVER_ASKED
from tests.helpers.harness import REPOSITORY

KNOWN: dict[str, Any] = json.loads((REPOSITORY / "tests/data/endpoints.json").read_text(encoding="utf-8"))
# `test_every_endpoint_worth_reading_is_declared` tells once of the streams that are not in that list.
KNOWN_STREAMS = [stream for stream in STREAMS if stream.endpoint in KNOWN]
FIELDS = [(stream, field) for stream in KNOWN_STREAMS for field in stream.fields]

PLAIN_TYPES = {
    "string": FieldType.STRING,
    "integer": FieldType.INTEGER,
    "number": FieldType.NUMBER,
    "boolean": FieldType.BOOLEAN,
}
NESTED_TYPES = {"object", "array"}
OTHERWISE_TYPED = {
    # Known from CSV exports only, in which all is text; everywhere else these are booleans.
    "accounts.deleted",
    "contacts.deleted",
    "queues.deleted",
    "statuses.deleted",
    "templates.deleted",
    "tickets.deleted",
    "tickets.isBookmarked",
    # A mean opinion score has a fraction.
    "activitiesCallChannels.mosRx",
    "activitiesCallChannels.mosTx",
    # A time in the records themselves, so in their history too.
    "campaignsRecordsSnapshots.nextcall",
}
NO_STREAMS = {
    "activitiesChat",  # the old name of activitiesWeb
    "activitiesFbComment",  # nothing but the name is known
    "activitiesIgComment",  # likewise
    "sipDevices",  # rows of passwords
}


def label(stream: Stream, field: Field) -> str:
    return f"{stream.endpoint}.{field.api}"


def known_fields() -> list[tuple[Stream, Field, dict[str, Any]]]:
    """Return what is known of each field; `test_no_field_is_declared_that_nobody_has_seen` tells of the others once."""
    known = [(stream, field, KNOWN[stream.endpoint]["fields"].get(field.api)) for stream, field in FIELDS]
    return [(stream, field, facts) for stream, field, facts in known if facts]


def test_every_endpoint_worth_reading_is_declared() -> None:
    declared = {stream.endpoint for stream in STREAMS}
    assert declared == KNOWN.keys() - NO_STREAMS, "tests/data/endpoints.json holds what is known of them"


def test_streams_have_the_grade_of_their_evidence() -> None:
    better = {stream.endpoint for stream in KNOWN_STREAMS if stream.evidence != KNOWN[stream.endpoint]["evidence"]}
    assert better == {"databases"}


def test_streams_have_the_known_key() -> None:
    other = {stream.endpoint for stream in KNOWN_STREAMS if list(stream.key) != KNOWN[stream.endpoint]["key"]}
    # Its `exten` may be null, and nothing says that it comes once.
    assert other == {"realtimeSessions"}


def test_every_known_field_is_declared_or_left_out_on_purpose() -> None:
    missing = []
    for stream in KNOWN_STREAMS:
        declared = {field.api for field in stream.fields} | NEVER_ASKED
        names = KNOWN[stream.endpoint]["fields"]
        missing += [f"{stream.endpoint}.{name}" for name in names if name not in declared]
    assert set(missing) == LEFT_OUT


def test_no_field_is_declared_that_nobody_has_seen() -> None:
    invented = [label(stream, field) for stream, field in FIELDS if field.api not in KNOWN[stream.endpoint]["fields"]]
    assert invented == [], "tests/data/endpoints.json holds what is known of each field"


def test_plain_fields_have_the_known_type() -> None:
    wrong = set()
    for stream, field, facts in known_fields():
        types = set(facts["type"] if isinstance(facts["type"], list) else [facts["type"]])
        column = field.columns[0]
        if types & NESTED_TYPES:
            right = column.type in NESTED or len(column.paths[0]) > 1
        elif facts.get("format") == "date-time":
            right = column.type is FieldType.DATETIME
        else:
            right = column.type in {PLAIN_TYPES[name] for name in types}
        if not right:
            wrong.add(label(stream, field))
    assert wrong == OTHERWISE_TYPED


def test_choices_are_the_known_ones() -> None:
    wrong = [
        label(stream, field)
        for stream, field, facts in known_fields()
        if set(field.columns[0].enum) != set(facts.get("enum", ()))
    ]
    assert set(wrong) == {"campaignsRecordsSnapshots.action"}


def test_relations_lead_where_they_are_known_to_lead() -> None:
    wrong = [
        label(stream, field)
        for stream, field, facts in known_fields()
        # That a plain text is another stream's key is our reading of its name.
        if facts["type"] != "string" and field.to != facts.get("relation")
    ]
    assert wrong == []


def test_a_field_that_comes_as_a_list_is_declared_so() -> None:
    wrong = [
        label(stream, field)
        for stream, field, facts in known_fields()
        if (field.many or len(field.columns[0].paths[0]) > 1) and field.many != (facts["type"] == "array")
    ]
    assert wrong == []


def test_nothing_is_promised_that_may_be_null() -> None:
    promised = [
        label(stream, field)
        for stream, field, facts in known_fields()
        if not field.columns[0].nullable and not facts.get("never_null") and field.columns[0].name not in stream.key
    ]
    assert promised == []


def test_fields_that_only_old_servers_sent_are_off() -> None:
    hopeful = [
        label(stream, field)
        for stream, field, facts in known_fields()
        if stream.evidence == "A" and facts["evidence"] != "A" and field.columns[0].selected
    ]
    assert hopeful == []
