"""Reading a list completely while its rows move: the tap's own reading, along the key."""

from collections.abc import Hashable, Iterator

from tap_daktela.daktela.query import Filter
from tap_daktela.errors import ContractError
from tap_daktela.python_client.list_source import ListSource
from tap_daktela.sync.reading.endpoint import Endpoint
from tap_daktela.sync.reading.reader import WindowReader
from tap_daktela.sync.reading.request import EndpointRequest
from tap_daktela.sync.reading.results import Contradiction, Rows
from tap_daktela.sync.reading.row_range import RowQuery
from tap_daktela.sync.records.dotted import Row
from tap_daktela.sync.scheduling.lazy import lazily


def rows_by_key(source: ListSource, request: EndpointRequest, wanted: Filter | None) -> Iterator[list[Row]]:
    """Yield all rows that pass `wanted`, page by page: every row that is there throughout comes once.

    The keys of the rows that came are remembered, since a part of the list may be read twice.
    ContractError behind the last row if the server's answers contradict each other, so that rows may be missing.
    """
    query = RowQuery(source.name, None, request.key, wanted)
    reading = WindowReader(Endpoint(request, None), query, 0).read_whole()
    problems = []
    came: set[Hashable] = set()
    for result in lazily(reading, lambda get: source.page(get.query)):
        if isinstance(result, Rows):
            keys = query.keys(result.rows)
            yield [row for row, key in zip(result.rows, keys, strict=True) if type(key) is bytes or key not in came]
            came.update(key for key in keys if type(key) is not bytes)
        elif isinstance(result, Contradiction):
            problems.append(result.problem)
    if problems:
        more = f" (and {len(problems) - 1} more)" if problems[1:] else ""
        raise ContractError(f"{problems[0]}{more}")
