"""What can go wrong while a client reads, and what its user gets then from Daktela's own client and from ours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import daktela as vendor
from daktela import DaktelaFilter, DaktelaQuery, DaktelaSort

from tap_daktela import Daktela, F, Retry
from tap_daktela.errors import TapError
from tests.helpers.clients.pair import OUR_PATIENCE, VENDOR_PATIENCE, Pair

PAGE = 20
NOT_WAITING = (vendor.RetryConfig.disabled(), vendor.RateLimitConfig.disabled())
Read = Callable[[Pair], Any]


@dataclass(frozen=True)
class Trouble:
    """What goes wrong by which options of the sandbox, and how each client reads then: all tickets, unless it says so.

    Of a failure, `words` is what the instance said, which the error should repeat; `more` is an attribute of the error.
    `vendor_note` is what the documentation of Daktela's own client says about it.
    """

    what: str
    options: Mapping[str, Any] = field(default_factory=dict)
    vendor: Read = lambda pair: list(pair.client.iterate("tickets", _by_key(), page_size=PAGE))
    ours: Read = lambda pair: list(pair.d.rows("tickets", fields=["name"], page_size=PAGE))
    words: str = ""
    more: str = ""
    vendor_note: str = ""


def _by_key() -> DaktelaQuery:
    return DaktelaQuery().fields("name").sort(DaktelaSort.asc("name"))


def _with_vendor(config: Mapping[str, Any], patience: tuple[Any, Any], read: Callable[[Any], Any]) -> Read:
    """Return a reading by a client of its own, whose configuration has something else than the pair's."""

    def reading(pair: Pair) -> Any:
        given = {"url": pair.sandbox.url, "access_token": pair.sandbox.access_token, **config}
        with vendor.DaktelaClient(vendor.DaktelaConfig(**given), *patience) as client:
            return read(client)

    return reading


def _with_ours(options: Mapping[str, Any], read: Callable[[Daktela], Any]) -> Read:
    def reading(pair: Pair) -> Any:
        given = {"url": pair.sandbox.url, "access_token": pair.sandbox.access_token, "retry": OUR_PATIENCE, **options}
        with Daktela(given.pop("url"), **given) as d:
            return read(d)

    return reading


def _signed_in(pair: Pair) -> Any:
    login = {"username": pair.sandbox.username, "password": pair.sandbox.password, "access_token": None}
    return _with_ours(login, lambda d: list(d.rows("tickets", fields=["name"], page_size=PAGE)))(pair)


# The ticket of the sandbox with such a text.
HALF = "10101"
NOWHERE = "http://127.0.0.1:9"

TROUBLES = (
    Trouble(
        "the token is wrong",
        vendor=_with_vendor(
            {"access_token": "no-such-token"}, VENDOR_PATIENCE, lambda client: client.get("tickets").data
        ),
        ours=_with_ours({"access_token": "no-such-token"}, lambda d: list(d.rows("tickets"))),
    ),
    Trouble("the token expires", {"fault": ["expired@3"]}, ours=_signed_in),
    Trouble(
        "no right to read the list",
        vendor=lambda pair: pair.client.get("sipDevices").data,
        ours=lambda pair: list(pair.d.rows("sipDevices")),
    ),
    Trouble(
        "no such list",
        vendor=lambda pair: pair.client.get("nothing").data,
        ours=lambda pair: list(pair.d.rows("nothing")),
    ),
    Trouble(
        "no such record",
        vendor=lambda pair: pair.client.get_one("tickets", "1").data,
        ours=lambda pair: pair.d.one("tickets", 1),
    ),
    Trouble(
        "the instance refuses the filter",
        vendor=lambda pair: pair.client.get("tickets", DaktelaQuery().filter(DaktelaFilter.eq("nope", 1))).data,
        ours=lambda pair: list(pair.d.rows("tickets", F.nope == 1)),
        words="Neznámé pole filtru: nope",
    ),
    Trouble(
        "a sort field that does not exist",
        vendor=lambda pair: list(pair.client.iterate("tickets", DaktelaQuery().sort(DaktelaSort.asc("nope")))),
        ours=lambda pair: list(pair.d.rows("tickets", sort="nope")),
    ),
    Trouble(
        "pages of more than 1000 rows",
        vendor=lambda pair: list(pair.client.iterate("tickets", page_size=2000)),
        ours=lambda pair: list(pair.d.rows("tickets", page_size=2000)),
    ),
    Trouble("429 once", {"fault": ["429@2"], "retry_after": 0}),
    Trouble(
        "429, and no waiting",
        {"fault": ["429=1"], "retry_after": 7},
        vendor=_with_vendor({}, NOT_WAITING, lambda client: client.get("tickets").data),
        ours=_with_ours({"retry": Retry(rate_limit="raise")}, lambda d: list(d.rows("tickets"))),
        more="retry_after",
    ),
    Trouble("503 once", {"fault": ["503@2"]}),
    Trouble("503 always", {"fault": ["503=1"]}),
    Trouble("a connection is reset once", {"fault": ["reset@2"]}),
    Trouble("a body breaks off once", {"fault": ["truncate@2"]}),
    Trouble("a body is no JSON once", {"fault": ["broken-json@2"]}),
    Trouble("a page of HTML once, with status 200", {"fault": ["html@2"]}),
    Trouble("half of a page with an error, once", {"fault": ["partial@2"]}),
    Trouble("an empty page with a total of 0, once", {"fault": ["empty@2"]}),
    Trouble(
        "half of an emoji in a text that one writes into a file",
        vendor=lambda pair: pair.client.get_one("tickets", HALF).data["title"].encode()[-3:].decode(),
        ours=lambda pair: pair.d.one("tickets", HALF)["title"].encode()[-3:].decode(),
    ),
    Trouble("pages shorter than asked for", {"serve_at_most": 7}),
    Trouble(
        "pages shorter than asked for, without a total",
        {"serve_at_most": 7, "total": "absent"},
        vendor_note="it warns of it",
    ),
    Trouble("a total that is too low", {"total": "-50"}),
    Trouble("a redirect to somewhere else", {"redirect": "https://example.com"}),
    Trouble(
        "two pages fail, and one goes on",
        {"fault": ["503@2", "503@3"]},
        vendor=_with_vendor(
            {},
            NOT_WAITING,
            lambda client: list(client.iterate("tickets", _by_key(), page_size=PAGE, stop_on_error=False)),
        ),
        ours=_with_ours(
            {"retry": Retry.off()},
            lambda d: list(d.rows("tickets", fields=["name"], page_size=PAGE, on_error="skip")),
        ),
        vendor_note="`last_error` tells of the last one",
    ),
    Trouble(
        "ping where nobody listens",
        vendor=_with_vendor({"url": NOWHERE}, VENDOR_PATIENCE, lambda client: client.ping()),
        ours=_with_ours({"url": NOWHERE}, lambda d: d.ping()),
    ),
    Trouble(
        "health where nobody listens",
        vendor=_with_vendor({"url": NOWHERE}, VENDOR_PATIENCE, lambda client: client.health_check()["healthy"]),
        ours=_with_ours({"url": NOWHERE}, lambda d: d.health().ok),
    ),
)


def outcomes(pair: Pair) -> dict[str, tuple[str, str]]:
    """Return in words, for each trouble, what becomes of a reading with Daktela's own client and with ours."""
    keys = {int(key) for key in pair.sandbox.ledger()["tickets"]["rows"]}
    found = {}
    for one in TROUBLES:
        note = f"; {one.vendor_note}" if one.vendor_note else ""
        found[one.what] = (_outcome(one, one.vendor, pair, keys) + note, _outcome(one, one.ours, pair, keys))
    return found


def _outcome(trouble: Trouble, read: Read, pair: Pair, keys: set[int]) -> str:
    pair.sandbox.control("reset-requests")
    pair.sandbox.control("options", trouble.options)
    try:
        found = read(pair)
    except (vendor.DaktelaException, TapError, UnicodeEncodeError) as error:
        return _error(trouble, error)
    finally:
        pair.sandbox.control("options", dict.fromkeys(trouble.options))
    return _rows([row["name"] for row in found], keys) if isinstance(found, list) else f"`{found}`"


def _error(trouble: Trouble, error: Exception) -> str:
    said = f"`{type(error).__name__}`"
    if trouble.words:
        said += " with its words" if trouble.words in str(error) else " without its words"
    return said + (f", `{trouble.more}={getattr(error, trouble.more):g}`" if trouble.more else "")


def _rows(found: list[int], keys: set[int]) -> str:
    if not found:
        return "**no rows, no error**"
    if keys - set(found):
        return "**loses rows, no error**"
    return "all rows" if len(found) == len(keys) else "all rows, some twice"
