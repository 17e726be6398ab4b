"""Compressed bodies, in whatever pieces they come."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3.exceptions import DecodeError

from tap_daktela.daktela.http.decompress import decompressed

MOST = 16
CONTENT = bytes(range(256)) * 3


def deflated(content: bytes, window: int) -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, window)
    return compressor.compress(content) + compressor.flush()


def pieces(body: bytes, size: int) -> list[bytes]:
    return [body[start : start + size] for start in range(0, len(body), size)]


# As long as one piece, or two: then a member ends where a piece does.
members = st.lists(st.sampled_from([b"", b"a" * MOST, b"b" * 2 * MOST]) | st.binary(max_size=5 * MOST), min_size=1)


@given(members, st.integers(1, 99))
def test_gzip_of_several_members(contents: list[bytes], size: int) -> None:
    body = b"".join(map(gzip.compress, contents))
    found = list(decompressed(pieces(body, size), "x-gzip", MOST))
    assert b"".join(found) == b"".join(contents)
    assert max(map(len, found), default=0) <= MOST


@given(st.binary(max_size=99) | st.integers(0, 5000).map(bytes), st.sampled_from([15, 9, -15]), st.integers(1, 99))
def test_deflate_with_and_without_a_header(content: bytes, window: int, size: int) -> None:
    found = list(decompressed(pieces(deflated(content, window), size), "deflate", MOST))
    assert b"".join(found) == content
    assert max(map(len, found), default=0) <= MOST


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize(
    ("body", "encoding"),
    [(gzip.compress(CONTENT), "gzip"), (deflated(CONTENT, 15), "deflate"), (deflated(CONTENT, -15), "deflate")],
    ids=["gzip", "deflate", "deflate without a header"],
)
def test_what_follows_the_end_is_read_and_ignored(body: bytes, encoding: str, size: int) -> None:
    compressed = iter(pieces(body + b"\xff" * 50, size))
    assert b"".join(decompressed(compressed, encoding, MOST)) == CONTENT
    assert list(compressed) == []


def test_what_ends_too_early_is_there_as_far_as_it_goes() -> None:
    body = gzip.compress(CONTENT)
    found = b"".join(decompressed([body[:-100]], "gzip", MOST))
    assert found
    assert CONTENT.startswith(found)


def test_nothing_is_nothing() -> None:
    assert list(decompressed([], "gzip", MOST)) == []


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_what_is_not_valid(encoding: str) -> None:
    with pytest.raises(DecodeError, match=f"the body is not {encoding}: .*decompressing"):
        list(decompressed([b"not compressed"], encoding, MOST))
