"""Fixtures that every test may ask for."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tap_daktela.redaction import redactor
from tests.helpers import harness, hypothesis_profiles
from tests.helpers.http_stub import HttpStub
from tests.helpers.postgres_cluster import Cluster, binaries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

hypothesis_profiles.load()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what tests passed without seeing: the properties `unseen` that they recorded, each with its reason."""
    passed = terminalreporter.getreports("passed")
    unseen = [(report.nodeid, text) for report in passed for name, text in report.user_properties if name == "unseen"]
    if unseen:
        terminalreporter.section("passed without seeing")
    for nodeid, text in unseen:
        terminalreporter.line(f"{nodeid}: {text}")


@pytest.fixture(autouse=True)
def forgotten_secrets() -> Iterator[None]:
    """Let the secrets of one test, which can be any word, not hide what another one says."""
    before = {name: set(value) if isinstance(value, set) else value for name, value in vars(redactor).items()}
    yield
    vars(redactor).update(before)


@pytest.fixture(autouse=True)
def coverage_of_processes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the processes of a test that is marked `unmeasured` do without coverage, which doubles their time."""
    if request.node.get_closest_marker("unmeasured"):
        for name in os.environ.keys() - harness.unmeasured().keys():
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Callable[..., harness.Sandbox]]:
    """Give a function that starts `tap-daktela-sandbox` with the given flags; its clock stands still (`harness.STILL`).

    Each call starts a process: use `with sandbox("--rows", "50") as daktela:` to stop it early, or leave it running to
    the end of the session.
    """
    started: list[harness.Sandbox] = []

    def start(*flags: str, clock: Sequence[str] = harness.STILL) -> harness.Sandbox:
        started.append(harness.Sandbox(*flags, clock=clock))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture(scope="session")
def run_tap() -> Callable[..., harness.TapRun]:
    """Give the function that runs the installed `tap-daktela`; see `harness.run_tap`."""
    return harness.run_tap


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Give the two ends of a pipe; a test may close them."""
    ends = os.pipe()
    yield ends
    for end in ends:
        with suppress(OSError):
            os.close(end)


@pytest.fixture
def instance() -> Iterator[HttpStub]:
    """Give a server that answers what the test writes for it."""
    server = HttpStub()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give a file with a certificate for 127.0.0.1 that nobody has signed, and its key."""
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", path, "-out", f"{path}.crt", *name],
        check=True,
        capture_output=True,
    )
    path.write_text(path.read_text() + path.with_name("certificate.pem.crt").read_text())
    return str(path)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """Give a running PostgreSQL; fail where there is none."""
    programs = binaries()
    if programs is None or not shutil.which("psql"):
        pytest.fail("PostgreSQL is missing: run scripts/setup postgres")
    cluster = Cluster(programs)
    yield cluster
    cluster.stop()


def installed(environment: str, command: str) -> Path:
    """Return a command of another environment; fail where it is missing."""
    path = harness.REPOSITORY / f".venv-{environment}" / "bin" / command
    if not path.exists():
        pytest.fail(f"{command} is missing: run scripts/setup {environment}")
    return path


@pytest.fixture(scope="session")
def target_python() -> Path:
    """Give the interpreter of the environment with the Meltano SDK and its targets."""
    return installed("target", "python")


@pytest.fixture(scope="session")
def target_csv() -> Path:
    """Give the command `target-csv` of meltanolabs-target-csv."""
    return installed("target", "target-csv")


@pytest.fixture(scope="session")
def target_postgres() -> Path:
    """Give the command `target-postgres` of meltanolabs-target-postgres."""
    return installed("target", "target-postgres")


@pytest.fixture(scope="session")
def target_jsonl() -> Path:
    """Give the command `target-jsonl`."""
    return installed("jsonl", "target-jsonl")


@pytest.fixture(scope="session")
def meltano() -> Path:
    """Give the command `meltano`."""
    return installed("meltano", "meltano")


@pytest.fixture(scope="session")
def dlt_python() -> Path:
    """Give the interpreter of the environment that examples/dlt asks for."""
    return installed("dlt", "python")


@pytest.fixture(scope="session")
def dagster() -> Path:
    """Give the command `dagster`."""
    return installed("dagster", "dagster")


@pytest.fixture(scope="session")
def airflow() -> Path:
    """Give the command `airflow`."""
    return installed("airflow", "airflow")


@pytest.fixture(scope="session")
def singer_check_tap() -> Path:
    """Give the command `singer-check-tap` of singer-tools."""
    return installed("check", "singer-check-tap")
