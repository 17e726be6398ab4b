"""A whole instance of Daktela in memory: it answers requests, its rows change, and it knows what it did wrong."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from tap_daktela.catalog.streams import STREAMS
from tests.simulation.model.answers import Answer, Answers
from tests.simulation.model.clock import VirtualClock, reading
from tests.simulation.model.lists import List
from tests.simulation.model.query import BadQueryError, Query, parse
from tests.simulation.model.server_clock import ServerClock
from tests.simulation.model.tables import Table

if TYPE_CHECKING:
    import requests

    from tests.simulation.cases.oddities import Oddities

__all__ = ["PASSWORD", "TOKEN", "USERNAME", "AskedRequest", "Instance"]

USERNAME, PASSWORD, TOKEN = "robot", "password-of-the-simulation", "token-of-the-simulation"

_WHOLE = ("empty", "half", "partial", "error", "error empty", "broken")
"""Faults of lists only."""


_BETWEEN_EMPTY = 20
"""Requests of a list between two answers that are empty by fault."""


class AskedRequest(NamedTuple):
    """One request and what became of it: `status` 0 is no answer, `rows` are those sent."""

    run: int
    number: int
    endpoint: str
    query: Query | None
    status: int
    rows: int
    fault: str | None


class Instance:
    """Answers requests as `oddities` say. The same oddities, seed and requests give the same answers.

    `asked` lists the requests, `applied` counts the oddities that took effect. `run` is the number of the run, from 1.
    """

    def __init__(self, oddities: Oddities, seed: int, clock: VirtualClock) -> None:
        self.oddities = oddities
        self.clock = clock
        self.run = 1
        self.asked: list[AskedRequest] = []
        self.applied: Counter[str] = Counter()
        self._seed = seed
        self._dice = self._new_dice("requests")
        self._server_clock = ServerClock(oddities, clock, self.applied)
        self._born = self._server_clock.now
        self._answers = Answers(oddities, self._server_clock, self.applied)
        self._lists: dict[str, List] = {}
        self._number = 0
        self._logins = 0
        self._since_empty: defaultdict[str, int] = defaultdict(lambda: _BETWEEN_EMPTY)
        uses = oddities.token_requests
        self._uses = float("inf") if uses is None else uses
        self._tokens: dict[str, float] = {TOKEN: self._uses} if oddities.login == "token" else {}
        old = oddities.names == "old"
        self._streams = {(*stream.aliases, stream.endpoint)[0 if old else -1]: stream for stream in STREAMS}

    @property
    def touched(self) -> dict[str, set[int]]:
        """The ids of rows that changed during this run, by endpoint."""
        return {name: one.table.touched for name, one in self._lists.items()}

    def table(self, endpoint: str) -> Table:
        """Return the rows of an endpoint, called by its newest name."""
        return self._list(endpoint).table

    def begin_run(self, gap: float = 3600.0, changes: int = 8) -> None:
        """Begin the next run `gap` seconds after the last request, in which each list had so many `changes`.

        Nothing counts as touched: a reader may expect to find what changed before the run.
        """
        self.run, self._number = self.run + 1, 0
        self._server_clock.at(self.run, 0)
        begin = self._server_clock.now
        self.clock.advance(gap)
        hot = any(churn.kind == "hot" for churn in self.oddities.churn)
        for one in self._lists.values():
            moments = sorted(self._dice.uniform(0, gap) for _ in range(changes))
            for moment in moments:
                kind = self._dice.choice(("edit", "edit", "insert", "insert", "delete"))
                one.table.change(kind, begin + timedelta(seconds=moment), self.run)
            if hot:
                one.table.change("hot", begin + timedelta(seconds=gap), self.run)
            one.table.touched.clear()
        self._tokens = {TOKEN: self._uses} if self.oddities.login == "token" else {}

    def answer(self, request: requests.Request, seconds: float) -> Answer:
        """Return the answer to `request`, or raise what requests raises: a timeout comes after so many `seconds`."""
        self._number += 1
        self._server_clock.at(self.run, self._number)
        endpoint = urlsplit(request.url).path.removeprefix("/api/v6/").removesuffix(".json")
        fault = self._fault()
        latency = self.oddities.latency * self._dice.uniform(0.2, 2.0)
        if latency > seconds:
            fault = "silence"
            self.applied["latency"] += 1
        self.clock.advance(seconds if fault == "silence" else latency)
        rows, query, status = 0, None, 0
        try:
            answer = None if fault is None else self._answers.fault(fault)
            if answer is None:
                answer, rows, query = self._respond(endpoint, request, fault)
            status = answer[0]
        finally:
            if fault and (fault not in _WHOLE or (query is not None and status == 200)):
                self.applied[f"faults: {fault}"] += 1
            self.asked.append(AskedRequest(self.run, self._number, endpoint, query, status, rows, fault))
        return answer

    def _fault(self) -> str | None:
        """Return the kind of fault that the answer is, if any."""
        here = (self._number, self.run)
        hits = [
            fault.kind
            for fault in self.oddities.faults
            if (fault.request, fault.run) == here or (fault.rate and self._dice.random() < fault.rate)
        ]
        return hits[0] if hits else None

    def _respond(self, endpoint: str, request: requests.Request, fault: str | None) -> tuple[Answer, int, Query | None]:
        """Return the answer, the number of rows that it has, and the query."""
        if endpoint == "login":
            return self._login(request), 0, None
        known = self._accepts(getattr(request.auth, "text", None))
        if endpoint == "whoim":
            user = (
                {"name": USERNAME, "title": "Robot", "_sys": {"accessToken": "secret-of-the-user"}} if known else None
            )
            return self._answers.result({"user": user, "version": "2025.2"}), 0, None
        if not known:
            self.applied["token_requests"] += self.oddities.token_requests is not None
            return self._answers.nothing(401), 0, None
        return self._read(endpoint, request, fault)

    def _read(self, endpoint: str, request: requests.Request, fault: str | None) -> tuple[Answer, int, Query | None]:
        """Return a page of a list, the number of its rows, and the query."""
        for name, endpoints, status in (("denied", self.oddities.denied, 403), ("hidden", self.oddities.hidden, 404)):
            if endpoint in endpoints:
                self.applied[name] += 1
                return self._answers.nothing(status), 0, None
        stream = self._streams.get(endpoint)
        if stream is None:
            self.applied["names: old"] += self.oddities.names == "old"
            return self._answers.nothing(404), 0, None
        try:
            query = parse(request.params)
            self._churn(stream.endpoint)
            asked = self._list(stream.endpoint)
            rows, total = asked.page(query)
        except BadQueryError as error:
            return self._answers.result(None, error=[str(error)], status=400), 0, None
        fault = self._spared(stream.endpoint, fault, hides_rows=asked.hides_rows)
        return self._answers.page(rows, total, fault), len(rows), query

    def _spared(self, endpoint: str, fault: str | None, *, hides_rows: bool) -> str | None:
        """Return the fault, unless it would empty an answer soon after another one of the same list.

        Such is also one that `hides_rows`, because the instance cannot sort by what is asked for. Two empty answers in
        a row to one question cannot be told from an empty list by anybody.
        """
        self._since_empty[endpoint] += 1
        if hides_rows:
            self._since_empty[endpoint] = 0
        if fault == "empty":
            if self._since_empty[endpoint] <= _BETWEEN_EMPTY:
                return None
            self._since_empty[endpoint] = 0
        return fault

    def _churn(self, endpoint: str) -> None:
        """Let rows of the list that is asked for change before it answers."""
        table = self.table(endpoint)
        for churn in self.oddities.churn:
            if self._dice.random() < churn.rate and table.change(churn.kind, self._server_clock.now, self.run):
                self.applied[f"churn: {churn.kind}"] += 1

    def _accepts(self, token: str | None) -> bool:
        """Tell whether the server knows the token, which may end with this use of it."""
        if token is None or self._tokens.get(token, 0) <= 0:
            return False
        self._tokens[token] -= 1
        return True

    def _login(self, request: requests.Request) -> Answer:
        """Return a new token in one of the forms that servers have, or a refusal."""
        form = request.data if isinstance(request.data, dict) else {}
        if (form.get("username"), form.get("password")) != (USERNAME, PASSWORD):
            return self._answers.result(None, error=["Wrong username or password"], status=400)
        self._logins += 1
        token = f"token-of-login-{self._logins}"
        self._tokens[token] = self._uses
        until = reading(self._server_clock.now + timedelta(hours=1), ZoneInfo(self.oddities.zone))
        forms = {
            "text": token,
            "object": {"accessToken": token, "refreshToken": "x", "accessTokenExpirationDate": until},
            "inner": {"_sys": {"accessToken": token}},
        }
        return self._answers.result(forms[self.oddities.login_result])

    def _list(self, endpoint: str) -> List:
        """Return a list of the instance, which is made when it is first looked at, as it was in the beginning."""
        if endpoint not in self._lists:
            stream = next(stream for stream in self._streams.values() if stream.endpoint == endpoint)
            table = Table(stream, self.oddities, self._new_dice(f"rows of {endpoint}"), self._born)
            self._lists[endpoint] = List(table, self.oddities, self._new_dice(f"list of {endpoint}"), self.applied)
        return self._lists[endpoint]

    def _new_dice(self, purpose: str) -> random.Random:
        return random.Random(f"{self._seed} {purpose}")  # noqa: S311 - the same instance for the same seed
