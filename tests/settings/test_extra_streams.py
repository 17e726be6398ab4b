"""Endpoints that the user declares."""

from __future__ import annotations

from typing import Any

import pytest

from tap_daktela.settings.extra_streams import EXTRA_STREAMS, ExtraStream
from tests.settings.setting_types import refusal

EXTRA = {"endpoint": "crmThings", "fields": {"name": "string", "edited": "date-time", "user.name": "string"}}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, ExtraStream("crmThings", ("name",), None, tuple(EXTRA["fields"].items()))),
        (
            {"axis": "edited", "key": ["edited", "name"]},
            ExtraStream("crmThings", ("edited", "name"), "edited", tuple(EXTRA["fields"].items())),
        ),
        (
            {"key": "edited,name", "axis": ""},
            ExtraStream("crmThings", ("edited", "name"), None, tuple(EXTRA["fields"].items())),
        ),
        ({"fields": {"a": "array"}}, ExtraStream("crmThings", ("name",), None, (("name", "string"), ("a", "array")))),
    ],
)
def test_extra_streams(change: Any, found: ExtraStream) -> None:
    assert EXTRA_STREAMS.read([{**EXTRA, **change}]) == (found,)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"endpoint": "../users"}, "needs an endpoint"),
        ({"endpoint": None}, "needs an endpoint"),
        ({"fields": {}}, "needs fields"),
        ({"fields": ["name"]}, "needs fields"),
        ({"fields": {"na me": "string"}}, "impossible name 'na me'"),
        ({"fields": {"name": "text"}}, "the field name of an unknown type"),
        ({"fields": {"name": ["string"]}}, "the field name of an unknown type"),
        ({"key": "other"}, "has the key other, which is not among its fields"),
        ({"key": 7}, "must be a list of names"),
        ({"axis": "name"}, "has an axis that is not"),
        ({"axis": 7}, "has an axis that is not"),
        ({"type": "x"}, "has the unknown part 'type'"),
    ],
)
def test_extra_streams_that_are_refused(change: Any, sentence: str) -> None:
    problem = refusal(EXTRA_STREAMS, [EXTRA | {"endpoint": "other"}, {**EXTRA, **change}])
    assert problem.startswith("number 2: ")
    assert sentence in problem


def test_extra_streams_of_another_shape() -> None:
    assert refusal(EXTRA_STREAMS, {}) == "must be a list of objects with endpoint, key, axis and fields"
    assert refusal(EXTRA_STREAMS, ["a"]) == "number 1: must be an object with endpoint, key, axis and fields"
    assert refusal(EXTRA_STREAMS, [EXTRA, EXTRA]) == "names an endpoint twice"
