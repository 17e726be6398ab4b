"""The loop that singer-python's own documentation and most of its taps have: loads, Transformer, write_record.

`python -m benchmarks.yardsticks.canonical JOB`. It keeps its connection, and flattens relations by itself.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import requests
import singer
from singer import metadata

from benchmarks.yardsticks.flat import flat


def main(path: str) -> None:
    """Read all pages one after another."""
    job = json.loads(Path(path).read_text(encoding="utf-8"))
    stream, schema, marks = job["stream"], job["schema"], metadata.to_map(job["metadata"])
    session = requests.Session()
    skip = 0
    singer.write_schema(stream, schema, job["key"])
    with singer.Transformer() as transformer:
        while True:
            answer = session.get(
                job["url"] + job["path"],
                params=[*job["parameters"], ("skip", skip)],
                headers=job["headers"],
                timeout=300,
            )
            answer.raise_for_status()
            rows = json.loads(answer.content)["result"]["data"]
            for row in rows:
                record = transformer.transform(flat(row, job), schema, marks)
                singer.write_record(stream, record)
            if len(rows) < job["page_size"]:
                return
            skip += len(rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
