"""What one run has to do (`Job`) and what it did (`Outcome`, `StreamCounts`): plain data that the rooms share.

`preparation` makes a `Job` of the parameters, the dates and the stored state. `pipeline.run` returns an `Outcome`.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FORMATS = {
    "table": "All columns",
    "extractor": "As component-ex-daktela",
    "revolt": "As Revolt BI (2018)",
    "json": "JSON",
}
"""The values of `Job.output_format`, each with its title in the form."""


@dataclass(frozen=True)
class TableRequest:
    """One table that the user wants.

    - `stream`: a stream of the tap. The formats `extractor` and `revolt` find their streams by themselves.
    - `table`: the table's name without the server's prefix, as the user asked for it: usually the stream's name or an
      older name; in `extractor` and `revolt` one of `formats.fixed_tables(output_format)`.
    - `fields`: columns of the stream to read beside its key; None means those that are selected by default.
    - `custom_fields`: names of custom fields to read if `fields` has not the column with all of them.
    """

    stream: str
    table: str
    fields: tuple[str, ...] | None = None
    custom_fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Job:
    """One run.

    - `tap_config`: complete settings of the tap, secrets included. The pipe itself sets `nested`, `streams` and
      `emit_activate_version_messages`, and in the formats `extractor` and `revolt` also `orphans`.
    - `tables`: at least one. Two of the same name are an error.
    - `server`: the name of the instance in file names and keys: letters, digits, `_` and `-`.
    - `output_format`: one of FORMATS.
    - `incremental`: whether the platform adds to the tables (by their key) or replaces them.
    - `strip_html`: whether HTML in text becomes plain text (`table` and `json`; `extractor` has a rule of its own).
    - `tap_state`: the Singer state to begin with; `{}` begins at the setting `start_date`.
    - `native_types`: whether the platform wants manifests with a `schema` instead of the legacy ones
      (KBC_DATA_TYPE_SUPPORT is `hints` or `authoritative`).
    - `remembered_columns`: `Outcome.columns` of earlier runs into the same tables, merged: a table never loses one.
    - `custom_fields`: those that the instance defines, by stream. They become columns even if no row has them.
    - `certificates`: the text of the certificate authorities to trust, in PEM; None for the usual ones.
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
    certificates: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What a run wrote. It is returned once all files are in the output folder.

    - `state`: the Singer state to begin the next run with.
    - `rows`: rows in each file, by the name of the table without the server's prefix.
    - `columns`: the columns of each file, in order; the next run gets them as `remembered_columns`.
    - `dropped`: rows that a format leaves out by its rule (`revolt`: rows without their key), by table, for tables
      that have such rows.
    """

    state: dict[str, Any]
    rows: dict[str, int]
    columns: dict[str, list[str]]
    dropped: dict[str, int]


@dataclass
class StreamCounts:
    """What passed of one stream: its columns as the target got them, its number of rows, and when they came.

    `begun` and `ended` are readings of the monotonic clock, in seconds.
    """

    columns: tuple[str, ...] = ()
    rows: int = 0
    begun: float = field(default_factory=time.monotonic)
    ended: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """The time between the schema and the last message of the stream."""
        return self.ended - self.begun
