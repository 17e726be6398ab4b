"""Response bodies of real instances, with invented values: `tests/data/README.md` describes each."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.daktela.http.decode import decode
from tap_daktela.daktela.http.envelope import rows_of, total_of, words_of
from tap_daktela.probing import probe_all
from tests.helpers.harness import REPOSITORY
from tests.helpers.record_helpers import MODES, check, output, records

RECORDED = REPOSITORY / "tests/data/recorded"
KNOWN = entries(STREAMS)


def document(name: str) -> Any:
    value, repaired = decode((RECORDED / f"{name}.json").read_bytes())
    assert not repaired
    return value


def rows(name: str) -> list[dict[str, Any]]:
    """Return the rows of a list, or the one record that was asked for."""
    found = document(name)
    if "data" not in found["result"]:
        return [found["result"]]
    listed = rows_of(found)
    assert listed is not None
    assert total_of(found) is not None
    return listed


FILES = {
    "contacts": "contacts",
    "contact": "contacts",
    "tickets": "tickets",
    "ticket": "tickets",
    "activities-queue-hidden": "activities",
    "activities-queue-whole": "activities",
    "activities-two-fields": "activities",
    "emails": "activities_email",
}


@pytest.mark.parametrize(("nested", "timestamps"), MODES)
@pytest.mark.parametrize(("file", "stream"), FILES.items(), ids=FILES)
def test_records_are_what_their_schema_says(file: str, stream: str, nested: str, timestamps: str) -> None:
    found = rows(file)
    assert found
    # Asked for with few fields, so that a row may lack its key: it would not get this far.
    found = [{"name": "key", **row} for row in found]
    names = [name for name, entry in KNOWN.items() if entry.stream.name == stream]
    for name in names:
        out = output(KNOWN[name], nested=nested, timestamps=timestamps)
        made = records(out, found)
        for record in made:
            check(out.schema(), record)
        if name == stream:
            assert len(made) == len(found)
            # Values that were not understood would show here.
            assert not out.bad.values or set(out.bad.values) <= {"title", "stage", "priority"}


def definitions(stream: str, raw: list[dict[str, Any]]) -> dict[str, str]:
    """Return the custom fields that rows define, by name."""
    client = SimpleNamespace(read=lambda *_: SimpleNamespace(rows=raw), probing=lambda: nullcontext(1))
    [probe] = probe_all(client, [KNOWN[stream].stream])
    return dict(probe.custom_fields)


def test_contacts() -> None:
    raw = rows("contacts")
    made = records(output(KNOWN["contacts"]), raw)
    assert [record["name"] for record in made] == [row["name"] for row in raw]
    first, second = made[0], made[1]
    assert (first["title"], first["firstname"], first["lastname"]) == ("Ofélie, front desk", "Ofélie", "Zkušební")
    assert first["user_name"] == raw[0]["user"].get("name")
    assert first["user_title"] == "Chief keeper"
    assert (second["user_name"], second["account_name"], second["nps_score"]) == (None, None, 0)
    assert second["edited"] == "2022-03-11T13:38:56Z"
    assert second["custom_fields"] == {"number": [], "address": [], "email": [], "note": []}
    assert definitions("contacts", raw) == {
        "address": "Bydliště (ADDRESS)",
        "email": "E-pošta (EMAIL)",
        "note": "Zápis (TEXTAREA)",
        "number": "Číslo volajícího (PHONE)",
    }


def test_a_ticket() -> None:
    raw = rows("ticket")
    [made] = records(output(KNOWN["tickets"]), raw)
    assert type(made["name"]) is int
    assert (made["name"], made["title"]) == (raw[0]["name"], "Paper feed")
    assert (made["category_name"], made["category_title"]) == (raw[0]["category"]["name"], "Printers and paper")
    statuses = records(output(KNOWN["tickets_statuses"]), raw)
    assert [one["status_name"] for one in statuses] == [one["name"] for one in raw[0]["statuses"] if one]
    assert definitions("tickets", raw) == {"contract_number": "Číslo smlouvy (TEXT)"}


def test_activities_of_a_user_who_may_not_see_queues() -> None:
    raw = rows("activities-queue-hidden")
    made = records(output(KNOWN["activities"]), raw)
    for row, record in zip(raw, made, strict=True):
        assert record["name"] == row["name"]
        assert record["ticket_name"] == row["ticket"]["name"]
        queue = row["queue"]
        assert (record["queue_name"], record["queue_title"]) == (queue.get("name"), queue["title"])
        item = row.get("item")
        assert record["item_name"] == (str(item["name"]) if isinstance(item, dict) else item and str(item))
    assert any(record["queue_title"] and record["queue_name"] is None for record in made)


def test_nothing_of_the_system_leaves() -> None:
    for file, stream in FILES.items():
        text = str(records(output(KNOWN[stream]), [{"name": "key", **row} for row in rows(file)]))
        for name in ("_sys", "cfScheme", "extensions", "fcmSettings", "password"):
            assert f"'{name}'" not in text


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("error-text", 1),
        ("error-list", 1),
        ("error-primary", 1),
        ("error-form", 1),
        ("error-primary-and-form", 2),
        ("error-beside-record", 1),
    ],
)
def test_errors_are_told_in_the_words_of_the_server(file: str, words: int) -> None:
    told = words_of(document(file)["error"])
    assert len(told.split("; ")) >= words
    assert "{" not in told
    assert "[" not in told
