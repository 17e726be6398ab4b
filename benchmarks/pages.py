"""Answers of the benchmark's Daktela, encoded beforehand: rows as forms to fill in, pages kept for the next time."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from benchmarks import ENDPOINT, NOW, TOKEN, grid
from tap_daktela.sandbox import grammar
from tap_daktela.sandbox.answers import encoded
from tap_daktela.sandbox.embedding import Renderer
from tap_daktela.sandbox.options import Options
from tap_daktela.sandbox.projection import Projector
from tap_daktela.sandbox.tables import TABLES
from tap_daktela.sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable

_FORMS = 1000
_KEPT_BYTES = 2**30


class Page:
    """A body, plain or compressed, with the number of rows that the database had to skip for it."""

    def __init__(self, body: bytes, skipped: int) -> None:
        self.body = body
        self.skipped = skipped
        self._compressed = b""

    @property
    def compressed(self) -> bytes:
        """The body as a web server compresses it on the fly."""
        if not self._compressed:
            self._compressed = gzip.compress(self.body, 5)
        return self._compressed


class Pages:
    """Answers to the targets of requests, for grids of any size."""

    def __init__(self) -> None:
        options = Options(rows=_FORMS + 200, days=60, now=NOW.isoformat(), freeze=True)
        self._world = World(options)
        self._renderer = Renderer(self._world.store, options)
        self._projector = Projector(self._world.store, options, self._renderer)
        # Characters that no target can store would send every page through the slow decoder, which is another question.
        rows = self._world.store[ENDPOINT].by_key.values()
        self._samples = [row for row in rows if _is_storable(self._renderer.full(TABLES[ENDPOINT], row))][:_FORMS]
        self._forms: dict[tuple[str, ...], list[bytes]] = {}
        self._kept: dict[tuple[grid.Grid, str], Page] = {}
        self._size = 0

    def answer(self, rows: grid.Grid, target: str) -> Page:
        """Return the answer to a request. `grammar.BadRequestError` if it asks for what is not served."""
        key = rows, target
        page = self._kept.get(key)
        if page is None:
            page = self._made(rows, target)
            if self._size < _KEPT_BYTES:
                self._kept[key] = page
                self._size += len(page.body)
        return page

    def _made(self, rows: grid.Grid, target: str) -> Page:
        url = urlsplit(target)
        name = url.path.rpartition("/")[2].removesuffix(".json")
        if name == "login":
            return Page(_envelope(encoded(TOKEN)), 0)
        if name == "whoim":
            return Page(_envelope(encoded({"user": {"name": "benchmark"}, "version": "6.30.0"})), 0)
        request = grammar.parse(url.query)
        if name != ENDPOINT or not _is_known(request.sort):
            return Page(_list([], 0), 0)
        found = rows.ranges(request.filter)
        numbers = grid.cut(found, request.skip, request.take)
        forms = self._forms_of(request.fields)
        data = [forms[number % len(forms)] % rows.values(number) for number in numbers]
        return Page(_list(data, sum(high - low for low, high in found)), request.skip)

    def _forms_of(self, fields: tuple[str, ...]) -> list[bytes]:
        """Return the rows of the sandbox as forms, with the asked fields only."""
        if fields not in self._forms:
            table = TABLES[ENDPOINT]
            render = self._projector.compiled(table, fields) if fields else lambda row: self._renderer.full(table, row)
            self._forms[fields] = [_form(render(row)) for row in self._samples]
        return self._forms[fields]


def _form(row: dict[str, Any]) -> bytes:
    """Return an encoded row with gaps for what is different in every row: %(name)b, %(time)b and so on."""
    gaps = {field: f"\ue000{field}\ue001" for field in ("name", *grid.DELAYS) if field in row}
    text = encoded({**row, **gaps}).replace(b"%", b"%%")
    return text.replace(b"\\ue000", b"%(").replace(b"\\ue001", b")b")


def _is_storable(row: dict[str, Any]) -> bool:
    body = encoded(row)
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return rb"\u0000" not in body


def _is_known(sort: Iterable[tuple[str, bool]]) -> bool:
    """Tell whether rows can be sorted so; Daktela answers an order that it does not know with no rows."""
    if any(descending for _, descending in sort):
        raise grammar.BadRequestError("the benchmark's server sorts upwards only")
    return all(field in {"name", *grid.DELAYS} for field, _ in sort)


def _list(data: list[bytes], total: int) -> bytes:
    return _envelope(b'{"data":[' + b",".join(data) + b'],"total":%d}' % total)


def _envelope(result: bytes) -> bytes:
    text = (NOW.strftime("%Y-%m-%d %H:%M:%S")).encode()
    clock = b'"_time":"%b","_serverTime":"%b","_timezone":"Europe\\/Prague"' % (text, text)
    return b'{"error":[],"result":' + result + b"," + clock + b"}"
