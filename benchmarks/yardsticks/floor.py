"""The floor: what it takes to decode the pages and to encode their rows again, with orjson, and nothing else.

`python -m benchmarks.yardsticks.floor JOB`. Only the work on the bytes is counted, not the fetching; it is told on
stderr, as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import orjson
import requests


def main(path: str) -> None:
    """Fetch a page, work on it, and so on."""
    job = json.loads(Path(path).read_text(encoding="utf-8"))
    session = requests.Session()
    count, spent = 0, 0.0
    while True:
        parameters = [*job["parameters"], ("skip", count)]
        answer = session.get(job["url"] + job["path"], params=parameters, headers=job["headers"], timeout=300)
        answer.raise_for_status()
        body = answer.content
        begun = time.thread_time()
        rows = orjson.loads(body)["result"]["data"]
        sys.stdout.buffer.write(b"".join([orjson.dumps(row) + b"\n" for row in rows]))
        sys.stdout.buffer.flush()
        spent += time.thread_time() - begun
        count += len(rows)
        if len(rows) < job["page_size"]:
            break
    sys.stderr.write(json.dumps({"cpu_seconds": spent}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
