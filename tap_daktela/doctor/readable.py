"""The checks of the streams: rights, custom fields, sorting, totals, filters."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

from tap_daktela.catalog.entries import Entry, Selected
from tap_daktela.catalog.fields import Stream, snake
from tap_daktela.daktela.client import Client
from tap_daktela.daktela.query import Filter
from tap_daktela.doctor.checklist import Checklist
from tap_daktela.doctor.lists import Findings, looked_at
from tap_daktela.errors import AccessError, ContractError, RemoteError
from tap_daktela.probing import Probe, any_row, first_page, marked, may_read_none, probe_all, samples_for, with_parents

_TROUBLES = (AccessError, ContractError, RemoteError)
_MOST_NAMES = 6


def check_rights(
    client: Client, chosen: Sequence[Selected], known: Mapping[str, Entry], checklist: Checklist, *, skips: bool
) -> list[Probe]:
    """Ask for a row of each stream, and for its custom fields if they are selected. Return what came.

    `skips` tells whether a run skips a stream that the user may not read.
    """
    wanted = {one.entry.name: one.entry for one in chosen}
    streams = with_parents(wanted, known)
    typed = {one.entry.stream.name for one in chosen if one.has_custom_fields}
    try:
        probes = probe_all(client, streams, samples_for(chosen))
    except _TROUBLES as error:
        checklist.wrong("rights", str(error))
        return [Probe(stream) for stream in streams]
    tell, remedy = checklist.wrong, "ask for the right, deselect the stream, or set on_denied to skip"
    if skips and may_read_none(marked(wanted, probes)):
        remedy = "ask for the right; a run needs one stream that may be read"
    elif skips:
        tell, remedy = checklist.odd, "a run leaves it out; ask for the right, or deselect the stream"
    for probe in probes:
        if probe.refusal is not None:
            tell("rights", f"{probe.refusal}: {remedy}")
        elif probe.trouble is not None:
            checklist.wrong("rights", str(probe.trouble))
    if all(probe.page is not None for probe in probes):
        checklist.ok("rights", f"{len(probes)} of {len(probes)} lists may be read")
    found = {
        probe.stream.name: len(probe.custom_fields) for probe in probes if probe.page and probe.stream.name in typed
    }
    if found:
        checklist.ok("custom fields", ", ".join(f"{name} {count or 'none'}" for name, count in found.items()))
    else:
        checklist.skipped("custom fields", "no stream with them is selected, and can be read")
    return probes


class _List(NamedTuple):
    """One list, the field that it is read by, and its key."""

    stream: Stream
    field: str
    key: str

    def __str__(self) -> str:
        return f"{self.stream.name} by {snake(self.field)}"

    @property
    def order(self) -> str:
        """What a run sorts by, in words."""
        return "its key" if self.field == self.key else "time and key"


def check_lists(client: Client, probes: Iterable[Probe], checklist: Checklist) -> None:
    """Check along each time axis, or the key, whether the instance sorts, counts and filters."""
    lists = [
        _List(probe.stream, field, probe.stream.key_field)
        for probe in probes
        if probe.page is not None and probe.stream.key_field and probe.stream.child is None
        for field in [axis.field for axis in probe.stream.axes] or [probe.stream.key_field]
    ]
    found = _side_by_side(client, lists, checklist)
    if not found:
        for check in ("sorting", "totals", "filters"):
            checklist.skipped(check, "no list can be looked at")
        return
    more = "reading takes more requests"
    unsorted = [one for one, findings in found.items() if findings.cannot_sort]
    if unsorted:
        checklist.odd("sorting", f"no rows come by {unsorted[0].order}, so that {more}: {_named(unsorted)}")
    uncounted = [one for one, findings in found.items() if not findings.has_totals]
    if uncounted:
        checklist.odd("totals", f"there are none, so that {more}: {_named(uncounted)}")
    _tell("sorting", "come in order", {one: findings.sorting for one, findings in found.items()}, checklist)
    counted = {one: findings.totals for one, findings in found.items() if findings.has_totals}
    if counted:
        _tell("totals", "have a true total", counted, checklist)
    _tell("filters", "give what passes a filter", {one: findings.filters for one, findings in found.items()}, checklist)


def _side_by_side(client: Client, lists: Sequence[_List], checklist: Checklist) -> dict[_List, Findings]:
    """Look at several lists at once. Return what was found of those that answered."""

    def found_of(one: _List) -> Findings | AccessError | ContractError | RemoteError:
        try:
            return looked_at(client, one.stream, one.field, one.key)
        except _TROUBLES as error:
            return error

    with client.probing() as most, ThreadPoolExecutor(most) as pool:
        answers = dict(zip(lists, pool.map(found_of, lists), strict=True))
    for one, answer in answers.items():
        if not isinstance(answer, Findings):
            checklist.wrong("sorting", f"{one}: {answer}")
    return {one: answer for one, answer in answers.items() if isinstance(answer, Findings)}


def _tell(check: str, what: str, found: Mapping[_List, str | None], checklist: Checklist) -> None:
    """Tell of a check of all lists: of each that is wrong, and how many do `what` is right."""
    for one, sentence in found.items():
        if sentence:
            checklist.wrong(check, f"{one}: {sentence}; ask Daktela's support, and deselect the stream until then")
    works = sum(sentence == "" for sentence in found.values())
    unknown = [one for one, sentence in found.items() if sentence is None]
    tell: Callable[[str, str], None] = checklist.ok if works else checklist.skipped
    parts = [f"{works} of {len(found)} lists {what}"] if len(unknown) < len(found) else []
    parts += [f"too few different values to tell: {_named(unknown)}"] if unknown else []
    tell(check, "; ".join(parts))


def _named(lists: Sequence[_List]) -> str:
    more = f" and {len(lists) - _MOST_NAMES} more" if len(lists) > _MOST_NAMES else ""
    return f"{', '.join(map(str, lists[:_MOST_NAMES]))}{more}"


def check_filters(client: Client, filters: Mapping[str, Filter], probes: Iterable[Probe], checklist: Checklist) -> None:
    """Ask for a row that passes the filter that the user set for a stream."""
    for probe in probes:
        stream, wanted = probe.stream, filters.get(probe.stream.name)
        if wanted is None or probe.page is None:
            continue
        try:
            page = first_page(client, stream, replace(any_row(stream), filter=wanted))
        except _TROUBLES as error:
            checklist.wrong("filters", f"{stream.name}: the filter that you set does not work: {error}")
            continue
        if page.rows:
            checklist.ok("filters", f"{stream.name}: rows pass the filter that you set")
        else:
            checklist.odd("filters", f"{stream.name}: no row passes the filter that you set")
