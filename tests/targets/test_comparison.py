"""The comparison of stored rows with those that were sent finds what it should find."""

from typing import Any

import pytest

from tests.helpers.loads.comparison import (
    EMPTY_IS_NULL,
    ESCAPED,
    NULL_IS_EMPTY,
    OTHER,
    PYTHON_TEXT,
    compare,
    difference,
)
from tests.helpers.loads.sent import Row, Table

KINDS = {"name": "integer", "title": "string"}


def table(*rows: Row) -> dict[str, Table]:
    return {"tickets": Table(["name"], KINDS, list(rows))}


ONE, EDITED, TWO = {"name": 1, "title": "a"}, {"name": 1, "title": "b"}, {"name": 2, "title": "c"}
KEYS = [("tickets", ("1",)), ("tickets", ("2",))]


@pytest.mark.parametrize(
    ("stored", "appended", "lost", "surplus", "differing"),
    [
        ([EDITED, TWO], False, [], [], 0),
        ([ONE, TWO], False, [], [], 1),
        ([TWO], False, KEYS[:1], [], 0),
        ([EDITED, EDITED, TWO], False, [], KEYS[:1], 0),
        ([EDITED, TWO, {"name": 3, "title": ""}], False, [], [("tickets", ("3",))], 0),
        ([], False, KEYS, [], 0),
        ([ONE, EDITED, TWO], True, [], [], 0),
        ([TWO, ONE, EDITED], True, [], [], 0),
        ([EDITED, TWO], True, KEYS[:1], [], 1),
    ],
)
def test_rows(stored: list[Row], appended: bool, lost: list[Any], surplus: list[Any], differing: int) -> None:
    found = compare(table(ONE, EDITED, TWO), {"tickets": stored}, appended=appended)
    assert (found.rows, sorted(found.lost), found.surplus) == (3 if appended else 2, lost, surplus)
    assert found.differing.total() == differing


def test_a_table_that_is_not_there_lost_all_of_its_rows() -> None:
    assert compare(table(ONE, TWO), {}, appended=False).lost == KEYS


@pytest.mark.parametrize(
    ("kind", "sent", "stored", "how"),
    [
        ("string", "a", "a", None),
        ("string", "a", "A", OTHER),
        ("string", "", "", None),
        ("string", None, None, None),
        ("string", "", None, EMPTY_IS_NULL),
        ("string", None, "", NULL_IS_EMPTY),
        ("string", "a", None, OTHER),
        ("string", None, "a", OTHER),
        ("string", "a\r\n\tb", "a\\r\\n\\tb", ESCAPED),
        ("integer", None, 0, OTHER),
        ("integer", 2**63 - 1, 2**63 - 1, None),
        ("integer", 2**63 - 1, str(2**63 - 1), None),
        ("integer", 2**53 + 1, 2**53, OTHER),
        ("integer", 0, None, OTHER),
        ("number", 0.5, "0.5", None),
        ("number", 1, 1.0, None),
        ("number", 0.5, 0.25, OTHER),
        ("boolean", True, True, None),
        ("boolean", False, "False", None),
        ("boolean", False, "True", OTHER),
        ("date-time", "2024-11-05T12:00:00Z", "2024-11-05T12:00:00", None),
        ("date-time", "2024-11-05T12:00:00Z", "2024-11-05 12:00:00+00:00", None),
        ("date-time", "2024-11-05T12:00:00Z", "2024-11-05T13:00:00+01:00", None),
        ("date-time", "2024-11-05T12:00:00Z", "2024-11-05T13:00:00", OTHER),
        ("array", [{"a": None}], [{"a": None}], None),
        ("array", [{"a": None}], [{}], OTHER),
        ("object", {"a": ["é"]}, '{"a": ["\\u00e9"]}', None),
        ("object", {"a": ["é"]}, '{"a": []}', OTHER),
        ("object", {"a": None}, "{'a': None}", PYTHON_TEXT),
        ("object", {"a": None}, "{'a': 1}", OTHER),
    ],
)
def test_values(kind: str, sent: Any, stored: Any, how: str | None) -> None:
    assert difference(kind, sent, stored) == how
