"""What one run of the component has to do, and what came of it: plain data between the parameters and the pipe.

The parameters, dates and memory of the component become a `Job`; `pipeline.run` reads a `Job` and returns an `Outcome`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMATS = ("table", "extractor", "revolt", "json")
"""The values of `Job.output_format`."""


@dataclass(frozen=True)
class TableRequest:
    """One table that the user wants.

    `stream` is a stream of the tap; `table` is the table's name without the server's prefix, as the user knows it (for
    `table` and `json` usually the stream's own name, or the older name by which it was asked for; for `extractor` and
    `revolt` one of `formats.documented(output_format)`, which decides the streams too, so that `stream` is not looked
    at). `fields` are columns of the stream to read beside its key; None means those that are selected by default.
    """

    stream: str
    table: str
    fields: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Job:
    """One run.

    - `tap_config`: complete settings of the tap, secrets included. The pipe decides over `nested`, `streams` and
      `emit_activate_version_messages` itself, and over `orphans` in the formats `extractor` and `revolt`.
    - `tables`: at least one; two of the same name are an error.
    - `server`: what the instance is called in file names and keys, of letters, digits, `_` and `-` only.
    - `output_format`: one of FORMATS.
    - `incremental`: whether the platform adds to the tables (by their key) or replaces them.
    - `strip_html`: whether HTML in text becomes plain text (`table` and `json`; `extractor` has a rule of its own).
    - `tap_state`: the Singer state to begin with; `{}` begins at the setting `start_date`.
    - `native_types`: whether the platform wants manifests with a `schema` instead of the legacy ones
      (KBC_DATA_TYPE_SUPPORT is `hints` or `authoritative`).
    - `remembered_columns`: `Outcome.columns` of earlier runs into the same tables, merged: a table never loses one.
    - `custom_fields`: those that the instance defines, by stream; they become columns although no row has them.
    """

    tap_config: Mapping[str, Any] = field(repr=False)
    tables: tuple[TableRequest, ...]
    server: str
    output_format: str = "table"
    incremental: bool = False
    strip_html: bool = False
    tap_state: Mapping[str, Any] = field(default_factory=dict)
    native_types: bool = False
    remembered_columns: Mapping[str, list[str]] = field(default_factory=dict)
    custom_fields: Mapping[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What a run delivered; all its files lie in the output folder when this exists.

    - `state`: the Singer state to begin the next run with.
    - `rows`: rows in each file, by the name of the table without the server's prefix.
    - `columns`: the columns of each file, in order; to be handed over as `remembered_columns` next time.
    - `dropped`: rows that a format leaves out by its rule (`revolt`: rows without their key), by table; only tables
      that lost some are named.
    """

    state: dict[str, Any]
    rows: dict[str, int]
    columns: dict[str, list[str]]
    dropped: dict[str, int]
