"""What one wants of a client that reads, and what its user writes for it with Daktela's own client and with ours."""

import json
import re
from dataclasses import dataclass
from typing import Any

from tests.helpers.clients.pair import Pair


@dataclass(frozen=True)
class Ability:
    """One wish, and the expression that fulfils it with each client: they have equal results, rows in any order.

    An empty expression means that the client cannot do it; a note then says why, or what to do instead. `ordered` says
    that rows have to come in the same order.
    """

    what: str
    vendor: str
    ours: str
    vendor_note: str = ""
    ours_note: str = ""
    ordered: bool = False


OPENING = (
    Ability(
        "open with an access token",
        "DaktelaClient(DaktelaConfig(url, token))",
        "Daktela(url, access_token=token)",
    ),
    Ability("open with user name and password", "", "Daktela(url, username=username, password=password)"),
    Ability(
        "send the token as a cookie, or in the URL",
        "DaktelaClient(DaktelaConfig(url, token, auth_method=AuthMethod.QUERY))",
        "",
        ours_note="on purpose: URLs end up in logs",
    ),
    Ability(
        "tries, delays, statuses",
        "DaktelaClient(config, RetryConfig(max_retries=5, initial_delay=0.5, max_delay=30, retry_on_status=(503,)))",
        "Daktela(url, access_token=token, retry=Retry(tries=6, first_wait=0.5, longest_wait=30, statuses=(503,)))",
    ),
    Ability(
        "more tries, or none",
        "DaktelaClient(config, RetryConfig.aggressive())",
        "Daktela(url, access_token=token, retry=Retry.aggressive())",
    ),
    Ability(
        "wait at a rate limit",
        "DaktelaClient(config, None, RateLimitConfig(max_wait=60, default_retry_after=5))",
        "Daktela(url, access_token=token, retry=Retry(longest_pause=60, default_pause=5))",
    ),
    Ability(
        "raise at a rate limit",
        "DaktelaClient(config, None, RateLimitConfig.disabled())",
        'Daktela(url, access_token=token, retry=Retry(rate_limit="raise"))',
    ),
    Ability("send at most so many requests per second", "", "Daktela(url, access_token=token, requests_per_second=20)"),
    Ability(
        "time-outs",
        "DaktelaClient(DaktelaConfig(url, token, timeout=60))",
        "Daktela(url, access_token=token, timeout=60, connect_timeout=5)",
        vendor_note="for each wait on the socket",
        ours_note="for the whole answer",
    ),
    Ability(
        "an HTTP client of one's own",
        "DaktelaClient(config, http_client=http_client)",
        "Daktela(url, access_token=token, session=session)",
        vendor_note="of httpx",
        ours_note="of requests",
    ),
    Ability(
        "do without checking certificates",
        "DaktelaClient(DaktelaConfig(url, token, verify_ssl=False))",
        "Daktela(url, access_token=token, verify=False)",
    ),
    Ability(
        "a user agent",
        'DaktelaClient(DaktelaConfig(url, token, user_agent="MyApp/1.0"))',
        'Daktela(url, access_token=token, user_agent_suffix="MyApp/1.0")',
    ),
    Ability(
        "a logger",
        'DaktelaClient(DaktelaConfig(url, token, logger=logging.getLogger("app")))',
        'Daktela(url, access_token=token, logger=logging.getLogger("app"))',
    ),
)

ROWS = (
    Ability("all rows, one page in memory", 'list(client.iterate("tickets"))', 'list(d.rows("tickets"))'),
    Ability(
        "conditions",
        'client.get_all("tickets", DaktelaQuery().filters('
        'DaktelaFilter.eq("stage", "OPEN"), DaktelaFilter.gte("name", 10100)))',
        'list(d.rows("tickets", (F.stage == "OPEN") & (F.name >= 10100)))',
    ),
    Ability(
        "and, or, nested",
        'client.get_all("tickets", DaktelaQuery().filter(DaktelaFilter.and_(DaktelaFilter.eq("stage", "OPEN"), '
        'DaktelaFilter.or_(DaktelaFilter.eq("priority", "HIGH"), DaktelaFilter.like("title", "%a%")))))',
        'list(d.rows("tickets", (F.stage == "OPEN") & ((F.priority == "HIGH") | F.title.like("%a%"))))',
    ),
    Ability(
        "a filter by a relation's field",
        'client.get_all("tickets", DaktelaQuery().filter(DaktelaFilter.is_not_null("user.title")))',
        'list(d.rows("tickets", F["user.title"].isnotnull()))',
    ),
    Ability(
        "moments with a zone",
        "",
        'list(d.rows("tickets", F.created >= datetime(2024, 10, 1, tzinfo=timezone.utc)))',
        vendor_note="one writes the wall clock of the instance",
    ),
    Ability(
        "sort both ways",
        'client.get_all("tickets", DaktelaQuery().sort(DaktelaSort.desc("edited")).sort(DaktelaSort.asc("name")))',
        'list(d.rows("tickets", sort=["-edited", "name"]))',
        ordered=True,
    ),
    Ability(
        "fields, also of relations",
        'client.get_all("tickets", DaktelaQuery().fields("name", "category.title"))',
        'list(d.rows("tickets", fields=["name", "category.title"]))',
    ),
    Ability(
        "page size, skip, at most n rows",
        'client.get_all("tickets", DaktelaQuery().sort(DaktelaSort.asc("name")).skip(5), page_size=50, max_items=70)',
        'list(d.rows("tickets", sort="name", skip=5, page_size=50, max_rows=70))',
        ordered=True,
    ),
    Ability(
        "pages with their total",
        'next(client.iterate("tickets", page_size=50).pages()).total',
        'next(d.pages("tickets", page_size=50)).total',
    ),
    Ability(
        "one page and its total, in one request",
        'client.get("tickets", DaktelaQuery().take(7).skip(3)).data',
        'd.page("tickets", take=7, skip=3).rows',
        ordered=True,
    ),
    Ability("one record", 'client.get_one("tickets", "10003").data', 'd.one("tickets", 10003)'),
    Ability(
        "a relation of a record",
        'client.get_relation("tickets", "10001", "activities").data',
        'list(d.related("tickets", 10001, "activities"))',
    ),
    Ability("count", 'client.get("tickets", DaktelaQuery().fields("name").take(1)).total', 'd.count("tickets")'),
    Ability(
        "the first row",
        'client.iterate("tickets", DaktelaQuery().sort(DaktelaSort.desc("name")), page_size=1).first()',
        'd.first("tickets", sort="-name")',
    ),
    Ability(
        "is there any?",
        'not client.iterate("tickets", DaktelaQuery().filter(DaktelaFilter.eq("stage", "OPEN"))).is_empty()',
        'd.exists("tickets", stage="OPEN")',
    ),
    Ability(
        "map",
        'list(client.iterate("users").map(lambda user: user["name"]))',
        '[user["name"] for user in d.rows("users")]',
    ),
    Ability("flat records with types", "", 'list(d.rows("users", shaped=True))'),
    Ability(
        "go on after a page that fails",
        'list(client.iterate("tickets", stop_on_error=False))',
        'list(d.rows("tickets", on_error="skip"))',
    ),
    Ability("is the instance there?", "client.ping()", "d.ping()"),
    Ability("health", 'client.health_check()["healthy"]', "d.health().ok"),
    Ability("version of the instance", 'client.get("whoim").get("version")', "d.health().version"),
    Ability("zone and clock of the instance", "", "d.health().zone, d.health().clock"),
    Ability(
        "any other parameter, such as `q`",
        'client.get_all("tickets", DaktelaQuery().param("q", "adresy"))',
        "",
    ),
    Ability(
        "create, update, delete",
        "client.post, client.put, client.delete",
        "",
        ours_note="on purpose: it only reads",
    ),
)

OPERATORS = {
    "eq": ('DaktelaFilter.eq("stage", "OPEN")', 'F.stage == "OPEN"'),
    "neq": ('DaktelaFilter.neq("stage", "OPEN")', 'F.stage != "OPEN"'),
    "gt": ('DaktelaFilter.gt("name", 10100)', "F.name > 10100"),
    "gte": ('DaktelaFilter.gte("name", 10100)', "F.name >= 10100"),
    "lt": ('DaktelaFilter.lt("created", "2024-10-10")', 'F.created < "2024-10-10"'),
    "lte": ('DaktelaFilter.lte("created", "2024-10-10")', 'F.created <= "2024-10-10"'),
    "like": ('DaktelaFilter.like("title", "%a%")', 'F.title.like("%a%")'),
    "notlike": ('DaktelaFilter.not_like("title", "%a%")', 'F.title.notlike("%a%")'),
    "contains": ('DaktelaFilter.custom("title", "contains", "a")', 'F.title.contains("a")'),
    "doesnotcontain": ('DaktelaFilter.custom("title", "doesnotcontain", "a")', 'F.title.doesnotcontain("a")'),
    "startswith": ('DaktelaFilter.custom("stage", "startswith", "O")', 'F.stage.startswith("O")'),
    "endswith": ('DaktelaFilter.custom("stage", "endswith", "N")', 'F.stage.endswith("N")'),
    "begins": ('DaktelaFilter.begins("stage", "O")', 'F.stage.begins("O")'),
    "ends": ('DaktelaFilter.ends("stage", "N")', 'F.stage.ends("N")'),
    "regexp": ('DaktelaFilter.custom("title", "regexp", "^[A-M]")', 'F.title.regexp("^[A-M]")'),
    "in": ('DaktelaFilter.in_("stage", ["OPEN", "WAIT"])', 'F.stage.in_(["OPEN", "WAIT"])'),
    "notin": ('DaktelaFilter.not_in("stage", ["OPEN", "WAIT"])', 'F.stage.notin(["OPEN", "WAIT"])'),
    "between": ('DaktelaFilter.custom("name", "between", [10010, 10020])', "F.name.between(10010, 10020)"),
    "notbegins": ('DaktelaFilter.not_begins("stage", "O")', 'F.stage.notbegins("O")'),
    "notends": ('DaktelaFilter.not_ends("stage", "N")', 'F.stage.notends("N")'),
    "isnull": ('DaktelaFilter.is_null("user")', "F.user.isnull()"),
    "isnotnull": ('DaktelaFilter.is_not_null("user")', "F.user.isnotnull()"),
}
"""The operators, as each client spells them."""

FILTERS = tuple(
    Ability(
        f"`{name}`",
        f'client.get_all("tickets", DaktelaQuery().fields("name").filter({vendor}))',
        f'list(d.rows("tickets", {ours}, fields="name"))' if ours else "",
    )
    for name, (vendor, ours) in OPERATORS.items()
)
ABILITIES = OPENING + ROWS + FILTERS


def disagreement(ability: Ability, pair: Pair) -> str:
    """Return how the results of both clients differ; empty where they do not."""
    results = [pair.result(code) for code in (ability.vendor, ability.ours) if code]
    empty = [result for result in results if not result]
    if empty:
        return f"{ability.what}: {empty[0]!r} shows nothing"
    first, last = (_comparable(result, ability) for result in (results[0], results[-1]))
    if first != last:
        return f"{ability.what}: the results differ"
    return ""


def _comparable(value: Any, ability: Ability) -> Any:
    """Return a result without the order of rows where no list promises one, and its texts as ours gives them."""
    if isinstance(value, list):
        rows = [_mended(json.dumps(row, sort_keys=True)) for row in value]
        return rows if ability.ordered else sorted(rows)
    return _mended(json.dumps(value, sort_keys=True, default=str))


def _mended(text: str) -> str:
    """Return JSON in which NUL and halves of characters are replaced: what cannot be stored, ours does not give."""
    pairs = r"\\ud[89ab]..\\ud[c-f].."
    return re.sub(rf"({pairs})|\\ud[89a-f]..|\\u0000", lambda found: found[1] or r"\ufffd", text)
