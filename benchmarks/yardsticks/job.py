"""The job of the yardsticks: the tap's own request, schema and columns, so that all do the same work.

`python -m benchmarks.yardsticks.job URL SINCE` prints it, from the tap's environment; the others need no tap.
"""

from __future__ import annotations

import json
import sys

from benchmarks import ENDPOINT, TOKEN
from tap_daktela import commands
from tap_daktela.catalog import discovery, selection
from tap_daktela.catalog.fields import FieldType
from tap_daktela.daktela.query import Query, where
from tap_daktela.settings import Settings
from tap_daktela.sync.reading.request import request_for


def main(url: str, since: str) -> None:
    """Print the job."""
    settings = Settings.parse({"url": url, "access_token": TOKEN, "start_date": since})
    known = commands.known_streams(settings)
    [selected] = selection.by_default(known, [ENDPOINT])
    catalog = discovery.catalog({ENDPOINT: known[ENDPOINT]}, nested=settings.nested, timestamps=settings.timestamps)
    [entry] = catalog["streams"]
    request = request_for(selected.entry.stream, [selected], settings.page_size)
    query = Query(where("time", "gte", f"{since} 00:00:00"), ("time", "name"), request.fields, settings.page_size)
    names = {column.name for column in selected.columns}
    entry["schema"]["properties"] = {
        name: part for name, part in entry["schema"]["properties"].items() if name in names
    }
    job = {
        "url": url,
        "path": f"/api/v6/{ENDPOINT}.json",
        "headers": {"X-AUTH-TOKEN": TOKEN},
        "parameters": [pair for pair in query.parameters() if pair[0] != "skip"],
        "page_size": settings.page_size,
        "stream": ENDPOINT,
        "schema": entry["schema"],
        "key": entry["key_properties"],
        "metadata": entry["metadata"],
        "objects": [column.name for column in selected.columns if column.type is FieldType.CUSTOM_FIELDS],
        "columns": {column.name: column.paths for column in selected.columns},
    }
    json.dump(job, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
