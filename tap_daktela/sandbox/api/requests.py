"""One request to the API, and the count of all of them."""

import json
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from tap_daktela.sandbox.api.list_request import BadRequestError


@dataclass(frozen=True)
class ApiRequest:
    """One request. `segments` is the path below `/api/v6`, unquoted; `token` is empty if none was sent."""

    method: str
    segments: list[str]
    query: str = ""
    token: str = ""
    body: bytes = b""
    content_type: str = ""

    def parameters(self) -> dict[str, Any]:
        """The parameters of the query and of the body, which is a form or JSON. BadRequestError for broken JSON."""
        given: dict[str, Any] = dict(parse_qsl(self.query, keep_blank_values=True))
        if "json" not in self.content_type:
            return given | dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))
        try:
            body = json.loads(self.body or b"{}")
        except ValueError:
            raise BadRequestError("Tělo požadavku není JSON") from None
        return given | body if isinstance(body, dict) else given


class RequestCounter:
    """Numbers the API requests from 1. `count` is the number of the latest one."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    def next(self) -> int:
        """The number of the next request."""
        with self._lock:
            self.count += 1
            return self.count

    def restart(self) -> None:
        """Count from 1 again."""
        with self._lock:
            self.count = 0
