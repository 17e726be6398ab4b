"""The one sentence that every run is held against.

Every row that nobody touched is written with all its selected values, its links and its derived rows; or the run says
that it is incomplete, and no bookmark moved past what is missing.
"""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import jsonschema
import orjson

from tap_daktela.sync.run import PAGES_AHEAD
from tests.simulation.due import Range, which
from tests.simulation.expected import StreamOfRun, bookmark, canonical, lowers, timed
from tests.simulation.runner import LEDGER, EndlessError, Simulation
from tests.simulation.truth import comparable, instants

if TYPE_CHECKING:
    from tap_daktela.catalog.fields import Axis, Stream
    from tests.simulation.cases.case import Case
    from tests.simulation.model.rows import Row
    from tests.simulation.runner import Ran
    from tests.simulation.truth import Record

__all__ = ["Verdict", "ViolationError", "judge", "same_at_any_concurrency"]

_FAR = datetime(9999, 12, 31, 12, tzinfo=timezone.utc)
_SAMPLE = 5
"""Records of each stream and run that are held against their schema."""


class ViolationError(AssertionError):
    """What a run did that it may not do."""


@dataclass
class Verdict:
    """What became of the runs of one case.

    `kept` counts those that ended well, `told` are the sentences of the others; those that were killed are neither.
    `applied` counts the oddities that took effect, as the model does.
    """

    runs: int = 0
    kept: int = 0
    told: list[str] = field(default_factory=list)
    applied: Counter[str] = field(default_factory=Counter)
    requests: int = 0


def judge(case: Case, simulated: type[Simulation] = Simulation) -> Verdict:
    """Run a case, and return what became of it. ViolationError where a run breaks the sentence."""
    simulation, verdict = simulated(case), Verdict()
    for number in (1, 2):
        if number > 1:
            _pause(simulation, short=False)
        kill = case.kill[1] if case.kill and case.kill[0] == number else None
        _run(simulation, verdict, kill)
        if kill is not None:
            _pause(simulation, short=True)
            _run(simulation, verdict, None)
    verdict.applied, verdict.requests = simulation.instance.applied, len(simulation.instance.asked)
    return verdict


def same_at_any_concurrency(case: Case) -> None:
    """Raise a ViolationError unless a first run gives the same bytes whatever is under way at the same time."""
    runs = {}
    for concurrency in (1, 4, 8, 16):
        lines = Simulation(replace(case, concurrency=concurrency)).run().lines
        runs[concurrency] = list(map(_without_moments, lines))
    alone = runs[1]
    for concurrency, lines in runs.items():
        pairs = enumerate(zip(alone, lines, strict=False))
        place = next((number for number, (one, other) in pairs if one != other), min(len(alone), len(lines)))
        if place < max(len(alone), len(lines)):
            here = [some[place] if place < len(some) else "nothing" for some in (alone, lines)]
            raise ViolationError(f"line {place} is {here[0]} at concurrency 1, and {here[1]} at {concurrency}")


def _without_moments(line: dict[str, Any]) -> dict[str, Any]:
    """Return a message without when it was read, and by which run."""
    if line["type"] == "RECORD" and line["stream"] == LEDGER:
        line = {**line, "record": {**line["record"], "run_id": None, "run_at": None, "read_at": None}}
    return {**line, "time_extracted": None}


def _run(simulation: Simulation, verdict: Verdict, kill: int | None) -> None:
    verdict.runs += 1
    try:
        ran = simulation.run(kill)
    except EndlessError as error:
        raise ViolationError(f"run {simulation.number} has no end: {error}") from error
    verdict.kept += ran.error is None and not ran.killed
    verdict.told += [] if ran.error is None else [f"{type(ran.error).__name__}: {ran.error}"]
    try:
        _check(simulation, ran)
    except ViolationError as error:
        ended = "was killed" if ran.killed else f"ended with: {ran.error}" if ran.error else "ended well"
        raise ViolationError(f"run {ran.number}: {error}. It {ended}") from error


def _check(simulation: Simulation, ran: Ran) -> None:
    """Hold all that a run did against the model."""
    _check_states(ran)
    _check_schemas(ran)
    _check_bounds(simulation, ran)
    _check_counts(ran)
    _check_ledger(ran)
    if ran.begun is None or ran.begun.zone.key != simulation.case.oddities.zone:
        return  # A server that names another zone from its first answer on is believed: nothing contradicts it.
    for selected in simulation.selection:
        stream = StreamOfRun(simulation, ran, selected)
        _check_written(stream)
        for line, ids, why in stream.due():
            for number in sorted(ids):
                for record in stream.truth[number]:
                    if stream.written.get(canonical(record), line) >= line:
                        raise ViolationError(_missing(stream, record, why))


def _check_written(stream: StreamOfRun) -> None:
    """Every record of a row that nobody touched is what the row is worth; not where rows may share a key."""
    right = stream.right() if stream.keys_are_unique else {}
    for line, record in stream.records:
        known = right.get(record[stream.entry.key[0]]) if stream.entry.key else None
        if known is not None and canonical(record) not in known:
            raise ViolationError(f"{stream.name}, line {line}: {_difference(record, known)}")


def _missing(stream: StreamOfRun, record: Record, why: str) -> str:
    key = [record[name] for name in stream.entry.key] or record
    late = ", comes behind it" if canonical(record) in stream.written else ""
    return f"{stream.name} {key} is not written although {why}{late}"


def _difference(record: Record, known: set[bytes]) -> str:
    """Return in which column a record differs from the nearest one that it could be."""

    def columns(right: Record) -> list[str]:
        return [name for name, value in comparable(record).items() if right.get(name, ...) != value]

    right = min(map(orjson.loads, known), key=lambda one: len(columns(one)))
    shown = ", ".join(f"{name}: expected {right.get(name)!r}, found {record[name]!r}" for name in columns(right))
    return f"{list(record.values())[:2]} {shown or 'is of another type'}"


# --- what holds for every run -----------------------------------------------------------------------------------------


def _check_states(ran: Ran) -> None:
    """States never go back, nor ahead of the end of what is read."""
    marks = _marks(ran.before)
    for line in ran.lines:
        if line["type"] != "STATE":
            continue
        for place, mark in _marks(line["value"]).items():
            if mark < marks.get(place, ""):
                raise ViolationError(f"the bookmark of {place} goes back from {marks[place]} to {mark}")
            if ran.begun and mark > max(f"{ran.begun.bound:%Y-%m-%dT%H:%M:%SZ}", marks.get(place, "")):
                raise ViolationError(f"the bookmark of {place} is {mark}, after {ran.begun.bound}")
        if lost := marks.keys() - _marks(line["value"]).keys():
            raise ViolationError(f"the bookmarks of {lost} are gone")
        marks = _marks(line["value"])


def _marks(state: dict[str, Any]) -> dict[tuple[str, str], str]:
    """Return the bookmarks of a state that are times."""
    return {
        (stream, axis): mark
        for stream, axes in state.get("bookmarks", {}).items()
        for axis, mark in axes.items()
        if isinstance(mark, str)
    }


def _check_schemas(ran: Ran) -> None:
    """Records keep to the schema that comes before them."""
    validators: dict[str, jsonschema.Draft4Validator] = {}
    seen: Counter[str] = Counter()
    for number, line in enumerate(ran.lines):
        if line["type"] == "SCHEMA":
            validators[line["stream"]] = _validator(orjson.dumps(line["schema"]))
        elif line["type"] == "RECORD":
            stream = line["stream"]
            seen[stream] += 1
            if stream not in validators:
                raise ViolationError(f"{stream}, line {number}: a record without a schema")
            error = next(validators[stream].iter_errors(line["record"]), None) if seen[stream] < _SAMPLE else None
            if error is not None:
                raise ViolationError(f"{stream}, line {number}: {error.message} in {list(error.path)}")


@functools.lru_cache(maxsize=256)
def _validator(schema: bytes) -> jsonschema.Draft4Validator:
    return jsonschema.Draft4Validator(orjson.loads(schema))


def _check_bounds(simulation: Simulation, ran: Ran) -> None:
    """No more is under way, or waits for its turn, than there may be."""
    concurrency = simulation.case.concurrency
    for what, found, most in (
        ("requests are under way", ran.under_way, concurrency),
        # One more: what the reading at the front waits for is fetched whatever else is held.
        ("things wait for their turn", ran.watch.max_held, 2 * concurrency + PAGES_AHEAD + 1),
    ):
        if found > most:
            raise ViolationError(f"{found} {what}, which may be {most}")


def _check_counts(ran: Ran) -> None:
    """The counts of the report are those of the lines."""
    lines = Counter(line["stream"] for line in ran.lines if line["type"] == "RECORD")
    for stream in () if ran.killed else ran.watch.streams:
        for output in stream.outputs:
            if output.rows != lines[output.name]:
                raise ViolationError(f"{output.name}: {output.rows} records are counted, {lines[output.name]} written")
        if stream.complete and stream.own:
            counted, left = stream.row_counts.counts.written, sum(stream.row_counts.left_out(stream.own).values())
            if counted != lines[stream.own.name] + left:
                numbers = f"{counted} rows, {lines[stream.own.name]} records and {left} left out"
                raise ViolationError(f"{stream.own.name}: the counts do not add up: {numbers}")


def _check_ledger(ran: Ran) -> None:
    """The ledger has all rows that were written, of streams that ended; of others, none that was not.

    Bookmarks move only over times that it has.
    """
    noted: Counter[str] = Counter()
    ends: dict[tuple[str, str], str] = {}
    for line in ran.lines:
        if line["type"] == "RECORD" and line["stream"] == LEDGER:
            record = line["record"]
            noted[record["stream"]] += record["written"]
            place = record["stream"], record["axis"]
            if record["window_start"] and not record["flag"] and record["window_start"] <= ends.get(place, "9"):
                ends[place] = max(record["window_end"], ends.get(place, ""))
    before, after = _marks(ran.before), _marks(ran.after)
    for stream in ran.watch.streams:
        for axis in stream.timed.axes:
            for output in stream.outputs:
                mark, end = after.get((output.name, axis.name), ""), ends.get((stream.stream.name, axis.name), "")
                if mark > max(end, before.get((output.name, axis.name), "")):
                    raise ViolationError(
                        f"{output.name}: the bookmark {axis.name} is {mark}, and the ledger ends at {end}"
                    )
        name, written = stream.stream.name, stream.row_counts.used(stream.own)
        has_ended = (stream.complete or stream.failure is not None) and not ran.killed
        if noted[name] > written or (has_ended and noted[name] != written):
            raise ViolationError(f"{name}: {written} rows were written, and the ledger has {noted[name]}")


# --- between two runs -------------------------------------------------------------------------------------------------


def _pause(simulation: Simulation, *, short: bool) -> None:
    """Let time pass, and hold what changed meanwhile against the bookmarks: none may be past it."""
    streams = {one.entry.name: timed(one.entry.stream) for one in simulation.selection}
    tables = {stream.endpoint: simulation.instance.table(stream.endpoint) for stream in streams.values()}
    before = {endpoint: dict(table.rows) for endpoint, table in tables.items()}
    simulation.pause(short=short)
    if any(jump.lasting and (jump.to.startswith("-") or jump.to == "1970") for jump in simulation.case.oddities.jumps):
        return  # New rows bear old times, and nobody could know.
    for name, stream in streams.items():
        rows, old = tables[stream.endpoint].rows, before[stream.endpoint]
        moved = {number: row for number, row in rows.items() if _moved(stream, old.get(number, {}), row)}
        begins = lowers(simulation.state, name, simulation.instance.clock.now(), simulation.settings.lookback_days)
        begins = {axis: at for axis, at in begins.items() if bookmark(simulation.state, name, axis)}
        if len(begins) == len(stream.axes):
            _check_changes(simulation, name, stream, moved, begins)


def _moved(stream: Stream, before: Row, row: Row) -> bool:
    """Tell whether the time of a row is another one than before."""
    return any(before.get(axis.field) != row[axis.field] for axis in stream.axes)


def _check_changes(
    simulation: Simulation, name: str, stream: Stream, moved: dict[int, Row], begins: dict[Axis, datetime]
) -> None:
    zone = simulation.case.oddities.zone
    due = which(stream, moved, {axis.field: Range(at, _FAR) for axis, at in begins.items()}, zone)
    for number in sorted(moved.keys() - due):
        times = {axis.field: moved[number][axis.field] for axis in stream.axes}
        if any(instants(time, zone) for time in times.values()):
            marks = {axis.name: f"{at:%F %T}" for axis, at in begins.items()}
            raise ViolationError(
                f"{name}: a row changed after run {simulation.number - 1}, {times}, and reading begins behind: {marks}"
            )
