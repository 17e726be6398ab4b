"""Finished tables, manifests and state on their way into the output folder: all of them arrive, or nothing changes."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from tap_daktela.errors import Interrupted
from tap_daktela.keboola.tables import publish as module
from tap_daktela.keboola.tables.publish import check_writable
from tap_daktela.runtime.signals import Stop
from tests.helpers.harness import REPOSITORY
from tests.helpers.keboola.publishing import (
    NAMES,
    NEW,
    OLD,
    Place,
    at_step,
    fail,
    given_back,
    interrupt,
    rename_within_a_file_system,
)

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(params=[False, True], ids=["one file system", "two file systems"])
def far(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Let the private folder be on another file system than the output folder, or not."""
    if request.param:
        monkeypatch.setattr(Path, "rename", rename_within_a_file_system)
        monkeypatch.setattr(module, "PIECE_BYTES", 10)
    return bool(request.param)


@pytest.mark.usefixtures("far")
@pytest.mark.parametrize("is_used", [False, True])
def test_everything_arrives_together(tmp_path: Path, is_used: bool) -> None:
    place = Place.made(tmp_path / "run", is_used=is_used)
    check_writable(place.folder)
    place.publish()
    assert place.is_published()
    assert not list((place.root / "private/done").iterdir())
    assert {path.name for path in place.folder.parent.iterdir()} == {"tables", "state.json"}


def each_step(
    tmp_path: Path, is_used: bool, act: Callable[[], None], errors: tuple[type[Exception], ...]
) -> tuple[int, int]:
    """Publish with something at the first, second, … operation until there are no more; return failures, successes."""
    failures = successes = 0
    for k in range(1, 1000):
        place = Place.made(tmp_path / f"run{k}", is_used=is_used)
        try:
            with at_step(tmp_path, k, act) as steps:
                place.publish()
        except errors:
            failures += 1
            assert place.content() == place.before, k
        else:
            successes += 1
            assert place.is_published(), (k, place.content())
            if not steps.hit:
                return failures, successes
    raise AssertionError("it has no end")


@pytest.mark.usefixtures("far")
@pytest.mark.parametrize("is_used", [False, True])
def test_whatever_step_fails_nothing_changes(tmp_path: Path, is_used: bool) -> None:
    failures, successes = each_step(tmp_path, is_used, fail, (OSError,))
    # Manifests, tables, state: each is written or brought, and then moved. What fails behind the state is harmless.
    assert failures > 10
    assert successes > 1


@pytest.mark.usefixtures("far")
@pytest.mark.parametrize("is_used", [False, True])
def test_a_signal_at_any_step_changes_nothing_or_comes_too_late(tmp_path: Path, is_used: bool) -> None:
    failures, successes = each_step(tmp_path, is_used, interrupt, (Interrupted,))
    assert failures > 10
    assert successes > 1


KILLS = (
    "import sys; from tests.helpers.keboola.publishing import *; kill_at_each_step(sys.argv[1], far=bool(sys.argv[2]))"
)


def check_what_a_kill_left(place: Place, *, was_used: bool) -> None:
    there = {path.name for path in place.folder.iterdir()}
    # Nothing lies among the tables that is none, and each file is whole.
    assert there <= {*NAMES, "other.csv"}
    for name in there - {"other.csv"}:
        text = (place.folder / name).read_text()
        assert text == "old" or (json.loads(text) if name.endswith(".manifest") else text.count("\n") == 2)
        assert f"{name}.manifest" in there or name.endswith(".manifest")
    state = json.loads(place.state.read_text()) if place.state.exists() else None
    assert state in (NEW, OLD if was_used else None)
    # The state is the last.
    assert state != NEW or place.is_published()


@pytest.mark.unmeasured
def test_a_kill_at_any_step_leaves_whole_files_and_a_whole_state(tmp_path: Path, far: bool) -> None:
    command = [sys.executable, "-c", KILLS, tmp_path, "far" if far else ""]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    places = sorted(tmp_path.iterdir(), key=lambda path: int(path.name.removeprefix("run")))
    assert len(places) > 14
    for k, root in enumerate(places, 1):
        check_what_a_kill_left(Place(root), was_used=bool(k % 2))
    assert Place(places[-1]).is_published()


def test_a_folder_in_the_place_of_a_table_stays(tmp_path: Path) -> None:
    place = Place.made(tmp_path / "run", is_used=False)
    (place.folder / "acme_queues.csv" / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="acme_queues") as caught:
        place.publish()
    assert caught.value.filename2 == str(place.folder / "acme_queues.csv")
    assert [path.name for path in place.folder.iterdir()] == ["acme_queues.csv"]
    assert not place.state.exists()


@pytest.mark.parametrize("where", ["out", "out/tables", "out/state.json"])
def test_what_could_not_be_published_into_is_told_before_reading(tmp_path: Path, where: str) -> None:
    folder = tmp_path / "out" / "tables"
    if where == "out/state.json":
        (tmp_path / where).mkdir(parents=True)
    else:
        (tmp_path / where).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / where).write_text("a file")
    with pytest.raises(OSError, match=str(tmp_path / "out")):
        check_writable(folder)


def test_folders_that_are_missing_are_made(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "out" / "tables"
    check_writable(folder)
    check_writable(folder)
    assert list(folder.parent.iterdir()) == [folder]


@pytest.mark.parametrize("where", ["tables", "out"])
def test_a_folder_that_cannot_be_written_is_named_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def refusing(dir: Path) -> TemporaryDirectory[str]:  # noqa: A002 - the name of the library
        if dir.name == where:
            raise PermissionError(errno.EACCES, "Permission denied", "made-up")
        return TemporaryDirectory()

    monkeypatch.setattr(module, "TemporaryFile", refusing)
    with pytest.raises(PermissionError) as caught:
        check_writable(tmp_path / "out" / "tables")
    assert Path(caught.value.filename).name == where


def test_a_file_that_cannot_be_moved_is_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place.made(tmp_path / "run", is_used=True)

    rename = Path.rename

    def refused(self: Path, target: Path) -> Path:
        if "private" in str(self):
            raise PermissionError(errno.EACCES, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(PermissionError):
        place.publish()
    assert place.content() == place.before


class StopWhen(Stop):
    """Stops at the first look for a signal at which something is so."""

    def __init__(self, is_so: Callable[[], bool]) -> None:
        super().__init__(lambda: None)
        self._is_so = is_so

    def poll(self) -> None:
        """Raise Interrupted if it is so."""
        if self._is_so():
            raise Interrupted(15)


@pytest.mark.parametrize("moment", ["copying", "one is brought", "a manifest is placed", "only the state is missing"])
def test_between_any_two_steps_there_is_a_look_for_a_signal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setattr(Path, "rename", rename_within_a_file_system)
    place = Place.made(tmp_path / "run", is_used=False)
    out, first = place.folder.parent, place.tables[0].file.name

    def brought() -> list[Path]:
        return list(out.glob(".publish-*/new/*.csv"))

    so = {
        "copying": lambda: place.tables[0].file.exists() and len(brought()) == 1,
        "one is brought": lambda: (
            len(brought()) == 1 and not place.tables[0].file.exists() and not any(place.folder.iterdir())
        ),
        "a manifest is placed": lambda: (place.folder / f"{first}.manifest").exists() and len(brought()) == 2,
        "only the state is missing": lambda: sorted(path.name for path in place.folder.iterdir()) == NAMES,
    }[moment]
    with StopWhen(so) as stop, pytest.raises(Interrupted):
        place.publish_until(stop)
    assert place.content() == place.before


def test_a_signal_behind_the_state_is_too_late(tmp_path: Path) -> None:
    place = Place.made(tmp_path / "run", is_used=False)
    with given_back(), Stop(lambda: None) as stop:
        place.publish_until(stop)
        interrupt()
        stop.poll()
    assert place.is_published()
