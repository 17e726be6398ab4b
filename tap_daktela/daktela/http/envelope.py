"""What the JSON of a response means: the rows and the total of a list, and what the instance says about an error."""

import re
from collections.abc import Mapping
from typing import Any

from tap_daktela.daktela.http.decisions import BrokenResponse
from tap_daktela.daktela.http.decode import Body, decode
from tap_daktela.errors import ContractError
from tap_daktela.redaction import redactor

_ROWS_ONLY = frozenset({dict})


class ErrorInResponse(BrokenResponse):
    """A response with status 200 that carries an error."""


def check_result(document: Any) -> None:
    """Raise BrokenResponse where a document is not one of the API."""
    if not isinstance(document, Mapping) or "result" not in document:
        raise BrokenResponse("HTTP 200 without a result")


def check_no_error(document: Any) -> None:
    """Raise ErrorInResponse where a document carries an error, else BrokenResponse where it is not one of the API.

    A result beside an error is not used: the error may be why it holds half the rows, or none.
    """
    if isinstance(document, Mapping) and (words := words_of(document.get("error"))):
        raise ErrorInResponse(f"HTTP 200: {words}")
    check_result(document)


def check_list(document: Any, endpoint: str) -> None:
    """Raise ErrorInResponse where a document carries an error, else BrokenResponse where it is no list.

    ContractError where it is a record and `endpoint` is the path of one (`tickets/10003`): no further try changes that.
    """
    check_no_error(document)
    result = document["result"]
    is_record = isinstance(result, Mapping) and "data" not in result and result.keys() - {"total"}
    # Under the name of a list, it may be a passing fault: a word about maintenance, for example.
    if is_record and endpoint.count("/") == 1:
        raise ContractError(f"{endpoint}: the instance answers with one record, and not with a list")
    if not isinstance(result, Mapping) or not isinstance(result.get("data"), (list, Mapping)):
        raise BrokenResponse("HTTP 200 without a list of rows")


def check_record(document: Any) -> None:
    """Raise ErrorInResponse where a document carries an error, else BrokenResponse where its result is no record."""
    check_no_error(document)
    if not isinstance(document["result"], Mapping):
        raise BrokenResponse("HTTP 200 without a record")


def rows_of(document: Any) -> list[dict[str, Any]] | None:
    """Return the rows of a list; None if one of its elements is not an object.

    Daktela V6 API: `data` is an array; the vendor's and other clients also accept an object keyed by record name.
    """
    data = document["result"]["data"]
    rows = list(data.values()) if isinstance(data, Mapping) else data
    return rows if isinstance(rows, list) and _ROWS_ONLY.issuperset(map(type, rows)) else None


def total_of(document: Any) -> int | None:
    """Return the number of rows that match the query on all pages, as the server says; None if it says none.

    Daktela V6 API: an integer in every recording, but the vendor's clients also expect text, null, false and nothing.
    """
    total = document["result"].get("total")
    if isinstance(total, str) and re.fullmatch(r"[0-9]{1,18}", total.strip(), re.ASCII):
        total = int(total)
    return total if isinstance(total, int) and not isinstance(total, bool) and total >= 0 else None


def response_words(status: int, body: Body) -> str:
    """Return the status of a response and what its body says as one line without secrets: "HTTP 400: wrong"."""
    try:
        document, _ = decode(body)
    except ValueError:
        # A proxy's page, mostly.
        words = redactor.from_outside(re.sub(r"<[^<>]*>", " ", redactor.hidden(body.decode("utf-8", "replace"))))
    else:
        words = words_of(document.get("error") if isinstance(document, Mapping) else document)
    return f"HTTP {status}{words and f': {words}'}"


def words_of(error: Any) -> str:
    """Return all texts of an `error` as one line without secrets, each after the name of the field that it is about.

    Daktela V6 API: text, a list of texts, or an object of `primary` (list) and `form` (field to text, list or object).
    """
    parts = error.items() if isinstance(error, Mapping) else [("", error)]
    # No recursion: a body may be nested more deeply than Python can recurse.
    rest = [(part, "" if name in {"primary", "form"} else name) for name, part in reversed(list(parts))]
    texts = []
    while rest:
        node, place = rest.pop()
        if isinstance(node, Mapping):
            rest += [(inner, f"{place}.{name}".lstrip(".")) for name, inner in reversed(list(node.items()))]
        elif isinstance(node, list):
            rest += [(inner, place) for inner in reversed(node)]
        elif node not in (None, "", False):
            texts.append(f"{place}: {node}" if place else str(node))
    return redactor.from_outside("; ".join(texts))
