"""What the buttons and lists of the form ask the instance. A user waits for the answer: 30 seconds are the limit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_daktela.daktela.client import Client
from tap_daktela.daktela.http.retry import RetryPolicy
from tap_daktela.daktela.query import Query
from tap_daktela.errors import AccessError, ConfigError, ContractError, RemoteError
from tap_daktela.keboola.config.names import documented_name, stream_of
from tap_daktela.keboola.config.table_selection import KNOWN
from tap_daktela.keboola.preparation import connection
from tap_daktela.keboola.tables.formats import documented
from tap_daktela.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_daktela.catalog.entries import Entry
    from tap_daktela.catalog.fields import Stream
    from tap_daktela.daktela.instance import Instance
    from tap_daktela.keboola.config.parameters import Parameters

__all__ = ["FormOption", "fields", "instance_of", "streams"]

PATIENCE = RetryPolicy(tries=2, seconds=8.0)
ANSWER_SECONDS = 8
COUNT_SECONDS = 10.0
"""How long rows are counted; streams that were not counted by then are offered without a number."""

REQUESTS_AT_A_TIME = 8


@dataclass(frozen=True)
class FormOption:
    """One thing that can be chosen, and how it is shown."""

    value: str
    label: str


@contextmanager
def instance_of(parameters: Parameters, retry_policy: RetryPolicy | None = None) -> Iterator[tuple[Client, Instance]]:
    """Log in; TapError with a sentence for the user if that is not possible."""
    timeout = {} if retry_policy is None else {"request_timeout": ANSWER_SECONDS}
    settings = Settings.parse({**connection(parameters), **timeout, "start_date": "2000-01-01"})
    client = Client(settings.connection, retry_policy)
    try:
        yield client, client.connect()
    finally:
        client.close()


def streams(parameters: Parameters) -> list[FormOption]:
    """Return the tables that the user of these credentials may read, with their numbers of rows."""
    with instance_of(parameters, PATIENCE) as (client, _):
        counts = _counts(client)
    if not counts:
        raise AccessError("the user may read none of the tables; ask for the rights of a role that reads them", 403)
    readable = {name: entry for name, entry in KNOWN.items() if entry.stream.name in counts}
    names = documented(parameters.output_format)
    if not names:
        return [FormOption(name, _label(name, entry, counts)) for name, entry in readable.items()]
    return [FormOption(name, name) for name in names if _is_readable(name, readable)]


def fields(parameters: Parameters) -> list[FormOption]:
    """Return the columns of the table that the row is about."""
    if parameters.table is None:
        raise ConfigError("table is missing: choose one first")
    try:
        if documented(parameters.output_format):
            documented_name(parameters.table, documented(parameters.output_format), KNOWN)
            raise ConfigError(f"fields: the columns of the format {parameters.output_format} are fixed")
        entry = KNOWN[stream_of(parameters.table, KNOWN)]
    except ValueError as error:
        raise ConfigError(f"table {error}") from error
    return [
        FormOption(column.name, f"{column.name} - {column.description}" if column.description else column.name)
        for column in entry.columns
    ]


def _counts(client: Client) -> dict[str, int | None]:
    """Return the number of rows of each list that may be read, None where it is not known in time."""
    own = {entry.stream.name: entry.stream for entry in KNOWN.values()}
    pool = ThreadPoolExecutor(REQUESTS_AT_A_TIME)
    futures = {name: pool.submit(_count, client, stream) for name, stream in own.items()}
    done, late = wait(futures.values(), COUNT_SECONDS)
    pool.shutdown(wait=False, cancel_futures=True)
    found: dict[str, int | None] = {name: None for name, future in futures.items() if future in late}
    for name, future in futures.items():
        if future in done:
            may, count = future.result()
            if may:
                found[name] = count
    return found


def _count(client: Client, stream: Stream) -> tuple[bool, int | None]:
    """Tell whether a list may be read and how many rows it has; AccessError if the token itself is refused."""
    key = next((column.api_name for column in stream.columns if column.name in stream.key), stream.columns[0].api_name)
    for endpoint in (stream.endpoint, *stream.aliases):
        try:
            return True, client.read(endpoint, Query(None, (), (key,), 1)).total
        except AccessError as error:  # noqa: PERF203 - an older server may know the list by its other name
            if error.status not in (403, 404):
                raise
        except (RemoteError, ContractError):
            # It may be slow or troubled just now: that is no reason not to offer it.
            return True, None
    return False, None


def _label(name: str, entry: Entry, counts: dict[str, int | None]) -> str:
    count = counts[entry.stream.name]
    if entry.derived is not None:
        return f"{name} (from {entry.stream.name})"
    return name if count is None else f"{name} ({count} rows)"


def _is_readable(table: str, readable: dict[str, Entry]) -> bool:
    try:
        return stream_of(table, KNOWN) in readable
    except ValueError:
        return False
