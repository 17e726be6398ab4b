"""What the Developer Portal and Keboola's registry get: the files, the scripts, the workflow. Without Docker."""

from __future__ import annotations

import json
import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml  # type: ignore[import-untyped]

from tap_daktela import __version__
from tap_daktela.keboola.component import ACTIONS
from tests.helpers.harness import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = REPOSITORY / "component_config"
SCRIPTS = REPOSITORY / "scripts/developer_portal"
DEPLOY, UPDATE = SCRIPTS / "deploy.sh", SCRIPTS / "update_properties.sh"
PUSHED = dict(
    line.split()
    for line in UPDATE.read_text(encoding="utf-8").partition("properties='")[2].partition("'")[0].strip().splitlines()
)
CANARY = "canary-secret-3f9a"
SETTINGS = {
    "KBC_DEVELOPERPORTAL_VENDOR": "acme",
    "KBC_DEVELOPERPORTAL_APP": "acme.daktela",
    "KBC_DEVELOPERPORTAL_USERNAME": "service.acme",
    "KBC_DEVELOPERPORTAL_CLI": "developer-portal-cli-v2",
    "KBC_DEVELOPERPORTAL_PASSWORD": CANARY,
}
# Writes down its arguments, and answers as the portal would.
DOCKER = f"""#!/bin/sh
printf '%s\\n' "$*" >> "$CALLS"
case "$*" in
  *ecr:get-repository*) echo registry.example/acme ;;
  *ecr:get-login*) echo "docker login -p {CANARY} registry.example" ;;
  *"$FAILS"*) exit 1 ;;
esac
"""


def text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8").strip()


def run(script: Path, tmp_path: Path, *arguments: str, fails: str = "nothing", **settings: str) -> tuple[int, str, str]:
    """Run a script beside a docker that only takes notes; return its exit code, its output, and the notes."""
    (tmp_path / "docker").write_text(DOCKER)
    (tmp_path / "docker").chmod(0o755)
    calls = tmp_path / "calls"
    calls.touch()
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}", "CALLS": str(calls), "FAILS": fails, **SETTINGS, **settings,
    }  # fmt: skip
    command = ["bash", str(script), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr, calls.read_text()


@pytest.fixture
def owned(tmp_path: Path) -> Path:
    """Give the script that updates, in a copy of what it needs whose addresses have an owner."""
    for path in (*FOLDER.glob("*.*"), FOLDER / "logger", *SCRIPTS.iterdir()):
        copy = tmp_path / path.relative_to(REPOSITORY)
        copy.parent.mkdir(parents=True, exist_ok=True)
        content = path.read_text(encoding="utf-8")
        copy.write_text(content.replace("/OWNER/", "/somebody/") if path.parent == FOLDER else content, "utf-8")
    return tmp_path / UPDATE.relative_to(REPOSITORY)


def test_every_file_of_the_portal_is_pushed_and_not_empty() -> None:
    assert set(PUSHED.values()) == {path.name for path in FOLDER.iterdir() if path.is_file()}
    assert [name for name in PUSHED.values() if not text(name)] == []
    for name in ("actions.md", "uiOptions.md", "loggerConfiguration.json", "configSchema.json", "configRowSchema.json"):
        assert json.loads(text(name)), name


def test_the_actions_are_those_of_the_component() -> None:
    source = (REPOSITORY / "tap_daktela/keboola/component.py").read_text(encoding="utf-8")
    registered = re.findall(r'^    @sync_action\("(\w+)"\)', source, re.MULTILINE)
    assert json.loads(text("actions.md")) == registered == list(ACTIONS[1:])


def test_the_addresses_lead_to_files_of_the_repository_that_setup_names() -> None:
    [repository] = re.findall(r'^REPOSITORY = "(.*)"$', (REPOSITORY / "setup.py").read_text("utf-8"), re.MULTILINE)
    assert text("sourceCodeUrl.md") == repository
    for name in ("documentationUrl.md", "licenseUrl.md"):
        base, _, file = text(name).partition("/blob/main/")
        assert base == repository
        assert (REPOSITORY / file).is_file()


def test_the_properties_are_told_and_the_password_is_not(owned: Path, tmp_path: Path) -> None:
    code, said, calls = run(owned, tmp_path)
    assert (code, said.split()) == (0, list(PUSHED))
    for name in PUSHED:
        assert f"update-app-property acme acme.daktela {name} --value=" in calls
    assert CANARY not in said + calls


def test_nothing_is_told_if_something_is_missing(owned: Path, tmp_path: Path) -> None:
    (tmp_path / "component_config/uiOptions.md").write_text("")
    assert run(owned, tmp_path) == (1, "update_properties.sh: component_config/uiOptions.md is missing or empty\n", "")


def test_a_portal_that_refuses_a_property_is_told(owned: Path, tmp_path: Path) -> None:
    code, said, _ = run(owned, tmp_path, fails=" uiOptions ")
    assert (code, said.splitlines()[-1]) == (1, "update_properties.sh: the portal did not take uiOptions")


@pytest.mark.skipif("/OWNER/" not in text("sourceCodeUrl.md"), reason="the owner is written")
def test_addresses_without_an_owner_are_not_told(tmp_path: Path) -> None:
    code, said, calls = run(UPDATE, tmp_path)
    assert (code, calls) == (1, "")
    assert said.startswith("update_properties.sh: setup.py: write the name of the owner")


@pytest.mark.parametrize("script", [DEPLOY, UPDATE], ids=lambda path: path.stem)
@pytest.mark.parametrize("name", SETTINGS)
def test_a_missing_setting_is_told(script: Path, name: str, tmp_path: Path) -> None:
    code, said, calls = run(script, tmp_path, **{name: ""})
    assert (code, calls) == (1, "")
    assert said.startswith(f"{script.name}: {name} is not set")
    assert CANARY not in said


def test_an_image_becomes_the_version_that_runs(tmp_path: Path) -> None:
    code, said, calls = run(DEPLOY, tmp_path, __version__)
    assert (code, CANARY in said) == (0, False)
    # The login is the portal's own command line.
    assert [line for line in calls.splitlines() if CANARY in line] == [f"login -p {CANARY} registry.example"]
    assert f"tag tap-daktela-keboola registry.example/acme:{__version__}\n" in calls
    assert f"push registry.example/acme:{__version__}\n" in calls
    assert calls.splitlines()[-1].endswith(
        f"update-app-repository acme acme.daktela {__version__} ecr registry.example/acme"
    )


@pytest.mark.parametrize("tag", ["9.9.9", f"v{__version__}", ""])
def test_another_version_is_not_deployed(tag: str, tmp_path: Path) -> None:
    code, said, calls = run(DEPLOY, tmp_path, tag)
    assert (code, calls) == (1, "")
    assert said.startswith(f"deploy.sh: the tag is {tag}, but the version")


@pytest.mark.parametrize("fails", ["push", "update-app-repository"])
def test_a_deployment_that_fails_ends_with_an_error(fails: str, tmp_path: Path) -> None:
    code, said, _ = run(DEPLOY, tmp_path, __version__, fails=fails)
    assert code != 0
    assert CANARY not in said


@pytest.mark.parametrize("script", sorted(SCRIPTS.iterdir()), ids=lambda path: path.name)
def test_every_script_is_shell(script: Path) -> None:
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0


def test_the_workflow_deploys_tags_that_keboola_takes_and_runs_scripts_that_exist() -> None:
    workflow = yaml.safe_load((REPOSITORY / ".github/workflows/keboola.yml").read_text(encoding="utf-8"))
    # `on` is true in YAML 1.1.
    assert workflow[True] == {"push": {"tags": ["[0-9]+.[0-9]+.[0-9]+"]}}
    assert workflow["jobs"]["deploy"]["needs"] == "tests"
    assert (REPOSITORY / workflow["jobs"]["tests"]["uses"]).is_file()
    assert set(workflow["jobs"]["deploy"]["env"]) == set(SETTINGS)
    steps = [step["run"] for step in workflow["jobs"]["deploy"]["steps"] if "run" in step]
    scripts = [step.split()[0] for step in steps if step.startswith("scripts/")]
    assert [REPOSITORY / script for script in scripts] == [DEPLOY, UPDATE]
    assert all((REPOSITORY / script).stat().st_mode & 0o111 for script in scripts)
    [built] = re.findall(r"--target (\w+) --tag (\S+) ", steps[0])
    assert built[0] in stages()
    assert f"docker tag {built[1]} " in DEPLOY.read_text(encoding="utf-8")


def test_the_services_are_stages_of_the_image() -> None:
    services = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    assert set(services) == {"dev", "test"}
    for service in services.values():
        assert service["build"]["dockerfile"] == "Dockerfile.keboola"
        assert service["build"]["target"] in stages()


def stages() -> list[str]:
    """Return the names of the stages of the component's image."""
    return re.findall(r"^FROM \S+ AS (\w+)$", (REPOSITORY / "Dockerfile.keboola").read_text("utf-8"), re.MULTILINE)
