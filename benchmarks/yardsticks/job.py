"""The job of the yardsticks: the tap's own request, schema and columns of a stream, so that all do the same work.

`python -m benchmarks.yardsticks.job URL SINCE STREAM` prints it, from the tap's environment; the others need no tap.
"""

from __future__ import annotations

import json
import sys

from benchmarks import TOKEN
from tap_daktela import commands
from tap_daktela.catalog import discovery, selection
from tap_daktela.catalog.fields import FieldType
from tap_daktela.daktela.query import Query, where
from tap_daktela.settings import Settings
from tap_daktela.sync.reading.request import request_for


def main(url: str, since: str, name: str) -> None:
    """Print the job: all columns of the stream, page after page in the order of its first axis."""
    settings = Settings.parse({"url": url, "access_token": TOKEN, "start_date": since})
    known = {name: commands.known_streams(settings)[name]}
    [selected] = selection.everything(known)
    catalog = discovery.catalog(known, nested=settings.nested, timestamps=settings.timestamps)
    [entry] = catalog["streams"]
    stream = selected.entry.stream
    request = request_for(stream, [selected], settings.page_size)
    axis, key = stream.axes[0].field, str(stream.key_field)
    query = Query(where(axis, "gte", f"{since} 00:00:00"), (axis, key), request.fields, settings.page_size)
    # PHP writes an object without members as an empty list.
    objects = {FieldType.CUSTOM_FIELDS, FieldType.OBJECT, FieldType.RECORD}
    job = {
        "url": url,
        "path": f"/api/v6/{stream.endpoint}.json",
        "headers": {"X-AUTH-TOKEN": TOKEN},
        "parameters": [pair for pair in query.parameters() if pair[0] != "skip"],
        "page_size": settings.page_size,
        "stream": name,
        "schema": entry["schema"],
        "key": entry["key_properties"],
        "metadata": entry["metadata"],
        "columns": {column.name: column.paths for column in selected.columns},
        "objects": [column.name for column in selected.columns if column.type in objects],
        "moments": [column.name for column in selected.columns if column.type is FieldType.DATETIME],
    }
    json.dump(job, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
