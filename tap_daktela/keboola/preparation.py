"""What one run is to do: the parameters, the clock of the instance and the stored state, made into a job."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tap_daktela.catalog.fields import Stream
from tap_daktela.daktela.clock import parse_instant, utc_text
from tap_daktela.daktela.instance import Instance
from tap_daktela.errors import ConfigError
from tap_daktela.keboola import chosen_fields
from tap_daktela.keboola.config.parameters import Parameters
from tap_daktela.keboola.config.table_selection import KNOWN
from tap_daktela.keboola.job import Job, Outcome
from tap_daktela.keboola.period import Period, period
from tap_daktela.keboola.state import VERSION, Bookmarks, RunResult, StoredState, fingerprint, instants
from tap_daktela.keboola.tables.formats import fixed_tables, table_specs

LOGGER = logging.getLogger(__name__)


def connection_settings(parameters: Parameters) -> dict[str, Any]:
    """Return the settings with which the tap reaches the instance, secrets included.

    The certificates to trust are not among them: for the tap, they have to be in a file.
    """
    given = {
        "url": parameters.address.url,
        "access_token": None if parameters.authentication == "password" else parameters.access_token,
        "username": None if parameters.authentication == "token" else parameters.username,
        "password": None if parameters.authentication == "token" else parameters.password,
        "timezone": parameters.timezone,
        "verify_ssl": parameters.verify_ssl,
        "concurrency": 1 if parameters.backend == "sequential" else parameters.concurrency,
    }
    return {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True)
class PreparedRun:
    """A job, and what the stored state needs to know about it afterwards.

    `continued` are the bookmarks that the run begins at, `fingerprints` those of its streams (see `state`).
    """

    job: Job
    period: Period
    continued: Bookmarks
    fingerprints: Mapping[str, str]

    def result(self, outcome: Outcome) -> RunResult:
        """Return what the run did."""
        state = StoredState.load({"version": VERSION, "singer": outcome.state})
        columns = {f"{self.job.server}_{table}": columns for table, columns in outcome.columns.items()}
        return RunResult(self.period.start, self.continued, state.bookmarks, self.fingerprints, columns)


def streams_with_custom_fields(parameters: Parameters) -> list[Stream]:
    """Return the streams whose custom fields have to be known: each becomes a column, or some of them are chosen."""
    known = [one for one in parameters.selected_tables if parameters.output_format == "table" or one.custom_fields]
    return [KNOWN[one.request.stream].stream for one in known if KNOWN[one.request.stream].custom_fields is not None]


def prepare(
    parameters: Parameters,
    instance: Instance,
    stored: StoredState,
    *,
    native_types: bool,
    custom_fields: Mapping[str, list[str]],
) -> PreparedRun:
    """Return what to do; ConfigError if nothing is between `from` and `to`, or for a custom field that does not exist.

    `custom_fields` are those that the instance defines, by stream. `native_types`: see `Job`.
    """
    to_read = period(parameters, instance)
    fingerprints = _fingerprints(parameters)
    continued: Bookmarks = {}
    if parameters.continue_since_last_run:
        continued = stored.still_valid(fingerprints)
        if not parameters.incremental:
            LOGGER.warning(
                "The run continues since the last one, but its tables are replaced: they will hold what is new only. "
                "Set 'incremental' to add to them."
            )
    server = parameters.address.server
    selected = parameters.selected_tables
    remembered = {
        one.request.table: stored.columns[f"{server}_{one.request.table}"]
        for one in selected
        if f"{server}_{one.request.table}" in stored.columns
    }
    requests = chosen_fields.resolved(selected, custom_fields, remembered)
    job = Job(
        tap_config=_tap_config(parameters, to_read),
        tables=requests,
        server=server,
        output_format=parameters.output_format,
        incremental=parameters.incremental,
        strip_html=parameters.strip_html,
        tap_state={"bookmarks": continued} if continued else {},
        native_types=native_types,
        remembered_columns=remembered,
        custom_fields=custom_fields,
        certificates=parameters.ca_bundle,
    )
    if not parameters.incremental:
        _refuse_to_empty(job, continued, to_read, timedelta(days=parameters.lookback_days))
    return PreparedRun(job, to_read, continued, fingerprints)


def _refuse_to_empty(job: Job, continued: Bookmarks, to_read: Period, lookback: timedelta) -> None:
    """Raise a ConfigError if a full load would replace a table by nothing, because all of it was read before."""
    read_to_the_end = [
        spec.table
        for spec in table_specs(job, KNOWN)
        if spec.stream in continued
        and not spec.whole
        and _is_read(spec.stream, continued[spec.stream], to_read.end, lookback)
    ]
    if read_to_the_end:
        raise ConfigError(
            f"incremental is off, and continue_since_last_run is on: {', '.join(read_to_the_end)} was read up to "
            f"{to_read.shown(to_read.end)} before, where the period ends, so this run would leave the table empty; "
            "switch incremental on, or continue_since_last_run off"
        )


def _is_read(stream: str, marks: Mapping[str, Any], end: datetime, lookback: timedelta) -> bool:
    """Return whether a run that continues at `marks` and stops at `end` reads nothing.

    `lookback` is how far before its mark an axis begins whose rows do not say when they changed.
    """
    again = {axis.name: lookback for axis in KNOWN[stream].stream.axes if axis.lookback}
    return bool(marks) and all(
        parse_instant(mark) - again.get(axis, timedelta()) >= end for axis, mark in instants(marks).items()
    )


def _tap_config(parameters: Parameters, to_read: Period) -> dict[str, Any]:
    """Return the settings of the tap."""
    return {
        **connection_settings(parameters),
        "start_date": utc_text(to_read.start),
        "end_date": utc_text(to_read.end),
        "timestamps": parameters.timestamps,
        "orphans": parameters.orphans,
        "settle_minutes": parameters.settle_minutes,
        "lookback_days": parameters.lookback_days,
        "page_size": parameters.page_size,
        "filters": {one.request.stream: one.filter for one in parameters.selected_tables if one.filter is not None},
    }


def _fingerprints(parameters: Parameters) -> dict[str, str]:
    """Return the fingerprint of the bookmark of each stream.

    A table under another name, of another instance or with other rows is a new table: rows that were read into the old
    one are missing there.
    """
    address, selected = parameters.address, parameters.selected_tables
    common = (address.url, address.server, parameters.output_format, parameters.orphans)
    # Which streams a format with fixed tables reads, and for which of its tables, is its own business.
    fixed = bool(fixed_tables(parameters.output_format))
    found = {}
    for stream in KNOWN if fixed else {one.request.stream for one in selected}:
        facts = [(one.request.table, one.filter) for one in selected if fixed or one.request.stream == stream]
        found[stream] = fingerprint(*common, *sorted(facts, key=lambda fact: fact[0]))
    return found
