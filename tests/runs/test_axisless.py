"""An instance that filters by a field and does not send it: what cannot be read to its end is never called complete."""

from __future__ import annotations

from tests.helpers import harness
from tests.helpers.http_stub import TOKEN, AskedRequest, HttpStub, Reply, answered

ROWS = [{"name": f"r{number:03}", "title": "x"} for number in range(30)]
STREAM = {"endpoint": "myEndpoint", "axis": "edited", "fields": {"title": "string", "edited": "date-time"}}


class Axisless(HttpStub):
    """Keeps all of its rows in February 2020."""

    def _reply(self, asked: AskedRequest) -> Reply:
        if asked.endpoint == "whoim":
            return answered({"user": {"name": "me"}, "version": "6.1"}, _timezone="Europe/Prague")
        values = {name: value for name, value in asked.parameters.items() if name.startswith("filter")}
        upper = next((values[name.replace("operator", "value")] for name in values if values[name] == "lt"), "9")
        found = ROWS if upper > "2020-02" else []
        skip, take = int(asked.parameters.get("skip", 0)), int(asked.parameters["take"])
        return answered({"data": found[skip : skip + take], "total": len(found)})


def test_rows_without_their_axis_fail_the_stream() -> None:
    server = Axisless()
    settings = {"url": server.url, "access_token": TOKEN, "start_date": "2020-01-01", "end_date": "2020-03-01"}
    run = harness.run_tap({**settings, "page_size": 10, "streams": "my_endpoint", "extra_streams": [STREAM]})
    server.stop()
    assert run.returncode == 1, run.stderr
    assert "without edited" in run.stderr
    assert run.messages[-1]["value"]["bookmarks"].get("my_endpoint", {}).get("edited", "") < "2020-02"
