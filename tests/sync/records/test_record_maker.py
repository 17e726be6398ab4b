"""From rows to records: when the record function of a stream is made."""

from __future__ import annotations

from typing import Any

import pytest

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.sync.records import record_maker
from tests.helpers.record_helpers import output, records


def test_nothing_is_compiled_before_the_first_row_and_then_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = []

    def counting(columns: Any, *given: Any, **named: Any) -> Any:
        compiled.append(columns)
        return compile_shape(columns, *given, **named)

    compile_shape = record_maker.compile_shape
    monkeypatch.setattr(record_maker, "compile_shape", counting)
    users = output(entries(STREAMS)["users"])
    assert records(users, []) == []
    assert compiled == []
    for number in range(2):
        assert [record["name"] for record in records(users, [{"name": f"u{number}"}])] == [f"u{number}"]
    assert len(compiled) == 1
