"""What goes back to the client: status, headers, body, and Daktela's envelope around results and errors."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tap_daktela.sandbox.clock import Clock

PAGE = "\ue000page\ue000"
"""Stands in a result for a page that is encoded already; no text of the world contains it."""

_PLACE = json.dumps(PAGE).encode()

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Answer:
    """A finished answer. `rows` is for the log."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    rows: int = 0


def encoded(value: Any) -> bytes:
    """JSON as PHP writes it: ASCII, slashes escaped, and half a surrogate pair as its escape."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode("ascii")


def plain(value: Any, status: int = 200) -> Answer:
    """A JSON answer without the envelope."""
    return Answer(status, json.dumps(value).encode())


def envelope(
    clock: Clock,
    moment: float,
    result: Any,
    *,
    error: Any = (),
    status: int = 200,
    rows: int = 0,
    old: bool = False,
    data: bytes = b"",
) -> Answer:
    """An API answer of a moment in seconds since the epoch; `data` is a page that is encoded already.

    Older servers tell no `_serverTime` and `_timezone`.
    """
    now = clock.text(moment)
    body = {"error": error or [], "result": result, "_time": now}
    if not old:
        body = {**body, "_serverTime": now, "_timezone": clock.zone.key}
    text = encoded(body)
    return Answer(status, text.replace(_PLACE, data, 1) if data else text, rows=rows)


def page(title: str, status: int) -> Answer:
    """An HTML page as proxies and login forms send it."""
    return Answer(status, f"<html><head><title>{title}</title></head><body>{title}</body></html>".encode(), HTML)
