"""What goes back to the client: status, headers, body, and Daktela's envelope around results and errors."""

import json
from dataclasses import dataclass, field
from typing import Any

from tap_daktela.sandbox.clock import SandboxClock

PAGE = "\ue000page\ue000"
"""Stands in a result for a page that is already encoded. No text of the world contains it."""

_ENCODED_PAGE = json.dumps(PAGE).encode()

_JSON = "application/json; charset=utf-8"
_HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Reply:
    """One HTTP response. `rows` is the number of rows in its body, for the log."""

    status: int
    body: bytes = b""
    content_type: str = _JSON
    headers: dict[str, str] = field(default_factory=dict)
    rows: int = 0


def encode_json(value: Any) -> bytes:
    """JSON as PHP writes it: only ASCII, slashes escaped, half of a surrogate pair as its escape."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode("ascii")


def json_reply(value: Any, status: int = 200) -> Reply:
    """A JSON reply without the envelope."""
    return Reply(status, json.dumps(value).encode())


def html_reply(title: str, status: int) -> Reply:
    """An HTML page, as proxies and login forms send it."""
    return Reply(status, f"<html><head><title>{title}</title></head><body>{title}</body></html>".encode(), _HTML)


def api_reply(
    clock: SandboxClock,
    moment: float,
    result: Any,
    *,
    error: Any = (),
    status: int = 200,
    rows: int = 0,
    old_server: bool = False,
    page: bytes = b"",
) -> Reply:
    """A reply of the API with its envelope. `moment` is the time that it shows, in seconds since the epoch.

    `page` is an encoded page: it takes the place of `PAGE` in the result. Old servers send no `_serverTime` and
    `_timezone`.
    """
    now = clock.text(moment)
    body = {"error": error or [], "result": result, "_time": now}
    if not old_server:
        body = {**body, "_serverTime": now, "_timezone": clock.zone.key}
    text = encode_json(body)
    return Reply(status, text.replace(_ENCODED_PAGE, page, 1) if page else text, rows=rows)
