"""What rows prove about lists and links."""

from __future__ import annotations

from typing import Any

import pytest

from tap_daktela.sync.reading.lists import missing_links, unproven

BOTH = ("statuses.name", "statuses.title")
ONE = ("statuses.name",)


@pytest.mark.parametrize(
    ("dotted", "row", "proven"),
    [
        (BOTH, {"statuses": [{"name": "a", "title": "A"}]}, True),
        (BOTH, {"statuses": [{}, {"name": None, "title": None}]}, True),
        (BOTH, {"statuses": [{"name": "a"}]}, False),
        (BOTH, {"statuses": [{"name": "a", "title": "A", "_sys": 1}]}, True),
        (BOTH, {"statuses": {"name": "a", "title": "A"}}, True),
        (BOTH, {"statuses": []}, False),
        (BOTH, {"statuses": None}, False),
        (BOTH, {}, False),
        (BOTH, {"statuses": ["a"]}, False),
        (BOTH, {"statuses.name": ["a"], "statuses.title": ["A"]}, True),
        (BOTH, {"statuses.name": ["a"], "statuses.title": []}, False),
        (BOTH, {"statuses.name": ["a"]}, False),
        (ONE, {"statuses": ["a"]}, True),
        (ONE, {"statuses": [""]}, False),
        (ONE, {"statuses": [[]]}, False),
        (ONE, {"statuses": [{"title": "A"}]}, False),
        (ONE, {"statuses.name": ["a"]}, True),
        (ONE, {"statuses.name": "a"}, True),
        (ONE, {"statuses.name": 0}, True),
        *((ONE, {"statuses.name": nothing}, False) for nothing in (None, "", [], {})),
    ],
)
def test_only_an_element_with_the_picked_fields_proves_that_a_list_is_picked_from(
    dotted: tuple[str, ...], row: dict[str, Any], proven: bool
) -> None:
    assert unproven([row], {"statuses": dotted}) == (frozenset() if proven else {"statuses"})


def test_one_element_in_any_row_is_proof_and_each_list_needs_its_own() -> None:
    rows = [{"statuses": None}, {"statuses": [{"name": "a"}], "tags": []}, {"statuses": []}]
    assert unproven(rows, {"statuses": ONE, "tags": ("tags.name",)}) == {"tags"}
    assert unproven([], {"statuses": ONE}) == {"statuses"}
    assert unproven(rows, {}) == frozenset()


LINK = {"user.title": ("user.name", "user.id")}


@pytest.mark.parametrize(
    ("rows", "missing"),
    [
        ([{"user": {"title": "Ann"}}], True),
        ([{"user": {"title": "Ann", "name": None}}], True),
        ([{"user": {"title": "Ann", "name": ""}}], True),
        ([{"user": {"title": "Ann", "name": "ann"}}], False),
        ([{"user": {"title": "Ann", "name": None, "id": 7}}], False),
        ([{"user.title": "Ann"}], True),
        ([{"user.title": "Ann", "user.name": "ann"}], False),
        ([{"user": {"title": "Ann"}, "user.name": "ann"}], False),
        ([{"user": {"title": None}}], False),
        ([{"user": None}], False),
        ([], False),
        ([{"user": {"title": "Ann"}}, {"user": {"title": "Bob", "name": "bob"}}], False),
        ([{"user": {"title": "Ann"}}, {"user": None}, {"user": {"title": "Bob"}}], True),
        ([{"user": None}, {"user": {"title": "Ann"}}], True),
        ([{"user": None}, {"user": {"title": "Ann", "name": "ann"}}], False),
        ([{"user": {"title": "Ann"}}, {"user": {"title": ""}}], False),
    ],
)
def test_a_title_without_its_key_in_every_row_is_missing_a_link(rows: list[dict[str, Any]], missing: bool) -> None:
    assert missing_links(rows, LINK) == (["user.title"] if missing else [])
