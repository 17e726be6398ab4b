"""Records as the tap writes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela import F
from tap_daktela.errors import ConfigError, ContractError
from tests.helpers import harness

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.python_client.conftest import Reading

STREAMS = ("tickets", "activities", "users", "tickets_statuses", "activities_call", "contacts_custom_fields")


def test_they_are_those_of_the_tap(reading: Callable[..., Reading]) -> None:
    one = reading(rows=300)
    one.instance.control("advance", {"seconds": 7200})
    box = one.instance.sandbox
    config = {
        "url": box.url, "access_token": box.access_token, "start_date": "2000-01-01", "streams": list(STREAMS),
    }  # fmt: skip
    run = harness.run_tap(config)
    assert run.returncode == 0, run.stderr
    written: dict[str, list[dict[str, Any]]] = {name: [] for name in STREAMS}
    for line in run.stdout.splitlines():
        message = json.loads(line)
        if message["type"] == "RECORD":
            written[message["stream"]].append(message["record"])
    for name in STREAMS:
        records = list(one.daktela.rows(name, shaped=True, page_size=50))
        assert sorted(map(json.dumps, records)) == sorted(map(json.dumps, written[name])), name
        assert records


def test_in_order_with_a_filter_and_a_number(still: Reading) -> None:
    d = still.daktela
    records = list(d.rows("crmRecords", F.stage == "OPEN", sort="-edited", shaped=True, max_rows=7, page_size=5))
    rows = list(d.rows("crmRecords", F.stage == "OPEN", sort="-edited", max_rows=7))
    assert [record["name"] for record in records] == [row["name"] for row in rows]
    assert all(record["edited"].endswith("Z") for record in records)
    [page] = d.pages("tickets", shaped=True, max_rows=1)
    assert page.total == d.count("tickets")


@pytest.mark.parametrize("odd", [{"bare_lists": True}, {"bare_as": "null", "bare_lists": True}, {"literal_dots": True}])
@pytest.mark.parametrize("sort", [(), "-edited"])
def test_lists_within_rows_on_odd_servers(reading: Callable[..., Reading], odd: dict[str, Any], sort: Any) -> None:
    records = list(reading(rows=100, **odd).daktela.rows("tickets", shaped=True, sort=sort))
    expected = list(reading(rows=100).daktela.rows("tickets", shaped=True))
    assert sorted(records, key=str) == sorted(expected, key=str)


def test_values_that_are_invalid_are_told(reading: Callable[..., Reading], caplog: pytest.LogCaptureFixture) -> None:
    one = reading()
    row = {"name": 7, "title": "x", "reopen": "many"}
    one.instance.control("rows", {"endpoint": "tickets", "rows": [row]})
    [record] = one.daktela.rows("tickets", shaped=True, name=7)
    assert record["reopen"] is None
    assert "tickets.reopen: 1 values were invalid, and are None or empty (such as in 7)" in caplog.text


@pytest.mark.parametrize("sort", [(), "-edited"])
def test_a_right_that_is_missing_is_told_as_by_the_tap(
    reading: Callable[..., Reading], caplog: pytest.LogCaptureFixture, sort: Any
) -> None:
    one = reading(rows=200, trim_relations=True)
    records = list(one.daktela.rows("tickets", shaped=True, sort=sort, page_size=9))
    assert any(record["user_title"] for record in records)
    assert not any(record["user_name"] for record in records)
    told = "tickets: user_name is empty in all rows of a page, although user_title is not. Daktela leaves keys out"
    assert caplog.text.count(told) == 1
    caplog.clear()
    assert list(one.daktela.rows("tickets_followers", shaped=True, sort=sort)) == []
    assert "list elements came without their key and were left out. Daktela leaves keys out" in caplog.text


def test_rows_without_a_key_are_an_error_at_the_end(reading: Callable[..., Reading]) -> None:
    one = reading()
    one.instance.control("clear", {"endpoint": "users"})
    one.instance.control("rows", {"endpoint": "users", "rows": [{"name": "a"}, {"name": " "}]})
    found = []
    with pytest.raises(ContractError, match="users: 1 row has no usable key"):
        found.extend(one.daktela.rows("users", shaped=True))
    assert [record["name"] for record in found] == ["a"]


def test_what_cannot_be_shaped(still: Reading) -> None:
    with pytest.raises(ConfigError, match="shaped: there is no stream 'tickts'; the nearest is 'tickets'"):
        still.daktela.rows("tickts", shaped=True)
    with pytest.raises(ConfigError, match="fields: shaped rows have all columns of the stream"):
        still.daktela.rows("tickets", shaped=True, fields="title")
