"""What --test does: one check after another, of which each is made that still can be made."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any

from tap_daktela.catalog.entries import Entry, Selected
from tap_daktela.daktela.client import Client
from tap_daktela.daktela.http.retry import Retry
from tap_daktela.doctor.checklist import Checklist
from tap_daktela.doctor.configured import selection, tell_open_files, usable_settings
from tap_daktela.doctor.connected import reached
from tap_daktela.doctor.readable import check_filters, check_lists, check_rights
from tap_daktela.runtime.signals import Stop

RETRIES = Retry(tries=2, seconds=20.0)
"""Who waits for the answer would rather know soon."""

_OF_THE_INSTANCE = ("address", "certificate", "login", "clock", "zone")
_OF_STREAMS = ("rights", "custom fields", "sorting", "totals", "filters")


def examine(
    raw: Mapping[str, Any],
    variables: Mapping[str, str],
    *,
    files: Sequence[str],
    catalog: str | None,
    show: Callable[[str], None],
) -> None:
    """Show the checklist. CheckError if a run would fail.

    `raw` and `variables` are as in `Settings.parse`, `files` the paths of the settings, `catalog` is that of a catalog.
    """
    checklist = Checklist(show)
    settings = usable_settings(raw, variables, checklist)
    if settings is None:
        for check in _OF_THE_INSTANCE + _OF_STREAMS:
            checklist.skipped(check, "needs the settings")
        checklist.end(0, 0)
        return
    tell_open_files(files, settings, checklist)
    chosen, known, skips = selection(settings, catalog, checklist)
    client = Client(settings.connection, RETRIES)
    with Stop(client.close), closing(client):
        if not reached(client, settings, checklist):
            for check in _OF_STREAMS:
                checklist.skipped(check, "needs the login")
            checklist.end(0, 0)
            return
        probes = check_rights(client, chosen, known, checklist, skips=skips)
        check_lists(client, probes, checklist)
        check_filters(client, settings.filters, probes, checklist)
    refused = {probe.stream.name for probe in probes if probe.page is None}
    checklist.end(sum(not refused & _needed(one, known) for one in chosen), len(chosen))


def _needed(selected: Selected, known: Mapping[str, Entry]) -> set[str]:
    """Return the streams of which rows are needed for a selected one: its own, and that of its parent."""
    stream = selected.entry.stream
    return {stream.name, *([known[stream.child.parent].stream.name] if stream.child else [])}
