"""Decompresses a body that came as gzip or deflate, in pieces of bounded size. Pure.

urllib3 is not used for it. Where a member of a gzip body ends exactly where a piece does, urllib3 2.8 decompresses what
follows it twice on Python 3.14.8 and newer: the body is wrong, and one of many such members fills the memory.
"""

import zlib
from collections.abc import Iterable, Iterator

from urllib3.exceptions import DecodeError


def decompressed(pieces: Iterable[bytes], encoding: str, most: int) -> Iterator[bytes]:
    """Yield the content of the compressed `pieces`, at most `most` bytes at once; DecodeError if they are not valid.

    `encoding` is "gzip" or "x-gzip", of one member or several, or "deflate", with or without the header of zlib. What
    follows the end and is not valid is ignored. Content that ends too early is yielded as far as it goes.
    """
    compressed = iter(pieces)
    member = None
    is_first = True
    for piece in compressed:
        rest, content = piece, b""
        while rest or len(content) == most:  # A full one may be followed by more without further input.
            if member is None:
                member = zlib.decompressobj(_window(rest, encoding))
            try:
                content = member.decompress(rest, most)
            except zlib.error as error:
                if is_first:
                    raise DecodeError(f"the body is not {encoding}: {error}") from error
                for _ in compressed:  # Only a connection that was read to the end is used again.
                    pass
                return
            if content:
                yield content
            rest = member.unconsumed_tail
            if member.eof:
                rest, content = member.unused_data, b""
                member, is_first = None, False


def _window(first: bytes, encoding: str) -> int:
    """Return the `wbits` of zlib for a body, or a member of it, that begins with `first`."""
    if encoding != "deflate":
        return zlib.MAX_WBITS + 16
    has_header = first[0] & 0x0F == zlib.DEFLATED
    return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS
