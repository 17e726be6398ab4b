"""Names of columns, as the platform would make them."""

from __future__ import annotations

from itertools import permutations

import pytest

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.keboola.tables.columns import LONGEST, safe, safe_names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("title", "title"),
        ("Číslo objednávky", "Cislo_objednavky"),
        ("_sys", "sys"),
        ("a.b", "a_b"),
        ("łódź", "lodz"),
        ("x" * LONGEST, "x" * LONGEST),
    ],
)
def test_names_are_plain(name: str, expected: str) -> None:
    assert safe(name) == expected


@pytest.mark.parametrize("name", ["", "___", "日本", "ctid", "_timestamp", "x" * 200])
def test_names_that_cannot_be_kept_are_replaced(name: str) -> None:
    column = safe(name)
    assert column == safe(column), "the platform would change it"
    assert column
    assert len(column) <= LONGEST
    assert column not in {"ctid", "timestamp"} or name == "_timestamp"


def test_two_names_never_share_a_column() -> None:
    names = ["a.b", "a_b", "a b", "Name", "name", "NAME", "id"]
    columns = safe_names(names, {"id", "server"})
    assert columns["a_b"] == "a_b"
    assert columns["name"] == "name"
    assert len({column.lower() for column in columns.values()} | {"id", "server"}) == len(names) + 2
    assert all(safe(column) == column for column in columns.values())


def test_the_order_of_names_does_not_matter() -> None:
    results = [safe_names(order) for order in permutations(["a.b", "a b", "A_b"])]
    assert all(result == results[0] for result in results)


def test_declared_columns_need_no_change() -> None:
    for entry in entries(STREAMS).values():
        names = [column.name for column in entry.columns]
        assert safe_names(names) == {name: name for name in names}, entry.name
