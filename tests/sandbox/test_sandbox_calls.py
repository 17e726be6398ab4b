"""The invented calls and activities agree with each other: who talked to whom, when, and for how long."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.sandbox.options import SandboxOptions
from tap_daktela.sandbox.storage.tables import ITEMS, Row
from tap_daktela.sandbox.world.company.staff import agents_of
from tap_daktela.sandbox.world.world import World
from tests.helpers.sandbox_client import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

LOST = {"abandon", "exitwithtimeout", "exitwithkey", "exitempty", "noanswer"}
PEAK, NIGHT = range(9, 12), (*range(6), 22, 23)


@pytest.fixture(scope="module")
def world() -> World:
    return World(SandboxOptions(rows=4000, now=NOW, freeze=True, clean=True))


def seconds(text: str) -> float:
    """A wall-clock text as seconds; the clocks of the instance change once in its history, on 31 March."""
    moment = datetime.fromisoformat(text)
    return moment.timestamp() - (3600 if moment >= datetime(2024, 3, 31, 3) else 0)  # noqa: DTZ001 - the instance's


def pairs(world: World) -> Iterator[tuple[Row, Row]]:
    """All calls that are over, each with its activity."""
    activities = world.store["activities"].by_key
    for call in world.store["activitiesCall"]:
        for name in call["activities"]:
            if "duration" in call and "time_close" in activities[name]:
                yield call, activities[name]


def conversations(world: World) -> list[tuple[Row, Row]]:
    return [(call, activity) for call, activity in pairs(world) if call["answered"]]


def inbound(world: World) -> list[Row]:
    return [call for call in world.store["activitiesCall"] if call["direction"] == "in" and "duration" in call]


def test_only_active_agents_of_the_queue_talk(world: World) -> None:
    users, agents = world.store["users"].by_key, agents_of(world.store)
    for call, activity in conversations(world):
        user = users[call["id_agent"]]
        assert (user["type"], user["deactivated"], user["deleted"]) == ("CC", False, False)
        assert activity["user"] == call["id_agent"] != world.credentials.username
        assert call["direction"] != "in" or call["id_queue"] in agents[call["id_agent"]]
    assert len({call["id_agent"] for call, _ in conversations(world)}) == len(agents) > 5


def test_nobody_talks_to_two_customers_at_once(world: World) -> None:
    busy: dict[Any, list[tuple[float, float]]] = defaultdict(list)
    for call, activity in conversations(world):
        answered = seconds(activity["time_open"])
        busy[call["id_agent"]].append((answered, answered + call["duration"] + activity["aaw"]))
    for talks in busy.values():
        talks.sort()
        assert all(before[1] <= after[0] for before, after in pairwise(talks))


def test_an_answered_call_waits_then_talks_then_is_wrapped_up(world: World) -> None:
    for call, activity in conversations(world):
        assert activity["time"] == call["call_time"]
        before = call["waiting_time"] if call["direction"] == "in" else call["ringing_time"]
        assert seconds(activity["time_open"]) == seconds(call["call_time"]) + before
        assert activity["duration"] == call["duration"] == call["cdr"]["billsec"] > call["hold_time"]
        assert seconds(activity["time_close"]) == seconds(activity["time_open"]) + call["duration"]
        assert call["direction"] != "in" or call["ringing_time"] <= call["waiting_time"]
        assert (activity["ringing_time"], activity.get("queue")) == (call["ringing_time"], call.get("id_queue"))
        assert (call["disposition_cause"] != "", call["disconnection_cause"]) == (True, "")


def test_what_nobody_answered_has_a_cause_and_no_agent(world: World) -> None:
    lost = [call for call in inbound(world) if not call["answered"]]
    causes = Counter(call["disconnection_cause"] for call in lost)
    assert set(causes) == LOST
    assert causes["abandon"] > len(lost) / 2
    assert 0.08 < len(lost) / len(inbound(world)) < 0.25
    for call, activity in pairs(world):
        if not call["answered"] and call["direction"] == "in":
            assert "id_agent" not in call
            assert "user" not in activity
            assert "time_open" not in activity
            assert (call["duration"], activity["duration"], call["cdr"]["billsec"]) == (0, 0, 0)
            assert seconds(activity["time_close"]) == seconds(call["call_time"]) + call["waiting_time"]


def test_most_missed_calls_are_called_back_within_a_day(world: World) -> None:
    calls = world.store["activitiesCall"].by_key
    missed = [call for call in inbound(world) if not call["answered"]]
    assert all("missed_call" not in call for call in calls.values() if call["answered"] or call["direction"] != "in")
    back = [call for call in missed if call["missed_call"] == 0]
    assert 0.4 < len(back) / len(missed) < 0.9
    for call in back:
        later = calls[call["missed_callback"]]
        assert (later["direction"], later["clid"]) == ("out", call["clid"])
        assert 0 < seconds(later["call_time"]) - seconds(call["call_time"]) < 25 * 3600
        assert call["missed_call_time"] == later["call_time"]


def test_legs_and_recordings_fit_their_calls(world: World) -> None:
    calls, legs = world.store["activitiesCall"].by_key, list(world.store["activitiesCallChannels"])
    recorded = [calls[row["id_call"]] for row in world.store["activitiesCallRecordings"]]
    assert len(recorded) > 100
    assert all(call["answered"] for call in recorded)
    for leg in legs:
        call = calls[leg["_call"]]
        assert call["call_time"] <= leg["time_ringing"]
        assert ("time_speaking" in leg) is call["answered"]
        if "time_speaking" in leg and "time_closed" in leg:
            assert seconds(leg["time_closed"]) - seconds(leg["time_speaking"]) == call["duration"]
    ends = Counter((leg["_call"], leg["label"]) for leg in legs if calls[leg["_call"]]["answered"])
    assert set(ends.values()) == {1}


def test_transcripts_lie_within_the_call(world: World) -> None:
    activities, calls = world.store["activities"].by_key, world.store["activitiesCall"].by_key
    rows = list(world.store["activitiesCallTranscripts"])
    assert len(rows) > 50
    for row in rows:
        call = calls[activities[row["activity"]]["item"]]
        assert 0 <= row["start"] < row["end"] <= call["duration"]


def test_queues_differ_in_load_and_in_service(world: World) -> None:
    answered, all_calls = Counter[Any](), Counter[Any]()
    for call in inbound(world):
        all_calls[call["id_queue"]] += 1
        answered[call["id_queue"]] += call["answered"] and call["waiting_time"] <= 20
    loads = sorted(all_calls.values())
    assert len(loads) == 5
    assert loads[-1] > 8 * loads[0]
    levels = sorted(answered[queue] / count for queue, count in all_calls.items())
    assert levels[-1] - levels[0] > 0.1


def test_the_day_has_a_peak_and_a_night_in_which_nobody_answers(world: World) -> None:
    hours = Counter(int(call["call_time"][11:13]) for call in inbound(world))
    assert min(hours[hour] for hour in PEAK) > 20 * max(hours[hour] for hour in (0, 4, 5, 22, 23))
    assert {call["answered"] for call in inbound(world) if int(call["call_time"][11:13]) in NIGHT} == {False}
    days = Counter(datetime.fromisoformat(call["call_time"]).weekday() for call in inbound(world))
    assert days[0] > days[4] > 5 * days[5]


def test_a_contact_calls_from_one_number_and_writes_from_one_address(world: World) -> None:
    contacts = world.store["contacts"].by_key
    for table, column, field in (("activitiesCall", "clid", "number"), ("activitiesEmail", "address", "email")):
        used = defaultdict(set)
        for row in world.store[table]:
            if "contact" in row:
                used[row["contact"]].add(row[column])
        assert {len(values) for values in used.values()} == {1}
        for contact, values in used.items():
            known = [value for value in contacts[contact].get("customFields", {}).get(field, []) if value]
            assert not known or values == {known[0]}


def test_mail_goes_between_the_customer_and_a_mailbox_of_the_company(world: World) -> None:
    queues = world.store["queues"].by_key
    for row in world.store["activitiesEmail"]:
        headers, mailbox = row["options"]["headers"], queues[row["queue"]]["title"]
        ends = [row["address"], mailbox] if row["direction"] == "in" else [mailbox, row["address"]]
        assert [headers["from"][0]["address"], headers["to"][0]["address"]] == ends


def test_activities_end_after_their_work(world: World) -> None:
    over = [row for row in world.store["activities"] if "time_close" in row and "time_open" in row]
    assert len(over) > 2000
    for row in over:
        assert seconds(row["time_close"]) == seconds(row["time_open"]) + row["duration"]
        assert row["baw"] in {0, row["duration"]}
        assert row["time"] <= row["time_open"]
    taken = [row for row in world.store["activities"] if row["type"] in ITEMS and "time_open" in row]
    assert all("user" in row for row in taken)
