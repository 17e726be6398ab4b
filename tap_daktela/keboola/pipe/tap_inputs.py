"""The settings, catalog and state with which the tap reads exactly the columns that the tables need."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tap_daktela.catalog.entries import Entry
from tap_daktela.catalog.fields import FieldType
from tap_daktela.catalog.schema import parts_of
from tap_daktela.keboola.job import Job
from tap_daktela.keboola.tables.table_spec import TableSpec

BATCH_ROWS = 100
BATCH_ROWS_OF_LONG = 10
"""Rows of each stream that the target gathers before it writes them. A batch costs as much as two or three rows."""

_FROM_THE_BEGINNING = "2000-01-01T00:00:00Z"
"""A bookmark before every row: Daktela V6 is younger."""

_ORPHANS = {"extractor": "keep", "revolt": "drop"}


def settings(job: Job) -> dict[str, Any]:
    """Return the tap's settings for a job."""
    # A table that was asked for is never left out.
    chosen = {**job.tap_config, "emit_activate_version_messages": False, "on_denied": "fail"}
    chosen["nested"] = "native" if job.output_format == "json" else "json"
    chosen.pop("streams", None)
    if job.output_format in _ORPHANS:
        chosen["orphans"] = _ORPHANS[job.output_format]
    return chosen


def certificates(pem: str, folder: Path) -> dict[str, str]:
    """Return the tap's setting for the certificates to trust, which are written into `folder`."""
    path = folder / "certificates.pem"
    path.write_text(pem, encoding="ascii")
    return {"ca_bundle": str(path)}


def batch_rows(specs: Iterable[TableSpec], known: Mapping[str, Entry]) -> int:
    """Return how many rows of each stream the target gathers before it writes them."""
    long = {name: {column.name for column in entry.columns if column.long} for name, entry in known.items()}
    has_long = any(spec.stream is not None and _columns(spec) & long[spec.stream] for spec in specs)
    return BATCH_ROWS_OF_LONG if has_long else BATCH_ROWS


def catalog(specs: Sequence[TableSpec], known: Mapping[str, Entry]) -> dict[str, Any]:
    """Return the catalog that selects the columns that `specs` need, and nothing else."""
    wanted: dict[str, set[str]] = {}
    parts: dict[tuple[str, str], set[str]] = {}
    for spec in specs:
        if spec.stream is not None:
            wanted.setdefault(spec.stream, set()).update(_columns(spec))
            for source, names in spec.parts.items():
                parts.setdefault((spec.stream, source), set()).update(names)
    streams = []
    for name, columns in wanted.items():
        marks: list[dict[str, Any]] = [{"breadcrumb": [], "metadata": {"selected": True}}]
        for column in known[name].columns:
            selected = {"selected": column.name in columns}
            marks.append({"breadcrumb": ["properties", column.name], "metadata": selected})
            if column.type is FieldType.RECORD and (name, column.name) in parts:
                few = {part.name: {"selected": part.name in parts[name, column.name]} for part in column.items}
                marks += [{"breadcrumb": [*parts_of(column), part], "metadata": mark} for part, mark in few.items()]
        properties = _custom_fields([spec for spec in specs if spec.stream == name], known[name])
        streams.append({"tap_stream_id": name, "stream": name, "schema": {"properties": properties}, "metadata": marks})
    return {"streams": streams}


def _custom_fields(specs: Iterable[TableSpec], entry: Entry) -> dict[str, Any]:
    """Return the property with the custom fields to which a stream is reduced; none if any table needs all of them."""
    column = entry.custom_fields
    if column is None:
        return {}
    needed = [spec.chosen for spec in specs if column.name in _columns(spec)]
    if not needed or None in needed:
        return {}
    fields = sorted({field for chosen in needed for field in chosen or ()})
    return {column.name: {"properties": {field: {} for field in fields}, "additionalProperties": False}}


def _columns(spec: TableSpec) -> frozenset[str]:
    """Return the columns of its stream that the tap is asked for."""
    return spec.reads if spec.asked is None else spec.asked


def state(job: Job, specs: Sequence[TableSpec], known: Mapping[str, Entry]) -> dict[str, Any]:
    """Return the state to begin with: the job's, except for streams that are always read from their beginning."""
    begin = dict(job.tap_state)
    for spec in specs:
        if spec.whole and spec.stream is not None:
            marks = {axis.name: _FROM_THE_BEGINNING for axis in known[spec.stream].stream.axes}
            begin["bookmarks"] = {**dict(begin.get("bookmarks") or {}), spec.stream: marks}
    return begin
