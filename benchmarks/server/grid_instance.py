"""Millions of rows without any that are stored: rows of the sandbox as forms to fill in, for an even grid of time."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from benchmarks import ENDPOINT, TOKEN
from benchmarks.server import MIDNIGHT, NOW_TEXT, grid
from benchmarks.server.answers import Answer
from tap_daktela.sandbox.api import list_request
from tap_daktela.sandbox.api.projection import Projector
from tap_daktela.sandbox.api.rendering import RowRenderer
from tap_daktela.sandbox.api.replies import encode_json
from tap_daktela.sandbox.options import SandboxOptions
from tap_daktela.sandbox.storage.tables import TABLES
from tap_daktela.sandbox.world.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tap_daktela.sandbox.storage.tables import Row

_FORMS = 1000


class Forms:
    """Activities of the sandbox with gaps for what is different in every row, by the fields that are asked for."""

    def __init__(self) -> None:
        options = SandboxOptions(rows=_FORMS + 200, days=60, now=MIDNIGHT.isoformat(), freeze=True)
        store = World(options).store
        self._table = TABLES[ENDPOINT]
        self._renderer = RowRenderer(store, options)
        self._projector = Projector(store, options, self._renderer)
        self._samples = [row for row in store[ENDPOINT] if _is_storable(self._whole(row))][:_FORMS]
        self._made: dict[tuple[str, ...], list[bytes]] = {}

    def of(self, fields: tuple[str, ...]) -> list[bytes]:
        """Return forms with these fields only, or with all if there are none."""
        if fields not in self._made:
            render: Callable[[Row], dict[str, Any]]
            render = self._projector.compile(self._table, fields) if fields else self._whole
            self._made[fields] = [_form(render(row)) for row in self._samples]
        return self._made[fields]

    def _whole(self, row: Row) -> dict[str, Any]:
        return self._renderer.whole_row(self._table, row)


class GridInstance:
    """An instance with so many activities in so many days, and nothing else."""

    def __init__(self, rows: int, days: int, forms: Forms) -> None:
        self._rows = grid.Grid(rows, days)
        self._size = rows
        self._forms = forms

    def answer(self, target: str) -> Answer:
        """Return the answer to a request. HTTP 400 if it asks for what is not served."""
        try:
            return self._answer(target)
        except list_request.BadRequestError as error:
            return Answer(HTTPStatus.BAD_REQUEST, encode_json({"error": [str(error)], "result": None}))

    def sizes(self) -> dict[str, int]:
        """Return how many rows each endpoint has."""
        return {ENDPOINT: self._size}

    def _answer(self, target: str) -> Answer:
        url = urlsplit(target)
        name = url.path.rpartition("/")[2].removesuffix(".json")
        if name == "login":
            return _envelope(encode_json(TOKEN))
        if name == "whoim":
            return _envelope(encode_json({"user": {"name": "benchmark"}, "version": "6.30.0"}))
        request = list_request.parse(url.query)
        if name != ENDPOINT or not _is_known(request.sort):
            return _list([], 0, 0)
        found = self._rows.ranges(request.filter)
        forms = self._forms.of(request.fields)
        numbers = grid.cut(found, request.skip, request.take)
        data = [forms[number % len(forms)] % self._rows.values(number) for number in numbers]
        return _list(data, sum(high - low for low, high in found), request.skip)


def _form(row: dict[str, Any]) -> bytes:
    """Return an encoded row with gaps: %(time)b and so on, and %(name)b."""
    gaps = {field: f"\ue000{field}\ue001" for field in ("name", *grid.DELAYS) if field in row}
    text = encode_json({**row, **gaps}).replace(b"%", b"%%")
    return text.replace(b"\\ue000", b"%(").replace(b"\\ue001", b")b")


def _is_storable(row: dict[str, Any]) -> bool:
    body = encode_json(row)
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return rb"\u0000" not in body


def _is_known(sort: Iterable[tuple[str, bool]]) -> bool:
    """Tell whether rows can be sorted so; Daktela answers an order that it does not know with no rows."""
    if any(descending for _, descending in sort):
        raise list_request.BadRequestError("the benchmark's server sorts upwards only")
    return all(field in {"name", *grid.DELAYS} for field, _ in sort)


def _list(data: list[bytes], total: int, skipped: int) -> Answer:
    return _envelope(b'{"data":[' + b",".join(data) + b'],"total":%d}' % total, skipped)


def _envelope(result: bytes, skipped: int = 0) -> Answer:
    now = NOW_TEXT.encode()
    clock = b'"_time":"%b","_serverTime":"%b","_timezone":"Europe\\/Prague"' % (now, now)
    return Answer(HTTPStatus.OK, b'{"error":[],"result":' + result + b"," + clock + b"}", skipped)
