"""The table of `--list`: the rows of each stream, the newest one, and whether the user may read it."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

import requests
from tabulate import tabulate

from tap_daktela import probing
from tap_daktela.catalog.entries import Entry
from tap_daktela.catalog.fields import Stream
from tap_daktela.daktela import clock
from tap_daktela.daktela.client import Client, Page
from tap_daktela.daktela.query import Query
from tap_daktela.probing import Probe

UNKNOWN = "?"
"""What the instance does not tell."""

_HEADERS = ("stream", "rows", "newest row", "rights", "default")
_ALIGNMENT = ("left", "right", "left", "left", "left")
_NO_RIGHT, _NO_SUCH_LIST = "no right (403)", "no such list (404)"
_BY_THE_TAP = "written by the tap"
_NONE = "0"


def listing(
    client: Client, wanted: Mapping[str, Entry], known: Mapping[str, Entry], *, zone: ZoneInfo, timestamps: str
) -> str:
    """Return the table of the `wanted` entries; the parents of child streams are `known`.

    `zone` is the zone of the instance's wall clock. `timestamps` is `utc` (RFC 3339) or `local` (that wall clock).
    AccessError if the instance refuses the token itself.
    """
    probes = probing.probe_all(client, probing.with_parents(wanted, known), _newest_row)
    probing.tell_trouble(probes)
    # Daktela V6 API: sorting by a field that the server does not know gives no rows and no error.
    doubted = [probe.stream for probe in probes if probe.stream.axes and probe.page and not probe.page.rows]
    unsorted = {probe.stream.name: probe.page for probe in probing.probe_all(client, doubted, probing.any_row)}
    by_name = {probe.stream.name: probe for probe in probes}
    lines = []
    for entry in probing.marked(wanted, probes).values():
        if entry.stream.ledger:
            lines.append((entry.name, "", "", _BY_THE_TAP, ""))
            continue
        name, probe = entry.stream.name, by_name[entry.stream.name]
        counted = (UNKNOWN, "") if entry.derived else _counted(probe, unsorted.get(name), zone, timestamps)
        lines.append((entry.name, *counted, _rights(entry, probe), "yes" if entry.selected else ""))
    return tabulate(lines, _HEADERS, colalign=_ALIGNMENT, disable_numparse=True)


def _newest_row(stream: Stream) -> Query:
    """Return the request for the newest time of a stream; for any row if it is read whole."""
    if not stream.axes:
        return probing.any_row(stream)
    field = stream.axes[0].field
    return Query(sort=(f"-{field}",), fields=(field,), take=1)


def _counted(probe: Probe, unsorted: Page | None, zone: ZoneInfo, timestamps: str) -> tuple[str, str]:
    """Return the number of rows and the newest time. `unsorted` is the second answer where the first one was empty."""
    page, axes = probe.page, probe.stream.axes
    if page is None:
        return UNKNOWN, UNKNOWN if axes else ""
    if not axes:
        return _rows(page), ""
    if page.rows:
        return _rows(page), _time(page.rows[0].get(axes[0].field), zone, timestamps)
    rows = UNKNOWN if unsorted is None else _rows(unsorted)
    if rows == _NONE:
        return (_NONE, "") if page.total == 0 else (UNKNOWN, UNKNOWN)
    return rows, UNKNOWN


def _rows(page: Page) -> str:
    """Return the total that came with a page of at most one row, unless the page contradicts it."""
    return f"{page.total:,}" if page.total is not None and bool(page.total) == bool(page.rows) else UNKNOWN


def _time(text: object, zone: ZoneInfo, timestamps: str) -> str:
    """Return a time of the instance as records have it."""
    try:
        local = clock.with_time(str(text))
        instant = clock.to_utc(local, zone)
    except ValueError:
        return UNKNOWN
    return local if timestamps == "local" else clock.utc_text(instant)


def _rights(entry: Entry, probe: Probe) -> str:
    if probe.refusal is not None:
        return _NO_SUCH_LIST if probe.refusal.status == requests.codes.not_found else _NO_RIGHT
    if entry.refusal is not None:
        return "parent may not be read"
    if probe.page is None:
        return "not known"
    return "may be read" if entry.derived is None else f"with {entry.stream.name}"
