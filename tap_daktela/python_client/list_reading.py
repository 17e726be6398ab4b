"""One reading of a list: what is asked of it, and its rows, page by page."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tap_daktela.daktela.query import MAX_TAKE, Filter
from tap_daktela.errors import ConfigError
from tap_daktela.python_client.by_key import rows_by_key
from tap_daktela.python_client.in_order import InOrder
from tap_daktela.python_client.list_source import ListSource
from tap_daktela.settings.types import SettingType, choice, number
from tap_daktela.sync.reading.request import EndpointRequest
from tap_daktela.sync.records.dotted import Row

PAGE_BYTES = 32 * 2**20
"""Bytes that a page should have at most: where rows are longer, fewer are asked for. One page is in memory."""

_SIZE = number(1, MAX_TAKE, whole=True)
_NUMBER = number(0, 10**12, whole=True)
_ON_ERROR = choice("stop", "skip")


class RowPage(NamedTuple):
    """Some `rows` of a list, and its `total`.

    `total` is the number of rows that pass the filter on all pages, as the instance counted them when the reading
    began; None where it does not count them.
    """

    rows: list[dict[str, Any]]
    total: int | None


@dataclass(frozen=True)
class ListSlice:
    """Which rows of a list are read, and how; made by `ListSlice.checked`.

    They are sorted by `sort`, in no particular order if it is empty. `skip` rows at the beginning are left out, and at
    most `max_rows` rows come (None: all). `fields` are the dotted fields of a row (none: all). Pages have at most
    `page_size` rows. `on_error` is `stop`, or `skip` to leave out pages that cannot be read.
    """

    sort: tuple[str, ...]
    fields: tuple[str, ...]
    page_size: int
    skip: int
    max_rows: int | None
    on_error: str

    @classmethod
    def checked(
        cls,
        *,
        sort: str | Iterable[str] = (),
        fields: str | Iterable[str] = (),
        page_size: int = MAX_TAKE,
        skip: int = 0,
        max_rows: int | None = None,
        on_error: str = "stop",
        size_name: str = "page_size",
    ) -> "ListSlice":
        """Return the slice; one ConfigError with everything that is wrong with the arguments.

        `size_name` is what the user calls `page_size`.
        """
        problems: list[str] = []
        size = _read(size_name, _SIZE, page_size, problems)
        skipped = _read("skip", _NUMBER, skip, problems)
        most = None if max_rows is None else _read("max_rows", _NUMBER, max_rows, problems)
        word = _read("on_error", _ON_ERROR, on_error, problems)
        by, wanted = _names("sort", sort, problems), _names("fields", fields, problems)
        if problems:
            raise ConfigError(*problems)
        return cls(by, wanted, size, skipped, most, word)

    def request(self, name: str, key: str | None) -> EndpointRequest:
        """Return what is asked of the list `name`: the fields, and the key and sort fields beside them."""
        also = [*([key] if key else []), *(field.removeprefix("-") for field in self.sort)]
        fields = tuple(dict.fromkeys((*self.fields, *also))) if self.fields else ()
        size = min(self.page_size, self.max_rows or self.page_size)
        return EndpointRequest((name,), fields, {}, {}, key, size, page_bytes=PAGE_BYTES)

    def only_fields(self, rows: list[Row]) -> list[Row]:
        """Return rows without the fields that were not asked for."""
        roots = {field.partition(".")[0] for field in self.fields}
        if not roots:
            return rows
        return [{name: value for name, value in row.items() if name.partition(".")[0] in roots} for row in rows]


def pages(
    source: ListSource,
    request: EndpointRequest,
    wanted: Filter | None,
    slice_: ListSlice,
    finish: Callable[[list[Row]], list[Row]],
) -> Iterator[RowPage]:
    """Yield the rows of a list that pass `wanted`, page by page, each page as `finish` returns it.

    Without an order they are read along the key, which rows keep when they are edited.
    """
    if slice_.max_rows == 0:
        return
    if not (slice_.sort or slice_.skip or slice_.on_error == "skip"):
        for rows in _first(slice_.max_rows, map(finish, rows_by_key(source, request, wanted))):
            yield RowPage(rows, source.total)
        return
    skips = slice_.on_error == "skip"
    in_order = InOrder(source, request, wanted, slice_.sort, skip=slice_.skip, skips_errors=skips)
    for rows in _first(slice_.max_rows, map(finish, in_order.pages())):
        yield RowPage(rows, source.total)
    in_order.tell_skipped()


def _first(max_rows: int | None, lists: Iterator[list[Row]]) -> Iterator[list[Row]]:
    """Yield lists of rows, without empty ones, up to `max_rows` rows in all (None: all of them)."""
    left = max_rows
    for rows in lists:
        some = rows[:left]
        if some:
            yield some
        if left is not None:
            left -= len(some)
            if not left:
                return


def _read(name: str, kind: SettingType, given: object, problems: list[str]) -> Any:
    """Return an argument as `kind` reads it, and note in `problems` what is wrong with it."""
    try:
        return kind.read(given)
    except ValueError as error:
        problems.append(f"{name} {error}")
        return None


def _names(what: str, given: str | Iterable[str], problems: list[str]) -> tuple[str, ...]:
    """Return names of fields as a tuple, and note in `problems` what is wrong with them."""
    # A set has no order to sort in, and a dict looks as if its values counted.
    is_one = isinstance(given, str | Mapping | set | frozenset) or not isinstance(given, Iterable)
    names: tuple[Any, ...] = (given,) if is_one else tuple(given)
    if all(isinstance(name, str) and name.removeprefix("-").strip() and name.isprintable() for name in names):
        return names
    problems.append(f"{what} must be the name of a field, or several in a list")
    return ()
