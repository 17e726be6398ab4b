"""The checklist: what it finds out about settings, an instance and its streams, and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.doctor.examination import examine
from tap_daktela.errors import CheckError
from tests.helpers.cli_output import NOBODY
from tests.helpers.harness import write_json
from tests.helpers.sandbox_client import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.helpers.sandbox_client import Client

SECRET = "tok-Qz7Lw9"
CHECKS = ("settings", "selection", "address", "certificate", "login", "clock", "zone", "rights", "custom fields")
OF_LISTS = ("sorting", "totals", "filters")


@pytest.fixture(scope="module")
def instance() -> Iterator[Client]:
    # Its clock goes: the checklist compares it with this machine's.
    with serving(rows=200, now=None, freeze=False) as client:
        yield client


def settings(instance: Client, **more: Any) -> dict[str, Any]:
    return {
        "url": instance.sandbox.url,
        "access_token": instance.sandbox.access_token,
        "start_date": "2024-01-01",
        **more,
    }


def checked(raw: dict[str, Any], *, wrong: bool = False, **more: Any) -> dict[str, list[str]]:
    """Return the lines of a checklist by check, each with its mark, and the last line under "end"."""
    shown: list[str] = []
    failure = ""
    try:
        examine(raw, {}, **{"files": [], "catalog": None, "show": shown.append, **more})
    except CheckError as error:
        failure = str(error)
    assert bool(failure) is wrong, shown
    assert "Qz7Lw9" not in "".join(shown) + failure
    # A long path stays in one piece.
    assert max(len(line) for text in shown for line in text.split("\n") if " " in line.strip()) <= 80
    lines: dict[str, list[str]] = {"end": [shown.pop()]}
    for text in shown:
        flat = " ".join(text.split())
        mark, name = flat[:2], next(one for one in (*CHECKS, *OF_LISTS) if flat[3:].startswith(one))
        lines.setdefault(name, []).append(f"{mark} {flat[len(mark) + len(name) + 2 :]}")
    # A run says last why it failed: whatever is marked as wrong.
    assert failure == "; ".join(line[3:] for name in lines for line in lines[name] if line.startswith("!! "))
    return lines


def test_all_is_well(instance: Client) -> None:
    lines = checked(settings(instance))
    assert list(lines) == ["end", *CHECKS, *OF_LISTS]
    assert {line[:2] for name, found in lines.items() if name != "end" for line in found} == {"OK"}
    count = lines["selection"][0].split()[1]
    assert lines["end"] == [f"OK: {count} of {count} streams can be read"]
    assert lines["zone"] == ["OK Europe/Prague, as the instance names it"]
    assert "tickets 6" in lines["custom fields"][0]


def test_what_the_rows_cannot_show_is_named(instance: Client) -> None:
    lines = checked(settings(instance, streams="qaforms,users"))  # There is one form.
    unknown = "too few different values to tell: qaforms by name"
    assert lines["sorting"] == [f"OK 1 of 2 lists come in order; {unknown}"]
    assert lines["totals"] == ["OK 2 of 2 lists have a true total"]
    assert lines["filters"] == [f"OK 1 of 2 lists give what passes a filter; {unknown}"]
    assert checked(settings(instance, streams="qaforms"))["filters"] == [f"-- {unknown}"]


@pytest.mark.parametrize(
    ("wrong", "check", "sentence"),
    [
        ({"start_date": "yesterday"}, "settings", "!! start_date is wrong: 'yesterday' is neither"),
        ({"page_size": 5000}, "settings", "!! page_size must be a whole number from 1 to 1000"),
        ({"end_date": "2023-01-01"}, "settings", "!! end_date must be after start_date"),
        ({"streams": "tickts"}, "selection", "!! streams: there is no stream 'tickts'; the nearest is 'tickets'"),
        (
            {"filters": {"users": {"field": "role_name", "operator": "eq", "value": 1}}},
            "selection",
            "!! filters of users",
        ),
    ],
    ids=str,
)
def test_what_is_wrong_before_anybody_is_asked_does_not_end_the_checks(
    instance: Client, wrong: dict[str, Any], check: str, sentence: str
) -> None:
    lines = checked(settings(instance, **wrong), wrong=True)
    assert lines[check][0].startswith(sentence)
    for other in (*CHECKS[2:], *OF_LISTS):
        assert lines[other][0].startswith("OK")
    assert lines["end"][0].endswith("streams can be read; mend what is marked with !!")


def test_what_a_run_survives_is_no_failure(instance: Client, tmp_path: Path) -> None:
    nothing = {"tickets": {"field": "stage", "operator": "eq", "value": "NONSENSE"}}
    odd = {"pagesize": 5, "server": "other", "timezone": "Europe/London", "start_date": "2990-01-01"}
    path = write_json(tmp_path / "config.json", {})
    path.chmod(0o644)
    raw = settings(instance, **odd, filters=nothing, streams="tickets,users")
    lines = checked(raw, files=[str(path), ".env"])
    told = [line for line in lines["settings"] if line.startswith("??")]
    for line, words in zip(
        told, ["pagesize (page_size?)", "leave out server", "chmod 600", "start_date is not before"], strict=True
    ):
        assert words in line
    assert lines["zone"][0].startswith("?? timezone is Europe/London, and the instance names Europe/Prague")
    assert lines["filters"][1] == "?? tickets: no row passes the filter that you set"
    assert lines["end"] == ["OK: 2 of 2 streams can be read"]


def test_a_filter_that_the_instance_rejects(instance: Client) -> None:
    rule = {"users": {"field": "zzz", "operator": "eq", "value": "1"}}
    lines = checked(settings(instance, filters=rule, streams="users"), wrong=True)
    assert lines["filters"][1].startswith(
        "!! users: the filter that you set does not work: users: the instance rejects"
    )


@pytest.mark.parametrize(
    ("wrong", "check", "sentence"),
    [
        ({"access_token": SECRET}, "login", "!! the instance refuses access_token (HTTP 401)"),
        ({"access_token": None, "username": "x", "password": SECRET}, "login", "!! the instance refuses username and"),
    ],
    ids=["token", "password"],
)
def test_without_a_login_the_rest_is_skipped(
    instance: Client, wrong: dict[str, Any], check: str, sentence: str
) -> None:
    lines = checked(settings(instance, **wrong), wrong=True)
    assert lines[check][0].startswith(sentence)
    assert lines["address"][0].startswith("OK")
    for other in ("clock", "zone", "rights", "custom fields", *OF_LISTS):
        assert lines[other] == ["-- needs the login"]
    assert lines["end"] == ["!!: no stream was checked; mend what is marked with !!"]


def test_nobody_is_there() -> None:
    lines = checked(NOBODY, wrong=True)
    assert lines["address"][0].startswith("!! GET whoim: http://127.0.0.1:9 gave no usable answer in 2 tries: nothing")
    assert lines["certificate"] == lines["login"] == ["-- needs the address"]


def test_settings_that_lead_nowhere() -> None:
    lines = checked({"url": "https://a.daktela.com/api", "access_token": SECRET}, wrong=True)
    assert [line[:2] for line in lines["settings"]] == ["!!", "!!"]
    for other in (*CHECKS[2:], *OF_LISTS):
        assert lines[other] == ["-- needs the settings"]


@pytest.mark.parametrize(
    ("options", "streams", "said"),
    [
        (
            {"deny": ("contacts=403", "pauses=404")},
            "contacts,pauses,contacts_custom_fields,users",
            {
                "rights": "!! contacts: the user has no right to read it (HTTP 403): ask for the right",
                "end": "!!: 1 of 4 streams can be read",
            },
        ),
        (
            {"total": "null"},
            "users,tickets",
            {"totals": "?? there are none, so that reading takes more"},
        ),
        ({"no_key_sort": True}, "tickets", {"sorting": "?? no rows come by time and key, so that reading takes more"}),
        ({"total": "-1"}, "tickets", {"totals": "!! tickets by edited: the instance promises"}),
        (
            {"time_skew": 7200},
            "users",
            {"clock": "!! whoim: the instance says that it is", "zone": "-- needs the clock", "rights": "OK 1 of 1"},
        ),
        (
            {"old_server": True},
            "activities_web",
            {"zone": "?? the instance names none, so that Europe"},
        ),
    ],
    ids=["rights", "no totals", "no order", "wrong totals", "two clocks", "old"],
)
def test_an_odd_instance(instance: Client, options: dict[str, Any], streams: str, said: dict[str, str]) -> None:
    neutral = {"deny": (), "total": "number", "no_key_sort": False, "time_skew": 0, "old_server": False}
    instance.control("options", options)
    try:
        wrong = any("!!" in words for words in said.values())
        lines = checked(settings(instance, streams=streams), wrong=wrong)
    finally:
        instance.control("options", {name: neutral[name] for name in options})
    for check, words in said.items():
        assert any(line.startswith(words) for line in lines[check]), lines[check]


LEFT_OUT = "?? pauses: there is no such list, or it is hidden from the user (HTTP 404): a run leaves it out; ask for"
FATAL = "!! pauses: there is no such list, or it is hidden from the user (HTTP 404): ask for the right"


@pytest.mark.parametrize(
    ("more", "said", "end"),
    [
        ({"select": "!*.description"}, LEFT_OUT, "OK: "),
        ({"streams": "pauses,users", "on_denied": "skip"}, LEFT_OUT, "OK: 1 of 2 streams can be read"),
        ({"streams": "pauses,users"}, f"{FATAL}, deselect the stream, or set on_denied to skip", "!!: 1 of 2"),
        ({"on_denied": "fail"}, f"{FATAL}, deselect the stream, or set on_denied to skip", "!!: "),
        ({"streams": "pauses", "on_denied": "skip"}, f"{FATAL}; a run needs one stream that may be read", "!!: 0 of 1"),
        ({"streams": "nothing", "on_denied": "fail"}, f"{FATAL}, deselect", "!!: "),
    ],
    ids=["default streams", "skip", "named", "fail", "nothing left", "wrong selection"],
)
def test_a_stream_that_may_not_be_read_is_marked_as_a_run_takes_it(
    instance: Client, more: dict[str, Any], said: str, end: str
) -> None:
    instance.control("options", {"deny": ("pauses=404",)})
    try:
        lines = checked(settings(instance, **more), wrong=end.startswith("!!"))
    finally:
        instance.control("options", {"deny": ()})
    assert lines["rights"][0].startswith(said)
    assert lines["end"][0].startswith(end)
    assert (lines["sorting"] == ["-- no list can be looked at"]) is ("0 of" in end)


def test_a_clock_that_is_far_ahead() -> None:
    with serving(rows=5, now=None, freeze=False, clock_skew=10 * 86400) as instance:
        lines = checked(settings(instance, streams="users"), wrong=True)
    assert "on this machine: bookmarks would move past rows" in lines["clock"][0]
    assert lines["rights"] == ["OK 1 of 1 lists may be read"]


def test_a_clock_that_is_behind_is_to_be_looked_at() -> None:
    with serving(rows=5, now=None, freeze=False, clock_skew=-7200) as instance:
        lines = checked(settings(instance, streams="users"))
    assert lines["clock"][0].startswith("?? the instance says ")
