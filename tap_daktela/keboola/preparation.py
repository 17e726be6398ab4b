"""What one run is to do: the parameters, the instance's clock and the memory of earlier runs, made into a job."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tap_daktela.catalog.fields import FieldType
from tap_daktela.daktela.clock import utc_text
from tap_daktela.errors import ConfigError
from tap_daktela.keboola.config.dates import Clock
from tap_daktela.keboola.config.table_selection import KNOWN
from tap_daktela.keboola.job import Job, Outcome
from tap_daktela.keboola.state import VERSION, Bookmarks, RunResult, StoredState, scope
from tap_daktela.keboola.tables.formats import documented
from tap_daktela.keboola.tables.formats.table import columns_read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_daktela.catalog.fields import Stream
    from tap_daktela.daktela.instance import Instance
    from tap_daktela.keboola.config.parameters import Parameters
    from tap_daktela.keboola.config.table_selection import TableSelection

__all__ = ["Plan", "Window", "connection", "plan", "spread", "window"]

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class Window:
    """The period that `from` and `to` name, half-open, in UTC, and the clock that they were read by."""

    start: datetime
    end: datetime
    clock: Clock

    def __str__(self) -> str:
        """Say the period in the instance's own time."""
        begin, end = (
            moment.astimezone(self.clock.zone).strftime("%Y-%m-%d %H:%M:%S") for moment in (self.start, self.end)
        )
        return f"{begin} to {end} ({self.clock.zone.key})"


def window(parameters: Parameters, instance: Instance) -> Window:
    """Return the period to read; ConfigError if nothing lies in it."""
    clock = Clock(instance.now, instance.zone, timedelta(minutes=parameters.settle_minutes))
    try:
        result = Window(parameters.from_.at(clock), parameters.to.at(clock), clock)
    except ValueError as error:
        raise ConfigError(f"from or to: {error}") from error
    if result.start >= result.end:
        texts = f"'{parameters.from_.text}'", f"'{parameters.to.text}'"
        raise ConfigError(f"from ({texts[0]}) must be before to ({texts[1]}); they are {result}")
    return result


def connection(parameters: Parameters) -> dict[str, Any]:
    """Return the settings of the tap that lead to the instance, secrets included."""
    given = {
        "url": parameters.address.url,
        "access_token": parameters.access_token,
        "username": parameters.username,
        "password": parameters.password,
        "timezone": parameters.timezone,
    }
    return {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True)
class Plan:
    """A job, and what has to be known afterwards to remember it."""

    job: Job
    window: Window
    continued: Bookmarks
    scopes: Mapping[str, str]

    def ran(self, outcome: Outcome) -> RunResult:
        """Return what the run did."""
        state = StoredState.load({"version": VERSION, "singer": outcome.state})
        columns = {_table(self.job.server, name): columns for name, columns in outcome.columns.items()}
        return RunResult(self.window.start, self.continued, state.bookmarks, self.scopes, columns)


def spread(parameters: Parameters) -> list[Stream]:
    """Return the streams whose custom fields become columns of their own."""
    if parameters.output_format != "table":
        return []
    requests = [choice.request for choice in parameters.choices]
    return [
        KNOWN[request.stream].stream
        for request in requests
        if any(column.type is FieldType.CUSTOM_FIELDS for column in columns_read(request, KNOWN[request.stream]))
    ]


def plan(
    parameters: Parameters,
    instance: Instance,
    memory: StoredState,
    *,
    native_types: bool,
    custom_fields: Mapping[str, list[str]],
) -> Plan:
    """Return what to do; ConfigError if there is nothing between `from` and `to`.

    `custom_fields` are those that the instance defines, by stream.
    """
    period = window(parameters, instance)
    scopes = _scopes(parameters)
    continued: Bookmarks = {}
    if parameters.continue_since_last_run:
        continued = memory.still_valid(scopes)
        if not parameters.incremental:
            LOGGER.warning(
                "The run continues since the last one, but its tables are replaced: they will hold what is new only. "
                "Set 'incremental' to add to them."
            )
    server = parameters.address.server
    job = Job(
        tap_config=_tap_config(parameters, period),
        tables=tuple(choice.request for choice in parameters.choices),
        server=server,
        output_format=parameters.output_format,
        incremental=parameters.incremental,
        strip_html=parameters.strip_html,
        tap_state={"bookmarks": continued} if continued else {},
        native_types=native_types,
        remembered_columns={
            choice.request.table: memory.columns[_table(server, choice.request.table)]
            for choice in parameters.choices
            if _table(server, choice.request.table) in memory.columns
        },
        custom_fields=custom_fields,
    )
    return Plan(job, period, continued, scopes)


def _table(server: str, name: str) -> str:
    """Return the name of a table in Storage."""
    return f"{server}_{name}"


def _tap_config(parameters: Parameters, period: Window) -> dict[str, Any]:
    """Return the settings of the tap."""
    config = {
        **connection(parameters),
        "start_date": utc_text(period.start),
        "end_date": utc_text(period.end),
        "timestamps": parameters.timestamps,
        "orphans": parameters.orphans,
        "settle_minutes": parameters.settle_minutes,
        "lookback_days": parameters.lookback_days,
        "filters": {one.request.stream: one.filter for one in parameters.choices if one.filter is not None},
    }
    return {**config, "concurrency": 1} if parameters.backend == "sequential" else config


def _scopes(parameters: Parameters) -> dict[str, str]:
    """Return what the bookmark of each stream stands for.

    A table under another name, of another instance or with other rows is a new table: what was read into the old one
    is missing there.
    """
    place = parameters.address
    common = (place.url, place.server, parameters.output_format, parameters.orphans)
    chosen = parameters.choices
    if documented(parameters.output_format):
        # Which streams such a format reads, and for which of its tables, is its own affair.
        return {stream: scope(*common, *_facts(chosen)) for stream in KNOWN}
    streams = {one.request.stream for one in chosen}
    return {
        stream: scope(*common, *_facts([one for one in chosen if one.request.stream == stream])) for stream in streams
    }


def _facts(chosen: tuple[TableSelection, ...] | list[TableSelection]) -> list[tuple[str, object]]:
    return sorted(((one.request.table, one.filter) for one in chosen), key=lambda fact: fact[0])
