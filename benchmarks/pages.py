"""Answers of the benchmark's Daktela, encoded beforehand: rows as forms to fill in, pages kept for the next time."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from benchmarks import NOW, TOKEN, grid
from tap_daktela.sandbox.api import list_request
from tap_daktela.sandbox.api.projection import Projector
from tap_daktela.sandbox.api.rendering import RowRenderer
from tap_daktela.sandbox.api.replies import encode_json
from tap_daktela.sandbox.options import SandboxOptions
from tap_daktela.sandbox.storage.tables import TABLES
from tap_daktela.sandbox.world.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable

_FORMS = 1000
_KEPT_BYTES = 2**30
_DIRT = ("\0", "\ud83d")


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
        options = SandboxOptions(rows=_FORMS + 200, days=60, now=NOW.isoformat(), freeze=True)
        self._world = World(options)
        self._renderer = RowRenderer(self._world.store, options)
        self._projector = Projector(self._world.store, options, self._renderer)
        self._samples = {endpoint: self._clean_rows(endpoint) for endpoint in grid.KEYS}
        self._forms: dict[tuple[str, tuple[str, ...], bool], list[bytes]] = {}
        self._kept: dict[tuple[grid.Grid, str], Page] = {}
        self._size = 0

    def answer(self, rows: grid.Grid, target: str) -> Page:
        """Return the answer to a request. `list_request.BadRequestError` if it asks for what is not served."""
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
            return Page(_envelope(encode_json(TOKEN)), 0)
        if name == "whoim":
            return Page(_envelope(encode_json({"user": {"name": "benchmark"}, "version": "6.30.0"})), 0)
        request = list_request.parse(url.query)
        if name not in grid.KEYS or not _is_known(request.sort):
            return Page(_list([], 0), 0)
        found = rows.ranges(request.filter)
        numbers = grid.cut(found, request.skip, request.take)
        clean, dirty = (self._forms_of(name, request.fields, dirty=dirty) for dirty in (False, True))
        data = []
        for number in numbers:
            forms = dirty if rows.dirty_every and number % rows.dirty_every == 0 else clean
            data.append(forms[number % len(forms)] % rows.values(number))
        return Page(_list(data, sum(high - low for low, high in found)), request.skip)

    def _clean_rows(self, endpoint: str) -> list[Any]:
        """Return rows of the sandbox without characters that no target can store: those are put in where wanted."""
        rows = self._world.store[endpoint].by_key.values()
        return [row for row in rows if _is_storable(self._renderer.whole_row(TABLES[endpoint], row))][:_FORMS]

    def _forms_of(self, endpoint: str, fields: tuple[str, ...], *, dirty: bool) -> list[bytes]:
        """Return the rows of the sandbox as forms, with the asked fields only."""
        key = endpoint, fields, dirty
        if key not in self._forms:
            table = TABLES[endpoint]
            render = (
                self._projector.compile(table, fields) if fields else lambda row: self._renderer.whole_row(table, row)
            )
            rows = [render(row) for row in self._samples[endpoint]]
            if dirty and all("title" in row for row in rows):
                # Rows a hundred apart have different ones.
                bad = [_DIRT[at // 100 % len(_DIRT)] for at in range(len(rows))]
                rows = [{**row, "title": f"{row['title']}{one}"} for row, one in zip(rows, bad, strict=True)]
            self._forms[key] = [_form(row, grid.KEYS[endpoint][0].decode()) for row in rows]
        return self._forms[key]


def _form(row: dict[str, Any], key: str) -> bytes:
    """Return an encoded row with gaps for what is different in every row: %(time)b and so on, and %(key)b as `name`."""
    gaps = {field: f"\ue000{field}\ue001" for field in grid.DELAYS if field in row}
    text = encode_json({**row, **gaps, "name": f"\ue000{key}\ue001"}).replace(b"%", b"%%")
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


def _list(data: list[bytes], total: int) -> bytes:
    return _envelope(b'{"data":[' + b",".join(data) + b'],"total":%d}' % total)


def _envelope(result: bytes) -> bytes:
    text = (NOW.strftime("%Y-%m-%d %H:%M:%S")).encode()
    clock = b'"_time":"%b","_serverTime":"%b","_timezone":"Europe\\/Prague"' % (text, text)
    return b'{"error":[],"result":' + result + b"," + clock + b"}"
