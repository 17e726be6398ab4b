"""Faults that change a reply: another reply takes its place, or something in it is wrong."""

import json
import math
import random
import struct
import zlib
from dataclasses import replace
from email.utils import formatdate
from functools import cache
from typing import Any

from tap_daktela.sandbox.api.replies import Reply, encode_json, html_reply
from tap_daktela.sandbox.faults.slow_replies import GZIP_HEADER

YEAR_9999 = "Fri, 31 Dec 9999 23:59:59 -0100"
"""The last second of the last year that most programs know. In UTC it is already the next year."""

_PARTIAL = "Query timed out, the result is partial"
_MEBIBYTE = 1 << 20
_MEBIBYTES = 1024


def replacement(kind: str, now: float, retry_after: int) -> Reply | None:
    """The reply that takes the place of the right one, or None. `now` is the server's time: seconds since the epoch."""
    later = formatdate(math.ceil(now) + retry_after, usegmt=True)
    if kind == "bomb":
        return Reply(200, gzip_bomb(), headers={"Content-Encoding": "gzip"})
    return {
        "429": Reply(429, headers={"Retry-After": str(retry_after)}),
        "429-date": Reply(429, headers={"Retry-After": later}),
        "retry-9999": Reply(429, headers={"Retry-After": YEAR_9999}),
        "500": Reply(500, b'{"error":["Internal error"],"result":null}'),
        "502-html": html_reply("502 Bad Gateway", 502),
        "503": Reply(503),
        "504": html_reply("504 Gateway Time-out", 504),
        "html": html_reply("Daktela - přihlášení", 200),
    }.get(kind)


def spoil(kind: str, reply: Reply, rng: random.Random) -> Reply:
    """The right reply with something wrong in it, for faults of that kind. Only lists get wrong rows or totals."""
    if kind == "broken-json":
        return replace(reply, body=reply.body[: len(reply.body) // 2])
    if kind == "year-9999":
        return replace(reply, headers={**reply.headers, "Date": YEAR_9999})
    document = json.loads(reply.body) if kind in {"total", "empty", "partial"} and reply.body else {}
    result = document.get("result")
    if not isinstance(result, dict) or not {"data"} <= set(result) <= {"data", "total"}:
        return reply
    wrong = _spoil_list(kind, result, rng)
    error = [_PARTIAL] if kind == "partial" else document["error"]
    return replace(reply, body=encode_json({**document, "error": error, "result": wrong}), rows=len(wrong["data"]))


def _spoil_list(kind: str, result: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """No rows, half of the rows, or a wrong total if there is a total."""
    data, total = result["data"], result.get("total")
    if kind == "empty":
        return {"data": [], "total": 0}
    if kind == "partial":
        half = len(data) // 2
        return {**result, "data": dict(list(data.items())[:half]) if isinstance(data, dict) else data[:half]}
    return {**result, "total": _wrong_total(total, rng)} if isinstance(total, int) else result


def _wrong_total(total: int, rng: random.Random) -> int | str:
    """A total other than the right one: next to it, 0, much too large, or no number."""
    wrong = {total + 1, max(total - 1, 0), 0, 3 * total + 50} - {total}
    choices: list[int | str] = [*sorted(wrong), f"{total} rows"]
    return rng.choice(choices)


@cache
def gzip_bomb() -> bytes:
    """A gzip body of 1 MiB that unpacks to 1 GiB: an empty list with blanks between its brackets."""
    start, blanks, end = b'{"error":[],"result":{"data":[', b" " * _MEBIBYTE, b'],"total":0}}'
    deflate = zlib.compressobj(zlib.Z_BEST_COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = deflate.compress(start) + deflate.flush(zlib.Z_FULL_FLUSH)
    # Between two full flushes the same bytes are always packed alike: pack them once and repeat the result.
    packed += (deflate.compress(blanks) + deflate.flush(zlib.Z_FULL_FLUSH)) * _MEBIBYTES
    packed += deflate.compress(end) + deflate.flush()
    checksum = zlib.crc32(start)
    for _ in range(_MEBIBYTES):
        checksum = zlib.crc32(blanks, checksum)
    size = len(start) + len(blanks) * _MEBIBYTES + len(end)
    return GZIP_HEADER + packed + struct.pack("<II", zlib.crc32(end, checksum), size)
