"""What a run is to read: catalog, `streams` and `select` together."""

from __future__ import annotations

import logging
from datetime import datetime, timezone
from typing import Any

import pytest

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import ALL_STREAMS
from tap_daktela.choosing import chosen_streams, default_streams, known_streams, selected_in
from tap_daktela.errors import ConfigError
from tap_daktela.settings import Settings
from tap_daktela.units.unit import Unit
from tests.helpers.ledger import DEFAULT_STREAMS

KNOWN = entries(ALL_STREAMS)


def settings(**given: Any) -> Settings:
    return Settings.parse({"server": "x", "access_token": "t", "start_date": "2024-01-01", **given}, {})


def catalog(*names: str, **more: Any) -> dict[str, Any]:
    """Return a catalog that selects streams, each with other marks of its own."""
    marks = {"selected": True, **more}
    return {"streams": [{"tap_stream_id": one, "metadata": [{"breadcrumb": [], "metadata": marks}]} for one in names]}


def chosen(document: dict[str, Any] | None = None, **given: Any) -> dict[str, set[str]] | None:
    """Return the columns of each stream that is chosen."""
    found = chosen_streams(settings(**given), KNOWN, document)
    return None if found is None else {one.entry.name: {column.name for column in one.columns} for one in found}


def unit(*names: str, url: str = "https://x.daktela.com") -> Unit:
    times = [datetime(2024, month, 1, tzinfo=timezone.utc) for month in (1, 1, 2)]
    return Unit("u", url, names, *times)


def test_a_unit_is_read_of_what_is_chosen() -> None:
    some = chosen_streams(settings(), KNOWN, catalog("tickets", "users", "queues"))
    assert list(selected_in(unit("users", "tickets"), "u.json", settings(), KNOWN, some)) == ["users", "tickets"]
    assert list(selected_in(unit("activities"), "u.json", settings(), KNOWN, None)) == ["activities"]


def test_a_unit_of_other_streams_or_of_another_instance_is_refused() -> None:
    some = chosen_streams(settings(), KNOWN, catalog("tickets"))
    with pytest.raises(ConfigError) as caught:
        selected_in(unit("tickets", "users", url="https://y.daktela.com"), "unit: u.json", settings(), KNOWN, some)
    url, stream = caught.value.problems
    assert url == "unit: u.json: the unit is for https://y.daktela.com, and the configuration for https://x.daktela.com"
    assert stream.startswith("unit: u.json: its stream 'users' is not selected; select it as for the plan (by")
    with pytest.raises(ConfigError, match="its stream 'sessions' is not selected"):
        selected_in(unit("sessions"), "u.json", settings(), KNOWN, None)


@pytest.mark.parametrize("given", [{}, {"select": "!users"}])
def test_nobody_names_a_stream(given: dict[str, Any]) -> None:
    assert chosen(**given) is None
    names = [one.entry.name for one in default_streams(settings(**given), KNOWN)]
    assert names == [name for name in DEFAULT_STREAMS if not (given and name == "users")]


def test_each_step_only_leaves_out() -> None:
    assert set(chosen(streams="tickets,realtime_sessions") or ()) == {"tickets", "realtime_sessions"}
    assert set(chosen(streams="tickets,users", select="!users") or ()) == {"tickets"}
    assert chosen(select="users.title") == {"users": {"name", "title"}}
    assert chosen(select="*.title", streams="users") == {"users": {"name", "title"}}
    assert set(chosen(catalog("tickets", "users")) or ()) == {"tickets", "users"}
    assert set(chosen(catalog("tickets", "users"), streams="users") or ()) == {"users"}
    assert chosen(catalog("tickets", "users"), select="users.title") == {"users": {"name", "title"}}


@pytest.mark.parametrize(
    ("document", "given", "sentence"),
    [
        (None, {"select": "!*"}, "nothing is selected"),
        (None, {"select": "nothing"}, "select: 'nothing': there is no stream 'nothing'"),
        (None, {"streams": "nothing"}, "streams: there is no stream 'nothing'"),
        ({"streams": []}, {}, "nothing is selected"),
        (catalog("users"), {"streams": "tickets"}, "streams: the catalog does not select 'tickets'"),
        (catalog("users"), {"select": "!users"}, "nothing is selected"),
        (None, {"streams": "tap_daktela_windows"}, "only 'tap_daktela_windows' is selected, which tells"),
        (catalog("users", "tap_daktela_windows"), {"select": "!users"}, "only 'tap_daktela_windows' is selected"),
    ],
)
def test_what_cannot_be_chosen(document: dict[str, Any] | None, given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        chosen(document, **given)


def test_a_ledger_is_no_list_of_the_instance() -> None:
    tree = {"field": "written", "operator": "gt", "value": 0}
    with pytest.raises(ConfigError, match="filters: there is no stream 'tap_daktela_windows' that is read by itself"):
        known_streams(settings(filters={"tap_daktela_windows": tree}))


def test_what_of_a_catalog_is_not_followed_is_told(caplog: pytest.LogCaptureFixture) -> None:
    document = catalog("users", "gone", **{"replication-method": "LOG_BASED"})
    document["streams"][0]["metadata"].append({"breadcrumb": ["properties", "lost"], "metadata": {"selected": True}})
    with caplog.at_level(logging.WARNING):
        assert set(chosen(document) or ()) == {"users"}
    streams, fields, other = caplog.messages
    assert streams == "The catalog selects streams that the tap does not have: gone"
    assert fields == "The catalog selects fields that the tap does not have: users.lost"
    assert other.startswith("The catalog has what the tap does not do. users: the replication method LOG_BASED")
