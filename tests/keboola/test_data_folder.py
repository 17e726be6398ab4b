"""A data folder in which something is missing, cannot be read or cannot be written."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers import harness
from tests.helpers.keboola.keboola_folder import Run

if TYPE_CHECKING:
    from tests.helpers.keboola.keboola_folder import DataFolder

pytestmark = pytest.mark.unmeasured

OLD = '{"version": 0}'


@pytest.fixture
def parameters(login: dict[str, str]) -> dict[str, Any]:
    return {**login, "tables": "queues"}


def refused(run: Run) -> str:
    """Return the sentence with which a run was refused before it read anything."""
    assert (run.returncode, run.files) == (1, [])
    assert "Extracting" not in run.stdout
    assert "Traceback" not in run.stdout
    [line] = run.stderr.splitlines()
    return line


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"version": 1', "is not JSON: "),
        (b'{"version": "\xff"}', "is not text in UTF-8; reset the state"),
        (b"[" * 200 + b"]" * 200, "is nested too deeply; reset the state"),
        (None, "cannot be read: Is a directory; "),
    ],
    ids=["broken", "not text", "too deep", "folder"],
)
def test_a_state_that_cannot_be_read_is_told(
    data_folder: DataFolder, parameters: dict[str, Any], content: bytes | None, words: str
) -> None:
    folder = data_folder.prepare(parameters)
    state = folder / "in/state.json"
    state.unlink()
    if content is None:
        state.mkdir()
    else:
        state.write_bytes(content)
    assert refused(data_folder.start(folder)).startswith(f"{state} {words}")


@pytest.mark.parametrize("content", [None, b"", b"\xef\xbb\xbf{}"], ids=["none", "empty", "with a BOM"])
def test_no_state_is_a_first_run(data_folder: DataFolder, parameters: dict[str, Any], content: bytes | None) -> None:
    folder = data_folder.prepare(parameters)
    (folder / "in/state.json").unlink()
    if content is not None:
        (folder / "in/state.json").write_bytes(content)
    run = data_folder.start(folder)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.state is not None


def test_a_folder_in_the_place_of_the_state_is_told_before_reading(
    data_folder: DataFolder, parameters: dict[str, Any]
) -> None:
    folder = data_folder.prepare(parameters)
    (folder / "out/state.json").mkdir()
    assert f"cannot write {folder}/out/state.json: a folder has" in refused(data_folder.start(folder))


def test_a_file_in_the_place_of_the_output_folder_is_told(data_folder: DataFolder, parameters: dict[str, Any]) -> None:
    folder = data_folder.prepare(parameters)
    for path in (folder / "out/tables", folder / "out/files", folder / "out"):
        path.rmdir()
    (folder / "out").write_text("")
    run = data_folder.start(folder)
    assert (run.returncode, run.stderr.splitlines()[0].split(":")[0]) == (1, f"cannot write {folder}/out/tables")


def test_a_read_only_state_is_replaced(data_folder: DataFolder, parameters: dict[str, Any]) -> None:
    folder = data_folder.prepare(parameters)
    (folder / "out/state.json").write_text(OLD)
    (folder / "out/state.json").chmod(0o444)
    run = data_folder.start(folder)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.state is not None
    assert run.state["version"] == 1


# The last step is met where Python tells of each operation on files.
AT_THE_LAST_STEP = """
import errno, os, signal, sys

def hook(event, arguments):
    if event == "os.rename" and str(arguments[1]).endswith("out/state.json"):
        ACT

sys.addaudithook(hook)
from tap_daktela.keboola.component import main
sys.exit(main())
"""


def ended_at_the_last_step(data_folder: DataFolder, parameters: dict[str, Any], act: str) -> Run:
    """Run the component, and do something just before the state is replaced."""
    folder = data_folder.prepare(parameters)
    (folder / "out/state.json").write_text(OLD)
    done = subprocess.run(
        [sys.executable, "-c", AT_THE_LAST_STEP.replace("ACT", act)],
        env=data_folder.environment(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=harness.PATIENCE,
    )
    return Run(done.returncode, done.stdout.decode(), done.stderr.decode(), folder)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("ENOSPC", "No space left on device; extract fewer tables or a shorter period in one run, or make room\n"),
        ("EROFS", "Read-only file system; look at it and its rights\n"),
    ],
)
def test_a_failure_of_the_last_step_takes_everything_back(
    data_folder: DataFolder, parameters: dict[str, Any], number: str, words: str
) -> None:
    act = f"raise OSError(errno.{number}, os.strerror(errno.{number}), arguments[0], None, arguments[1])"
    run = ended_at_the_last_step(data_folder, parameters, act)
    assert (run.returncode, run.stderr) == (1, f"cannot write {run.folder}/out/state.json: {words}")
    assert run.files == []
    assert (run.folder / "out/state.json").read_text() == OLD


def test_a_signal_at_the_last_step_comes_too_late(data_folder: DataFolder, parameters: dict[str, Any]) -> None:
    run = ended_at_the_last_step(data_folder, parameters, "os.kill(os.getpid(), signal.SIGTERM)")
    assert (run.returncode, run.stderr) == (0, "")
    assert set(run.tables) == {"acme_queues"}
    assert json.loads((run.folder / "out/state.json").read_text())["version"] == 1
