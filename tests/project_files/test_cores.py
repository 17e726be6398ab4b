"""The experiment with worker processes does what the tap does."""

import json

from benchmarks import cores


def test_workers_write_the_lines_of_one_process() -> None:
    rows = [{"name": f"activities_{number}", "time": "2024-12-31 10:00:00"} for number in range(3)]
    bodies = [json.dumps({"error": [], "result": {"data": [row], "total": 3}}).encode() for row in rows]
    cores.begin("activities")
    _, expected = cores.one_process(bodies)
    assert [json.loads(lines)["record"]["name"] for lines in expected] == [row["name"] for row in rows]
    _, lines = cores.in_workers("activities", bodies, 2)
    assert lines == expected
