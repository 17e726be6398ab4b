"""The decision about responses and failures, and the waits between tries."""

from __future__ import annotations

import socket
import ssl
from datetime import datetime, timezone

import pytest
import requests
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from tap_daktela.daktela.http.retry import (
    LONGEST_WAIT,
    Act,
    BrokenResponse,
    RetryPolicy,
    about_failure,
    about_response,
    http_date,
    waits,
)

NOW = datetime(2024, 11, 5, 12, 0, 0, tzinfo=timezone.utc)
POOL = urllib3.HTTPSConnectionPool("mycompany.daktela.com")
UNKNOWN_HOST = requests.ConnectionError(
    urllib3.exceptions.MaxRetryError(
        POOL, "/", urllib3.exceptions.NameResolutionError("mycompany.daktela.com", POOL, socket.gaierror(-2, "unknown"))
    )
)
UNTRUSTED = requests.exceptions.SSLError(
    urllib3.exceptions.MaxRetryError(
        POOL, "/", urllib3.exceptions.SSLError(ssl.SSLCertVerificationError("self-signed"))
    )
)
CUT_TLS = requests.exceptions.SSLError(
    urllib3.exceptions.MaxRetryError(POOL, "/", urllib3.exceptions.SSLError(ssl.SSLEOFError("EOF")))
)


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
        (408, Act.RETRY),
        (422, Act.REJECTED),
        (429, Act.RETRY),
        (500, Act.RETRY),
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
        ("86400", 300),
        ("inf", 300),
        ("nan", None),
        ("soon", None),
        ("", None),
        ("Tue, 05 Nov 2024 12:00:20 GMT", 20),
        ("Tue, 05 Nov 2024 12:00:20 -0000", 20),
        ("Tue, 05 Nov 2024 13:00:20 +0100", 20),
        ("Tue, 05 Nov 2024 11:00:00 GMT", 0),
        ("Tue, 05 Nov 2124 11:00:00 GMT", 300),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after(header: str, seconds: float | None, status: int) -> None:
    assert about_response(status, {"Retry-After": header}, NOW).wait == seconds


@pytest.mark.parametrize(
    ("failure", "act", "reason"),
    [
        (BrokenResponse("HTTP 200 without a result"), Act.RETRY, "HTTP 200 without a result"),
        (requests.ReadTimeout("slow"), Act.RETRY, "ReadTimeout: slow"),
        (requests.ConnectTimeout(), Act.RETRY, "ConnectTimeout"),
        (requests.exceptions.ChunkedEncodingError("cut"), Act.RETRY, "ChunkedEncodingError: cut"),
        (urllib3.exceptions.ProtocolError("broken", ConnectionResetError(104, "reset")), Act.RETRY, "reset"),
        (urllib3.exceptions.IncompleteRead(3, 4), Act.RETRY, "IncompleteRead"),
        (urllib3.exceptions.DecodeError("not gzip"), Act.RETRY, "not gzip"),
        (ConnectionResetError(104, "reset by peer"), Act.RETRY, "reset by peer"),
        (TimeoutError("timed out"), Act.RETRY, "timed out"),
        (CUT_TLS, Act.RETRY, "EOF"),
        (requests.exceptions.ProxyError(UNKNOWN_HOST.args[0]), Act.RETRY, "unknown"),
        (UNKNOWN_HOST, Act.NO_HOST, "unknown"),
        (UNTRUSTED, Act.NO_TRUST, "self-signed"),
        (OSError("Could not find a suitable TLS CA certificate bundle"), Act.NO_TRUST, "bundle"),
        (requests.exceptions.InvalidURL("bad"), Act.RAISE, "bad"),
        (requests.exceptions.InvalidURL(urllib3.exceptions.LocationParseError("bad")), Act.RAISE, "bad"),
        (requests.exceptions.InvalidHeader("ours"), Act.RAISE, "ours"),
        (requests.exceptions.InvalidHeader(urllib3.exceptions.InvalidHeader("theirs")), Act.RETRY, "theirs"),
        (KeyError("ours"), Act.RAISE, "ours"),
    ],
)
def test_failures(failure: Exception, act: Act, reason: str) -> None:
    decision = about_failure(failure, reached=False)
    assert decision.act is act
    assert reason in decision.reason


def test_a_host_that_has_answered_is_looked_up_again() -> None:
    assert about_failure(UNKNOWN_HOST, reached=True).act is Act.RETRY


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
    assert wait is None or 0 <= wait <= LONGEST_WAIT


@given(st.text(max_size=30) | st.floats().map(str) | st.integers().map(str))
def test_no_other_header_is_a_crash_either(text: str) -> None:
    wait = about_response(503, {"Retry-After": text}, NOW).wait
    assert wait is None or 0 <= wait <= LONGEST_WAIT
    assert http_date(text) is None or http_date(text).tzinfo is timezone.utc


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT),
        ("Fri, 31 Dec 9999 23:59:59 -1200", None),
        ("Mon, 01 Jan 0100 00:00:00 +2359", 0),
        ("1e999", LONGEST_WAIT),
    ],
)
def test_a_retry_after_at_the_edge_of_the_calendar(text: str, seconds: float | None) -> None:
    assert about_response(429, {"Retry-After": text}, NOW).wait == seconds


def test_own_waits_grow_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda _low, high: high)
    delays = waits(RetryPolicy(tries=10, first_wait=2))
    assert [delays.send(wished) for wished in (None,) * 10] == [0, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    with pytest.raises(StopIteration):
        delays.send(None)


def test_what_the_instance_asks_for_is_the_least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda _low, high: high)
    delays = waits(RetryPolicy(tries=5))
    next(delays)
    assert [delays.send(wished) for wished in (7.0, 0.0, None)] == [8, 1, 4]


def test_waits_are_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda low, high: low + (high - low) / 4)
    delays = waits(RetryPolicy(tries=3, first_wait=8))
    next(delays)
    assert delays.send(None) == 2


def test_a_reason_is_the_innermost_failure() -> None:
    outer = requests.ConnectionError(urllib3.exceptions.ProtocolError("outer", ConnectionResetError("inner")))
    assert about_failure(outer, reached=False).reason == "ConnectionResetError: inner"


def test_failures_that_name_each_other_as_their_cause_end() -> None:
    one, other = requests.ConnectionError("one"), requests.ConnectionError("other")
    one.__cause__, other.__cause__ = other, one
    assert about_failure(one, reached=False).act is Act.RETRY
