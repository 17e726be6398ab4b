"""The Daktela V6 API: from a request to a reply. Knows no sockets."""

import random
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from tap_daktela.sandbox.api import list_request
from tap_daktela.sandbox.api.churn import change_rows, edit_hot_row
from tap_daktela.sandbox.api.list_request import BadRequestError, ListRequest
from tap_daktela.sandbox.api.logins import IssuedTokens, TokenIssuer
from tap_daktela.sandbox.api.page_cache import PageCache
from tap_daktela.sandbox.api.projection import Projector
from tap_daktela.sandbox.api.rendering import RowRenderer
from tap_daktela.sandbox.api.replies import PAGE, Reply, api_reply, encode_json
from tap_daktela.sandbox.api.requests import ApiRequest, RequestCounter
from tap_daktela.sandbox.api.selection import RowSelector
from tap_daktela.sandbox.clock import jump_at
from tap_daktela.sandbox.options import SandboxOptions
from tap_daktela.sandbox.storage.tables import CHILDREN, LISTS, TABLES, ColumnType, Row, SandboxTable
from tap_daktela.sandbox.world.world import World

VERSION = "6.30.0"
_FORBIDDEN = frozenset({"sipDevices"})
_NOT_LISTED = frozenset({"activitiesFbComment", "activitiesIgComment"})


class SandboxApi:
    """Answers API requests from one world. `options` can be changed at any time."""

    def __init__(self, world: World, options: SandboxOptions) -> None:
        self.world = world
        self.options = options
        self.tokens = TokenIssuer(world.credentials, world.clock)
        self.counter = RequestCounter()
        self._rng = random.Random(options.seed)
        self._pages = PageCache()
        self._selector = RowSelector(world.store, self._rng)

    def now(self) -> float:
        """The time that this server shows, in seconds since the epoch: its clock, with the jumps of `--clock-jump`."""
        return self.world.clock.now() + jump_at(self.options.clock_jump, self.counter.count)

    def reply(self, request: ApiRequest) -> Reply:
        """The right reply to a request. A malformed one gets HTTP 400."""
        try:
            return self._route(request)
        except BadRequestError as error:
            return self._envelope(None, error=[str(error)], status=400)

    def _route(self, request: ApiRequest) -> Reply:
        name = request.segments[0] if request.segments else ""
        if name == "login":
            return self._login(request)
        if name == "whoim" and not request.token:
            return self._envelope({"user": None, "version": VERSION})
        if not self.tokens.valid(request.token):
            return Reply(401)
        if request.method != "GET":
            return Reply(405)
        return self._whoim(request) if name == "whoim" else self._denied(name) or self._endpoint(name, request)

    def _endpoint(self, name: str, request: ApiRequest) -> Reply:
        table = TABLES.get("activitiesWeb" if name == "activitiesChat" else name)
        return self._read(table, request) if table and self._serves(table, name) else Reply(404)

    def _serves(self, table: SandboxTable, name: str) -> bool:
        served = "activitiesChat" if self.options.old_server and table.name == "activitiesWeb" else table.name
        return table.listed and table.name not in _NOT_LISTED and name == served

    def _denied(self, name: str) -> Reply | None:
        statuses = dict(one.split("=", 1) for one in self.options.deny)
        status = int(statuses.get(name, 403 if name in _FORBIDDEN else 0))
        if status == HTTPStatus.BAD_REQUEST:
            return self._envelope(None, error=["Požadavek nelze zpracovat"], status=400)
        return Reply(status) if status else None

    def _read(self, table: SandboxTable, request: ApiRequest) -> Reply:
        """One row, the list of a table, or a relation list of a row, by the number of segments."""
        _, *rest = request.segments
        asked = list_request.parse(request.query)
        time.sleep(self.options.skip_cost_us * asked.skip / 1e6 if len(rest) != 1 else 0)
        with self.world.store.lock:
            edit_hot_row(self.world, self.options)
            if not rest:
                change_rows(self.world, table, self.options, self._rng)
                return self._list(table, asked, None)
            row = self.world.store[table.name].find(rest[0])
            if row is None:
                return Reply(404)
            return self._relation(table, row, rest[1:], asked) if rest[1:] else self._single(table, row, asked)

    def _single(self, table: SandboxTable, row: Row, asked: ListRequest) -> Reply:
        result = self._renderer(table, asked)(row)
        if table.name == "tickets" and not asked.fields:
            result["_access"] = True
        return self._envelope(result, rows=1)

    def _relation(self, table: SandboxTable, row: Row, below: list[str], asked: ListRequest) -> Reply:
        """The list of a relation. Daktela V6 API: it looks like the list of an endpoint."""
        relation = "/".join(below)
        child = CHILDREN.get((table.name, relation))
        if child is not None:
            target, column = child
            rows = [one for one in self.world.store[target] if one.get(column) == row[table.key]]
            return self._list(TABLES[target], asked, rows)
        held = table.columns.get(LISTS.get((table.name, relation), relation))
        if held is None or held.type is not ColumnType.RELATIONS:
            return Reply(404)
        stored = self.world.store[held.target].by_key
        rows = [stored[key] for key in row.get(held.name, ()) if key in stored]
        return self._list(TABLES[held.target], asked, rows)

    def _list(self, table: SandboxTable, asked: ListRequest, candidates: list[Row] | None) -> Reply:
        rows = self._selector.select(table, asked, self.options, candidates)
        start = 0 if self.options.ignore_skip else asked.skip
        served = rows[start : start + self._served(asked.take)]
        key = (table.name, self.options, asked.fields, tuple(map(id, served)))
        page = self._pages.get(self.world.store.version, key, lambda: self._page(table, asked, served))
        result = {"data": PAGE, **self._total(len(rows), len(served), asked)}
        return self._envelope(result, rows=len(served), page=page)

    def _page(self, table: SandboxTable, asked: ListRequest, served: list[Row]) -> bytes:
        render = self._renderer(table, asked)
        data = [render(row) for row in served]
        if not self.options.data_object:
            return encode_json(data)
        return encode_json({str(row[table.key]): one for row, one in zip(served, data, strict=True)})

    def _served(self, take: int) -> int:
        if self.options.serve_at_most:
            take = min(take, self.options.serve_at_most)
        return self._rng.randint(1, take) if self.options.serve_ragged and take > 1 else take

    def _total(self, total: int, served: int, asked: ListRequest) -> dict[str, Any]:
        shape = self.options.total
        if not asked.total or shape == "absent":
            return {}
        fixed = {"number": total, "text": str(total), "null": None, "own": served}
        return {"total": fixed[shape] if shape in fixed else max(total + int(shape), 0)}

    def _renderer(self, table: SandboxTable, asked: ListRequest) -> Callable[[Row], dict[str, Any]]:
        renderer = RowRenderer(self.world.store, self.options)
        if not asked.fields or self.options.ignore_fields:
            return lambda row: renderer.whole_row(table, row)
        return Projector(self.world.store, self.options, renderer).compile(table, asked.fields)

    def _envelope(self, result: Any, *, error: Any = (), status: int = 200, rows: int = 0, page: bytes = b"") -> Reply:
        shown, old = self.now() + self.options.time_skew, self.options.old_server
        return api_reply(
            self.world.clock, shown, result, error=error, status=status, rows=rows, old_server=old, page=page
        )

    def _user(self, token: str) -> dict[str, Any]:
        """The technical user. Daktela V6 API: whoim shows the token in `_sys.accessToken`."""
        table = TABLES["users"]
        row = self.world.store["users"].by_key.get(self.world.credentials.username)
        user = RowRenderer(self.world.store, self.options).whole_row(table, row) if row else {}
        return {**user, "_sys": {"model": "users", "hash": None, "accessToken": token}}

    def _whoim(self, request: ApiRequest) -> Reply:
        with self.world.store.lock:
            return self._envelope({"user": self._user(request.token), "version": VERSION})

    def _login(self, request: ApiRequest) -> Reply:
        given = request.parameters()
        seconds = self.options.token_seconds
        if request.method == "POST":
            login = self.tokens.login(str(given.get("username")), str(given.get("password")), seconds)
        elif request.method == "PUT":
            login = self.tokens.refresh(str(given.get("refreshToken")), seconds)
        else:
            return Reply(405)
        if login is None:
            return Reply(401)
        only_token = str(given.get("only_token", "")) in {"1", "true", "True"}
        return self._envelope(self._login_result(login, only_token=only_token))

    def _login_result(self, login: IssuedTokens, *, only_token: bool) -> Any:
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
