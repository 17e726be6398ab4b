"""The installed commands with files of nonsense: they do their work, or say in one line why not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.fuzz.test_files import EMPTY, STATE
from tests.fuzz.test_keboola import MOMENTS, PARAMETERS
from tests.fuzz.test_keboola import STATE as MEMORY
from tests.helpers.cli_output import SINGER, refused, tap
from tests.helpers.dirty_values import ANYTHING, CLEAN_TEXTS, mutated
from tests.helpers.keboola import keboola_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.helpers import harness

pytestmark = pytest.mark.unmeasured

CONFIG = {"start_date": "2024-11-04", "streams": ["queues", "tickets_views"], "page_size": 100, "max_retries": 0}
BYTES = st.sampled_from([b"", b"\xff", b"{", b"[" * 10**5, json.dumps({"a": "\ud800"}).encode(), b'{"a": 1e999}'])
STATES = mutated(STATE, ANYTHING | CLEAN_TEXTS) | BYTES | ANYTHING


def few(examples: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the decorator that runs so many processes and no more: finding a smaller example would take minutes."""
    return settings(max_examples=examples, phases=[Phase.explicit, Phase.generate])


@pytest.fixture(scope="module")
def daktela(sandbox: Callable[..., harness.Sandbox]) -> harness.Sandbox:
    return sandbox("--rows", "5")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nonsense")


def write(path: Path, content: Any) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


@few(8)
@given(
    st.one_of(st.just(CONFIG), mutated(CONFIG), BYTES),
    st.one_of(st.none(), mutated({"streams": EMPTY[:2]}), BYTES),
    st.none() | STATES,
)
def test_the_tap(daktela: harness.Sandbox, folder: Path, config: Any, catalog: Any, state: Any) -> None:
    if isinstance(config, dict):
        # Nothing that is made up may lead to an instance that exists.
        config |= daktela.login
    arguments: list[str | Path] = ["--config", write(folder / "config.json", config)]
    for name, content in (("catalog", catalog), ("state", state)):
        if content is not None:
            arguments += [f"--{name}", write(folder / f"{name}.json", content)]
    run = tap(*arguments)
    assert daktela.password not in run.stdout + run.stderr
    if run.returncode:
        refused(run)
    else:
        assert "Traceback" not in run.stderr
        assert {message["type"] for message in run.messages} <= SINGER


@few(4)
@given(
    st.tuples(
        st.one_of(mutated(PARAMETERS, ANYTHING | MOMENTS), ANYTHING),
        st.sampled_from(["run", "previewWindow", "listFields", "x"]) | ANYTHING,
        mutated(MEMORY) | BYTES,
    )
)
def test_the_component(daktela: harness.Sandbox, folder: Path, target_csv: Path, files: tuple[Any, Any, Any]) -> None:
    parameters, action, state = files
    if isinstance(parameters, dict):
        parameters |= {
            name: value for name, value in keboola_folder.parameters_of(daktela).items() if name not in ("from", "to")
        }
        parameters["#access_token"] = None
    platform = keboola_folder.DataFolder(folder / str(sum(1 for _ in folder.iterdir())), target_csv)
    platform.root.mkdir()
    place = platform.prepare(parameters, action=action)
    write(place / "in/state.json", state)
    run = platform.start(place)
    assert daktela.password not in run.stdout + run.stderr
    assert "Traceback" not in run.stdout + run.stderr
    assert run.returncode in (0, 1)
    assert bool(run.stderr.strip()) is (run.returncode == 1)
    assert len(run.stderr.splitlines()) <= 1
