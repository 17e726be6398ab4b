"""The grammar of oddities: what each field of `Oddities` may be, and how one is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import strategies as st

from tests.simulation.cases.oddities import Churn, Fault, Jump, ListWay, Oddities, ZoneChange

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

__all__ = ["FAULTS", "ODDITIES", "Oddity", "drawn", "drawn_value", "oddities"]


class Oddity(NamedTuple):
    """One field of `Oddities`: a sentence for the docs, and the values or (`many`) elements that are drawn."""

    sentence: str
    values: Sequence[Any]
    many: bool = False


WAYS = (
    "bare null", "bare absent", "bare []", "dotted names", "bare keys", "empty null", "empty absent", "single object",
    "by index",
)  # fmt: skip
LISTS = (
    "*", "tickets.statuses", "tickets.followers", "activities.statuses", "activities.attachments",
    "activitiesEmail.activities", "activitiesEmail.attachments", "activitiesCall.activities",
)  # fmt: skip
FAULTS = {
    "empty": "no rows and the total 0",
    "half": "half of the rows, but one at least, with the right total",
    "partial": "half of the rows, but one at least, beside the words of an error",
    "error": "the words of an error without a result",
    "error empty": "the words of an error, no rows and the total 0",
    "broken": "JSON that is cut off",
    "html": "a page of HTML with the status 200",
    "429": "HTTP 429",
    "429 seconds": "HTTP 429 with Retry-After in seconds",
    "429 date": "HTTP 429 with Retry-After as a date",
    "429 year 9999": "HTTP 429 with a Retry-After in the year 9999",
    "500": "HTTP 500",
    "502": "HTTP 502 with a page of HTML",
    "503": "HTTP 503",
    "504": "HTTP 504",
    "silence": "an answer that never comes",
    "reset": "a connection that is reset",
}
"""The kinds of faults, each with what the answer is."""

_REQUESTS = (2, 3, 5, 8, 13, 21, 34, 1)
_RATES = (0.02, 0.1, 0.3)
_FAULTS = (
    *(Fault(kind, request=number, run=run) for kind in FAULTS for number in _REQUESTS for run in (1, 2)),
    # Where every third answer is empty, three in a row agree that there is nothing, and nobody could know better.
    *(Fault(kind, rate=rate) for kind in FAULTS for rate in (_RATES[:1] if kind == "empty" else _RATES)),
)
_JUMPS = tuple(
    Jump(to, number, run, lasting, in_date)
    for to in ("+7200", "-7200", "+86400", "-86400", "1970", "9999")
    for number in (1, 2, 5, 13)
    for run in (1, 2)
    for lasting in (False, True)
    for in_date in (True, False)
)

ODDITIES: dict[str, Oddity] = {
    "rows": Oddity("A list has no row, one row, or many pages of rows.", (120, 7, 1, 0, 300)),
    "ties": Oddity("Many rows have their time in one second.", (60, 150, 400)),
    "lists": Oddity(
        "A list in a row is sent in another way than as picked elements: for this list or for all.",
        tuple(ListWay(name, way) for way in WAYS for name in LISTS),
        many=True,
    ),
    "relations": Oddity("Parts of relations come under their dotted names, beside the row.", ("dotted",)),
    "total": Oddity(
        "The total is text, absent, null, the page's own count, off by one, or another one with every answer.",
        ("text", "absent", "null", "page", "one more", "one less", "one more once", "one less once", "changing"),
    ),
    "serve_at_most": Oddity("A page has at most so many rows, whatever is asked for.", (20, 7, 1)),
    "ragged": Oddity("A page has fewer rows than asked for, a different number each time.", (True,)),
    "sort": Oddity(
        "The order is silently ignored, another one with every answer, by the first field only, or an order by a field "
        "that the server cannot sort by gives no rows.",
        ("key unknown", "all unknown", "ignored", "unsorted", "first only"),
    ),
    "filter": Oddity(
        "Conditions on the key, on times, or all of them are ignored.", ("key ignored", "time ignored", "ignored")
    ),
    "skip": Oddity("`skip` is ignored: every page is the first.", ("ignored",)),
    "take": Oddity("`take` is ignored: a page has up to 100 rows.", ("ignored",)),
    "fields": Oddity("`fields` is ignored: rows come whole.", ("ignored",)),
    "data": Oddity("Rows come as an object keyed by name.", ("object",)),
    "faults": Oddity("An answer is a fault, once at a certain request or at a rate.", _FAULTS, many=True),
    "dirt": Oddity("Some values hold a NUL, half a surrogate pair, or NaN.", ("nul", "surrogate", "nan"), many=True),
    "values": Oddity(
        "Some values come in another form that the API is known for.",
        (
            "numbers as text",
            "booleans as digits",
            "bare relations",
            "trimmed relations",
            "keyless elements",
            "null elements",
            "zero dates",
            "dates only",
            "scalar custom fields",
            "wrapped texts",
        ),
        many=True,
    ),
    "churn": Oddity(
        "Rows are edited, deleted, inserted, or inserted again between two requests.",
        tuple(
            Churn(kind, rate)
            for kind in ("edit", "delete", "insert", "late", "again", "hot")
            for rate in ((1.0,) if kind == "hot" else (0.3, 0.1, 1.0))
        ),
        many=True,
    ),
    "keys": Oddity(
        "Keys are numbers, digits as text, both, missing or empty in some rows, or come twice.",
        ("numbers", "digits", "mixed", "some null", "some empty", "some twice"),
    ),
    "collation": Oddity("The server compares texts without regard to case.", ("case-insensitive",)),
    "offset": Oddity("The server's clock is ahead of the machine's, or behind it.", (120, -120, 7200, -7200, -259_200)),
    "jumps": Oddity("The server's clock jumps, for one answer or for good.", _JUMPS, many=True),
    "skew": Oddity("`_time` is ahead of `Date`, or behind it.", (60, -60, 3600, -3600, 7200)),
    "time": Oddity("Answers have no `_time`.", ("absent",)),
    "zone_name": Oddity("Answers have no `_timezone`.", ("absent",)),
    "zone": Oddity(
        "The instance lies in another zone.",
        ("UTC", "America/New_York", "Asia/Kathmandu", "Africa/Casablanca", "Pacific/Apia"),
    ),
    "zone_changes": Oddity(
        "The server names another zone from some request on.",
        tuple(
            ZoneChange(zone, number, run) for zone in ("UTC", "Asia/Tokyo") for number in (2, 5, 13) for run in (1, 2)
        ),
        many=True,
    ),
    "night": Oddity("The run takes place around the night in which clocks change.", ("autumn", "spring")),
    "latency": Oddity("Answers are slow.", (2.0, 20.0, 90.0)),
    "login": Oddity("The token comes from a login with a password.", ("password",)),
    "login_result": Oddity("The token lies deeper in the login's answer.", ("object", "inner")),
    "token_requests": Oddity("A token ends after so many requests.", (20, 5, 2)),
    "names": Oddity("The server is old and knows lists by their older names only.", ("old",)),
    "denied": Oddity(
        "The user may not read a list (HTTP 403).", ("activitiesEmail", "tickets", "activitiesCall", "users"), many=True
    ),
    "hidden": Oddity("A list does not exist (HTTP 404).", ("activitiesEmail", "realtimeSessions"), many=True),
    "custom_fields": Oddity("Custom fields come and go between runs.", ("changing",)),
}
"""Every oddity by the name of its field, the mildest values first."""

_OFTEN = {"lists": 5, "faults": 5, "churn": 5, "total": 2, "sort": 2, "jumps": 2, "keys": 2}
_NAMES = tuple(name for name in ODDITIES for _ in range(_OFTEN.get(name, 1)))
_COUNTS = (0, 1, 1, 1, 1, 1, 2, 2, 3, 4)


@st.composite
def oddities(draw: st.DrawFn) -> Oddities:
    """Draw the oddities of one instance: mostly one, sometimes none or up to four. Shrinks to good behaviour."""
    count = draw(st.sampled_from(_COUNTS))
    names = draw(st.lists(st.sampled_from(_NAMES), min_size=count, max_size=count, unique=True))
    return Oddities(**{name: draw(_values(ODDITIES[name])) for name in names})


def _values(oddity: Oddity) -> st.SearchStrategy[Any]:
    one = st.sampled_from(list(oddity.values))
    return st.lists(one, min_size=1, max_size=3, unique=True).map(tuple) if oddity.many else one


def drawn(dice: random.Random) -> Oddities:
    """Return the oddities that `dice` give, as often as `oddities` draws them, at a fraction of its cost."""
    names = dict.fromkeys(dice.choice(_NAMES) for _ in range(dice.choice(_COUNTS)))
    return Oddities(**{name: drawn_value(name, dice) for name in names})


def drawn_value(name: str, dice: random.Random) -> Any:
    """Return a value of one oddity, as `dice` give it."""
    values, many = ODDITIES[name].values, ODDITIES[name].many
    value = dice.choice(values)
    more = dice.sample(values, dice.choice((0, 0, 1, 2)) % len(values)) if many else []
    return tuple(dict.fromkeys((value, *more))) if many else value
