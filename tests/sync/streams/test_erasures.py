"""Personal data that Daktela removes after a row was read, without a change of any time."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tap_daktela.sync.reading.windows import Window
from tap_daktela.sync.streams.flag_counts import months
from tests.helpers import harness
from tests.helpers.ledger import requested, settings

pytestmark = pytest.mark.unmeasured

STREAMS = ["activities", "activities_custom_fields"]


@pytest.fixture
def daktela(sandbox: Callable[..., harness.Sandbox]) -> Iterator[harness.Sandbox]:
    with sandbox("--rows", "400", "--days", "100") as running:
        running.settle()
        yield running


def run(daktela: harness.Sandbox, before: harness.TapRun | None = None, **more: Any) -> harness.TapRun:
    """Run the tap, from where the last run ended."""
    one = harness.run_tap(
        settings(daktela, **{"streams": STREAMS, **more}), state=before.last_state if before else None
    )
    assert one.returncode == 0, one.stderr
    return one


def keys(one: harness.TapRun) -> list[str]:
    return [row["name"] for row in one.records("activities")]


def of_activities(daktela: harness.Sandbox) -> list[dict[str, Any]]:
    """Return the requests for activities."""
    return [request for request in requested(daktela) if "/activities.json" in request["path"]]


def closed(daktela: harness.Sandbox, first: harness.TapRun) -> list[dict[str, Any]]:
    """Return rows of activities that are long closed and not anonymised, oldest first."""
    rows = [row for row in first.records("activities") if row["time_close"] and not row["anonymized"]]
    return sorted(rows, key=lambda row: str(row["time"]))


def test_rows_that_were_anonymised_since_come_again_and_nothing_else(daktela: harness.Sandbox) -> None:
    first = run(daktela)
    rows = closed(daktela, first)
    chosen = [next(row for row in rows if row["description"]), *rows[:2], rows[150], rows[-1]]
    erased = {row["name"] for row in chosen}
    daktela.control("erase", {"keys": sorted(erased)})
    second = run(daktela, first)
    months = {str(row["time"])[:7] for row in chosen}
    again = {row["name"]: row for row in second.records("activities")}
    assert erased <= set(again)
    for row in again.values():
        assert row["anonymized"]
        assert str(row["time"])[:7] in months
    for name in erased:
        assert (again[name]["title"], again[name]["description"], again[name]["contact_name"]) == ("", "", None)
        assert again[name]["custom_fields"] in (None, {})
    assert not erased & {row["activities_name"] for row in second.records("activities_custom_fields")}
    assert second.last_state["bookmarks"]["activities"]["time"] == first.last_state["bookmarks"]["activities"]["time"]
    daktela.control("reset-requests")
    third = run(daktela, second)
    assert keys(third) == []
    assert third.last_state == second.last_state
    assert len(of_activities(daktela)) == 2


def test_what_is_anonymised_between_two_windows_counts_for_the_next_run(daktela: harness.Sandbox) -> None:
    first = run(daktela)
    daktela.control("add", {"endpoint": "activities", "count": 5})
    daktela.settle()
    second = run(daktela, first)
    new = keys(second)
    assert len(new) >= 5
    daktela.control("erase", {"keys": new})
    third = run(daktela, second)
    assert set(new) <= set(keys(third))
    assert keys(run(daktela, third)) == []


def test_an_instance_without_anonymised_rows_gets_one_more_small_request(daktela: harness.Sandbox) -> None:
    daktela.control("clear", {"endpoint": "activities"})
    daktela.control("add", {"endpoint": "activities", "count": 5})
    daktela.settle()
    asked = {}
    for is_selected in (True, False):
        marks = [
            {"breadcrumb": [], "metadata": {"selected": True}},
            {"breadcrumb": ["properties", "anonymized"], "metadata": {"selected": is_selected}},
        ]
        entry = {"tap_stream_id": "activities", "stream": "activities", "schema": {"properties": {}}, "metadata": marks}
        daktela.control("reset-requests")
        one = harness.run_tap({**daktela.login, "start_date": harness.BEGINNING}, catalog={"streams": [entry]})
        assert one.returncode == 0, one.stderr
        assert len(keys(one)) == 5
        assert "anonymized" not in one.last_state["bookmarks"]["activities"]
        asked[is_selected] = of_activities(daktela)
    assert len(asked[True]) == len(asked[False]) + 1


def test_a_column_that_is_not_selected_is_not_followed(daktela: harness.Sandbox) -> None:
    first = run(daktela, streams=["activities_custom_fields"])
    assert "anonymized" not in first.last_state["bookmarks"]["activities_custom_fields"]


@pytest.mark.parametrize(
    ("option", "how", "why"),
    [
        ("flag_filters", "ignored", "it does not apply the filter"),
        ("flag_filters", "refused", "HTTP 400"),
        ("total", "absent", "its totals cannot be trusted"),
    ],
)
def test_an_instance_that_cannot_filter_is_told_once_and_read_as_before(
    daktela: harness.Sandbox, option: str, how: str, why: str
) -> None:
    daktela.control("options", {option: how})
    first = run(daktela)
    assert len(first.records("activities")) > 300
    assert "anonymized" not in first.last_state["bookmarks"]["activities"]
    daktela.control("erase", {"count": 9})
    second = run(daktela, first)
    assert keys(second) == []
    told = [line for line in second.stderr.splitlines() if "anonymised after they were read cannot be found" in line]
    assert len(told) == 1
    assert told[0].startswith("INFO activities: ")
    assert why in told[0]


def test_older_and_odd_states_read_all_anonymised_rows_once_more(daktela: harness.Sandbox) -> None:
    first = run(daktela)
    anonymised = {row["name"] for row in first.records("activities") if row["anonymized"]}
    for mark in (None, [], {}, "nonsense", {"2024-10": "12"}, {"2024-10": -1, "x": {}}):
        state = copy.deepcopy(first.last_state)
        for marks in state["bookmarks"].values():
            marks["anonymized"] = mark
        again = harness.run_tap(settings(daktela, streams=STREAMS), state=state)
        assert again.returncode == 0, again.stderr
        assert set(keys(again)) == anonymised, mark
        assert again.last_state == first.last_state, mark


def test_the_filter_of_the_user_and_a_backfill_beside_it(daktela: harness.Sandbox) -> None:
    filters = {"activities": [{"field": "type", "operator": "eq", "value": "CALL"}]}
    first = run(daktela, filters=filters)
    daktela.control("erase", {"count": 200})
    second = run(daktela, first, filters=filters)
    assert keys(second)
    assert {row["type"] for row in second.records("activities")} == {"CALL"}
    backfill = run(daktela, None, filters=filters, end_date="2024-10-01")
    assert set(backfill.last_state["bookmarks"]["activities"]["anonymized"]) <= {"2024-07", "2024-08", "2024-09"}
    assert keys(run(daktela, backfill, filters=filters, end_date="2024-10-01")) == []


@pytest.mark.parametrize(
    ("lower", "upper", "edges"),
    [
        ("2024-01-01 00:00:00", "2024-03-01 00:00:00", ["02-01"]),
        ("2024-01-01 00:00:00", "2024-01-31 00:00:00", []),
        ("2024-01-01 00:00:00", "2024-04-01 00:00:01", ["02-01", "03-01", "04-01"]),
    ],
)
def test_a_window_is_cut_where_months_begin(lower: str, upper: str, edges: list[str]) -> None:
    parts = months(Window(lower, upper))
    assert [part.upper for part in parts] == [*(f"2024-{edge} 00:00:00" for edge in edges), upper]
    assert [part.lower for part in parts] == [lower, *(f"2024-{edge} 00:00:00" for edge in edges)]
