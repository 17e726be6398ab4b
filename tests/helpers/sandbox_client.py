"""A client for the tests of the sandbox, and the spelling of queries."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

from tap_daktela.sandbox.options import SandboxOptions
from tap_daktela.sandbox.server import Sandbox, running
from tests.helpers.harness import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = "2024-04-20T12:00:00Z"
NOW_TEXT = "2024-04-20 14:00:00"


@dataclass
class Client:
    """Speaks to one sandbox over a real socket."""

    sandbox: Sandbox
    session: requests.Session

    def get(self, path: str, query: dict[str, Any] | None = None, **more: Any) -> requests.Response:
        """GET below the API, with the static token unless other headers are given."""
        headers = more.pop("headers", {"X-AUTH-TOKEN": self.sandbox.access_token})
        return self.session.get(
            f"{self.sandbox.url}/api/v6/{path}", params=query, headers=headers, timeout=more.pop("timeout", 20), **more
        )

    def result(self, path: str, query: dict[str, Any] | None = None) -> dict[str, Any]:
        """The result of a request that works."""
        response = self.get(path, query)
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        assert body["error"] == []
        return body["result"]

    def rows(self, path: str, query: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """The rows of a list."""
        return self.result(path, query)["data"]

    def all(self, endpoint: str, *fields: str) -> list[dict[str, Any]]:
        """All rows of an endpoint, by plain paging."""
        found: list[dict[str, Any]] = []
        query: dict[str, Any] = {f"fields[{number}]": field for number, field in enumerate(fields)}
        while True:
            result = self.result(endpoint, {**query, "take": 1000, "skip": len(found)})
            found += result["data"]
            if len(found) >= result["total"]:
                return found

    def control(self, name: str, body: dict[str, Any] | None = None) -> Any:
        """POST to the control API."""
        response = self.session.post(f"{self.sandbox.url}/sandbox/{name}", json=body or {}, timeout=PATIENCE)
        assert response.status_code == 200, response.text
        return response.json()

    def ask(self, name: str, query: dict[str, Any] | None = None) -> Any:
        """GET from the control API."""
        response = self.session.get(f"{self.sandbox.url}/sandbox/{name}", params=query, timeout=PATIENCE)
        assert response.status_code == 200, response.text
        return response.json()


def where(*conditions: tuple[str, str, Any], logic: str = "and") -> dict[str, Any]:
    """The canonical filter tree of some conditions as query parameters."""
    query: dict[str, Any] = {"filter[logic]": logic}
    for number, (field, operator, value) in enumerate(conditions):
        start = f"filter[filters][{number}]"
        query |= {f"{start}[field]": field, f"{start}[operator]": operator}
        if isinstance(value, list):
            query |= {f"{start}[value][{place}]": one for place, one in enumerate(value)}
        elif value is not None:
            query[f"{start}[value]"] = value
    return query


def fields(*names: str) -> dict[str, str]:
    """`fields[]` as query parameters."""
    return {f"fields[{number}]": name for number, name in enumerate(names)}


def order(*keys: str) -> dict[str, str]:
    """`sort[]` as query parameters; a minus before a name means descending."""
    query = {}
    for number, key in enumerate(keys):
        query[f"sort[{number}][field]"] = key.lstrip("-")
        query[f"sort[{number}][dir]"] = "desc" if key.startswith("-") else "asc"
    return query


@contextmanager
def serving(**options: Any) -> Iterator[Client]:
    """A server with a frozen clock, and a client of it."""
    given = {"rows": 60, "days": 20, "now": NOW, "freeze": True, **options}
    with running(SandboxOptions(**given)) as sandbox, requests.Session() as session:
        yield Client(sandbox, session)
