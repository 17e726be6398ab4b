"""One request and its answer, tried again for as long as that may help. Knows HTTP, but no token and no list."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import requests
import urllib3

from tap_daktela.daktela.answers import server_words
from tap_daktela.daktela.decode import decode
from tap_daktela.daktela.limits import Pace, Throttle
from tap_daktela.daktela.retry import Act, Broken, Decision, Patience, decide, http_date, waits
from tap_daktela.errors import ConfigError, RemoteError, UnknownHostError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tap_daktela.settings import Settings

__all__ = ["Answer", "Exchange"]

LOGGER = logging.getLogger(__name__)
CONNECT_SECONDS = 10.0
_PIECE = 1 << 16  # Bytes read from a body at once, at most.
_SHORT = 1 << 16  # Bytes of a body that may be decoded whenever it comes.

# It warns with a stack trace of broken headers and certificates, about which the tap says itself what there is to say.
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)


@dataclass(slots=True)
class Answer:
    """What came back: `document` is the decoded body of a 200, else None; `read_at` is in UTC."""

    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray
    read_at: datetime
    document: Any = None
    repaired: int = 0
    attempts: int = 1

    @property
    def date(self) -> datetime | None:
        """The server's clock by its Date header, in UTC; None where it sends none that can be read."""
        return http_date(self.headers.get("Date", ""))


class _Token(requests.auth.AuthBase):
    """Puts the token into its header. Being an auth object, it also keeps requests from reading ~/.netrc."""

    def __init__(self, token: str | None) -> None:
        """Take the token, where the request has one."""
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Return the request with its header."""
        if self._token:
            request.headers["X-AUTH-TOKEN"] = self._token
        return request


class _Session(requests.Session):
    """A session that has no redirects: requests reads where they lead even if told not to, and fails on nonsense."""

    def get_redirect_target(self, _response: requests.Response) -> None:
        """Return nothing."""


class Exchange:
    """Sends requests to one instance. Safe for threads: each has a session, and they share one pace.

    `before_unpacking` is called between the arrival of a long body and its decoding: who reads many pages at once can
    let threads wait there, since rows take several times the memory of their bytes.
    """

    def __init__(self, settings: Settings, patience: Patience) -> None:
        """Take the settings, and how long a request is tried."""
        self._settings = settings
        self._base_url = settings.base_url
        self._verify: bool | str = (settings.ca_bundle or True) if settings.verify_ssl else False
        self._patience = patience
        self._pace = Pace(settings.requests_per_second)
        self._throttle = Throttle(settings.concurrency)
        self._threads = threading.local()
        self._sessions: list[requests.Session] = []
        self._lock = threading.RLock()  # close() may come from a signal handler while this very thread holds it
        self._closed = threading.Event()
        self._answered_at = float("-inf")
        self.before_unpacking: Callable[[], None] = lambda: None
        if not settings.verify_ssl:
            LOGGER.warning("verify_ssl is false: anybody on the way to %s can read and change data.", settings.base_url)
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # said above, once

    def allowed(self) -> int:
        """Return the number of requests that may be in flight now."""
        return self._throttle.allowed()

    def close(self) -> None:
        """End the waiting of other threads with a RemoteError, and close every connection."""
        self._closed.set()
        with self._lock:
            for session in self._sessions:
                session.close()

    def ask(
        self,
        endpoint: str,
        *,
        parameters: Sequence[tuple[str, str]] = (),
        form: Mapping[str, str] | None = None,
        token: str | None = None,
        lacks: Callable[[Any], str | None] = lambda _: None,
    ) -> Answer:
        """Return the answer to GET, or to POST where there is a `form`: a decoded 200, or a 4xx that stays one.

        `lacks` tells what a decoded body lacks; such a body counts as broken. RemoteError when every try failed;
        ConfigError where an unknown host, its certificate or a redirect shows that the settings are wrong.
        """
        request = requests.Request(
            method="GET" if form is None else "POST",
            url=f"{self._base_url}/api/v6/{quote(endpoint)}.json",
            headers={"User-Agent": self._settings.user_agent, "Accept": "application/json"},
            params=list(parameters),
            data=dict(form or {}),
            auth=_Token(token),
        )
        label = " ".join([request.method, endpoint, *(f"{n}={v}" for n, v in parameters if n in {"skip", "take"})])
        delays = waits(self._patience)
        next(delays)
        begun = time.monotonic()
        self._threads.waited = 0.0
        for attempt in itertools.count(1):
            answer, decision = self._attempt(request, label, lacks)
            if decision.act is not Act.RETRY:
                break
            wait = None if attempt >= self._patience.tries else delays.send(decision.wait)
            # Time in which a good body waited to be unpacked is none that the instance wasted.
            if wait is None or time.monotonic() - self._threads.waited + wait > begun + self._patience.seconds:
                tries = f"{attempt} tries" if attempt > 1 else "one try"
                # Where no request of any thread got an answer meanwhile, no other stream will fare better.
                kind = RemoteError if self._answered_at > begun else UnreachableError
                raise kind(f"{label}: {self._base_url} gave no usable answer in {tries}: {decision.reason}")
            if not self._closed.is_set():  # Else nothing is tried again, and the run has had its last word.
                LOGGER.warning("%s: %s. Trying again in %.1f s.", label, decision.reason, wait)
            self._rest(wait, label)
        if answer is None or decision.act is Act.REDIRECTED:
            raise self._settings_at_fault(decision, answer)
        answer.attempts = attempt
        return answer

    def _attempt(
        self, request: requests.Request, label: str, lacks: Callable[[Any], str | None]
    ) -> tuple[Answer | None, Decision]:
        """Send `request` once; return its answer, None where none came, and what to do."""
        try:
            with self._throttle.in_flight(self._closed):
                # Only now: moments that were handed out before the wait would have passed together.
                self._rest(self._pace.reserve(), label)
                sent = time.monotonic()
                answer = self._answer(request, sent)
            self._answered_at = answered = time.monotonic()
            # A Retry-After date is meant by the server's clock, which need not agree with this machine's.
            decision = decide(answer.status, None, answer.headers, answer.date or answer.read_at)
            if decision.act is Act.ACCEPT:
                self._throttle.answered(_kind(request, answer), sent, answered - sent)
                # Whole threads may be waiting for a login, or for whether anything is there at all.
                if request.method == "GET" and len(answer.body) > _SHORT:
                    self.before_unpacking()
                self._threads.waited += time.monotonic() - answered
                _decode(answer, lacks)
            elif decision.act is Act.RETRY and (words := server_words(answer.body)):
                decision = replace(decision, reason=f"{decision.reason}: {words}")
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, Broken) as failure:
            answer = None
            decision = decide(None, failure, {}, datetime.now(timezone.utc), reached=self._answered_at > 0)
            if decision.act is Act.RAISE:
                raise
        if answer is not None and answer.status == requests.codes.too_many_requests:
            self._throttle.refused(sent)
            self._pace.hold(decision.wait or 0.0)
        LOGGER.debug("%s: %s, %.3f s", label, decision.reason, time.monotonic() - sent)
        return answer, decision

    def _answer(self, request: requests.Request, sent: float) -> Answer:
        """Send `request` and read its body, at most until the time for a request is over."""
        session = self._session()
        prepared = session.prepare_request(request)
        # Given with the request, since the environment's REQUESTS_CA_BUNDLE overrides what a session says.
        options = session.merge_environment_settings(prepared.url, {}, True, self._verify, None)
        timeout = (CONNECT_SECONDS, self._settings.request_timeout)
        with session.send(prepared, timeout=timeout, allow_redirects=False, **options) as response:
            body = bytearray()
            while piece := response.raw.read1(_PIECE, decode_content=True):
                body += piece
                if time.monotonic() - sent > self._settings.request_timeout:
                    raise Broken(f"the answer was not complete in {self._settings.request_timeout:g} s")
        return Answer(response.status_code, response.headers, body, datetime.now(timezone.utc))

    def _session(self) -> requests.Session:
        """Return the session of this thread."""
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = self._threads.session = _Session()
            # Newer servers set cookies that carry tokens of their own; the header is the only one we send.
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            with self._lock:
                self._sessions.append(session)
        return session

    def _rest(self, seconds: float, label: str) -> None:
        """Wait; RemoteError if the exchange is closed meanwhile."""
        if self._closed.wait(seconds):
            raise RemoteError(f"{label}: the client was closed")

    def _settings_at_fault(self, decision: Decision, answer: Answer | None) -> ConfigError:
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


def _kind(request: requests.Request, answer: Answer) -> tuple[str, str | None, int]:
    """Return what answers that should take equally long have in common: the list, the rows asked for, and the size."""
    return request.url, dict(request.params).get("take"), len(answer.body).bit_length()


def _decode(answer: Answer, lacks: Callable[[Any], str | None]) -> None:
    """Put the decoded body into the answer; Broken if it is not JSON or lacks something."""
    try:
        answer.document, answer.repaired = decode(answer.body)
    except ValueError as error:
        kind = answer.headers.get("Content-Type", "no content type")
        raise Broken(f"HTTP 200 whose body is not JSON ({kind}, {len(answer.body)} bytes)") from error
    if missing := lacks(answer.document):
        raise Broken(f"HTTP 200 without {missing}")
