"""The images, without Docker: their steps are scripts that are there, what these need comes along, and the tap runs."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tap_daktela import __version__
from tests.helpers.harness import INSTALLER, REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

DOCKERFILES = {
    "Dockerfile": ("tap", "/opt/tap", "tap-daktela"),
    "Dockerfile.keboola": ("keboola", "/opt/component", "tap-daktela-keboola"),
}
SCRIPT = (REPOSITORY / "scripts/image").read_text(encoding="utf-8")
SENT = re.findall(r"^!(\S+)$", (REPOSITORY / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)

each_dockerfile = pytest.mark.parametrize("name", DOCKERFILES)


def dockerfile(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


@each_dockerfile
def test_every_step_is_a_script(name: str) -> None:
    steps = re.findall(r"^RUN (.*)$", dockerfile(name), re.MULTILINE)
    assert steps
    for step in steps:
        script = re.fullmatch(r"PYTHON=\S+ (scripts/\S+) [\w /]+", step)
        assert script, step
        assert (REPOSITORY / script[1]).stat().st_mode & 0o111


@each_dockerfile
def test_what_runs_is_what_the_script_installs(name: str) -> None:
    what, folder, command = DOCKERFILES[name]
    text = dockerfile(name)
    assert re.findall(r"scripts/image (.*)$", text, re.MULTILINE) == [f"{what} {folder}"]
    assert set(re.findall(r'(?:CMD|ENTRYPOINT) \["(/\S+)"\]', text)) == {f"{folder}/.venv/bin/{command}"}
    assert re.search(rf"scripts/image {what} FOLDER\n#.*FOLDER/\.venv/bin/{command}$", SCRIPT, re.MULTILINE)


def test_the_scripts_find_what_they_need() -> None:
    assert all((REPOSITORY / name).exists() for name in SENT)
    [copied] = re.findall(r'^cp -r (.*) "\$source"$', SCRIPT, re.MULTILINE)
    assert set(copied.split()) <= set(SENT)


@pytest.mark.unmeasured
def test_the_tap_runs_from_the_folder_of_its_image(tmp_path: Path) -> None:
    folder = tmp_path / "tap"
    env = {**os.environ, "PYTHON": str(INSTALLER)}
    command = [REPOSITORY / "scripts/image", "tap", folder]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [path.name for path in folder.iterdir()] == [".venv"]
    run = subprocess.run(
        [folder / ".venv/bin/tap-daktela", "--version"], env={}, cwd="/", capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, f"tap-daktela {__version__}\n", "")


@pytest.mark.parametrize("arguments", [[], ["tap"], ["meltano", "folder"]])
def test_a_wrong_call_of_the_script_is_told(tmp_path: Path, arguments: list[str]) -> None:
    done = subprocess.run(
        [REPOSITORY / "scripts/image", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (2, "usage: scripts/image tap|keboola FOLDER\n")
    assert list(tmp_path.iterdir()) == []
