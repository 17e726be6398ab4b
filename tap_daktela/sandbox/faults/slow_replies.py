"""Replies that come bit by bit: a slow one, and those that never end and bring no byte of a body."""

import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, cycle, repeat

ENDLESS_KINDS = ("drip-headers", "drip-chunks", "drip-trailers", "drip-gzip", "drip-gzip-name")
"""The kinds of faults whose replies never end."""

GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"

_PIECES = 10
_PIECE_SECONDS = 0.1
_BIT_SECONDS = 0.05

_CHUNKED = {"Transfer-Encoding": "chunked"}
_GZIPPED = {**_CHUNKED, "Content-Encoding": "gzip"}
_NAMED_HEADER = GZIP_HEADER[:3] + b"\x08" + GZIP_HEADER[4:]
"""A gzip header that announces the name of a file, up to a zero byte."""

_EMPTY_BLOCK = b"\x00\x00\x00\xff\xff"
"""A stored block of deflate without content, which is not the last block."""


def send_slowly(write: Callable[[bytes], object], body: bytes, stopping: threading.Event) -> None:
    """Send the whole body in ten pieces within a second."""
    size = len(body) // _PIECES + 1
    for start in range(0, len(body), size):
        write(body[start : start + size])
        stopping.wait(_PIECE_SECONDS)


def endless_headers(kind: str) -> dict[str, str]:
    """The headers of a reply that never ends."""
    return {"drip-headers": {}, "drip-gzip": _GZIPPED, "drip-gzip-name": _GZIPPED}.get(kind, _CHUNKED)


def send_endlessly(kind: str, write: Callable[[bytes], object], body: bytes, stopping: threading.Event) -> None:
    """Send what follows the headers until the server stops. OSError when the client hangs up."""
    beginning, bits = _endless(kind, body)
    write(beginning)
    for bit in bits:
        if stopping.wait(_BIT_SECONDS):
            return
        write(bit)


def _endless(kind: str, body: bytes) -> tuple[bytes, Iterator[bytes]]:
    """What comes at once, beginning with the end of the headers, and what follows bit by bit."""
    if kind == "drip-headers":
        return b"X-Drip: ", repeat(b"a")
    if kind == "drip-chunks":
        return b"\r\n%x;drip=" % len(body), repeat(b"a")
    if kind == "drip-trailers":
        return b"\r\n%s0\r\n" % _chunk(body), _bytes(cycle(b"X-Drip: a\r\n"))
    if kind == "drip-gzip":
        return b"\r\n", map(_chunk, _bytes(chain(GZIP_HEADER, cycle(_EMPTY_BLOCK))))
    return b"\r\n", map(_chunk, _bytes(chain(_NAMED_HEADER, repeat(ord("a")))))


def _bytes(numbers: Iterable[int]) -> Iterator[bytes]:
    return (bytes([number]) for number in numbers)


def _chunk(content: bytes) -> bytes:
    """One chunk of a chunked body. Nothing for no content, since an empty chunk would end the body."""
    return b"%x\r\n%s\r\n" % (len(content), content) if content else b""
