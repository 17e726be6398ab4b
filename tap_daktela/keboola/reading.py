"""What the tap is told, so that it reads exactly what the tables are made of, and how much is in memory at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tap_daktela.catalog.entries import Entry
    from tap_daktela.keboola.job import Job
    from tap_daktela.keboola.layout import Layout

__all__ = ["batch_rows", "catalog", "settings", "state"]

CONCURRENCY = 4
PAGE_SIZE = 500
PAGE_SIZE_OF_BODIES = 20
"""Rows that the tap asks for at once. All answers under way are in memory, which ends at 256 MB for all processes; an
e-mail of a real instance has 27 KB on average and some have several MB, most other rows less than one KB."""

BATCH_ROWS = 100
BATCH_ROWS_OF_BODIES = 10
"""Rows of each stream that the target gathers before it writes them: each batch costs as much as two or three rows."""

_BODIES = frozenset({"text", "content"})
"""Columns that hold whole e-mails, templates and articles."""

_FROM_THE_BEGINNING = "2000-01-01T00:00:00Z"
"""A bookmark that lies before every row; Daktela V6 is younger."""

_ORPHANS = {"extractor": "keep", "revolt": "drop"}


def settings(job: Job, layouts: Iterable[Layout]) -> dict[str, Any]:
    """Return the tap's settings for a job and its tables."""
    page_size = PAGE_SIZE_OF_BODIES if _has_bodies(layouts) else PAGE_SIZE
    chosen = {"page_size": page_size, "concurrency": CONCURRENCY, **job.tap_config}
    chosen["nested"] = "native" if job.output_format == "json" else "json"
    chosen["emit_activate_version_messages"] = False
    chosen.pop("streams", None)
    if job.output_format in _ORPHANS:
        chosen["orphans"] = _ORPHANS[job.output_format]
    return chosen


def batch_rows(layouts: Iterable[Layout]) -> int:
    """Return how many rows of each stream the target is to gather before it writes them."""
    return BATCH_ROWS_OF_BODIES if _has_bodies(layouts) else BATCH_ROWS


def _has_bodies(layouts: Iterable[Layout]) -> bool:
    return any(_columns(layout) & _BODIES for layout in layouts)


def catalog(layouts: Sequence[Layout], known: Mapping[str, Entry]) -> dict[str, Any]:
    """Return the catalog that selects what `layouts` are made of, and nothing else."""
    wanted: dict[str, set[str]] = {}
    for layout in layouts:
        if layout.stream is not None:
            wanted.setdefault(layout.stream, set()).update(_columns(layout))
    return {"streams": [_selection(known[stream], columns) for stream, columns in wanted.items()]}


def _columns(layout: Layout) -> frozenset[str]:
    """Return the columns of its stream that a table needs."""
    return layout.reads if layout.asked is None else layout.asked


def _selection(entry: Entry, columns: set[str]) -> dict[str, Any]:
    marks = [{"breadcrumb": [], "metadata": {"selected": True}}]
    marks += [
        {"breadcrumb": ["properties", column.name], "metadata": {"selected": column.name in columns}}
        for column in entry.columns
    ]
    return {"tap_stream_id": entry.name, "stream": entry.name, "schema": {"properties": {}}, "metadata": marks}


def state(job: Job, layouts: Sequence[Layout], known: Mapping[str, Entry]) -> dict[str, Any]:
    """Return the state to begin with: the job's, but for streams that are read from their beginning every time."""
    begin = dict(job.tap_state)
    for layout in layouts:
        if layout.whole and layout.stream is not None:
            marks = {axis.name: _FROM_THE_BEGINNING for axis in known[layout.stream].stream.axes}
            begin["bookmarks"] = {**dict(begin.get("bookmarks") or {}), layout.stream: marks}
    return begin
