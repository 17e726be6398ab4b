"""The Dockerfile, without Docker: its steps are scripts that are there, and what they need comes along."""

from __future__ import annotations

import re

from tests.helpers.harness import REPOSITORY

DOCKERFILE = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
SENT = re.findall(r"^!(\S+)$", (REPOSITORY / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)


def test_every_step_is_a_script() -> None:
    steps = re.findall(r"^RUN (.*)$", DOCKERFILE, re.MULTILINE)
    assert steps
    for step in steps:
        script = re.fullmatch(r"PYTHON=\S+ (scripts/\S+) [\w /]+", step)
        assert script, step
        assert (REPOSITORY / script[1]).stat().st_mode & 0o111


def test_what_runs_is_what_the_script_installs() -> None:
    script = (REPOSITORY / "scripts/keboola-image").read_text(encoding="utf-8")
    [folder] = set(re.findall(r"scripts/keboola-image (\S+)$", DOCKERFILE, re.MULTILINE))
    assert set(re.findall(r'CMD \["(/\S+)"\]', DOCKERFILE)) == {f"{folder}/.venv/bin/tap-daktela-keboola"}
    assert "FOLDER/.venv/bin/tap-daktela-keboola" in script


def test_the_scripts_find_what_they_need() -> None:
    assert all((REPOSITORY / name).exists() for name in SENT)
    script = (REPOSITORY / "scripts/keboola-image").read_text(encoding="utf-8")
    [copied] = re.findall(r'^cp -r (.*) "\$source"$', script, re.MULTILINE)
    assert set(copied.split()) <= set(SENT)
