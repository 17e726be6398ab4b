"""A tap for the same stream with the Meltano SDK, as its template has one: `python -m benchmarks.yardsticks.sdk JOB`.

It lives in an environment of its own. It reads everything without a bookmark, which is the least work for it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.pagination import OffsetPaginator

from benchmarks.yardsticks.flat import flat

if TYPE_CHECKING:
    import requests

JOB = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))


class Offsets(OffsetPaginator):
    """Pages by offset, up to the first empty one."""

    def has_more(self, response: requests.Response) -> bool:
        """Tell whether a page had rows, without decoding it a second time."""
        return b'"data":[]' not in response.content


class Activities(RESTStream[int]):
    """The stream of the job."""

    name = JOB["stream"]
    url_base = JOB["url"]
    path = JOB["path"]
    schema = JOB["schema"]
    primary_keys = tuple(JOB["key"])
    records_jsonpath = "$.result.data[*]"

    @property
    def http_headers(self) -> Any:
        """The token."""
        return JOB["headers"]

    def get_new_paginator(self) -> Offsets:
        """Begin with the first row."""
        return Offsets(0, JOB["page_size"])

    def get_url_params(self, _context: Any, next_page_token: int | None) -> dict[str, Any]:
        """Ask for the same fields as the tap does."""
        return {**dict(JOB["parameters"]), "skip": next_page_token or 0}

    def post_process(self, row: dict[str, Any], _context: Any = None) -> dict[str, Any]:
        """Flatten the relations."""
        return flat(row, JOB)


class Yardstick(Tap):
    """A tap with this one stream."""

    name = "tap-yardstick"
    config_jsonschema = th.PropertiesList().to_dict()

    def discover_streams(self) -> list[Activities]:
        """Return the stream."""
        return [Activities(self)]


if __name__ == "__main__":
    Yardstick(config={}).sync_all()
