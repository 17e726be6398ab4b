"""The decision about responses, and the waits between tries."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_daktela.daktela.http.decisions import Act, Decision, about_response, http_date
from tap_daktela.daktela.http.retry import Retry, waits
from tap_daktela.errors import ConfigError

NOW = datetime(2024, 11, 5, 12, 0, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("status", "act"),
    [
        (200, Act.ACCEPT),
        (204, Act.RETRY),
        (206, Act.RETRY),
        (300, Act.REDIRECTED),
        (301, Act.REDIRECTED),
        (304, Act.REDIRECTED),
        (308, Act.REDIRECTED),
        (400, Act.REJECTED),
        (401, Act.REJECTED),
        (403, Act.REJECTED),
        (404, Act.REJECTED),
        (405, Act.REJECTED),
        (408, Act.RETRY),
        (422, Act.REJECTED),
        (429, Act.RETRY),
        (500, Act.RETRY),
        (501, Act.REJECTED),
        (502, Act.RETRY),
        (503, Act.RETRY),
        (504, Act.RETRY),
        (522, Act.RETRY),
    ],
)
def test_statuses(status: int, act: Act) -> None:
    decision = about_response(status, {}, NOW)
    assert decision.act is act
    assert decision.reason == f"HTTP {status}"
    assert decision.wait is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        ("1.5", 1.5),
        ("-3", 0),
        ("86400", 86400),
        ("inf", math.inf),
        ("nan", None),
        ("soon", None),
        ("", None),
        ("Tue, 05 Nov 2024 12:00:20 GMT", 20),
        ("Tue, 05 Nov 2024 12:00:20 -0000", 20),
        ("Tue, 05 Nov 2024 13:00:20 +0100", 20),
        ("Tue, 05 Nov 2024 11:00:00 GMT", 0),
        ("Tue, 05 Nov 2124 11:00:00 GMT", 3155670000),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after(header: str, seconds: float | None, status: int) -> None:
    assert about_response(status, {"Retry-After": header}, NOW).wait == seconds


@pytest.mark.parametrize(
    ("text", "instant"), [("Tue, 05 Nov 2024 12:00:00 GMT", NOW), ("Tue, 05 Nov 2024 12:00:00", NOW), ("", None)]
)
def test_dates_in_headers(text: str, instant: datetime | None) -> None:
    assert http_date(text) == instant


DATES = st.builds(
    "{}, {} {} {:04} {} {}".format,
    st.sampled_from(["Mon", "x", ""]),
    st.integers(0, 31) | st.integers(),
    st.sampled_from(["Jan", "Dec", "Foo"]),
    st.sampled_from([0, 1, 99, 1970, 2024, 9998, 9999, 10_000, 10**30]) | st.integers(1, 9999),
    st.sampled_from(["00:00:00", "23:59:59", "99:99:99", f"{10**30}:0:0"]),
    st.sampled_from(["GMT", "", "-0000", "EST", "-1200", "+1400", "+2359", "-2359", "+9999", f"+{10**30}"]),
)
CLOCKS = st.sampled_from([NOW, datetime.min.replace(tzinfo=timezone.utc), datetime.max.replace(tzinfo=timezone.utc)])


@given(DATES, CLOCKS)
def test_no_date_in_a_header_is_a_crash(text: str, now: datetime) -> None:
    instant = http_date(text)
    assert instant is None or instant.tzinfo is timezone.utc
    wait = about_response(429, {"Retry-After": text}, now).wait
    assert (wait is None) == (instant is None)
    assert wait is None or wait >= 0


@given(st.text(max_size=30) | st.floats().map(str) | st.integers().map(str))
def test_no_other_header_is_a_crash_either(text: str) -> None:
    wait = about_response(503, {"Retry-After": text}, NOW).wait
    assert wait is None or wait >= 0
    assert http_date(text) is None or http_date(text).tzinfo is timezone.utc


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Fri, 31 Dec 9999 23:59:59 GMT", 251671492799),
        ("Fri, 31 Dec 9999 23:59:59 -1200", None),
        ("Mon, 01 Jan 0100 00:00:00 +2359", 0),
        ("1e999", math.inf),
    ],
)
def test_a_retry_after_at_the_edge_of_the_calendar(text: str, seconds: float | None) -> None:
    assert about_response(429, {"Retry-After": text}, NOW).wait == seconds


# --- the policy -------------------------------------------------------------------------------------------------------


def test_the_presets() -> None:
    assert Retry.default() == Retry() == Retry(tries=9, seconds=1800, first_wait=1, longest_wait=60, factor=2)
    assert Retry.off().tries == 1
    assert Retry.off().rate_limit == "raise", "a pause would be a wait before the next request"
    assert Retry.aggressive() == Retry(tries=25, seconds=7200, first_wait=0.5, longest_wait=120, longest_pause=1800)


def test_two_policies_allow_what_both_do() -> None:
    one = Retry(tries=2, seconds=60, first_wait=3, factor=5, statuses=[503])
    other = Retry(tries=9, seconds=15, first_wait=1)
    assert one.within(other) == replace(one, seconds=15)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"tries": 0}, "Retry: tries must be a whole number from 1, not 0"),
        ({"tries": -1}, "Retry: tries must be a whole number from 1, not -1"),
        ({"tries": 2.0}, "Retry: tries must be a whole number from 1, not 2.0"),
        ({"tries": True}, "Retry: tries must be a whole number from 1, not True"),
        ({"tries": "3"}, "Retry: tries must be a whole number from 1, not '3'"),
        ({"seconds": -1}, "Retry: seconds must be a number from 0 to inf, not -1"),
        ({"seconds": math.nan}, "Retry: seconds must be a number from 0 to inf, not nan"),
        ({"seconds": None}, "Retry: seconds must be a number from 0 to inf, not None"),
        ({"first_wait": -0.1}, "Retry: first_wait must be a number from 0 to 86400, not -0.1"),
        ({"first_wait": False}, "Retry: first_wait must be a number from 0 to 86400, not False"),
        ({"longest_wait": math.inf}, "Retry: longest_wait must be a number from 0 to 86400, not inf"),
        ({"factor": 0.5}, "Retry: factor must be a number from 1 to 100, not 0.5"),
        ({"longest_pause": 1e300}, "Retry: longest_pause must be a number from 0 to 86400, not 1e+300"),
        ({"default_pause": -5}, "Retry: default_pause must be a number from 0 to 86400, not -5"),
        ({"connection_errors": "no"}, "Retry: connection_errors must be True or False, not 'no'"),
        ({"rate_limit": "ignore"}, "Retry: rate_limit must be 'wait' or 'raise', not 'ignore'"),
        ({"statuses": [503, 302]}, "Retry: statuses must be numbers from 400 to 599, not 302"),
        ({"statuses": [600]}, "Retry: statuses must be numbers from 400 to 599, not 600"),
        ({"statuses": ["503"]}, "Retry: statuses must be numbers from 400 to 599, not '503'"),
        ({"statuses": [True]}, "Retry: statuses must be numbers from 400 to 599, not True"),
        ({"statuses": [[503]]}, "Retry: statuses must be numbers from 400 to 599, not [503]"),
        ({"statuses": 503}, "Retry: statuses must be a collection of numbers, as in [502, 503], not 503"),
        ({"statuses": "503"}, "Retry: statuses must be a collection of numbers, as in [502, 503], not '503'"),
        ({"statuses": [401]}, "Retry: statuses cannot have 401: the token is renewed then"),
    ],
)
def test_options_that_make_no_sense(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Retry(**options)
    assert str(caught.value) == sentence


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        Retry(tries=0, factor=0, rate_limit="never")  # type: ignore[arg-type]
    assert len(caught.value.problems) == 3


def test_a_policy_is_a_value() -> None:
    assert Retry(statuses=range(500, 600)).statuses == frozenset(range(500, 600))
    assert len({Retry(statuses=[502, 503]), Retry(statuses=(503, 502))}) == 1


def decided(status: int, retry: Retry, wait: str = "") -> tuple[Act, float | None]:
    """Return what to do about a status, and the pause before the next try."""
    decision = retry.applied(about_response(status, {"Retry-After": wait}, NOW))
    return decision.act, retry.pause(decision)


@pytest.mark.parametrize(
    ("status", "act"),
    [
        (200, Act.ACCEPT),
        (204, Act.RETRY),
        (302, Act.REDIRECTED),
        (401, Act.REJECTED),
        (404, Act.RETRY),
        (400, Act.REJECTED),
        (408, Act.GIVE_UP),
        (429, Act.RETRY),
        (500, Act.GIVE_UP),
        (501, Act.REJECTED),
        (503, Act.RETRY),
    ],
)
def test_statuses_of_ones_own(status: int, act: Act) -> None:
    assert decided(status, Retry(statuses=[404, 503]))[0] is act


def test_what_ends_at_once_without_connection_errors() -> None:
    retry = Retry(connection_errors=False)
    assert [decided(status, retry)[0] for status in (200, 204, 302, 404, 429, 503)] == [
        Act.ACCEPT, Act.GIVE_UP, Act.REDIRECTED, Act.REJECTED, Act.RETRY, Act.RETRY,
    ]  # fmt: skip
    for act in Act:
        ends = act in {Act.RETRY, Act.DOUBT}
        assert retry.applied(Decision(act, "no answer")).act is (Act.GIVE_UP if ends else act)
        assert Retry(statuses=[]).applied(Decision(act, "no answer")).act is act


@pytest.mark.parametrize(
    ("options", "status", "header", "expected"),
    [
        ({}, 429, "86400", (Act.RETRY, 300)),
        ({}, 429, "inf", (Act.RETRY, 300)),
        ({}, 429, "7", (Act.RETRY, 7)),
        ({}, 429, "", (Act.RETRY, None)),
        ({"longest_pause": 5}, 429, "7", (Act.RETRY, 5)),
        ({"longest_pause": 5}, 503, "7", (Act.RETRY, 5)),
        ({"default_pause": 4}, 429, "", (Act.RETRY, 4)),
        ({"default_pause": 4}, 429, "0", (Act.RETRY, 0)),
        ({"default_pause": 4}, 503, "", (Act.RETRY, None)),
        ({"default_pause": 40, "longest_pause": 5}, 429, "", (Act.RETRY, 5)),
        ({"rate_limit": "raise"}, 429, "7", (Act.GIVE_UP, None)),
        ({"rate_limit": "raise", "default_pause": 4}, 429, "", (Act.GIVE_UP, None)),
        ({"rate_limit": "raise"}, 503, "7", (Act.RETRY, 7)),
        ({"statuses": [429], "rate_limit": "raise"}, 429, "7", (Act.GIVE_UP, None)),
    ],
)
def test_pauses(options: dict[str, Any], status: int, header: str, expected: tuple[Act, float | None]) -> None:
    assert decided(status, Retry(**options), header) == expected


def test_own_waits_grow_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda _low, high: high)
    delays = waits(Retry(tries=10, first_wait=2))
    assert [delays.send(wished) for wished in (None,) * 10] == [0, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    with pytest.raises(StopIteration):
        delays.send(None)
    assert list(waits(Retry(tries=5, first_wait=2, longest_wait=15, factor=3))) == [0, 2, 6, 15, 15]
    assert list(waits(Retry(tries=4, first_wait=20, longest_wait=5))) == [0, 5, 5, 5]
    assert list(waits(Retry(tries=4, first_wait=3, factor=1))) == [0, 3, 3, 3]
    assert set(waits(Retry(tries=2000, first_wait=0))) == {0}


def test_what_the_instance_asks_for_is_the_least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda _low, high: high)
    delays = waits(Retry(tries=5))
    next(delays)
    assert [delays.send(wished) for wished in (7.0, 0.0, None)] == [8, 1, 4]


def test_waits_are_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda low, high: low + (high - low) / 4)
    delays = waits(Retry(tries=3, first_wait=8))
    next(delays)
    assert delays.send(None) == 2
