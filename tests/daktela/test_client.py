"""The client against a server that says what the test wants."""

from __future__ import annotations

import gzip
import json
import logging
import threading
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from tap_daktela.daktela.http.limits import RateLimit
from tap_daktela.daktela.http.retry import RetryPolicy
from tap_daktela.daktela.http.retrying_transport import ERROR_TRIES
from tap_daktela.daktela.query import Query, where
from tap_daktela.errors import AccessError, ConfigError, ContractError, RemoteError
from tap_daktela.redaction import redactor
from tests.helpers.harness import PATIENCE
from tests.helpers.http_stub import PASSWORD, QUICK, TOKEN, HttpStub, Reply, answered, give, page
from tests.helpers.stopped_clock import StoppedClock

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

ALL = Query(None, ("name",), ("name",), 10)
WHOIM = {"version": "6.30", "user": {"name": "reporter", "_sys": {"accessToken": TOKEN}}}


def test_a_page(instance: HttpStub) -> None:
    instance.on("tickets", page({"name": 1}, {"name": 2}, total="7", _timezone="Europe/Prague"))
    read = instance.client().read("tickets", Query(where("a", "eq", "é"), ("name",), ("name",), 10, 20))
    assert read.rows == [{"name": 1}, {"name": 2}]
    assert (read.total, read.timezone, read.repaired, read.attempts) == (7, "Europe/Prague", 0, 1)
    assert read.size == len(instance.script["tickets"][0].body)
    assert read.read_at.tzinfo is timezone.utc
    [asked] = instance.asked
    assert asked.method == "GET"
    assert asked.parameters["filter[filters][0][value]"] == "é"
    assert (asked.parameters["skip"], asked.parameters["take"]) == ("20", "10")
    assert asked.headers["X-AUTH-TOKEN"] == TOKEN
    assert asked.headers["User-Agent"].startswith("tap-daktela/")


def test_the_token_is_in_the_header_only(instance: HttpStub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    instance.on("tickets", Reply(200, page().body, {"Set-Cookie": "c_user=other; Path=/"}))
    client = instance.client()
    client.read("tickets", ALL)
    client.read("tickets", ALL)
    for asked in instance.asked:
        assert "Authorization" not in asked.headers
        assert "Cookie" not in asked.headers
        assert TOKEN not in json.dumps(asked.parameters)


def test_connections_are_kept(instance: HttpStub) -> None:
    instance.on(
        "tickets", page(), Reply(503), page(), Reply(200, gzip.compress(page().body), {"Content-Encoding": "gzip"})
    )
    client = instance.client()
    for _ in range(4):
        client.read("tickets", ALL)
    assert len({asked.connection for asked in instance.asked}) == 1
    assert instance.times("tickets") == 5


def test_rows_by_name_and_damaged_text(instance: HttpStub) -> None:
    instance.on("tickets", Reply(200, rb'{"result": {"data": {"a": {"title": "\ud83d\u0000"}}, "total": null}}'))
    read = instance.client().read("tickets", ALL)
    assert (read.rows, read.total, read.timezone, read.repaired) == ([{"title": "\ufffd\ufffd"}], None, None, 2)


def truncated(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + page().body)


def cut_chunk(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" + page().body)


def half_a_body(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n" + page().body[:-9])


def two_lengths(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 50\r\n\r\n")


def half_a_header(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length")


def hung_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.close()


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(429), "HTTP 429"),
        (Reply(500, b'{"error": "Deadlock"}'), "HTTP 500: Deadlock"),
        (Reply(502, b"<html>Bad Gateway"), "HTTP 502: Bad Gateway"),
        (Reply(503), "HTTP 503"),
        (Reply(504), "HTTP 504"),
        (Reply(204), "HTTP 204"),
        (Reply(200, b"<html>", {"Content-Type": "text/html"}), "not JSON (text/html, 6 bytes)"),
        (Reply(200, b""), "not JSON (no content type, 0 bytes)"),
        (Reply(200, b"{}"), "HTTP 200 without a result"),
        (Reply(200, b'{"result": null, "error": []}'), "HTTP 200 without a list of rows"),
        (Reply(200, b"no gzip", {"Content-Encoding": "gzip"}), "decompressing"),
        (Reply(raw=truncated), "IncompleteRead"),
        (Reply(raw=cut_chunk), "IncompleteRead"),
        (Reply(raw=half_a_body), "not JSON"),
        (Reply(raw=two_lengths), "Content-Length contained multiple unmatching values (5, 50)"),
        (Reply(raw=half_a_header), "not JSON"),
        (Reply(raw=hung_up), "Remote"),
    ],
)
def test_what_is_tried_again(instance: HttpStub, caplog: pytest.LogCaptureFixture, reply: Reply, reason: str) -> None:
    instance.on("tickets", reply, page({"name": 1}))
    assert instance.client().read("tickets", ALL).attempts == 2
    [told] = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert told.startswith("GET tickets skip=0 take=10: ")
    assert reason in told
    assert "Trying again in 0.0 s" in told

    instance.on("tickets", reply)
    with pytest.raises(
        RemoteError, match=r"GET tickets skip=0 take=10: http://127.0.0.1:\d+ gave no usable answer in 3"
    ) as caught:
        instance.client().read("tickets", ALL)
    assert reason in str(caught.value)
    assert instance.times("tickets") == 2 + 3


def test_retries_follow_the_setting(instance: HttpStub) -> None:
    instance.on("tickets", Reply(503))
    with pytest.raises(RemoteError, match="in one try: HTTP 503"):
        instance.client(retry_policy=None, max_retries=0).read("tickets", ALL)


def test_no_wait_goes_beyond_the_time_limit(instance: HttpStub) -> None:
    instance.on("tickets", Reply(503, headers={"Retry-After": "120"}))
    with pytest.raises(RemoteError, match="in one try: HTTP 503"):
        instance.client(RetryPolicy(tries=9, seconds=60)).read("tickets", ALL)


def test_a_body_that_drips_is_given_up(instance: HttpStub) -> None:
    end = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not end.wait(0.05):
            handler.wfile.write(b" ")

    instance.on("tickets", Reply(raw=drip))
    with pytest.raises(RemoteError, match="not complete in 1 s"):
        instance.client(RetryPolicy(tries=1), request_timeout=1).read("tickets", ALL)
    end.set()


def test_silence_is_given_up(instance: HttpStub) -> None:
    end = threading.Event()

    def wait(_: BaseHTTPRequestHandler) -> None:
        end.wait(PATIENCE)

    instance.on("tickets", Reply(raw=wait))
    with pytest.raises(RemoteError, match="not complete in 1 s"):
        instance.client(RetryPolicy(tries=1), request_timeout=1).read("tickets", ALL)
    end.set()


@pytest.mark.parametrize(
    ("reply", "error", "sentence"),
    [
        (Reply(401), AccessError, "refuses access_token"),
        (Reply(403), AccessError, "tickets: the user has no right to read it .HTTP 403"),
        (Reply(404), AccessError, "tickets: there is no such list"),
        (Reply(400, b'{"error": ["Max defined take is 1000"]}'), ContractError, "HTTP 400: Max defined take is 1000"),
        (Reply(422, b'{"error": {"form": {"a": {"b": "bad"}}}}'), ContractError, "tickets: .*HTTP 422: a.b: bad"),
        (Reply(405), ContractError, "HTTP 405"),
        (page(7), ContractError, "without rows$"),
        (
            Reply(302, headers={"Location": "https://elsewhere.example/login?x=1"}),
            ConfigError,
            "redirects to https://elsewhere.example .HTTP 302",
        ),
        (Reply(302, headers={"Location": "/login"}), ConfigError, "url .or server.*redirects to elsewhere"),
        (Reply(301, headers={"Location": "//["}), ConfigError, "redirects to elsewhere"),
        (Reply(301, headers={"Location": "\xff"}), ConfigError, "redirects to elsewhere"),
    ],
)
def test_what_is_not_tried_again(instance: HttpStub, reply: Reply, error: type[Exception], sentence: str) -> None:
    instance.on("tickets", reply)
    with pytest.raises(error, match=sentence) as caught:
        instance.client().read("tickets", ALL)
    assert instance.times("tickets") == 1
    if isinstance(caught.value, AccessError):
        assert caught.value.status == reply.status


def test_redirects_are_not_followed(instance: HttpStub) -> None:
    instance.on("tickets", Reply(307, headers={"Location": f"{instance.url}/api/v6/users.json"}))
    with pytest.raises(ConfigError):
        instance.client().read("tickets", ALL)
    assert instance.times("users") == 0


@pytest.mark.parametrize("reply", [page({"name": 1}, error=["Odd"]), page(error=["Odd"]), answered(None, error="Odd")])
def test_an_error_in_an_answer_is_tried_again(
    instance: HttpStub, caplog: pytest.LogCaptureFixture, reply: Reply
) -> None:
    instance.on("tickets", reply, reply, page({"name": 2}))
    read = instance.client().read("tickets", ALL)
    assert (read.rows, read.attempts) == ([{"name": 2}], 3)
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert told == ["GET tickets skip=0 take=10: HTTP 200: Odd. Trying again in 0.0 s."] * 2


@pytest.mark.parametrize(("tries", "asked"), [(1, 1), (2, 2), (ERROR_TRIES, 3), (9, ERROR_TRIES)])
def test_an_error_that_stays_in_the_answers_is_told(instance: HttpStub, tries: int, asked: int) -> None:
    instance.on("tickets", page({"name": 1}, error=["Odd"]))
    with pytest.raises(ContractError, match=r"^tickets: the instance answers with an error \(HTTP 200: Odd\)$"):
        instance.client(RetryPolicy(tries=tries, first_wait=0.001)).read("tickets", ALL)
    assert instance.times("tickets") == asked


def test_failures_of_other_kinds_are_no_errors_in_answers(instance: HttpStub) -> None:
    odd = page(error=["Odd"])
    instance.on("tickets", Reply(503), odd, Reply(200, b"{"), Reply(401), odd, Reply(502), page({"name": 1}))
    instance.on("login", answered("tok-1-fresh"))
    client = instance.client(RetryPolicy(tries=6, first_wait=0.001), username="reporter", password=PASSWORD)
    assert client.read("tickets", ALL).attempts == 7


def test_an_error_in_the_answer_to_whoim(instance: HttpStub) -> None:
    instance.on("whoim", answered(WHOIM, error=["Odd"]), answered(WHOIM))
    assert instance.client().connect().user == "reporter"

    instance.on("whoim", answered(WHOIM, error=["Odd"]))
    with pytest.raises(ContractError, match="whoim: the instance answers with an error"):
        instance.client().connect()
    assert instance.times("whoim") == 2 + ERROR_TRIES


def test_no_more_requests_are_in_flight_than_the_user_allows(instance: HttpStub) -> None:
    flying, most, lock, both = [0], [0], threading.Lock(), threading.Barrier(2, timeout=PATIENCE)

    def count(handler: BaseHTTPRequestHandler) -> None:
        with lock:
            flying[0] += 1
            most[0] = max(most[0], flying[0])
        both.wait()
        time.sleep(0.05)  # Time enough for a third one that comes too early.
        with lock:
            flying[0] -= 1
        give(handler, page())

    instance.on("tickets", Reply(raw=count))
    client = instance.client(concurrency=2)
    threads = [threading.Thread(target=client.read, args=("tickets", ALL)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (instance.times("tickets"), most[0]) == (6, 2)


def test_the_moment_of_a_request_is_chosen_when_it_may_start(
    instance: HttpStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    come, go, answered_at_choice = threading.Event(), threading.Event(), list[bool]()

    def linger(handler: BaseHTTPRequestHandler) -> None:
        come.set()
        assert go.wait(PATIENCE)
        give(handler, page())

    instance.on("tickets", Reply(raw=linger))
    client = instance.client(concurrency=1)
    first, *others = [threading.Thread(target=client.read, args=("tickets", ALL)) for _ in range(3)]
    first.start()
    assert come.wait(PATIENCE)
    monkeypatch.setattr(RateLimit, "reserve", lambda _: answered_at_choice.append(go.is_set()) or 0.0)
    for thread in others:
        thread.start()
    time.sleep(0.2)  # Time enough for a choice that comes too early.
    go.set()
    for thread in [first, *others]:
        thread.join()
    assert answered_at_choice == [True, True]


def test_429_lowers_the_requests_in_flight(instance: HttpStub) -> None:
    instance.on("tickets", Reply(429, headers={"Retry-After": "0"}), page())
    client = instance.client(concurrency=8)
    assert client.allowed() == 8
    client.read("tickets", ALL)
    assert client.allowed() == 4


def test_retry_after_is_obeyed_by_everybody(instance: HttpStub) -> None:
    instance.on("tickets", Reply(429, headers={"Retry-After": "100"}), page())
    clock = StoppedClock()
    instance.client(RetryPolicy(tries=2, first_wait=0), clock).read("tickets", ALL)
    assert clock.waited == [0, 0, 100, 100]  # the second 100: the wait for all, which is not over as the clock stands


def test_a_retry_after_date_is_read_by_the_servers_clock(instance: HttpStub) -> None:
    instance.on("tickets", Reply(503, headers={"Retry-After": "Tue, 05 Nov 2024 12:01:00 GMT"}), page())
    clock = StoppedClock()
    clock.seconds += 10**6
    instance.client(RetryPolicy(tries=2, first_wait=0), clock).read("tickets", ALL)
    assert clock.waited == [0, 0, 60, 0]


def test_requests_are_paced(instance: HttpStub) -> None:
    instance.on("tickets", page())
    clock = StoppedClock()
    client = instance.client(clock=clock, requests_per_second=0.01)
    for _ in range(3):
        client.read("tickets", ALL)
    assert [seconds for seconds in clock.waited if seconds] == [100, 200]


def test_closing_ends_waits(instance: HttpStub) -> None:
    instance.on("tickets", Reply(503, headers={"Retry-After": "200"}))
    client = instance.client(RetryPolicy(tries=9))
    failures: list[Exception] = []

    def read() -> None:
        try:
            client.read("tickets", ALL)
        except RemoteError as error:
            failures.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    while not instance.times("tickets"):
        time.sleep(0.01)
    client.close()
    thread.join(PATIENCE)
    assert [str(failure) for failure in failures] == ["GET tickets skip=0 take=10: the client was closed"]
    with pytest.raises(RemoteError, match="was closed"):
        client.read("tickets", ALL)


def test_a_closed_client_promises_no_further_try(instance: HttpStub, caplog: pytest.LogCaptureFixture) -> None:
    client = instance.client()

    def close_and_fail(handler: BaseHTTPRequestHandler) -> None:
        client.close()
        handler.wfile.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")

    instance.on("tickets", Reply(raw=close_and_fail))
    with pytest.raises(RemoteError, match="was closed"):
        client.read("tickets", ALL)
    assert "Trying again" not in caplog.text


def test_many_threads(instance: HttpStub) -> None:
    instance.on("tickets", page({"name": 1}))
    client, seen = instance.client(), []
    threads = [threading.Thread(target=lambda: seen.append(client.read("tickets", ALL).rows)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [[{"name": 1}]] * 16


@pytest.mark.parametrize(
    ("settings", "envelope", "date", "now", "zone"),
    [
        ({}, {"_timezone": "Europe/Prague"}, "", "12:00:00", "Europe/Prague"),
        ({}, {"_timezone": "Europe/Bucharest"}, "", "11:00:00", "Europe/Bucharest"),
        ({"timezone": "Asia/Tokyo"}, {"_timezone": "Europe/Prague"}, "", "12:00:00", "Asia/Tokyo"),
        ({}, {}, "Tue, 05 Nov 2024 12:04:30 GMT", "12:04:30", "Europe/Prague"),
        ({}, {"_timezone": "Europe/Prague"}, "Tue, 05 Nov 2024 12:05:00 GMT", "12:00:00", "Europe/Prague"),
        ({}, {"_timezone": "Europe/Prague"}, "Tue, 05 Nov 99999 12:00:00 GMT", "12:00:00", "Europe/Prague"),
        ({}, {"_time": "soon", "_timezone": "UTC"}, "Tue, 05 Nov 2024 10:30:00 GMT", "10:30:00", "UTC"),
        ({}, {}, "", "12:00:00", "Europe/Prague"),
        ({"timezone": "UTC"}, {}, "", "13:00:00", "UTC"),
    ],
)
def test_the_clock_and_the_zone(
    instance: HttpStub,
    monkeypatch: pytest.MonkeyPatch,
    *,
    settings: dict[str, str],
    envelope: Any,
    date: str,
    now: str,
    zone: str,
) -> None:
    instance.on("whoim", Reply(200, answered(WHOIM, **envelope).body, {"Date": date} if date else {}))
    _no_date(monkeypatch)
    found = instance.client(**settings).connect()
    assert found.now == datetime.fromisoformat(f"2024-11-05 {now}+00:00")
    assert found.zone == ZoneInfo(zone)
    assert (found.version, found.user) == ("6.30", "reporter")


def _no_date(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the standard library's server from adding its own clock."""
    monkeypatch.setattr(
        "http.server.BaseHTTPRequestHandler.send_response", lambda self, status: self.send_response_only(status)
    )


@pytest.mark.parametrize(
    ("settings", "envelope", "date", "sentence"),
    [
        (
            {},
            {"_timezone": "Europe/Prague"},
            "Tue, 05 Nov 2024 12:05:01 GMT",
            r"2024-11-05 13:00:00 in Europe/Prague \(_time\), but also .* 2024-11-05T12:05:01Z \(its Date header\)$",
        ),
        ({}, {"_timezone": "Europe/Prague"}, "Tue, 05 Nov 2024 11:54:59 GMT", "Date header"),
        ({}, {"_timezone": "Europe/Prague", "_time": "9999-12-31 00:00:00"}, "Tue, 05 Nov 2024 12:00:00 GMT", "Date"),
        ({}, {"_timezone": "Europe/Bucharest"}, "Tue, 05 Nov 2024 12:00:00 GMT", "Europe/Bucharest"),
        ({"timezone": "UTC"}, {"_timezone": "Europe/Prague"}, "Tue, 05 Nov 2024 13:00:00 GMT", "in Europe/Prague"),
        (
            {},
            {},
            "Tue, 05 Nov 2024 11:00:00 GMT",
            "in Europe/Prague.*; set timezone to the zone that its times are in$",
        ),
        ({"timezone": "UTC"}, {}, "Tue, 05 Nov 2024 12:00:00 GMT", "in UTC.*; set timezone"),
    ],
)
def test_two_clocks_that_contradict_each_other(
    instance: HttpStub,
    monkeypatch: pytest.MonkeyPatch,
    *,
    settings: dict[str, str],
    envelope: Any,
    date: str,
    sentence: str,
) -> None:
    instance.on("whoim", Reply(200, answered(WHOIM, **envelope).body, {"Date": date}))
    _no_date(monkeypatch)
    with pytest.raises(ContractError, match=sentence):
        instance.client(**settings).connect()


@pytest.mark.parametrize("hour", ["00", "01"])
def test_in_the_night_when_clocks_go_back_both_readings_agree(
    instance: HttpStub, monkeypatch: pytest.MonkeyPatch, hour: str
) -> None:
    envelope = {"_time": "2024-10-27 02:30:00", "_timezone": "Europe/Prague"}
    date = {"Date": f"Sun, 27 Oct 2024 {hour}:30:00 GMT"}
    instance.on("whoim", Reply(200, answered(WHOIM, **envelope).body, date))
    _no_date(monkeypatch)
    assert instance.client().connect().now == datetime.fromisoformat("2024-10-27 00:30:00+00:00")


def test_an_instance_without_a_clock(instance: HttpStub, monkeypatch: pytest.MonkeyPatch) -> None:
    _no_date(monkeypatch)
    instance.on("whoim", answered(WHOIM, _time=None))
    with pytest.raises(ContractError, match="does not tell the time"):
        instance.client().connect()


def test_a_zone_that_nobody_knows(instance: HttpStub) -> None:
    instance.on("whoim", answered(WHOIM, _timezone="Mars/Olympus"))
    with pytest.raises(
        ConfigError, match=r"^set timezone: the instance names the time zone 'Mars/Olympus', which is unknown here"
    ):
        instance.client().connect()


@pytest.mark.parametrize(
    ("reply", "error", "sentence"),
    [
        (answered({"version": "6.30", "user": None}), AccessError, "check access_token"),
        (answered([]), AccessError, "check access_token"),
        (Reply(404), ConfigError, "url .or server. is not where the API is"),
        (Reply(401), AccessError, "access_token"),
        (Reply(403), AccessError, "whoim"),
    ],
)
def test_nobody_is_connected(instance: HttpStub, reply: Reply, error: type[Exception], sentence: str) -> None:
    instance.on("whoim", reply)
    with pytest.raises(error, match=sentence):
        instance.client().connect()


def test_nothing_listens() -> None:
    server = HttpStub()
    server.stop()
    with pytest.raises(RemoteError, match="refused"):
        server.client().connect()


def test_an_unknown_host(instance: HttpStub) -> None:
    client = instance.client(QUICK, url="https://no-such-host.invalid")
    with pytest.raises(ConfigError, match=r"url \(or server\) names an unknown host: https://no-such-host.invalid"):
        client.connect()


def test_nothing_secret_is_logged(instance: HttpStub, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    instance.on("tickets", Reply(503), page())
    instance.on("login", answered({"accessToken": TOKEN}))
    instance.client(username="reporter", password=PASSWORD).read("tickets", ALL)
    assert "GET tickets skip=0 take=10: HTTP 200" in caplog.text
    for secret in (TOKEN, PASSWORD):
        assert secret not in caplog.text


def test_a_client_makes_its_secrets_known_to_the_redactor(instance: HttpStub) -> None:
    instance.client(access_token="canary-of-one-client")
    assert redactor.clean("sent canary-of-one-client away") == "sent *** away"
