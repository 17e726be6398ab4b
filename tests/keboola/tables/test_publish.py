"""Finished tables on their way into the output folder."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tap_daktela.keboola.tables.publish import publish
from tests.helpers.keboola.finished_tables import filled, spec_of

if TYPE_CHECKING:
    from tap_daktela.keboola.tables.table_set import FinishedTable
    from tests.helpers.keboola.finished_tables import TableMaker


def finished(maker: TableMaker, *streams: str) -> list[FinishedTable]:
    """Return small finished tables."""
    tables = []
    for stream in streams:
        spec = spec_of(stream)
        maker.take(stream, [filled(spec, name="a")])
        maker.finish(spec)
        tables.append(maker.table)
    return tables


def test_tables_and_manifests_arrive_together(maker: TableMaker, tmp_path: Path) -> None:
    out = tmp_path / "tables"
    out.mkdir()
    publish(finished(maker, "users", "queues"), out, incremental=True, native_types=False)
    names = sorted(path.name for path in out.iterdir())
    assert names == [
        "acme_queues.csv", "acme_queues.csv.manifest", "acme_users.csv", "acme_users.csv.manifest",
    ]  # fmt: skip
    assert not list(maker.done.iterdir())


def test_another_file_system_makes_no_difference(
    maker: TableMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(Path, "replace", refuse)
    out = tmp_path / "tables"
    out.mkdir()
    [table] = finished(maker, "users")
    content = table.file.read_bytes()
    publish([table], out, incremental=True, native_types=True)
    assert (out / "acme_users.csv").read_bytes() == content
    assert not list(maker.done.iterdir())


def test_nothing_is_left_when_one_table_cannot_be_placed(maker: TableMaker, tmp_path: Path) -> None:
    out = tmp_path / "tables"
    out.mkdir()
    # A folder stands where the second table wants to be.
    (out / "acme_queues.csv" / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="acme_queues"):
        publish(finished(maker, "users", "queues"), out, incremental=True, native_types=False)
    assert [path.name for path in out.iterdir()] == ["acme_queues.csv"]
