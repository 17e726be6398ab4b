"""What a fault makes of an answer: another one in its place, or the right one with something wrong in it."""

from __future__ import annotations

import json
import math
import struct
import zlib
from dataclasses import replace
from email.utils import formatdate
from functools import cache
from typing import TYPE_CHECKING, Any

from tap_daktela.sandbox.answers import Answer, encoded, page

if TYPE_CHECKING:
    from tap_daktela.sandbox.faults import FaultPlan

YEAR_9999 = "Fri, 31 Dec 9999 23:59:59 -0100"
"""The last second of the last year that most programs know; in UTC it is past that."""

GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"

_PARTIAL = "Query timed out, the result is partial"
_MEBIBYTE = 1 << 20
_MEBIBYTES = 1024


def instead(kind: str, now: float, retry_after: int) -> Answer | None:
    """The answer that comes instead of the right one, if the fault is such; `now` is the server's clock."""
    later = formatdate(math.ceil(now) + retry_after, usegmt=True)
    if kind == "bomb":
        return Answer(200, bomb(), headers={"Content-Encoding": "gzip"})
    return {
        "429": Answer(429, headers={"Retry-After": str(retry_after)}),
        "429-date": Answer(429, headers={"Retry-After": later}),
        "retry-9999": Answer(429, headers={"Retry-After": YEAR_9999}),
        "500": Answer(500, b'{"error":["Internal error"],"result":null}'),
        "502-html": page("502 Bad Gateway", 502),
        "503": Answer(503),
        "504": page("504 Gateway Time-out", 504),
        "html": page("Daktela - přihlášení", 200),
    }.get(kind)


def spoiled(kind: str, answer: Answer, plan: FaultPlan) -> Answer:
    """The right answer with something wrong in it, if the fault is such; other answers stay as they are."""
    if kind == "broken-json":
        return replace(answer, body=answer.body[: len(answer.body) // 2])
    if kind == "year-9999":
        return replace(answer, headers={**answer.headers, "Date": YEAR_9999})
    document = json.loads(answer.body) if kind in {"total", "empty", "partial"} and answer.body else {}
    result = document.get("result")
    if not isinstance(result, dict) or not {"data"} <= set(result) <= {"data", "total"}:
        return answer
    wrong = _spoiled_list(kind, result, plan)
    error = [_PARTIAL] if kind == "partial" else document["error"]
    return replace(answer, body=encoded({**document, "error": error, "result": wrong}), rows=len(wrong["data"]))


def _spoiled_list(kind: str, result: dict[str, Any], plan: FaultPlan) -> dict[str, Any]:
    """No rows, half of them, or a wrong total where there is one."""
    data, total = result["data"], result.get("total")
    if kind == "empty":
        return {"data": [], "total": 0}
    if kind == "partial":
        half = len(data) // 2
        return {**result, "data": dict(list(data.items())[:half]) if isinstance(data, dict) else data[:half]}
    return {**result, "total": plan.wrong_total(total)} if isinstance(total, int) else result


@cache
def bomb() -> bytes:
    """A gzip body of 1 MiB that unpacks to 1 GiB: an empty list with blanks between its brackets."""
    start, blanks, end = b'{"error":[],"result":{"data":[', b" " * _MEBIBYTE, b'],"total":0}}'
    deflate = zlib.compressobj(zlib.Z_BEST_COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = deflate.compress(start) + deflate.flush(zlib.Z_FULL_FLUSH)
    # Between two full flushes the same bytes are packed in the same way: once is enough.
    packed += (deflate.compress(blanks) + deflate.flush(zlib.Z_FULL_FLUSH)) * _MEBIBYTES
    packed += deflate.compress(end) + deflate.flush()
    checksum = zlib.crc32(start)
    for _ in range(_MEBIBYTES):
        checksum = zlib.crc32(blanks, checksum)
    size = len(start) + len(blanks) * _MEBIBYTES + len(end)
    return GZIP_HEADER + packed + struct.pack("<II", zlib.crc32(end, checksum), size)
