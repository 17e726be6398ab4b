"""The cases in tests/functional: a data folder goes in, and the output folder is the expected one, byte for byte."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from keboola.datadirtest import DataDirTester

from tests.helpers import golden, harness
from tests.helpers.keboola import keboola_datadir, keboola_folder

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.unmeasured

FOLDER = harness.REPOSITORY / "tests/functional"
CASES = sorted(path.name for path in FOLDER.iterdir() if (path / "source").is_dir())


def run(name: str, folder: Path = FOLDER) -> None:
    """Run one case; AssertionError unless all is as expected."""
    try:
        DataDirTester(str(folder), str(keboola_folder.COMMAND), keboola_datadir.Case, selected_tests=[name]).run()
    except AssertionError as error:
        raise AssertionError(f"{golden.HINT}. {error}") from error


@pytest.mark.parametrize("name", CASES)
def test_the_output_folder_is_the_expected_one(name: str, target_csv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARGET_CSV", str(target_csv))
    run(name)


@pytest.mark.parametrize(
    ("name", "file", "text"),
    [
        ("table", "data/out/tables/acme_queues.csv", "server,id\r\n"),
        ("table", "data/out/tables/acme_more.csv", "server,id\r\n"),
        ("table", "data/out/tables/acme_queues.csv.manifest", "{}"),
        ("wrong_password", "status.json", '{"exit_code": 2, "stderr": ""}'),
    ],
    ids=["cells", "table", "manifest", "status"],
)
def test_another_output_is_noticed(  # noqa: PLR0917 - fixtures
    name: str, file: str, text: str, target_csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGET_CSV", str(target_csv))
    monkeypatch.delenv("RENEW_GOLDEN", raising=False)
    shutil.copytree(FOLDER / name, tmp_path / name)
    (tmp_path / name / "expected" / file).write_text(text, encoding="utf-8")
    with pytest.raises(AssertionError, match="Functional test suite failed"):
        run(name, tmp_path)
