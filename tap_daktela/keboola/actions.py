"""What the buttons and lists of the form ask the instance. The platform waits 30 seconds for an answer."""

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from keboola.component.sync_actions import SelectElement

from tap_daktela.catalog.entries import Entry
from tap_daktela.catalog.fields import Stream
from tap_daktela.daktela.client import Client
from tap_daktela.daktela.http.retry import Retry
from tap_daktela.daktela.instance import Instance
from tap_daktela.errors import AccessError, ConfigError, ContractError, RemoteError
from tap_daktela.keboola.config.parameters import Parameters
from tap_daktela.keboola.config.table_names import fixed_table_name, stream_of
from tap_daktela.keboola.config.table_selection import KNOWN
from tap_daktela.keboola.pipe.tap_inputs import certificates
from tap_daktela.keboola.preparation import connection_settings
from tap_daktela.keboola.tables.formats import fixed_tables
from tap_daktela.keboola.tables.formats.table import custom_field_columns
from tap_daktela.probing import any_row, first_page, probe_all
from tap_daktela.settings import Settings

QUICK_RETRIES = Retry(tries=2, seconds=8.0)
"""For actions: the user would rather have an error soon."""

ANSWER_SECONDS = 8
"""Time for the answer to one request."""

ALL_SECONDS = 20.0
"""Time for all requests of an action together. The rest of the platform's 30 seconds is for starting and connecting."""

COUNT_SECONDS = 10.0
"""Time for counting rows. Streams that are not counted by then are offered without a number."""

REQUESTS_AT_A_TIME = 8


@contextmanager
def instance_of(parameters: Parameters, retry: Retry | None = None) -> Iterator[tuple[Client, Instance]]:
    """Log in, and close the client afterwards; TapError with a sentence for the user if that is not possible.

    With a `retry`, it is for an action, whose requests end with a RemoteError after `ALL_SECONDS`.
    """
    timeout = {} if retry is None else {"request_timeout": ANSWER_SECONDS}
    with ExitStack() as ending:
        trusted = {}
        if parameters.ca_bundle is not None:
            private = ending.enter_context(TemporaryDirectory(prefix="tap-daktela-"))
            trusted = certificates(parameters.ca_bundle, Path(private))
        settings = Settings.parse({**connection_settings(parameters), **trusted, **timeout, "start_date": "2000-01-01"})
        client = Client(settings.connection, retry)
        ending.callback(client.close)
        if retry is not None:
            ending.enter_context(_ended_in_time(client))
        yield client, client.connect()


@contextmanager
def _ended_in_time(client: Client) -> Iterator[None]:
    """End the client's requests after `ALL_SECONDS`, with a RemoteError that says so."""
    is_late = threading.Event()

    def end() -> None:
        is_late.set()
        client.close()

    timer = threading.Timer(ALL_SECONDS, end)
    timer.start()
    try:
        yield
    except RemoteError as error:
        if is_late.is_set():
            raise RemoteError(f"the instance is too slow just now: no answer in {ALL_SECONDS:g} s") from error
        raise
    finally:
        timer.cancel()


def streams(parameters: Parameters) -> list[SelectElement]:
    """Return the tables that the user of these credentials may read, with their numbers of rows."""
    with instance_of(parameters, QUICK_RETRIES) as (client, _):
        counts = _row_counts(client)
    if not counts:
        raise AccessError("the user may read none of the tables; ask for the rights of a role that reads them", 403)
    readable = {
        name: entry for name, entry in KNOWN.items() if {entry.stream.name, entry.parent} - {None} <= set(counts)
    }
    if fixed := fixed_tables(parameters.output_format):
        return [SelectElement(name, name) for name in fixed if _is_readable(name, readable)]
    return [SelectElement(name, _label(name, entry, counts)) for name, entry in readable.items()]


def table_of(parameters: Parameters) -> Entry:
    """Return the stream of the row's table; ConfigError if there is none, or if its columns cannot be chosen."""
    if parameters.table is None:
        raise ConfigError("table is missing: choose one first")
    try:
        if fixed := fixed_tables(parameters.output_format):
            fixed_table_name(parameters.table, fixed, KNOWN)
            raise ConfigError(f"fields: the columns of the format {parameters.output_format} are fixed")
        return KNOWN[stream_of(parameters.table, KNOWN)]
    except ValueError as error:
        raise ConfigError(f"table {error}") from error


def fields(entry: Entry, custom_fields: Mapping[str, str]) -> list[SelectElement]:
    """Return the columns of a table; `custom_fields` are those that the instance defines, each with a description."""
    columns = {column.name: column.description for column in entry.columns}
    columns |= {name: custom_fields[field] for field, name in custom_field_columns(entry, custom_fields).items()}
    return [SelectElement(name, f"{name} - {text}" if text else name) for name, text in columns.items()]


def custom_fields_of(parameters: Parameters, stream: Stream) -> dict[str, str]:
    """Return the custom fields that the instance defines, each with its description; TapError if it does not tell."""
    with instance_of(parameters, QUICK_RETRIES) as (client, _):
        [probe] = probe_all(client, [stream])
        if error := probe.refusal or probe.trouble:
            raise error
    return dict(probe.custom_fields)


def _row_counts(client: Client) -> dict[str, int | None]:
    """Return the number of rows of each stream that may be read; None if it is not known in time."""
    pool = ThreadPoolExecutor(REQUESTS_AT_A_TIME)
    streams_read = {entry.stream.name: entry.stream for entry in KNOWN.values()}
    futures = {name: pool.submit(_row_count, client, stream) for name, stream in streams_read.items()}
    done, _ = wait(futures.values(), COUNT_SECONDS)
    pool.shutdown(wait=False, cancel_futures=True)
    found: dict[str, int | None] = {}
    for name, future in futures.items():
        may_be_read, count = future.result() if future in done else (True, None)
        if may_be_read:
            found[name] = count
    return found


def _row_count(client: Client, stream: Stream) -> tuple[bool, int | None]:
    """Return whether a stream may be read, and its number of rows; AccessError if the token itself is refused."""
    try:
        return True, first_page(client, stream, any_row(stream)).total
    except AccessError as error:
        if not error.is_of_list:
            raise
        return False, None
    except (RemoteError, ContractError):
        # The list may be slow or broken just now. That is no reason not to offer it.
        return True, None


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
