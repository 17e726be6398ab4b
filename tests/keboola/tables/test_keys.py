"""Keys: which columns hold them, their prefix, and the ids that the older components made of them."""

from __future__ import annotations

import pytest

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.keboola.tables.keys import content_id, identifiers, row_id

KNOWN = entries(STREAMS)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        # All known answers of component-ex-daktela: the prefixed values, one behind the other.
        (["t1"], "9d59664e3dfb04d4d21934aa02478fc4"),
        (["12"], "702b82c9c8e44a694dacc1a663a3e801"),
        (["joe", "7"], "0c9a35dc15b0ad8fe042c01285988b11"),
        (["activities_1", "call_9"], "8f5e3e20247c269b62dd9ad675b9129e"),
    ],
)
def test_the_id_is_that_of_the_extractor(values: list[str], expected: str) -> None:
    assert row_id("acme_", values) == expected


@pytest.mark.parametrize(
    ("prefix", "values", "expected"),
    [
        ("acme_", ["activities_1", "1.2"], "e903b07750664245c498e0a833f76edd"),
        ("acme_", ["activities_1", "call_9"], "c6640cb082a434044a340943298d92cd"),
        ("", ["activities_1", "1.2"], "8f981b0cc2452636b3575cffec26f0c2"),
    ],
)
def test_the_unique_key_is_that_of_2018(prefix: str, values: list[str], expected: str) -> None:
    assert row_id(prefix, values, "-") == expected


def test_an_empty_key_stays_empty() -> None:
    assert row_id("acme_", ["", "0"], "-") == row_id("", ["", "acme_0"], "-")


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        ("queues", {"name"}),
        ("realtime_sessions", {"exten", "id_call", "user_name", "lastqueue_name", "pause_name"}),
        (
            "activities",
            {
                "name", "ticket_name", "item_name", "queue_name", "user_name", "contact_name", "record_name",
                "survey_name", "created_by_name", "status_name",
            },
        ),
        ("activities_statuses", {"activities_name", "status_name"}),
        ("tickets_custom_fields", {"ticket_name"}),
        ("accounts_snapshots", set()),
    ],
)  # fmt: skip
def test_keys_follow_from_the_declarations(stream: str, expected: set[str]) -> None:
    assert identifiers(KNOWN[stream]) == expected


def test_every_reference_uses_the_same_prefix_rule_as_the_key_that_it_leads_to() -> None:
    for entry in KNOWN.values():
        keys = identifiers(entry)
        references = {name for name in (column.name for column in entry.columns) if name.endswith("_name")}
        # What ends in _name and is no key: names that are only text, and a call that is named in plain text.
        assert references - keys <= {"prefix_clid_name", "country_name", "region_name", "item_name"}, entry.name


def test_the_id_of_a_row_without_a_key_is_its_content() -> None:
    first = content_id("acme", ["time", "title"], ["2024-01-01", "x"])
    assert first == content_id("acme", ["title", "time"], ["x", "2024-01-01"])
    # A column that is new and empty changes nothing.
    assert first == content_id("acme", ["time", "title", "new"], ["2024-01-01", "x", ""])
    others = [
        content_id("other", ["time", "title"], ["2024-01-01", "x"]),
        content_id("acme", ["time", "title"], ["2024-01-01", "y"]),
        content_id("acme", ["time", "name"], ["2024-01-01", "x"]),
        content_id("acme", ["time", "title"], ["2024-01-01x", ""]),
    ]
    assert len({first, *others}) == 5
