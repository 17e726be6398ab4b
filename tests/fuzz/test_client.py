"""The client: whatever comes over the wire is a page, or an error that says something."""

from __future__ import annotations

import atexit
import json
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from tap_daktela import probing
from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.schema import record_schema
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.daktela.http.retry import Retry
from tap_daktela.daktela.instance import Instance
from tap_daktela.daktela.query import Query
from tap_daktela.redaction import redactor
from tests.helpers.dirty_values import ANYTHING, CANARY, DECODED, attempt, bounded, mutated
from tests.helpers.http_stub import HttpStub, Reply

if TYPE_CHECKING:
    from collections.abc import Callable
    from http.server import BaseHTTPRequestHandler

    from tap_daktela.daktela.client import Client, Page

QUERY = Query(None, (), ("name",), 100)
# A wish to wait is refused at once, and nothing else waits.
IMPATIENT = Retry(tries=2, seconds=0.5, first_wait=0.0)
LISTED = {
    "error": [],
    "result": {"data": [{"name": 1}, {"name": 2, "queue": {"name": 3}}], "total": 2},
    "_time": "2024-11-05 13:00:00",
    "_timezone": "Europe/Prague",
}
WHOIM = {
    "error": {"primary": [], "form": []},
    "result": {"user": {"name": "ann", "title": "Ann"}, "version": "6.20"},
    "_time": "2024-11-05 13:00:00",
    "_timezone": "Europe/Prague",
}
LOGIN = {
    "error": [],
    "result": {"accessToken": "a token", "accessTokenExpirationDate": "2024-11-05 14:00:00"},
    "_time": "2024-11-05 13:00:00",
    "_timezone": "Europe/Prague",
}
ZONES = st.sampled_from(["Europe/Prague", "UTC", "a//b", "..", "", "\x00", "x" * 5000, "Europe.Prague", "/etc"])
VALUES = ANYTHING | ZONES | st.just({"primary": [CANARY], "form": {"a": ["b"]}})


@cache
def server() -> HttpStub:
    """Return the server of this process; it is the answers that differ."""
    found = HttpStub()
    atexit.register(found.stop)
    return found


def asked(deed: Callable[[Client], Any], **replies: Reply) -> Any:
    """Return what a client makes of the replies, None for an error with a sentence."""
    for endpoint, reply in replies.items():
        server().on(endpoint, reply)
    credentials = {"username": "ann", "password": CANARY} if "login" in replies else {"access_token": CANARY}
    client = server().client(IMPATIENT, **credentials)
    try:
        return attempt(lambda: deed(client), shown=redactor.clean)
    finally:
        client.close()


def said(document: Any) -> Reply:
    """Return a 200 with a document, which may be more than JSON."""
    return Reply(200, json.dumps(document).encode(), {"Content-Type": "application/json"})


def check_page(page: Page) -> None:
    """Check that a page is what it is declared as."""
    assert all(isinstance(row, dict) for row in page.rows)
    assert page.total is None or (isinstance(page.total, int) and page.total >= 0)
    assert page.timezone is None or isinstance(page.timezone, str)
    json.dumps(page.rows, allow_nan=False, ensure_ascii=False).encode()


@bounded(70)
@given(mutated(LISTED, VALUES) | ANYTHING)
def test_any_document_is_a_page_or_an_error(document: Any) -> None:
    page = asked(lambda client: client.read("tickets", QUERY), tickets=said(document))
    if page is not None:
        check_page(page)


@bounded(50)
@given(st.lists(st.dictionaries(st.text(max_size=4), DECODED, max_size=3), max_size=4), st.booleans())
def test_rows_come_out_as_they_were_sent(rows: list[dict[str, Any]], keyed: bool) -> None:
    rows = json.loads(json.dumps(rows).replace("\\u0000", "x"))
    data = {f"r{number}": row for number, row in enumerate(rows)} if keyed else rows
    page = asked(lambda client: client.read("tickets", QUERY), tickets=said({"result": {"data": data, "total": "4"}}))
    assert page.rows == rows
    assert (page.total, page.repaired) == (4, 0)


@bounded(50)
@given(mutated(WHOIM, VALUES) | ANYTHING)
def test_whoever_we_are_told_to_be(document: Any) -> None:
    instance = asked(lambda client: client.connect(), whoim=said(document))
    if instance is not None:
        assert isinstance(instance, Instance)
        assert instance.now.utcoffset() is not None
        assert instance.user
        assert instance.version


HEADERS = st.sampled_from([
    "Date: nonsense", "Date: Tue, 05 Nov 2024 12:00:00", "Date: Tue, 05 Nov 99999 12:00:00 GMT", "Retry-After: -1",
    "Retry-After: 1e999", "Retry-After: nan", "Retry-After: Mon, 01 Jan 0001 00:00:00 +2359", "Location: x:y",
    "Location: https://evil.example/", "Location:", "Location: //[", "Location: \xff", "Content-Type: \xff",
    "Content-Encoding: gzip", "Content-Encoding: deflate", "Content-Encoding: br, gzip", "Transfer-Encoding: chunked",
    "Content-Length: 5", "Content-Length: 5000", "Content-Length: x", "Set-Cookie: a=b; Domain=127.0.0.1", "no colon",
    ": no name", "",
])  # fmt: skip
STATUSES = st.sampled_from([200, 200, 200, 204, 206, 301, 307, 400, 401, 403, 404, 408, 413, 429, 500, 503, 599]) | (
    st.integers(200, 999)
)
BODIES = (
    st.binary(max_size=60)
    | mutated(LISTED, VALUES).map(lambda document: json.dumps(document).encode())
    | st.sampled_from([
        b"", b"<html><b>Bad Gateway", b"5\r\n[1,2]\r\n0\r\n\r\n", b"ffffffffff\r\n", zlib.compress(b"{}"),
        b"\xef\xbb\xbf{}", json.dumps({"error": [CANARY], "result": None}).encode(), b"[" * 990, b'{"error":' * 400,
        b'{"result":{"data":[]},"error":' + b"[" * 1000 + b"]" * 1000 + b"}",
        b'{"result":{"data":[{"a":"\\u0000","b":' + b"[" * 1000 + b"]" * 1000 + b"}]}}",
    ])
)  # fmt: skip


@st.composite
def responses(draw: st.DrawFn) -> bytes:
    """Return what a server may write into the connection, most of it by no rule."""
    head = [
        f"HTTP/1.1 {draw(STATUSES)} Word",
        *draw(st.lists(HEADERS, max_size=3)),
        "Connection: close",
    ]
    whole = "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + draw(BODIES)
    return whole[: draw(st.integers(0, len(whole)))] if draw(st.integers(0, 4)) == 0 else whole


@bounded(100)
@given(responses() | st.binary(max_size=80))
def test_any_bytes_on_the_wire_are_a_page_or_an_error(written: bytes) -> None:
    page = asked(lambda client: client.read("tickets", QUERY), tickets=Reply(raw=writes(written)))
    if page is not None:
        check_page(page)


def writes(what: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    return lambda handler: None if not what else handler.wfile.write(what) and None


# --- the login, and discovery ---------------------------------------------------------------------------------------


@bounded(50)
@given(mutated(LOGIN, VALUES) | ANYTHING)
def test_any_answer_to_a_login(document: Any) -> None:
    asked(lambda client: client.read("tickets", QUERY), login=said(document), tickets=said(LISTED))


FIELDS = {
    "name": "a",
    "_sys": {"cfScheme": {"vip": {"title": "VIP", "type": "TEXT"}, "city": {"title": "City"}}},
    "customFields": {"vip": ["yes"], "zip": []},
}
TICKETS = next(stream for stream in STREAMS if stream.endpoint == "tickets")


@bounded(50)
@given(st.lists(mutated(FIELDS, DECODED), max_size=3))
def test_whatever_an_instance_says_of_its_custom_fields(rows: list[Any]) -> None:
    reply = said({"result": {"data": [row for row in rows if isinstance(row, dict)], "total": 3}})
    probes = asked(lambda client: probing.probe_all(client, [TICKETS]), tickets=reply)
    assert probes[0].trouble is None
    for entry in probing.marked(entries([TICKETS]), probes).values():
        for nested in ("native", "json"):
            json.dumps(record_schema(entry.columns, nested=nested, timestamps="utc"), ensure_ascii=False).encode()
