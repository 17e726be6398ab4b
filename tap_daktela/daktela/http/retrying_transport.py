"""One request, tried again for as long as that may help. Knows HTTP, but no token and no list."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import requests
import urllib3

from tap_daktela.daktela.http.decode import decode
from tap_daktela.daktela.http.envelope import ErrorInResponse, server_words
from tap_daktela.daktela.http.limits import ConcurrencyLimit, RateLimit
from tap_daktela.daktela.http.retry import Act, BrokenResponse, Decision, RetryPolicy, decide, waits
from tap_daktela.daktela.http.transport import TokenAuth
from tap_daktela.errors import ConfigError, ContractError, RemoteError, UnknownHostError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tap_daktela.daktela.connection import Connection
    from tap_daktela.daktela.http.transport import RawResponse, Transport
    from tap_daktela.runtime.clock import Clock

__all__ = ["PendingRequest", "RetryingTransport"]

LOGGER = logging.getLogger(__name__)

ERROR_TRIES = 3
"""How often in all a request is made that is answered by a 200 with an error in it."""


class PendingRequest:
    """One request together with the retry_policy that was spent on it so far. Only one thread uses it at a time.

    `endpoint` is what it asks for, `label` names it in the log, `take` is the most rows that its answer may have (None
    where it asks for no list). `requests` counts how often it was sent, `failures` how often that failed, `errors` the
    answers with an error in them, and `logins` the logins that were made for it. `seconds` is the time that was spent
    on it: sending, waiting and decoding, but not the time in which an answer waited to be decoded. `delay` is what to
    wait before the next try, in seconds; `begun` the moment of the first one (monotonic seconds).
    """

    def __init__(self, request: requests.Request, endpoint: str, take: int | None, retry_policy: RetryPolicy) -> None:
        """Take the request, which is not sent yet."""
        self.request = request
        self.endpoint = endpoint
        self.take = take
        shown = [f"{name}={value}" for name, value in request.params if name in {"skip", "take"}]
        self.label = " ".join([request.method, endpoint, *shown])
        self.requests = self.failures = self.errors = self.logins = 0
        self.seconds = self.delay = 0.0
        self.begun: float | None = None
        self.delays = waits(retry_policy)
        next(self.delays)


class RetryingTransport:
    """Sends requests to one instance. Safe for threads, which share one pace."""

    def __init__(self, connection: Connection, retry_policy: RetryPolicy, transport: Transport, clock: Clock) -> None:
        """Take the settings, and how long a request is tried."""
        self._connection = connection
        self._base_url = connection.base_url
        self._retry_policy = retry_policy
        self._transport = transport
        self._clock = clock
        self._rate_limit = RateLimit(connection.requests_per_second, clock)
        self._concurrency_limit = ConcurrencyLimit(connection.concurrency, clock)
        self._closed = threading.Event()
        self._answered_at = float("-inf")

    def allowed(self) -> int:
        """Return the number of requests that may be in flight now."""
        return self._concurrency_limit.allowed()

    def close(self) -> None:
        """End the waiting of other threads with a RemoteError, and close every connection."""
        self._closed.set()
        self._transport.close()

    def new_request(
        self,
        endpoint: str,
        *,
        parameters: Sequence[tuple[str, str]] = (),
        take: int | None = None,
        form: Mapping[str, str] | None = None,
    ) -> PendingRequest:
        """Return a GET, or a POST where there is a `form`, that is not sent yet."""
        request = requests.Request(
            method="GET" if form is None else "POST",
            url=f"{self._base_url}/api/v6/{quote(endpoint)}.json",
            headers={"User-Agent": self._connection.user_agent, "Accept": "application/json"},
            params=list(parameters),
            data=dict(form or {}),
        )
        return PendingRequest(request, endpoint, take, self._retry_policy)

    def fetch(self, pending: PendingRequest, token: str | None) -> RawResponse:
        """Return the answer, not decoded: a 200, or a 4xx that stays one. It waits first as long as `pending` says.

        RemoteError when every try failed; ConfigError where an unknown host, its certificate or a redirect shows that
        the settings are wrong; ContractError where the answer is too long.
        """
        pending.request.auth = TokenAuth(token)
        while True:
            begun = self._clock.monotonic()
            pending.begun = begun if pending.begun is None else pending.begun
            self._rest(pending.delay, pending.label)
            pending.delay = 0.0
            answer, decision = self._attempt(pending)
            pending.seconds += self._clock.monotonic() - begun
            if decision.act is not Act.RETRY:
                break
            if not self._may_try_again(pending, decision):
                raise self._given_up(pending, decision.reason)
        if answer is None or decision.act is Act.REDIRECTED:
            raise self._settings_at_fault(decision, answer)
        return answer

    def document(
        self, pending: PendingRequest, answer: RawResponse, check: Callable[[Any], None]
    ) -> tuple[Any, int] | None:
        """Return what the body of a 200 says, and how many characters and numbers in it had to be replaced.

        None where it is broken and `pending` may be fetched once more: it is not JSON, or `check` raises BrokenResponse. When
        there may be no further try, RemoteError, or ContractError where the answer carries an error.
        """
        begun = self._clock.monotonic()
        try:
            return _decoded(answer, check)
        except BrokenResponse as broken:
            pending.seconds += self._clock.monotonic() - begun
            is_error = isinstance(broken, ErrorInResponse)
            pending.errors += is_error
            may_try = pending.errors < ERROR_TRIES or not is_error
            if not (may_try and self._may_try_again(pending, Decision(Act.RETRY, str(broken)))):
                sentence = f"{pending.endpoint}: the instance answers with an error ({broken})"
                raise (ContractError(sentence) if is_error else self._given_up(pending, str(broken))) from broken
            return None

    def _may_try_again(self, pending: PendingRequest, decision: Decision) -> bool:
        """Note a try that failed, and tell whether there may be another, after the delay that is noted then, too."""
        pending.failures += 1
        if pending.failures >= self._retry_policy.tries:
            return False
        delay = pending.delays.send(decision.wait)
        if pending.seconds + delay > self._retry_policy.seconds:
            return False
        pending.delay = delay
        if not self._closed.is_set():  # Else nothing is tried again, and the run has had its last word.
            LOGGER.warning("%s: %s. Trying again in %.1f s.", pending.label, decision.reason, delay)
        return True

    def _given_up(self, pending: PendingRequest, reason: str) -> RemoteError:
        """Return the error for a request of which every try failed, the last one for this reason."""
        tries = f"{pending.failures} tries" if pending.failures > 1 else "one try"
        # Where no request of any thread got an answer meanwhile, no other stream will fare better.
        is_reached = pending.begun is not None and self._answered_at > pending.begun
        kind = RemoteError if is_reached else UnreachableError
        return kind(f"{pending.label}: {self._base_url} gave no usable answer in {tries}: {reason}")

    def _attempt(self, pending: PendingRequest) -> tuple[RawResponse | None, Decision]:
        """Send the request once; return its answer, None where none came, and what to do."""
        try:
            with self._concurrency_limit.in_flight(self._closed):
                # Only now: moments that were handed out before the wait would have passed together.
                self._rest(self._rate_limit.reserve(), pending.label)
                sent = self._clock.monotonic()
                pending.requests += 1
                answer = self._transport.send(pending.request, self._connection.request_timeout)
            self._answered_at = answer.read
            # A Retry-After date is meant by the server's clock, which need not agree with this machine's.
            decision = decide(answer.status, None, answer.headers, answer.date or answer.read_at)
            if decision.act is Act.ACCEPT:
                kind = (pending.endpoint, pending.take, len(answer.body).bit_length())
                self._concurrency_limit.answered(kind, answer.sent, answer.read - answer.sent)
            elif decision.act is Act.RETRY and (words := server_words(answer.body)):
                decision = replace(decision, reason=f"{decision.reason}: {words}")
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, BrokenResponse) as failure:
            answer = None
            decision = decide(None, failure, {}, self._clock.now(), reached=self._answered_at > float("-inf"))
            if decision.act is Act.RAISE:
                raise
        if answer is not None and answer.status == requests.codes.too_many_requests:
            self._concurrency_limit.refused(answer.sent)
            self._rate_limit.hold(decision.wait or 0.0)
        LOGGER.debug("%s: %s, %.3f s", pending.label, decision.reason, self._clock.monotonic() - sent)
        return answer, decision

    def _rest(self, seconds: float, label: str) -> None:
        """Wait; RemoteError if the exchange is closed meanwhile."""
        if self._clock.wait(self._closed, seconds):
            raise RemoteError(f"{label}: the client was closed")

    def _settings_at_fault(self, decision: Decision, answer: RawResponse | None) -> ConfigError:
        """Return the error for an answer, or the lack of one, that only other settings can mend."""
        base = self._base_url
        if decision.act is Act.NO_HOST:
            return UnknownHostError(f"url (or server) names an unknown host: {base} ({decision.reason})")
        if answer is None:
            return ConfigError(
                f"the certificate of {base} is not trusted ({decision.reason}): "
                "name your authority's certificates in ca_bundle, or set verify_ssl to false if you must"
            )
        try:
            target = urlsplit(answer.headers.get("Location", ""))
        except ValueError:
            target = urlsplit("")
        to = f"{target.scheme}://{target.hostname}" if target.hostname else "elsewhere"
        return ConfigError(f"url (or server) is not where the API is: {base} redirects to {to} ({decision.reason})")


def _decoded(answer: RawResponse, check: Callable[[Any], None]) -> tuple[Any, int]:
    """Return what the body of a 200 says, and how much had to be replaced; BrokenResponse if it is not JSON, or by `check`."""
    try:
        document, repaired = decode(answer.body)
    except ValueError as error:
        kind = answer.headers.get("Content-Type", "no content type")
        raise BrokenResponse(f"HTTP 200 whose body is not JSON ({kind}, {len(answer.body)} bytes)") from error
    check(document)
    return document, repaired
