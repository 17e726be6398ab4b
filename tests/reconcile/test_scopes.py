"""What is compared, up to where, and what is not."""

from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tap_daktela.choosing import chosen_streams, known_streams
from tap_daktela.reconcile.scopes import ComparedScopes, chosen_scopes
from tap_daktela.settings import Settings
from tap_daktela.sync.singer.state import State, axes_of

START, BOUND = datetime(2024, 1, 1, tzinfo=timezone.utc), datetime(2024, 7, 1, tzinfo=timezone.utc)
BOOKMARK = "2024-06-01T00:00:00Z"
REQUIRED = {"url": "https://x.daktela.com", "access_token": "t0ken-unusual", "start_date": "2024-01-01"}


def compared(streams: str, bookmarks: dict[str, dict[str, str]] | None = None, **given: Any) -> ComparedScopes:
    settings = Settings.parse({**REQUIRED, "streams": streams, **given})
    known = known_streams(settings)
    chosen = chosen_streams(settings, known, None)
    assert chosen is not None
    state = State({"bookmarks": bookmarks or {}}, axes_of(known))
    return chosen_scopes(chosen, settings, state, ZoneInfo("Europe/Prague"), start=START, bound=BOUND)


def test_a_stream_is_compared_up_to_its_bookmarks() -> None:
    [scope] = compared("tickets", {"tickets": {"edited": BOOKMARK, "created": BOOKMARK}}).scopes
    bookmark = datetime(2024, 6, 1, tzinfo=timezone.utc)
    assert [(axis.name, axis.lower, axis.upper, axis.next_from) for axis in scope.axes] == [
        ("edited", START, bookmark, bookmark),
        ("created", START, bookmark, bookmark),
    ]
    assert len(scope.slices()) == 2 * 6  # From midnight in UTC, so January has an hour of February, and May of June.


def test_a_lookback_is_read_again_by_the_next_run() -> None:
    [scope] = compared("activities_call", {"activities_call": {"call_time": BOOKMARK}}, lookback_days=3).scopes
    [axis] = scope.axes
    assert axis.upper - axis.next_from == timedelta(days=3)


def test_without_a_state_all_up_to_the_bound_is_compared() -> None:
    [scope] = compared("activities_call").scopes
    [axis] = scope.axes
    assert (axis.upper, axis.next_from) == (BOUND, BOUND)


def test_an_end_before_the_bookmark_ends_the_comparison() -> None:
    [scope] = compared("tickets", {"tickets": {"edited": "2024-08-01T00:00:00Z", "created": BOOKMARK}}).scopes
    assert [(axis.upper.month, axis.next_from.month) for axis in scope.axes] == [(7, 8), (6, 6)]


def test_bounds_keep_away_from_changes_of_the_clock() -> None:
    [scope] = compared("activities_call", {"activities_call": {"call_time": "2024-03-31T01:30:00Z"}}).scopes
    assert scope.axes[0].upper == datetime(2024, 3, 30, 21, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("streams", "bookmarks", "given", "what", "reason"),
    [
        ("tickets_statuses", None, {}, "tickets_statuses", "made of lists in the rows of tickets"),
        ("activities_call_transcripts", None, {}, "activities_call_transcripts", "found through those of"),
        ("contacts_snapshots", None, {}, "contacts_snapshots", "no key"),
        ("activities", None, {"orphans": "drop"}, "activities", "orphans"),
        ("users,tap_daktela_windows", None, {}, "tap_daktela_windows", "the tap writes it"),
        ("tickets", {"users": {}}, {}, "tickets by edited", "the state has no bookmark for it"),
        ("tickets", None, {"select": "!tickets.created"}, "tickets by created", "created is not selected"),
        ("tickets", {"tickets": {"edited": "2023-01-01T00:00:00Z"}}, {}, "tickets by edited", "nothing lies between"),
    ],
)
def test_what_is_not_compared_is_said_with_the_reason(
    streams: str, bookmarks: Any, given: dict[str, Any], what: str, reason: str
) -> None:
    left_out = {one.what: one.reason for one in compared(streams, bookmarks, **given).left_out}
    assert reason in left_out[what]
