"""The most bytes that a body may have, also one that is small before it is decompressed."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING

import pytest

from tap_daktela.daktela.http.transport import MOST_BYTES
from tap_daktela.daktela.query import Query
from tests.helpers.http_stub import HttpStub, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

ALL = Query(None, (), (), 10)
MIB = 2**20
READ = """
import sys
from tap_daktela.daktela.client import Client
from tap_daktela.daktela.http.retry import Retry
from tap_daktela.daktela.query import Query
from tap_daktela.errors import TapError
from tap_daktela.settings import Settings

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))

settings = Settings.parse({"url": sys.argv[1], "access_token": "t", "start_date": "2024-01-01"})
client = Client(settings.connection, Retry(tries=1))
before = peak()
try:
    client.read("tickets", Query(None, (), (), 10))
except TapError as error:
    print(peak() - before, type(error).__name__, error)
"""


def packed(bits: int) -> bytes:
    """Return a GiB of blanks, packed as gzip (31 bits of the window) or as deflate (15 or -15)."""
    packer = zlib.compressobj(9, zlib.DEFLATED, bits)
    first, block = (packer.compress(b" " * MIB) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + block * 1023


BOMBS = {
    "plain": (None, lambda: b" " * (MOST_BYTES + 1)),
    "gzip": ("gzip", lambda: packed(31)),
    "gzip in parts": ("x-gzip", lambda: gzip.compress(b" " * MIB) * 1024),
    "deflate": ("deflate", lambda: packed(15)),
    "deflate without a header": ("deflate", lambda: packed(-15)),
}


def read_elsewhere(instance: HttpStub, reply: Reply) -> tuple[int, str]:
    """Return the KiB that one answer takes in a process of its own, and the error that comes of it."""
    instance.on("tickets", reply)
    done = subprocess.run([sys.executable, "-c", READ, instance.url], capture_output=True, check=True)
    kib, words = done.stdout.decode().split(" ", 1)
    return int(kib), words.strip()


@pytest.mark.unmeasured
@pytest.mark.parametrize(("encoding", "body"), BOMBS.values(), ids=BOMBS)
def test_a_body_that_is_too_long(instance: HttpStub, encoding: str | None, body: Callable[[], bytes]) -> None:
    reply = Reply(200, body(), {"Content-Encoding": encoding} if encoding else {})
    kib, words = read_elsewhere(instance, reply)
    place = f"{instance.url}/api/v6/tickets.json"
    assert words == f"ContractError {place}: one answer has more than 64 MiB: set page_size to fewer rows"
    assert instance.times("tickets") == 1
    assert kib < 96 * 1024


@pytest.mark.unmeasured
@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "zstd", "compress"])
def test_what_was_not_asked_for_is_not_unpacked(instance: HttpStub, encoding: str) -> None:
    kib, words = read_elsewhere(instance, Reply(200, gzip.compress(packed(31)), {"Content-Encoding": encoding}))
    assert words.startswith("RemoteError ")
    assert "not JSON" in words
    assert kib < 16 * 1024
    assert instance.asked[0].headers["Accept-Encoding"] == "gzip, deflate"


def test_a_body_that_is_just_short_enough(instance: HttpStub) -> None:
    body = json.dumps({"result": {"data": [], "total": 0}}).encode()
    instance.on("tickets", Reply(200, body + b" " * (MOST_BYTES - len(body))))
    assert instance.client().read("tickets", ALL).size == MOST_BYTES
