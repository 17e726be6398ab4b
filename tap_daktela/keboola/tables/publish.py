"""Publishes a run: its tables, their manifests and its state appear together, or everything stays as it was."""

import errno
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

from tap_daktela.keboola.tables.manifests import manifest
from tap_daktela.keboola.tables.table_set import FinishedTable
from tap_daktela.runtime.signals import Stop

STATE = "state.json"

PIECE_BYTES = 2**20
"""Bytes that are copied between two looks for a signal."""


def check_writable(folder: Path) -> None:
    """Raise OSError if a run could not be published into `folder` (out/tables), with the state beside it.

    To be called before reading, which can take hours.
    """
    # The platform has made the folders. A local data folder may lack them.
    folder.mkdir(parents=True, exist_ok=True)
    for place in (folder, folder.parent):
        try:
            with TemporaryFile(dir=place):
                pass
        except OSError as error:  # noqa: PERF203 - there are two
            error.filename = str(place)  # The file's own name was made up.
            raise
    state = folder.with_name(STATE)
    if state.is_dir():
        raise IsADirectoryError(errno.EISDIR, "a folder has the name of this file", str(state))


def publish(
    tables: Sequence[FinishedTable],
    state: Mapping[str, Any],
    folder: Path,
    *,
    incremental: bool,
    native_types: bool,
    stop: Stop,
) -> None:
    """Move `tables` and their manifests into `folder` (out/tables), and write state.json beside it, in the main thread.

    OSError if a step fails, Interrupted if a signal comes between two steps; everything is then as it was. The last
    step replaces the state. A signal that comes later is ignored: the run has succeeded.
    """
    # A folder beside the tables: what lies among them becomes a table. Within one file system a move is one step.
    with (
        stop.deferred(),
        TemporaryDirectory(prefix=".publish-", dir=folder.parent, ignore_cleanup_errors=True) as name,
    ):
        new, old = Path(name) / "new", Path(name) / "old"
        new.mkdir()
        old.mkdir()
        for table in tables:
            about = manifest(table.spec, incremental=incremental, native_types=native_types)
            _write(new / f"{table.file.name}.manifest", about)
            _bring(table.file, new / table.file.name, stop)
        _write(new / STATE, state)
        _exchange([table.file.name for table in tables], new, old, folder, stop)


def _exchange(tables: Sequence[str], new: Path, old: Path, folder: Path, stop: Stop) -> None:
    """Put everything in `new` into its place. What was there is in `old` until the state, the last, is replaced."""
    placed: list[Path] = []
    try:
        for table in tables:
            # The process may be killed between two steps. A manifest without its table is harmless, the reverse is not.
            for name in (f"{table}.manifest", table):
                stop.poll()
                place = folder / name
                placed.append(place)
                if place.is_file():
                    place.rename(old / name)
                (new / name).rename(place)
        stop.poll()
        (new / STATE).replace(folder.with_name(STATE))
        stop.ignore()
    except BaseException:
        for place in reversed(placed):
            if place.is_file() and not (new / place.name).exists():
                place.unlink()
            if (old / place.name).exists():
                (old / place.name).rename(place)
        raise


def _write(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2), encoding="utf-8")


def _bring(source: Path, place: Path, stop: Stop) -> None:
    """Move a file, from another file system too. That may take minutes, so a signal ends it."""
    stop.poll()
    try:
        source.rename(place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with source.open("rb") as content, place.open("wb") as copy:
            while piece := content.read(PIECE_BYTES):
                stop.poll()
                copy.write(piece)
        source.unlink()
