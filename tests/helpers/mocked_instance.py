"""An instance played by requests-mock: what a test writes is answered without a socket and without a wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import requests_mock

from tap_daktela.daktela.client import Client
from tests.helpers.http_stub import QUICK, Reply, connection_to

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_daktela.daktela.connection import Connection
    from tap_daktela.daktela.http.retry import Retry
    from tap_daktela.runtime.clock import Clock
    from tests.helpers.stopped_clock import StoppedClock


class MockedInstance:
    """Answers as a test wrote it, and remembers the requests. One to another address is an error.

    `mocker` is requests-mock's own. It lets one request through at a time, so what threads do side by side needs an
    `HttpStub`.
    """

    url = "https://mycompany.daktela.com"

    def __init__(self, mocker: requests_mock.Mocker) -> None:
        self.mocker = mocker

    def on(self, endpoint: str, *replies: Reply | Exception | Callable[[], Reply]) -> None:
        """Write the replies of an endpoint; the last one is repeated. Exceptions are raised, functions are called."""
        self.mocker.register_uri(requests_mock.ANY, self._url_of(endpoint), [_response(reply) for reply in replies])

    @property
    def requests(self) -> list[Any]:
        """The requests so far, as requests-mock has them: `method`, `url`, `headers`, `text`, `timeout`, `verify`."""
        return self.mocker.request_history

    def times(self, endpoint: str) -> int:
        """Return how often an endpoint was requested."""
        return sum(request.url.partition("?")[0] == self._url_of(endpoint) for request in self.requests)

    def tokens(self) -> list[str | None]:
        """Return the token of each request, None for one without."""
        return [request.headers.get("X-AUTH-TOKEN") for request in self.requests]

    def connection(self, **settings: object) -> Connection:
        """Return what leads to this instance."""
        return connection_to(self.url, **settings)

    def client(self, retry: Retry | None = QUICK, clock: Clock | None = None, **settings: object) -> Client:
        """Return a client of this instance."""
        return Client(self.connection(**settings), retry, clock=clock)

    def _url_of(self, endpoint: str) -> str:
        return f"{self.url}/api/v6/{endpoint}.json"


def after(seconds: float, clock: StoppedClock, reply: Reply) -> Callable[[], Reply]:
    """Return a reply that takes so many seconds of the clock."""

    def answer() -> Reply:
        clock.seconds += seconds
        return reply

    return answer


def parameters_of(request: Any) -> dict[str, str]:
    """Return the parameters in the URL of a request."""
    return dict(parse_qsl(request.url.partition("?")[2], keep_blank_values=True))


def form_of(request: Any) -> dict[str, str]:
    """Return the form in the body of a request."""
    return dict(parse_qsl(request.text, keep_blank_values=True))


def _response(reply: Reply | Exception | Callable[[], Reply]) -> dict[str, Any]:
    """Return a reply in requests-mock's words."""
    if isinstance(reply, Exception):
        return {"exc": reply}
    if isinstance(reply, Reply):
        return {"status_code": reply.status, "content": reply.body, "headers": reply.headers}

    def content(_request: object, context: Any) -> bytes:
        made = reply()
        context.status_code, context.headers = made.status, made.headers
        return made.body

    return {"content": content}
