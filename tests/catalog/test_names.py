"""Streams that are named in the settings or on the command line."""

from __future__ import annotations

import pytest

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.selection import by_default
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.errors import ConfigError

KNOWN = entries(STREAMS)


def test_streams_by_name() -> None:
    chosen = by_default(KNOWN, ["tickets_views", "tickets_statuses", "activities", "activities"])
    assert [one.entry.name for one in chosen] == ["activities", "tickets_statuses", "tickets_views"]


def test_streams_by_the_names_that_daktela_has_or_had() -> None:
    chosen = by_default(KNOWN, ["activitiesCall", "activitiesChat", "crmRecords"])
    assert [one.entry.name for one in chosen] == ["activities_call", "activities_web", "crm_records"]


def test_unknown_names_are_told_all_at_once_with_the_nearest_one() -> None:
    with pytest.raises(ConfigError) as caught:
        by_default(KNOWN, ["tickts", "users", "calls", "xyzzy"])
    assert caught.value.problems == (
        "streams: there is no stream 'tickts'; the nearest is 'tickets'",
        "streams: there is no stream 'calls'; the nearest is 'activities_call'",
        "streams: there is no stream 'xyzzy'",
    )
