"""One request, tried again for as long as that may help. Knows HTTP, but no login and no query."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import quote

import requests

from tap_daktela.daktela.connection import Connection
from tap_daktela.daktela.http.decisions import ADDRESS, Act, BrokenResponse, Decision, about_response, is_rejection
from tap_daktela.daktela.http.decode import decode
from tap_daktela.daktela.http.endings import given_up, wrong_settings
from tap_daktela.daktela.http.envelope import ErrorInResponse, response_words
from tap_daktela.daktela.http.failures import about_failure
from tap_daktela.daktela.http.limits import ConcurrencyLimit, RateLimit
from tap_daktela.daktela.http.retry import FIRST_CONTACT, Retry, waits
from tap_daktela.daktela.http.transport import RawResponse, TokenAuth, Transport
from tap_daktela.errors import ContractError, RemoteError
from tap_daktela.redaction import redactor
from tap_daktela.runtime.clock import Clock

LOGGER = logging.getLogger(__name__)

ERROR_TRIES = 3
"""How often in all a request is sent whose response has status 200 and carries an error."""


class FailedTry(NamedTuple):
    """A try that was followed by another one: when it had failed (monotonic seconds), and why."""

    at: float
    status: int | None
    reason: str


class PendingRequest:
    """One request, and what was spent on it so far. Only one thread uses it at a time.

    `endpoint` is what it is sent to, `label` names it in the log, `take` is the most rows that its response may have
    (None where it is not about a list). `requests` counts how often it was sent, `failures` how often that failed,
    `errors` the responses with an error in them, `logins` the logins that were made for it. `seconds` is the time spent
    on it: sending, waiting and decoding, but not the time in which a response waited to be decoded. `delay` is the
    seconds to wait before the next try, `delays` yields the next of them. `begun` is the moment of the first try in
    monotonic seconds, infinite before it. `failed_tries` are those that were followed by another one. `retry` is for
    how long it is tried.
    """

    def __init__(self, request: requests.Request, endpoint: str, take: int | None, retry: Retry) -> None:
        self.request = request
        self.endpoint = endpoint
        self.take = take
        self.retry = retry
        shown = [f"{name}={value}" for name, value in request.params if name in {"skip", "take"}]
        self.label = " ".join([request.method, endpoint, *shown])
        self.requests = self.failures = self.errors = self.logins = 0
        self.seconds = self.delay = 0.0
        self.begun = float("inf")
        self.failed_tries: list[FailedTry] = []
        self.delays = waits(retry)
        next(self.delays)


class RetryingTransport:
    """Sends requests to one instance, and tries them again. Safe for threads, which share its limits."""

    def __init__(self, connection: Connection, retry: Retry, transport: Transport, clock: Clock) -> None:
        self._connection = connection
        self._logger = connection.logger or LOGGER
        self._user_agent = " ".join(filter(None, (connection.user_agent, connection.user_agent_suffix)))
        self._retry = retry
        self._transport = transport
        self._clock = clock
        self._rate_limit = RateLimit(connection.requests_per_second, clock)
        self._concurrency_limit = ConcurrencyLimit(connection.concurrency, clock)
        self._closed = threading.Event()
        self._answered_at = float("-inf")
        self._is_known = False  # Whether anything has answered as an instance does, or is slow to answer.

    def allowed(self) -> int:
        """Return the number of requests that may be in flight now."""
        return self._concurrency_limit.allowed()

    def with_concurrency(self, concurrency: int) -> AbstractContextManager[None]:
        """Let so many requests be in flight until the block ends."""
        return self._concurrency_limit.changed(concurrency)

    def close(self) -> None:
        """Close every connection, and end the waits of other threads with a RemoteError."""
        self._closed.set()
        self._transport.close()

    def new_request(
        self,
        endpoint: str,
        *,
        parameters: Sequence[tuple[str, str]] = (),
        take: int | None = None,
        form: Mapping[str, str] | None = None,
        retry: Retry | None = None,
    ) -> PendingRequest:
        """Return a GET, or a POST where there is a `form`, that is not sent yet. `retry` as for all, if it is None."""
        request = requests.Request(
            method="GET" if form is None else "POST",
            url=f"{self._connection.base_url}/api/v6/{quote(endpoint, safe='/%')}.json",
            headers={"User-Agent": self._user_agent, "Accept": "application/json"},
            params=list(parameters),
            data=dict(form or {}),
        )
        return PendingRequest(request, endpoint, take, retry or self._retry)

    def fetch(self, pending: PendingRequest, auth: TokenAuth) -> RawResponse:
        """Return the response, not decoded: a 200, or a 4xx that no retry changes. First wait for `pending.delay`.

        RemoteError when every try failed (RateLimitError if the last one did with HTTP 429); ConfigError where an
        unknown host, its certificate or a redirect shows that the settings are wrong; ContractError where the response
        is too long.
        """
        pending.request.auth = auth
        while True:
            begun = self._clock.monotonic()
            pending.begun = min(begun, pending.begun)
            self._wait(pending.delay, pending.label)
            pending.delay = 0.0
            response, decision = self._try_once(pending)
            pending.seconds += self._clock.monotonic() - begun
            if decision.act not in {Act.RETRY, Act.DOUBT, Act.GIVE_UP}:
                break
            if not self._may_try_again(pending, decision):
                if response is not None and is_rejection(response.status):
                    return response
                raise self._given_up(pending, decision)
        if response is None or decision.act is Act.REDIRECTED:
            raise wrong_settings(self._connection, decision, response)
        return response

    def document(
        self, pending: PendingRequest, response: RawResponse, check: Callable[[Any], None]
    ) -> tuple[Any, int] | None:
        """Return what the body of a 200 says, and how many characters and numbers in it had to be replaced.

        None where it is broken and `pending` may be fetched once more. It is broken where it is not JSON, or where
        `check` raises BrokenResponse. Once there may be no further try: RemoteError, or ContractError where the
        response carries an error.
        """
        begun = self._clock.monotonic()
        try:
            found = _decoded(response, check)
        except BrokenResponse as broken:
            pending.seconds += self._clock.monotonic() - begun
            is_error = isinstance(broken, ErrorInResponse)
            pending.errors += is_error
            decision = Decision(Act.RETRY, str(broken))
            if is_error and pending.errors >= ERROR_TRIES:
                decision = Decision(Act.GIVE_UP, str(broken))
            elif not is_error:
                doubt = Decision(Act.DOUBT, str(broken), suspect=ADDRESS)
                decision = self._retry.applied(decision if self._is_known else doubt)
            if not self._may_try_again(pending, decision):
                sentence = f"{pending.endpoint}: the instance answers with an error ({broken})"
                raise (ContractError(sentence) if is_error else self._given_up(pending, decision)) from broken
            return None
        self._is_known = True
        return found

    def _may_try_again(self, pending: PendingRequest, decision: Decision) -> bool:
        """Count a failure, and tell whether there may be another try; if so, note the delay before it."""
        allowed = pending.retry.within(FIRST_CONTACT) if decision.act is Act.DOUBT else pending.retry
        pending.failures += 1
        if decision.act is Act.GIVE_UP or pending.failures >= allowed.tries:
            return False
        delay = pending.delays.send(self._retry.pause(decision))
        if pending.seconds + delay > allowed.seconds:
            return False
        pending.delay = delay
        pending.failed_tries.append(FailedTry(self._clock.monotonic(), decision.status, decision.reason))
        if not self._closed.is_set():  # Else nothing will be tried again, and the log should not say so.
            self._logger.warning("%s: %s. Trying again in %.1f s.", pending.label, decision.reason, delay)
        return True

    def _given_up(self, pending: PendingRequest, decision: Decision) -> RemoteError:
        """Return the error for a request of which every try failed, the last one as `decision` says."""
        told = f"{pending.label}: {self._connection.base_url}"
        shown = replace(decision, suspect=self._connection.called(decision.suspect))
        return given_up(told, pending.failures, shown, is_reached=self._answered_at > pending.begun)

    def _try_once(self, pending: PendingRequest) -> tuple[RawResponse | None, Decision]:
        """Send the request once; return its response, None where none came, and what to do."""
        try:
            with self._concurrency_limit.in_flight(self._closed):
                # Reserved only now: moments that were reserved before the wait above would all be over.
                self._wait(self._rate_limit.reserve(), pending.label)
                sent = self._clock.monotonic()
                pending.requests += 1
                response = self._transport.send(pending.request, self._connection.request_timeout)
            self._answered_at = response.read
            decision = self._about(pending, response)
        except Exception as failure:
            response = None
            decision = about_failure(failure, reached=self._is_known)
            if decision.act is Act.RAISE:
                raise
            # Whoever fails without a doubt is there, if only silent: a later failure is no first contact.
            self._is_known = self._is_known or decision.act is Act.RETRY
            decision = self._retry.applied(decision)
        self._logger.debug("%s: %s, %.3f s", pending.label, decision.reason, self._clock.monotonic() - sent)
        return response, decision

    def _about(self, pending: PendingRequest, response: RawResponse) -> Decision:
        """Return what to do about a response, and let the limits know of it."""
        # A Retry-After date is meant by the server's clock, which may differ from this machine's.
        decision = about_response(response.status, response.headers, response.date or response.read_at)
        self._is_known = self._is_known or decision.act is not Act.ACCEPT  # A 200 has yet to show its body.
        if decision.act is Act.ACCEPT:
            kind = (pending.endpoint, pending.take, len(response.body).bit_length())
            self._concurrency_limit.answered(kind, response.sent, response.read - response.sent)
        if response.status == requests.codes.too_many_requests:
            self._concurrency_limit.halve(response.sent)
            self._rate_limit.hold(self._retry.pause(decision) or 0.0)
        decision = self._retry.applied(decision)
        if decision.act in {Act.RETRY, Act.GIVE_UP}:
            return replace(decision, reason=response_words(response.status, response.body))
        return decision

    def _wait(self, seconds: float, label: str) -> None:
        """Wait; RemoteError if the client is closed meanwhile."""
        if self._clock.wait(self._closed, seconds):
            raise RemoteError(f"{label}: the client was closed")


def _decoded(response: RawResponse, check: Callable[[Any], None]) -> tuple[Any, int]:
    """Return the value of the body of a 200, and how much in it had to be replaced.

    BrokenResponse if the body is not JSON, or where `check` raises it.
    """
    try:
        document, repaired = decode(response.body)
    except ValueError as error:
        kind = redactor.from_outside(response.headers.get("Content-Type", "no content type"))
        raise BrokenResponse(f"HTTP 200 whose body is not JSON ({kind}, {len(response.body)} bytes)") from error
    check(document)
    return document, repaired
