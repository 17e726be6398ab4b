"""What tells rows apart."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from tap_daktela.errors import ContractError
from tap_daktela.sync.scope import Scope


def scope(key: str | None) -> Scope:
    """Return the rows of an endpoint with such a key."""
    source: Any = SimpleNamespace(request=SimpleNamespace(key=key, page_size=10, names=["notes"]))
    return Scope(source, None, None)


def test_rows_without_a_key_are_told_apart_by_their_content_and_how_often_it_came() -> None:
    before: Counter[bytes] = Counter()
    first = scope(None).identities([{"a": 1, "b": [2]}, {"b": [2], "a": 1}, {"a": 1}], before)
    assert len(set(first)) == 3
    again = scope(None).identities([{"a": 1}], before)
    assert not set(again) & set(first)


def test_a_row_without_a_key_that_is_nested_too_deeply_is_told() -> None:
    deep: Any = 1
    for _ in range(900):
        deep = [deep]
    with pytest.raises(ContractError, match="notes: a row without a key cannot be told apart: Recursion limit"):
        scope(None).identities([{"a": 1}, {"a": deep}])
    assert scope("name").identities([{"name": 7, "a": deep}]) == [7]
