"""The verb reconcile: holds a warehouse against the instance without reading the instance again."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from tap_daktela.catalog.entries import Entry, Selected
from tap_daktela.choosing import allowed
from tap_daktela.daktela import clock
from tap_daktela.daktela.client import Client
from tap_daktela.daktela.instance import Instance
from tap_daktela.daktela.server_clock import ServerClock
from tap_daktela.errors import ConfigError, ContractError
from tap_daktela.reconcile import cuts
from tap_daktela.reconcile.comparison import Comparison
from tap_daktela.reconcile.instance_side import InstanceSide
from tap_daktela.reconcile.repair import repair
from tap_daktela.reconcile.rounds import ComparisonJob, advance
from tap_daktela.reconcile.scopes import ComparedScopes, NotCompared, chosen_scopes
from tap_daktela.reconcile.telling import ComparisonOutcome
from tap_daktela.reconcile.warehouse.answer_files import read_files
from tap_daktela.reconcile.warehouse.answers import Answers
from tap_daktela.reconcile.warehouse.asking import ask
from tap_daktela.reconcile.warehouse.dialects import DIALECTS
from tap_daktela.reconcile.warehouse.questions import Question
from tap_daktela.reconcile.warehouse.statements import statements
from tap_daktela.reconcile.warehouse.tables import Tables
from tap_daktela.runtime.pipes import ended_without_reader, write_whole
from tap_daktela.runtime.signals import Stop
from tap_daktela.settings import Settings
from tap_daktela.sync import run
from tap_daktela.sync.singer.state import State
from tap_daktela.sync.singer.writer import Writer
from tap_daktela.sync.telling.lines import plural

LOGGER = logging.getLogger(__name__)

MORE_TO_ASK = 5
"""The exit code where the warehouse is to be asked more."""


@dataclass(frozen=True)
class Options:
    """What the command line says: the dialect `sql`, the `schema`, files of `answers`, and what is to be done.

    `source` are the options that lead to the instance, for commands that are shown.
    """

    sql: str | None = None
    schema: str | None = None
    answers: Sequence[str] = ()
    digests: bool = False
    repair: bool = False
    source: str = "--config config.json"


def reconcile(
    settings: Settings,
    known: Mapping[str, Entry],
    chosen: list[Selected] | None,
    *,
    state: State,
    output: int,
    options: Options,
) -> int:
    """Compare the warehouse with what is chosen, or with the default streams, and return the exit code.

    Findings, or the missing rows as messages, go to the descriptor `output`; so does the SQL where the warehouse is to
    be asked more. IncompleteError if streams could not be compared, and the others do not differ.
    """
    if not (options.sql or options.answers or settings.warehouse_url):
        raise ConfigError("reconcile: set warehouse_url, or name the SQL of the warehouse: --sql postgres")
    if "backfill" in state.value and not state.value["bookmarks"]:
        raise ConfigError("state: it is that of a unit; join the states of all units with merge-state")
    client = Client(settings.connection)
    with Stop(client.close) as stop, closing(client), ended_without_reader(output, stop):
        instance = client.connect()
        selection, refused = allowed(client, settings, chosen, known)
        reconciling = _prepared(settings, options, selection, state=state, client=client, instance=instance)
        wanted = reconciling.compare()
        if wanted:
            return _ask_more(wanted, reconciling.tables, options, output)
        outcome = reconciling.outcome([NotCompared(*one) for one in refused.items()])
        if options.repair:
            with stop.deferred():
                begun = run.begin(settings, client, instance, state=state, writer=Writer(output), poll=stop.poll)
                repair(begun, selection, outcome.missing)
            outcome.is_repaired = True
            for line in outcome.lines().splitlines():
                LOGGER.info("%s", line)
        else:
            write_whole(output, outcome.lines().encode())
    outcome.tell(options.source)
    return outcome.exit_code()


@dataclass
class _Reconciling:
    """The comparisons (`jobs`) of what is `chosen`, between the instance's `side` and `tables`."""

    settings: Settings
    options: Options
    chosen: ComparedScopes
    side: InstanceSide
    tables: Tables
    jobs: Sequence[ComparisonJob]

    def compare(self) -> list[Question]:
        """Compare, and ask the warehouse where it can be reached. Return what it is still to be asked."""
        answers = Answers(read_files(self.options.answers, self.tables.zone))
        for job in self.jobs:
            job.resume(None)
        threads = self.settings.connection.concurrency
        wanted = advance(self.jobs, self.side, answers, threads)
        while wanted and self._address is not None:
            answers.add(ask(self._address, wanted, self.tables))
            asked, wanted = wanted, advance(self.jobs, self.side, answers, threads)
            if asked == wanted:
                raise ContractError("reconcile: the warehouse leaves questions without an answer; is it being loaded?")
        return wanted

    @property
    def _address(self) -> str | None:
        """The address of the warehouse; None where its SQL, or its answers, go through files."""
        return None if self.options.sql or self.options.answers else self.settings.warehouse_url

    def outcome(self, refused: Sequence[NotCompared]) -> ComparisonOutcome:
        """Return what came of it. `refused` are streams that the user may not read."""
        left_out = [*refused, *self.chosen.left_out]
        return ComparisonOutcome(self.jobs, left_out, self.side.took, self.settings.page_size)


def _prepared(
    settings: Settings,
    options: Options,
    selection: Sequence[Selected],
    *,
    state: State,
    client: Client,
    instance: Instance,
) -> _Reconciling:
    """Return the comparisons of a selection, which have not begun."""
    start, bound = run.run_range(settings, instance)
    zone = instance.zone
    if not state.value["bookmarks"] and (settings.end_date is None or clock.resolve(settings.end_date, zone) > bound):
        # Windows that moved with the clock would never be those that the warehouse was asked about.
        bound = clock.resolve(bound.astimezone(zone).date(), zone)
    chosen = chosen_scopes(selection, settings, state, zone, start=start, bound=bound)
    scopes = {scope.stream: scope for scope in chosen.scopes}
    server_clock = ServerClock(instance, None if settings.timezone else zone.key)
    side = InstanceSide(client, settings, server_clock, chosen.selections, scopes)
    entries = {name: one.entry for name, one in chosen.selections.items()}
    wall_clock = zone if settings.timestamps == "local" else None
    tables = Tables(entries, cuts.clean_from(start, zone), options.schema, wall_clock)
    if not scopes:
        reasons = "; ".join(f"{one.what}: {one.reason}" for one in chosen.left_out)
        raise ConfigError(f"reconcile: nothing can be compared: {reasons}")
    LOGGER.info(
        "Comparing a warehouse with %s as %s, from %s to %s (time zone %s)",
        settings.base_url, instance.user, clock.utc_text(tables.start), _until(state, bound), zone.key,
    )  # fmt: skip
    jobs = [
        ComparisonJob(name, Comparison(scope, settings.page_size, digests=options.digests).compare())
        for name, scope in scopes.items()
    ]
    return _Reconciling(settings, options, chosen, side, tables, jobs)


def _until(state: State, bound: datetime) -> str:
    """Return up to when streams are compared."""
    return "the bookmarks of the state" if state.value["bookmarks"] else clock.utc_text(bound)


def _ask_more(wanted: Sequence[Question], tables: Tables, options: Options, output: int) -> int:
    """Write the SQL of what the warehouse is still to be asked, and return the exit code."""
    if options.repair:
        raise ConfigError("reconcile: the warehouse is to be asked more: leave out --repair until all is answered")
    if options.sql is None:
        raise ConfigError("reconcile: the warehouse is to be asked more: name its SQL, such as --sql postgres")
    write_whole(output, statements(wanted, tables, DIALECTS[options.sql]).encode())
    streams = len({one.stream for question in wanted for one in question.slices})
    advice = "run the SQL, and hand over its results beside all others so far: --answers FILE, for each file"
    LOGGER.info("The warehouse is to be asked about %s: %s", plural(streams, "stream"), advice)
    return MORE_TO_ASK
