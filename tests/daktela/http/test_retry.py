"""The decision about responses, and the waits between tries."""

from __future__ import annotations

import math
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_daktela.daktela.http.retry import (
    Act,
    Retry,
    about_response,
    http_date,
    waits,
)

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


def test_two_policies_allow_what_both_do() -> None:
    one, other = Retry(tries=2, seconds=60, first_wait=3), Retry(tries=9, seconds=15, first_wait=1)
    assert one.within(other) == Retry(tries=2, seconds=15, first_wait=3)


def test_own_waits_grow_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda _low, high: high)
    delays = waits(Retry(tries=10, first_wait=2))
    assert [delays.send(wished) for wished in (None,) * 10] == [0, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    with pytest.raises(StopIteration):
        delays.send(None)


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
