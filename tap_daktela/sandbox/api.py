"""The Daktela V6 API: from a path and a query to an answer. Knows no sockets."""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from tap_daktela.sandbox import grammar
from tap_daktela.sandbox.answers import PAGE, Answer, encoded, envelope
from tap_daktela.sandbox.churn import churn, keep_hot
from tap_daktela.sandbox.clock import off
from tap_daktela.sandbox.embedding import Renderer
from tap_daktela.sandbox.grammar import BadRequestError, Request
from tap_daktela.sandbox.logins import Login, Tokens
from tap_daktela.sandbox.pages import Pages
from tap_daktela.sandbox.projection import Projector
from tap_daktela.sandbox.selection import Selector
from tap_daktela.sandbox.tables import CHILDREN, LISTS, TABLES, Kind, Row, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_daktela.sandbox.faults import FaultPlan
    from tap_daktela.sandbox.options import Options
    from tap_daktela.sandbox.world import World

VERSION = "6.30.0"
_FORBIDDEN = frozenset({"sipDevices"})
_NOT_LISTED = frozenset({"activitiesFbComment", "activitiesIgComment"})


@dataclass(frozen=True)
class Call:
    """One API request: the path below `/api/v6` as unquoted segments, and what came with it."""

    method: str
    segments: list[str]
    query: str = ""
    token: str = ""
    body: bytes = b""
    content_type: str = ""


class Api:
    """Answers API requests from one world."""

    def __init__(self, world: World, options: Options, plan: FaultPlan) -> None:
        self.world = world
        self.options = options
        self.plan = plan
        self.tokens = Tokens(world.credentials, world.clock)
        self._dice = random.Random(options.seed)
        self._pages = Pages()
        self._selector = Selector(world.store, self._dice)

    def told(self) -> float:
        """Seconds since the epoch that this server says it is: its clock, off from some request on."""
        return self.world.clock.now() + off(self.options.clock_jump, self.plan.count)

    def answer(self, call: Call) -> Answer:
        """The answer to a request; the grammar's errors become HTTP 400."""
        try:
            return self._routed(call)
        except BadRequestError as error:
            return self._envelope(None, error=[str(error)], status=400)

    def _routed(self, call: Call) -> Answer:
        name = call.segments[0] if call.segments else ""
        if name == "login":
            return self._login(call)
        if name == "whoim" and not call.token:
            return self._envelope({"user": None, "version": VERSION})
        if not self.tokens.valid(call.token):
            return Answer(401)
        if call.method != "GET":
            return Answer(405)
        return self._whoim(call) if name == "whoim" else self._denied(name) or self._read_from(name, call)

    def _read_from(self, name: str, call: Call) -> Answer:
        table = TABLES.get("activitiesWeb" if name == "activitiesChat" else name)
        return self._read(table, call) if table and self._serves(table, name) else Answer(404)

    def _serves(self, table: Table, name: str) -> bool:
        served = "activitiesChat" if self.options.old_server and table.name == "activitiesWeb" else table.name
        return table.listed and table.name not in _NOT_LISTED and name == served

    def _denied(self, name: str) -> Answer | None:
        statuses = dict(one.split("=", 1) for one in self.options.deny)
        status = int(statuses.get(name, 403 if name in _FORBIDDEN else 0))
        if status == HTTPStatus.BAD_REQUEST:
            return self._envelope(None, error=["Požadavek nelze zpracovat"], status=400)
        return Answer(status) if status else None

    def _read(self, table: Table, call: Call) -> Answer:
        _, *rest = call.segments
        request = grammar.parse(call.query)
        time.sleep(self.options.skip_cost_us * request.skip / 1e6 if len(rest) != 1 else 0)
        with self.world.store.lock:
            keep_hot(self.world, self.options)
            if not rest:
                churn(self.world, table, self.options, self._dice)
                return self._list(table, request, None)
            row = self.world.store[table.name].find(rest[0])
            if row is None:
                return Answer(404)
            return self._children(table, row, rest[1:], request) if rest[1:] else self._single(table, row, request)

    def _single(self, table: Table, row: Row, request: Request) -> Answer:
        result = self._rendering(table, request)(row)
        if table.name == "tickets" and not request.fields:
            result["_access"] = True
        return self._envelope(result, rows=1)

    def _children(self, table: Table, row: Row, below: list[str], request: Request) -> Answer:
        """Daktela V6 API: relation lists look like lists."""
        relation = "/".join(below)
        child = CHILDREN.get((table.name, relation))
        if child is not None:
            target, column = child
            rows = [one for one in self.world.store[target] if one.get(column) == row[table.key]]
            return self._list(TABLES[target], request, rows)
        held = table.columns.get(LISTS.get((table.name, relation), relation))
        if held is None or held.kind is not Kind.RELATIONS:
            return Answer(404)
        stored = self.world.store[held.target].by_key
        rows = [stored[key] for key in row.get(held.name, ()) if key in stored]
        return self._list(TABLES[held.target], request, rows)

    def _list(self, table: Table, request: Request, candidates: list[Row] | None) -> Answer:
        rows = self._selector.select(table, request, self.options, candidates)
        start = 0 if self.options.ignore_skip else request.skip
        served = rows[start : start + self._served(request.take)]
        question = (table.name, self.options, request.fields, tuple(map(id, served)))
        page = self._pages.get(self.world.store.version, question, lambda: self._page(table, request, served))
        result = {"data": PAGE, **self._total(len(rows), len(served), request)}
        return self._envelope(result, rows=len(served), data=page)

    def _page(self, table: Table, request: Request, served: list[Row]) -> bytes:
        render = self._rendering(table, request)
        data = [render(row) for row in served]
        if not self.options.data_object:
            return encoded(data)
        return encoded({str(row[table.key]): one for row, one in zip(served, data, strict=True)})

    def _served(self, take: int) -> int:
        if self.options.serve_at_most:
            take = min(take, self.options.serve_at_most)
        return self._dice.randint(1, take) if self.options.serve_ragged and take > 1 else take

    def _total(self, total: int, served: int, request: Request) -> dict[str, Any]:
        shape = self.options.total
        if not request.total or shape == "absent":
            return {}
        fixed = {"number": total, "text": str(total), "null": None, "own": served}
        return {"total": fixed[shape] if shape in fixed else max(total + int(shape), 0)}

    def _rendering(self, table: Table, request: Request) -> Callable[[Row], dict[str, Any]]:
        renderer = Renderer(self.world.store, self.options)
        if not request.fields or self.options.ignore_fields:
            return lambda row: renderer.full(table, row)
        return Projector(self.world.store, self.options, renderer).compiled(table, request.fields)

    def _envelope(self, result: Any, *, error: Any = (), status: int = 200, rows: int = 0, data: bytes = b"") -> Answer:
        old = self.options.old_server
        clock, now = self.world.clock, self.told() + self.options.time_skew
        return envelope(clock, now, result, error=error, status=status, rows=rows, old=old, data=data)

    def _user(self, token: str) -> dict[str, Any]:
        """The technical user; Daktela V6 API: whoim shows the token in `_sys.accessToken`."""
        table = TABLES["users"]
        row = self.world.store["users"].by_key.get(self.world.credentials.username)
        user = Renderer(self.world.store, self.options).full(table, row) if row else {}
        return {**user, "_sys": {"model": "users", "hash": None, "accessToken": token}}

    def _whoim(self, call: Call) -> Answer:
        with self.world.store.lock:
            return self._envelope({"user": self._user(call.token), "version": VERSION})

    def _login(self, call: Call) -> Answer:
        given = self._login_parameters(call)
        seconds = self.options.token_seconds
        if call.method == "POST":
            login = self.tokens.login(str(given.get("username")), str(given.get("password")), seconds)
        elif call.method == "PUT":
            login = self.tokens.refresh(str(given.get("refreshToken")), seconds)
        else:
            return Answer(405)
        if login is None:
            return Answer(401)
        only_token = str(given.get("only_token", "")) in {"1", "true", "True"}
        return self._envelope(self._login_result(login, only_token=only_token))

    def _login_parameters(self, call: Call) -> dict[str, Any]:
        """The query's parameters and the body's, which may be a form or JSON."""
        given: dict[str, Any] = dict(parse_qsl(call.query, keep_blank_values=True))
        if "json" not in call.content_type:
            return given | dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
        try:
            body = json.loads(call.body or b"{}")
        except ValueError:
            raise BadRequestError("Tělo požadavku není JSON") from None
        return given | body if isinstance(body, dict) else given

    def _login_result(self, login: Login, *, only_token: bool) -> Any:
        if only_token and self.options.login_shape == "string":
            return login.access_token
        result = {
            "refreshToken": login.refresh_token,
            "accessTokenExpirationDate": self.world.clock.text(login.expires),
            "user": self._user(login.access_token),
        }
        if self.options.login_shape == "sys":
            return {**result, "_sys": {"accessToken": login.access_token}}
        return {"accessToken": login.access_token, **result}
