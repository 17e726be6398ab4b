"""Moves the finished tables into the output folder when all of them are made."""

import errno
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from tap_daktela.keboola.tables.manifests import manifest
from tap_daktela.keboola.tables.table_set import FinishedTable


def publish(tables: Iterable[FinishedTable], out: Path, *, incremental: bool, native_types: bool) -> None:
    """Move all tables and their manifests into `out`. OSError if one fails; then none is left there."""
    placed: list[Path] = []
    try:
        for table in tables:
            target = out / table.file.name
            about = manifest(table.spec, incremental=incremental, native_types=native_types)
            description = table.file.with_name(f"{table.file.name}.manifest")
            description.write_text(json.dumps(about, ensure_ascii=False, indent=2), encoding="utf-8")
            # The process may be killed at any time. A manifest without its table is harmless, the reverse is not.
            for source, place in ((description, out / description.name), (table.file, target)):
                placed.append(place)
                _move(source, place)
    except BaseException:
        for place in placed:
            if place.is_file():
                place.unlink()
        raise


def _move(source: Path, place: Path) -> None:
    """Move a file in one step, so that half of it is never visible."""
    try:
        source.replace(place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # From another file system: first to a place beside the folder that the platform reads.
        near = place.parent.with_name(f".{place.name}")
        try:
            shutil.copyfile(source, near)
            near.rename(place)
        finally:
            near.unlink(missing_ok=True)
        source.unlink()
