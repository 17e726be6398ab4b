"""Answers without end, read byte by byte from a raw socket."""

from __future__ import annotations

import json
import re
import socket
import threading
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tap_daktela.sandbox.faults import slow_replies
from tests.helpers.harness import PATIENCE
from tests.helpers.sandbox_client import serving

if TYPE_CHECKING:
    from tests.helpers.sandbox_client import Client


def begun(client: Client, kind: str) -> socket.socket:
    """A connection to whose only request comes an answer without end."""
    client.control("options", {"fault": [f"{kind}@1"]})
    address = urlsplit(client.sandbox.url)
    connection = socket.create_connection((address.hostname, address.port), timeout=PATIENCE)
    head = (
        f"GET /api/v6/tickets?take=2 HTTP/1.1\r\nHost: sandbox\r\nX-AUTH-TOKEN: {client.sandbox.access_token}\r\n\r\n"
    )
    connection.sendall(head.encode())
    return connection


ENDLESS = {
    "drip-headers": rb"X-Drip: (?P<drops>a{4,})",
    "drip-chunks": rb"\r\n[0-9a-f]{3,};drip=(?P<drops>a{4,})",
    "drip-trailers": rb"\r\n[0-9a-f]{3,}\r\n(?P<body>\{.+\})\r\n0\r\n(?P<drops>(X-Drip: a\r\n){2,})",
    "drip-gzip": rb"\r\n(?P<drops>(1\r\n.\r\n){25,})",
    "drip-gzip-name": rb"\r\n(?P<drops>(1\r\n.\r\n){25,})",
}
"""What comes after the headers: more and more drops, without an end."""


@pytest.mark.parametrize("kind", slow_replies.ENDLESS_KINDS)
def test_an_answer_without_end(kind: str) -> None:
    with serving() as client, begun(client, kind) as connection:
        pattern = re.compile(
            rb"HTTP/1\.1 200 OK\r\n(?P<head>([A-Z][A-Za-z-]+: [^\r\n]+\r\n)+?)" + ENDLESS[kind], re.DOTALL
        )
        received = b""
        while not (found := pattern.match(received)):
            piece = connection.recv(1 << 16)
            assert piece, received
            received += piece
        framed = kind != "drip-headers"
        assert (b"Transfer-Encoding: chunked\r\n" in found["head"]) is framed
        assert (b"Content-Encoding: gzip\r\n" in found["head"]) is kind.startswith("drip-gzip")
        if kind == "drip-trailers":
            assert len(json.loads(found["body"])["result"]["data"]) == 2
        if kind.startswith("drip-gzip"):
            unpacker, content = zlib.decompressobj(zlib.MAX_WBITS + 16), found["drops"][3::6]
            assert unpacker.decompress(content) == b""
            assert not unpacker.eof
        assert client.get("tickets").status_code == 200
        client.sandbox.stop()
        with suppress(ConnectionResetError):
            while connection.recv(1 << 16):
                pass


@pytest.mark.parametrize("kind", slow_replies.ENDLESS_KINDS)
def test_a_server_that_stops_does_not_go_on(kind: str) -> None:
    stopping, written = threading.Event(), []

    def write(bit: bytes) -> None:
        written.append(bit)
        assert len(written) < 10
        if len(written) == 3:
            stopping.set()

    slow_replies.send_endlessly(kind, write, b"{}", stopping)
    assert len(written) == 3


def test_an_answer_without_end_ends_when_the_client_hangs_up(fresh: Client) -> None:
    fresh.session.headers["Connection"] = "close"
    connection = begun(fresh, "drip-chunks")
    connection.recv(1)
    threads = [thread for thread in threading.enumerate() if "process_request" in thread.name]
    assert threads
    connection.close()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
