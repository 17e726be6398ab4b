"""The tables that parameters select, with their fields and filters."""

from __future__ import annotations

from typing import Any

import pytest

from tap_daktela.errors import ConfigError
from tap_daktela.keboola.config.table_selection import TableSelection, problems, selected
from tap_daktela.keboola.config.types import TableOptions
from tap_daktela.keboola.job import TableRequest

FILTER = {"field": "stage", "operator": "eq", "value": "OPEN"}


def wrong(**values: Any) -> tuple[str, ...]:
    """Return what is wrong with a selection."""
    with pytest.raises(ConfigError) as caught:
        selected(values)
    return caught.value.problems


def test_tables_with_their_options() -> None:
    options = (TableOptions("calls", ("call_time", "queue_name"), FILTER), TableOptions("tickets", ("customFields",)))
    assert selected({"tables": ("calls", "tickets", "users"), "table_options": options}) == (
        TableSelection(TableRequest("activities_call", "calls", ("call_time", "queue_name")), FILTER),
        TableSelection(TableRequest("tickets", "tickets", ("custom_fields",))),
        TableSelection(TableRequest("users", "users")),
    )


def test_a_column_that_does_not_exist() -> None:
    [problem] = wrong(tables=("tickets",), table_options=(TableOptions("tickets", ("titel",)),))
    assert problem == "table_options has fields for 'tickets': there is no 'titel'; the nearest is 'title'"


def test_a_row_has_one_table() -> None:
    options = (TableOptions("tickets", ("title",)), TableOptions("users"))
    root = {"tables": ("users",), "table_options": options, "table": "tickets"}
    assert selected(root) == (TableSelection(TableRequest("tickets", "tickets", ("title",))),)
    assert selected({**root, "filter": FILTER}) == (TableSelection(TableRequest("tickets", "tickets"), FILTER),)


def test_everything_that_is_wrong_is_told() -> None:
    options = (TableOptions("users"), TableOptions("users"), TableOptions("queues"))
    assert wrong(tables=("users", "tikets", "Users"), table_options=options) == (
        "table_options names 'users' twice",
        "tables names 'tikets', which Daktela does not have; the nearest is 'tickets'",
        "table_options names 'queues', which is not among the tables",
        "tables names 'Users' twice",
    )


def test_a_stream_has_one_filter() -> None:
    assert wrong(tables=("calls", "activities_call"), table_options=(TableOptions("calls", None, FILTER),)) == (
        "tables has two filters for 'activities_call', which is read only once",
    )
    [problem] = wrong(tables=("tickets_statuses",), table_options=(TableOptions("tickets_statuses", None, FILTER),))
    assert problem == (
        "table_options has a filter for 'tickets_statuses': its rows are made of rows of 'tickets', so filter that"
    )


def test_formats_with_fixed_tables() -> None:
    [found] = selected({"tables": ("activities_call",), "output_format": "revolt"})
    assert found.request == TableRequest("activitiesCall", "activitiesCall")
    [problem] = wrong(
        tables=("tickets",), table_options=(TableOptions("tickets", ("title",)),), output_format="extractor"
    )
    assert problem == (
        "table_options has fields for 'tickets': its columns are fixed in the format extractor, so leave them out"
    )


@pytest.mark.parametrize(
    ("given", "values", "found"),
    [
        ({}, {}, ["tables is missing; it is, for example, activities, tickets; a row has table instead"]),
        ({"tables": 7}, {}, []),
        (
            {"tables": "a", "fields": 7},
            {"tables": ("a",)},
            ["fields belongs to a row with one table; use table_options"],
        ),
        ({"table": "tickets"}, {"table": "tickets"}, []),
        (
            {"table": "tikets"},
            {"table": "tikets"},
            ["table names 'tikets', which Daktela does not have; the nearest is 'tickets'"],
        ),
        (
            {"table": "tickets", "fields": "titel"},
            {"table": "tickets", "fields": ("titel",)},
            ["fields of 'tickets': there is no 'titel'; the nearest is 'title'"],
        ),
        (
            {"table": "tickets_statuses", "filter": FILTER},
            {"table": "tickets_statuses", "filter": FILTER},
            ["filter of 'tickets_statuses': its rows are made of rows of 'tickets', so filter that"],
        ),
    ],
    ids=["nothing", "wrong by itself", "of a row", "good", "unknown", "unknown column", "filter"],
)
def test_problems_between_parameters(given: dict[str, Any], values: dict[str, Any], found: list[str]) -> None:
    assert problems(given, values) == found
