"""Requests to the model, as short as tests want them."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import requests

from tests.simulation.model.instance import TOKEN, Instance

__all__ = ["Page", "ask", "get", "pairs", "read_all", "tried", "where"]

TIMEOUT = 120.0


class Token(requests.auth.AuthBase):
    """The token of a request, where the model looks for it."""

    def __init__(self, text: str | None) -> None:
        self.text = text

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Return the request as it is: nothing is sent."""
        return request


class Page(NamedTuple):
    """An answer: `rows` and `total` (`...`: none) of a list."""

    status: int
    headers: dict[str, str]
    body: bytes
    rows: list[dict[str, Any]]
    total: Any


def where(*conditions: tuple[str, str, Any], logic: str = "and") -> list[tuple[str, str]]:
    """Return the parameters for conditions, each a field, an operator and a value (a list for `in`)."""
    found = [("filter[logic]", logic)]
    for index, (field, operator, value) in enumerate(conditions):
        name = f"filter[filters][{index}]"
        found += [(f"{name}[field]", field), (f"{name}[operator]", operator)]
        values = enumerate(value) if isinstance(value, list) else ()
        found += [(f"{name}[value][{place}]", str(one)) for place, one in values]
        found += [] if isinstance(value, list) or value is None else [(f"{name}[value]", str(value))]
    return found


def pairs(sort: str = "", fields: str = "", skip: int = 0, take: int = 1000) -> list[tuple[str, str]]:
    """Return the parameters of a query; `sort` and `fields` are names with blanks between them."""
    order = [pair for place, name in enumerate(sort.split()) for pair in _order(place, name)]
    picked = [(f"fields[{place}]", name) for place, name in enumerate(fields.split())]
    return [*order, *picked, ("skip", str(skip)), ("take", str(take))]


def _order(place: int, name: str) -> list[tuple[str, str]]:
    return [(f"sort[{place}][field]", name), (f"sort[{place}][dir]", "asc")]


def get(
    instance: Instance, endpoint: str, parameters: list[tuple[str, str]] | None = None, token: str | None = TOKEN
) -> Page:
    """Return the answer to a request; `rows` are empty where it has none."""
    url = f"https://example.test/api/v6/{endpoint}.json"
    request = requests.Request("GET", url, params=parameters or pairs(), auth=Token(token))
    status, headers, body = instance.answer(request, TIMEOUT)
    try:
        result = json.loads(body)["result"]
    except ValueError:
        result = None
    data = result.get("data", []) if isinstance(result, dict) else []
    rows = list(data.values()) if isinstance(data, dict) else data
    return Page(status, headers, body, rows, result.get("total", ...) if isinstance(result, dict) else ...)


def tried(instance: Instance, endpoint: str, parameters: list[tuple[str, str]] | None = None) -> Page | str:
    """Return the answer to a request, or the words of what requests raises where there is none."""
    try:
        return get(instance, endpoint, parameters)
    except requests.RequestException as error:
        return repr(error)


def ask(instance: Instance, endpoint: str, *conditions: tuple[str, str, Any], **query: Any) -> list[dict[str, Any]]:
    """Return the rows of a page, under conditions that all hold."""
    return get(instance, endpoint, [*(where(*conditions) if conditions else []), *pairs(**query)]).rows


def read_all(instance: Instance, endpoint: str, take: int, **query: Any) -> list[dict[str, Any]]:
    """Return the rows of all pages, one after another by offset until one is empty."""
    rows: list[dict[str, Any]] = []
    while page := ask(instance, endpoint, skip=len(rows), take=take, **query):
        rows += page
    return rows
