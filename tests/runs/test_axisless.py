"""An instance that filters by a field and does not send it, or sends it in another form."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import harness
from tests.helpers.http_stub import TOKEN, AskedRequest, HttpStub, Reply, answered

pytestmark = pytest.mark.unmeasured

ROWS = [{"name": f"r{number:03}", "title": "x"} for number in range(30)]
STREAM = {"endpoint": "myEndpoint", "axis": "edited", "fields": {"title": "string", "edited": "date-time"}}


class Axisless(HttpStub):
    """Keeps all of its rows in February 2020."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        super().__init__()
        self.rows = rows

    def _reply(self, asked: AskedRequest) -> Reply:
        if asked.endpoint == "whoim":
            return answered({"user": {"name": "me"}, "version": "6.1"}, _timezone="Europe/Prague")
        values = {name: value for name, value in asked.parameters.items() if name.startswith("filter")}
        upper = next((values[name.replace("operator", "value")] for name in values if values[name] == "lt"), "9")
        found = self.rows if upper > "2020-02" else []
        skip, take = int(asked.parameters.get("skip", 0)), int(asked.parameters["take"])
        return answered({"data": found[skip : skip + take], "total": len(found)})


def test_rows_without_their_axis_fail_the_stream() -> None:
    server = Axisless(ROWS)
    settings = {"url": server.url, "access_token": TOKEN, "start_date": "2020-01-01", "end_date": "2020-03-01"}
    run = harness.run_tap({**settings, "page_size": 10, "streams": "my_endpoint", "extra_streams": [STREAM]})
    server.stop()
    assert run.returncode == 1, run.stderr
    assert "without edited" in run.stderr
    assert run.messages[-1]["value"]["bookmarks"].get("my_endpoint", {}).get("edited", "") < "2020-02"


def test_dates_and_values_in_lists_are_written_and_told(tmp_path: Path) -> None:
    server = Axisless([{**row, "title": ["x"], "edited": ["2020-02-15"]} for row in ROWS])
    settings = {"url": server.url, "access_token": TOKEN, "start_date": "2020-01-01", "end_date": "2020-03-01"}
    report = tmp_path / "report.json"
    config = {**settings, "streams": "my_endpoint", "extra_streams": [STREAM]}
    run = harness.run_tap(config, "--report", str(report))
    server.stop()
    assert run.returncode == 0, run.stderr
    assert {(row["title"], row["edited"]) for row in run.records("my_endpoint")} == {("x", "2020-02-14T23:00:00Z")}
    told = json.loads(report.read_text())["endpoints"][0]["streams"]["my_endpoint"]
    assert (told["unwrapped_values"], told["invalid_values"]) == ({"title": 30, "edited": 30}, {})
    assert "my_endpoint.title: 30 values came as a list with one element" in run.stderr
