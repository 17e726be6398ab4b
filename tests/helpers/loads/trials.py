"""The targets that `make targets` tries, each with the settings that docs/targets.md shows."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.helpers.harness import REPOSITORY
from tests.helpers.loads.stores import CsvFiles, DuckdbFile, JsonlFiles, PostgresSchema, S3Bucket, Store
from tests.helpers.postgres_cluster import Cluster

NESTED_AS_TEXT = {"nested": "json"}
FAST = {"validate_records": False}


@dataclass(frozen=True)
class Trial:
    """A target with settings of its own (`options`) and of the tap (`tap`); `appends` says that it never updates.

    What every user of the target has to set is the store's part.
    """

    package: str
    environment: str
    command: str
    store: Store
    options: Mapping[str, Any] = field(default_factory=dict)
    tap: Mapping[str, Any] = field(default_factory=dict)
    appends: bool = False

    @property
    def name(self) -> str:
        """The target with its settings, as in the tables."""
        return self.package + _shown({**self.options, **self.tap})

    @property
    def tap_name(self) -> str:
        """The tap alone with its settings, as in the tables."""
        return "the tap alone" + _shown(self.tap)

    @property
    def program(self) -> Path:
        """The installed command."""
        return _environment(self.environment) / self.command


def trials(cluster: Cluster, bucket: S3Bucket, folder: Path) -> list[Trial]:
    """Return all trials, which store in the cluster, the bucket and the folder."""

    def inside(name: str) -> Path:
        (folder / name).mkdir()
        return folder / name

    def meltano(schema: str, **options: Any) -> Trial:
        store = PostgresSchema(cluster, schema)
        return Trial("meltanolabs-target-postgres", "target", "target-postgres", store, options)

    duckdb = DuckdbFile(inside("duckdb"), _environment("duckdb") / "python")
    pipelinewise = PostgresSchema(cluster, "pipelinewise", "dbname")
    in_csv = {**FAST, "batch_size_rows": 10000}
    return [
        meltano("plain"),
        meltano("unchecked", **FAST),
        meltano("copied", **FAST, use_copy=True),
        Trial("pipelinewise-target-postgres", "pipelinewise", "target-postgres", pipelinewise),
        Trial("target-duckdb", "duckdb", "target-duckdb", duckdb),
        Trial("meltanolabs-target-csv", "target", "target-csv", CsvFiles(inside("csv")), in_csv, NESTED_AS_TEXT, True),
        Trial("target-jsonl", "jsonl", "target-jsonl", JsonlFiles(inside("jsonl")), appends=True),
        Trial("plinxore-target-s3", "parquet", "target-s3", bucket, {}, NESTED_AS_TEXT, appends=True),
    ]


def parquet_python() -> Path:
    """Return the interpreter of the environment with target-s3 and an S3."""
    return _environment("parquet") / "python"


def _environment(name: str) -> Path:
    return REPOSITORY / f".venv-{name}" / "bin"


def _shown(settings: Mapping[str, Any]) -> str:
    spelled = {name: json.dumps(value).strip('"') for name, value in settings.items()}
    said = ", ".join(f"`{name}: {value}`" for name, value in spelled.items())
    return f" ({said})" if said else ""
