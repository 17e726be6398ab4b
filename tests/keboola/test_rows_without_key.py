"""Rows whose key is empty or no key at all: named in the same words by the tap and by every format of the component."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tap_daktela.keboola.job import FORMATS
from tests.helpers import harness
from tests.helpers.http_stub import TOKEN, HttpStub, answered
from tests.helpers.keboola.keboola_folder import DataFolder

pytestmark = pytest.mark.unmeasured

GOOD = [{"name": "anna", "title": "Anna"}, {"name": "Anna", "title": "Another"}, {"name": "acme_anna", "title": "C"}]
WITHOUT_KEY = {
    "empty": "",
    "null": None,
    "blank": " \u00a0",
    "list of nothing": [""],
    "list of two": ["a", "b"],
    "record without a key": {"title": "Secret Name"},
    "record with an empty key": {"name": ""},
    "number that no column holds": 10**40,
}
KEYS = {"large": (2**62, str(2**62)), "boolean": (True, "true"), "zero": (0, "0"), "record": ({"name": "x"}, "x")}
PRIVATE = "Jan Soukromý"


@pytest.fixture
def server() -> Iterator[HttpStub]:
    """Give an instance with users, whose lists a test may fill."""
    stub = HttpStub()
    stub.on("whoim", answered({"user": {"name": "me"}, "version": "6.1"}, _timezone="Europe/Prague"))
    stub.lists["users"] = list(GOOD)
    yield stub
    stub.stop()


def read_by_the_tap(server: HttpStub, stream: str = "users") -> harness.TapRun:
    config = {"url": server.url, "access_token": TOKEN, "start_date": "2024-01-01", "streams": [stream]}
    return harness.run_tap(config)


def read_by_the_component(server: HttpStub, folder: DataFolder, output_format: str, table: str = "users") -> Any:
    parameters = {"url": server.url, "server": "acme", "#access_token": TOKEN, "from": "2024-01-01"}
    return folder.run({**parameters, "tables": table, "output_format": output_format})


def sentence(log: str) -> str:
    """Return what the last line says of the rows, without its beginning."""
    return log.strip().splitlines()[-1].partition("failed: ")[2]


@pytest.mark.parametrize("key", WITHOUT_KEY.values(), ids=WITHOUT_KEY)
def test_a_row_without_a_key_is_left_out_and_named_and_the_others_are_written(server: HttpStub, key: Any) -> None:
    server.lists["users"] = [GOOD[0], {"name": key, "title": PRIVATE, "role": {"name": "r1", "title": "R"}}, *GOOD[1:]]
    run = read_by_the_tap(server)
    assert run.returncode == 1
    assert [record["name"] for record in run.records("users")] == [row["name"] for row in GOOD]
    assert "users: 1 row has no usable key and cannot be written (name is " in sentence(run.stderr)
    assert "role 'r1'" in sentence(run.stderr)
    assert PRIVATE not in run.stderr


def test_every_format_says_what_the_tap_says(server: HttpStub, data_folder: DataFolder) -> None:
    server.lists["users"] = [*GOOD, *({"name": key, "title": PRIVATE} for key in ("", None, "  ", [""], ""))]
    said = sentence(read_by_the_tap(server).stderr)
    assert said.startswith("users: 5 rows have no usable key and cannot be written")
    for output_format in FORMATS:
        run = read_by_the_component(server, data_folder, output_format)
        assert (run.returncode, sentence(run.stderr), run.files) == (1, said, []), output_format
        assert PRIVATE not in run.stdout + run.stderr


@pytest.mark.parametrize("output_format", FORMATS)
def test_odd_keys_stay_keys_of_their_own(server: HttpStub, data_folder: DataFolder, output_format: str) -> None:
    odd = [{"name": given, "title": "odd"} for given, _ in KEYS.values()]
    more = [{"name": name, "title": "tag"} for name in ("<b>", "a<b>", "a", " a")]
    server.lists["users"] = [*GOOD, *odd, *more]
    run = read_by_the_component(server, data_folder, output_format)
    assert (run.stderr, run.returncode) == ("", 0)
    names = [*(row["name"] for row in GOOD), *(key for _, key in KEYS.values()), *(row["name"] for row in more)]
    table = run.tables["acme_users"]
    assert table.values("name") == [f"acme_{name}" for name in names]
    keys = ["|".join(row[name] for name in table.primary_key) for row in table.rows]
    assert len(set(keys)) == len(names)


def test_a_number_that_is_none_is_no_key(server: HttpStub) -> None:
    server.lists["queues"] = [{"name": 1, "title": "a"}, *({"name": key} for key in ("abc", 2**63, "", 1.5))]
    run = read_by_the_tap(server, "queues")
    assert [record["name"] for record in run.records("queues")] == [1]
    said = "queues: 4 rows have no usable key and cannot be written (name is ''; name is 'abc'; name is 9223372"
    assert sentence(run.stderr).startswith(said)


TIME = "2024-01-05 10:00:00"
EMAIL = {"name": "e1", "title": PRIVATE, "time": TIME}


def test_a_row_is_named_by_its_times_and_not_by_what_people_wrote(server: HttpStub) -> None:
    server.lists["activitiesEmail"] = [{**EMAIL, "name": "", "contact": {"name": "c7", "title": PRIVATE}}]
    run = read_by_the_tap(server, "activities_email")
    assert f"(name is '', contact 'c7', time {TIME})" in run.stderr
    assert PRIVATE not in run.stderr


@pytest.mark.parametrize(
    ("stream", "rows", "written"),
    [
        ("tickets_statuses", {"statuses": [{"name": "s1", "title": "S"}, {"name": "", "title": "T"}]}, {"s1"}),
        ("tickets_statuses", {"statuses": [{"name": None}, {"name": "  "}, ""]}, set()),
        ("tickets_custom_fields", {"customFields": {"": ["x"], "a": ["y"]}}, {"a"}),
    ],
)
def test_elements_without_a_key_are_left_out_and_told(
    server: HttpStub, stream: str, rows: dict[str, Any], written: set[str]
) -> None:
    server.lists["tickets"] = [{"name": 5, "edited": TIME, "created": TIME, **rows}]
    run = read_by_the_tap(server, stream)
    assert run.returncode == 0, run.stderr
    key = run.key(stream)[1]
    assert {record[key] for record in run.records(stream)} == written
    assert f"{stream}: " in run.stderr
    assert "list elements came without their key and were left out. " in run.stderr


def test_elements_of_a_row_without_a_key_are_left_out_with_it(server: HttpStub, tmp_path: Path) -> None:
    server.lists["activitiesEmail"] = [EMAIL, {**EMAIL, "name": "", "attachments": [{"file": 1}]}]
    stream = "activities_email_attachments"
    report = tmp_path / "report.json"
    config = {"url": server.url, "access_token": TOKEN, "start_date": "2024-01-01", "streams": [stream]}
    run = harness.run_tap(config, "--report", str(report))
    assert (run.returncode, run.records(stream)) == (1, [])
    assert "activities_email: 1 row has no usable key" in sentence(run.stderr)
    [endpoint] = json.loads(report.read_text())["endpoints"]
    assert endpoint["left_out"] == {"orphans": 0, "without_key": 1}
