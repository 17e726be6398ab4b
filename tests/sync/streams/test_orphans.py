"""Rows whose item or key is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tap_daktela.catalog.fields import OrphanRule
from tap_daktela.sync.records.row_keys import RowsWithoutKey
from tap_daktela.sync.streams.page_lines import with_item, with_key
from tests.helpers.engine.stream_driver import TICKETS

RULE = OrphanRule("item", "type", frozenset({"CALL", "EMAIL"}))


@pytest.mark.parametrize(
    ("row", "stays"),
    [
        ({"type": "CALL", "item": {"id_call": "1"}}, True),
        ({"type": "CALL", "item": {"id_call": None, "name": "x"}}, True),
        ({"type": "CALL", "item": {"id_call": None, "name": None}}, False),
        ({"type": "CALL", "item": {}}, False),
        ({"type": "CALL", "item": None}, False),
        ({"type": "CALL", "item": []}, False),
        ({"type": "CALL"}, False),
        ({"type": "CALL", "item": "1"}, True),
        ({"type": "CALL", "item": [{"name": "x"}]}, True),
        ({"type": "CALL", "item.name": "x"}, True),
        ({"type": "CALL", "item.name": None, "item.id_call": None}, False),
        ({"type": "CALL", "items.name": "x"}, False),
        ({"type": "EMAIL", "item": None}, False),
        ({"type": "SMS", "item": None}, True),
        ({"type": None}, True),
        ({}, True),
    ],
)
def test_rows_of_a_type_that_embeds_an_item_need_one(row: dict[str, Any], stays: bool) -> None:
    other = {"type": "SMS"}
    assert with_item([other, row, other], RULE) == ([other, row, other] if stays else [other, other])


@pytest.mark.parametrize(
    ("key", "stays"), [(0, True), (False, True), ("0", True), ("", False), (" \t", False), (None, False)]
)
def test_rows_need_a_key(key: Any, stays: bool) -> None:
    row = {"name": key}
    keyed, without = with_key([row], TICKETS)
    assert (keyed, without.count) == (([row], 0) if stays else ([], 1))
    assert with_key([row], replace(TICKETS, key=())) == ([row], RowsWithoutKey())
    assert with_key([{}], TICKETS) == ([], RowsWithoutKey(1, ["name is null"]))
