"""What the instance answers: envelopes, pages of a list with a total, and faults in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import requests

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping

    from tests.simulation.cases.oddities import Oddities
    from tests.simulation.model.server_clock import ServerClock

__all__ = ["Answer", "Answers"]

Answer = tuple[int, dict[str, str], bytes]
"""The status, the headers and the body."""

_HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
_WORDS = "Query timed out, the result is partial"


class Answers:
    """Makes the answers of one instance, each with the time of its server."""

    def __init__(self, oddities: Oddities, clock: ServerClock, applied: Counter[str]) -> None:
        self._oddities = oddities
        self._clock = clock
        self._applied = applied

    def result(self, result: Any, *, error: Any = (), status: int = 200) -> Answer:
        """Return an answer with a `result` that is no list."""
        return self._answer(status, self._envelope(orjson.dumps(error), orjson.dumps(result)))

    def nothing(self, status: int) -> Answer:
        """Return an answer without a body: 401, 403 and 404 have none."""
        return self._answer(status, b"")

    def page(self, rows: Mapping[str, bytes], total: Any, fault: str | None = None) -> Answer:
        """Return a page of a list: the JSON of `rows` by key. `total` is left out where it is `...`."""
        encoded = list(rows.items())
        if fault in ("half", "partial"):
            encoded = encoded[: (len(encoded) + 1) // 2]
        if fault in ("empty", "error empty"):
            encoded, total = [], 0
        if fault == "error":
            return self.result(None, error=["Internal error"])
        if self._oddities.data == "object" and encoded:
            self._applied["data: object"] += 1
            data = b"{" + b",".join(b"%b:%b" % (orjson.dumps(key), row) for key, row in encoded) + b"}"
        else:
            data = b"[" + b",".join([row for _, row in encoded]) + b"]"
        counted = b"" if total is ... else b',"total":' + orjson.dumps(total)
        error = orjson.dumps([_WORDS] if fault in ("partial", "error empty") else [])
        body = self._envelope(error, b'{"data":' + data + counted + b"}")
        return self._answer(200, body[: len(body) * 2 // 3] if fault == "broken" else body)

    def fault(self, kind: str) -> Answer | None:
        """Return the answer that takes the place of any, or None where `kind` is a fault of lists only.

        Raises what requests raises where there is no answer.
        """
        if kind == "silence":
            raise requests.ReadTimeout("Read timed out.")
        if kind == "reset":
            raise requests.ConnectionError("('Connection aborted.', ConnectionResetError(104, 'reset by peer'))")
        if kind == "html":
            return self._answer(200, _HTML, "text/html")
        if not kind[:3].isdecimal():
            return None
        status, _, wait = kind.partition(" ")
        status_code, headers, body = self._answer(int(status), _HTML if status == "502" else b"", "text/html")
        waits = {"seconds": "7", "date": self._clock.date(7), "year 9999": "Fri, 31 Dec 9999 23:59:59 GMT"}
        if wait:
            headers["Retry-After"] = waits[wait]
        return status_code, headers, body

    def _envelope(self, error: bytes, result: bytes) -> bytes:
        return orjson.dumps({"error": orjson.Fragment(error), "result": orjson.Fragment(result), **self._clock.marks()})

    def _answer(self, status: int, body: bytes, content: str = "application/json") -> Answer:
        return status, {"Date": self._clock.date(), "Content-Type": f"{content}; charset=utf-8"}, body
