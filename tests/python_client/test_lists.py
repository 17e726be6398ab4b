"""Lists, page by page: complete while rows move, lazily, with the fields and as many rows as were asked for."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela import Daktela, F, where
from tap_daktela.errors import AccessError, ConfigError, ContractError, NotFoundError, RemoteError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.python_client.conftest import Reading

UNSTORABLE = re.compile(r"\\u0000|\\ud[89ab]..(?!\\ud[c-f]..)|(?<!\\ud[89ab]..)\\ud[c-f]..")
LISTS = ("tickets", "activities", "users", "crmRecords", "activitiesCall", "realtimeSessions")


@pytest.mark.parametrize("endpoint", LISTS)
def test_a_whole_list(still: Reading, endpoint: str) -> None:
    rows = list(still.daktela.rows(endpoint))
    # Characters that no database can store are replaced, as in the tap.
    expected = json.loads(UNSTORABLE.sub(r"\\ufffd", json.dumps(still.instance.all(endpoint))))
    assert sorted(rows, key=str) == sorted(expected, key=str)
    assert still.daktela.count(endpoint) == len(expected) > 0


@pytest.mark.parametrize("kind", ["edit", "delete", "mixed"])
@pytest.mark.parametrize(("page_size", "add"), [(7, False), (7, True), (40, True)])
def test_rows_that_move(reading: Callable[..., Reading], kind: str, page_size: int, *, add: bool) -> None:
    one = reading(rows=300)
    before = one.keys("tickets")
    one.instance.control("options", {"churn": kind, "churn_rows": 2, "churn_add": add})
    came = [row["name"] for row in one.daktela.rows("tickets", fields="name", page_size=page_size)]
    assert len(came) == len(set(came))
    assert (before & one.keys("tickets")) - set(map(str, came)) == set()


@pytest.mark.parametrize(
    "odd",
    [
        {"serve_at_most": 3}, {"serve_ragged": True}, {"total": "absent"}, {"total": "null"}, {"total": "text"},
        {"no_key_sort": True}, {"data_object": True}, {"old_server": True}, {"literal_dots": True},
    ],
)  # fmt: skip
def test_odd_servers(reading: Callable[..., Reading], odd: dict[str, Any]) -> None:
    one = reading(rows=100, **odd)
    came = [row["name"] for row in one.daktela.rows("tickets", fields="name", page_size=9)]
    assert sorted(map(str, came)) == sorted(one.keys("tickets"))
    assert one.daktela.count("tickets") == len(came)


def test_a_page_is_asked_for_when_it_is_needed(reading: Callable[..., Reading]) -> None:
    one = reading(rows=300)
    rows = one.daktela.rows("tickets", page_size=10)
    assert one.requests() == 0
    assert len(list(islice(rows, 10))) == 10
    assert one.requests() == 1
    next(rows)
    assert one.requests() == 1


def test_pages_tell_the_total(still: Reading) -> None:
    total = still.daktela.count("tickets", F.stage == "CLOSE")
    pages = list(still.daktela.pages("tickets", page_size=10, stage="CLOSE"))
    assert {page.total for page in pages} == {total}
    assert sum(len(page.rows) for page in pages) == total
    assert max(len(page.rows) for page in pages) == 10
    [page] = still.daktela.pages("tickets", sort="-edited", max_rows=4)
    assert (len(page.rows), page.total) == (4, still.daktela.count("tickets"))


def test_a_server_without_totals(reading: Callable[..., Reading]) -> None:
    one = reading(total="absent")
    assert {page.total for page in one.daktela.pages("tickets", max_rows=3)} == {None}
    assert one.daktela.page("tickets", take=2).total is None


def test_one_page_is_one_request(reading: Callable[..., Reading]) -> None:
    one = reading()
    everything = list(one.daktela.rows("users", fields="name"))
    one.requests()
    page = one.daktela.page("users", sort="name", fields=["name"], take=3, skip=2)
    assert one.requests() == 1
    assert page.rows == sorted(everything, key=lambda row: row["name"])[2:5]
    assert page.total == len(everything)


@pytest.mark.parametrize("most", [0, 1, 5, 12, 10_000])
def test_at_most_so_many_rows(still: Reading, most: int) -> None:
    everything = [row["name"] for row in still.daktela.rows("tickets")]
    assert [row["name"] for row in still.daktela.rows("tickets", max_rows=most, page_size=5)] == everything[:most]


def test_fields(still: Reading) -> None:
    [row] = still.daktela.rows("tickets", fields=["title", "category.title"], max_rows=1)
    assert set(row) == {"title", "category"}
    assert set(row["category"]) == {"title"}
    whole = still.daktela.first("tickets")
    assert whole is not None
    assert len(whole) > 40


def test_conditions(still: Reading) -> None:
    d = still.daktela
    tickets = list(d.rows("tickets", fields=["name", "stage", "priority", "title"]))

    def names(*given: Any, **equals: Any) -> list[int]:
        return [row["name"] for row in d.rows("tickets", *given, **equals)]

    def expected(test: Callable[[dict[str, Any]], bool]) -> list[int]:
        return [row["name"] for row in tickets if test(row)]

    nested = (F.stage == "CLOSE") & ((F.priority == "HIGH") | F.title.like("%faktura%"))
    both = expected(lambda r: r["stage"] == "CLOSE" and (r["priority"] == "HIGH" or "faktura" in r["title"].lower()))
    assert names(nested) == both != []
    tree = {"logic": "or", "filters": [{"field": "stage", "operator": "eq", "value": "OPEN"}]}
    assert names(where("stage", "eq", "OPEN")) == names(tree) == names([tree]) == names(stage="OPEN")
    assert names(where("stage", "eq", "OPEN"), priority=["HIGH", "LOW"]) == expected(
        lambda r: r["stage"] == "OPEN" and r["priority"] in {"HIGH", "LOW"}
    )
    unmerged = [row["name"] for row in d.rows("tickets") if not row["id_merge"]]
    assert names(id_merge=None) == unmerged
    assert names(name=tickets[3]["name"]) == [tickets[3]["name"]]


def test_counting(reading: Callable[..., Reading]) -> None:
    for total in ("number", "text", "absent", "own"):
        one = reading(total=total)
        keys = one.keys("tickets")
        assert one.daktela.count("tickets") == len(keys), total
        assert one.daktela.count("tickets", name=[int(key) for key in sorted(keys)[:1]]) == 1
        assert one.daktela.count("tickets", stage="NOBODY") == 0


def test_first_and_exists(still: Reading) -> None:
    d = still.daktela
    newest = d.first("tickets", sort="-edited", fields="edited")
    assert newest is not None
    assert newest["edited"] == max(row["edited"] for row in d.rows("tickets", fields="edited"))
    assert d.first("tickets", stage="NOBODY") is None
    assert d.exists("tickets", F.stage == "OPEN")
    assert not d.exists("tickets", stage="NOBODY")


def test_one_record(still: Reading) -> None:
    for row in still.daktela.rows("activitiesCall", max_rows=3):  # Their keys hold dots.
        assert still.daktela.one("activitiesCall", row["id_call"])["id_call"] == row["id_call"]
    ticket = still.daktela.first("tickets")
    assert ticket is not None
    assert still.daktela.one("tickets", ticket["name"])["title"] == ticket["title"]
    assert still.daktela.one("tickets", str(ticket["name"]), fields=["title"]) == {"title": ticket["title"]}


@pytest.mark.parametrize("key", ["a/b", "../users", "x?y=1", "ž #%", "...", "a%2Fb"])
def test_a_key_never_leads_elsewhere(still: Reading, key: str) -> None:
    with pytest.raises(NotFoundError, match=r"tickets/\S+: there is no such record"):
        still.daktela.one("tickets", key)


@pytest.mark.parametrize("key", ["", "  ", None, True, 1.5])
def test_what_is_no_key(still: Reading, key: Any) -> None:
    with pytest.raises(ConfigError, match="a key is text or a whole number"):
        still.daktela.one("tickets", key)


def test_relations(still: Reading) -> None:
    ticket = next(
        row["name"]
        for row in still.daktela.rows("tickets", fields="name")
        if list(still.daktela.related("tickets", row["name"], "activities", max_rows=1))
    )
    rows = list(still.daktela.related("tickets", ticket, "activities", sort="-time", fields=["name", "time"]))
    expected = still.daktela.rows("activities", F.ticket == ticket, sort="-time", fields=["name", "time"])
    assert [row["name"] for row in rows] == [row["name"] for row in expected] != []
    with pytest.raises(NotFoundError, match="tickets/1/activities: there is no such record"):
        list(still.daktela.related("tickets", 1, "activities"))
    with pytest.raises(NotFoundError, match=f"tickets/{ticket}/nothing: there is no such"):
        list(still.daktela.related("tickets", ticket, "nothing"))


def test_names_of_the_tap_and_of_older_servers(still: Reading, reading: Callable[..., Reading]) -> None:
    d = still.daktela
    assert list(d.rows("crm_records", max_rows=5)) == list(d.rows("crmRecords", max_rows=5))
    old = reading(old_server=True).daktela
    assert old.count("activitiesWeb") == old.count("activitiesChat") > 0
    chat = old.first("activitiesWeb")
    assert chat is not None
    assert old.one("activitiesWeb", chat["name"]) == chat


def test_what_may_not_be_read(still: Reading) -> None:
    with pytest.raises(AccessError, match="sipDevices: the user has no right to read it") as refused:
        still.daktela.count("sipDevices")
    assert refused.value.status == 403
    with pytest.raises(NotFoundError, match="nothing: there is no such list"):
        list(still.daktela.rows("nothing"))
    with pytest.raises(ContractError, match=r"tickets: the instance rejects the request \(HTTP 400: Neznámé pole"):
        list(still.daktela.rows("tickets", F.nonsense == 1))


@pytest.mark.parametrize(
    ("arguments", "options", "sentence"),
    [
        (("tickets/10003",), {}, "'tickets/10003' is not the name of a list, .* one record is read with one()"),
        (("",), {}, "'' is not the name of a list"),
        ((None,), {}, "the name of a list is text, such as 'tickets', not NoneType"),
        (("tickets_statuses",), {}, "tickets_statuses is made of the rows of tickets: read it with shaped=True"),
        (("tickets",), {"skip": -1}, "skip must be a whole number from 0 to 1000000000000, not -1"),
        (("tickets",), {"page_size": 1001}, "page_size must be a whole number from 1 to 1000, not 1001"),
        (("tickets",), {"page_size": True, "skip": -1}, "page_size .*; skip must be a whole number"),
        (("tickets",), {"max_rows": "many"}, "max_rows must be a whole number"),
        (("tickets",), {"on_error": "ignore"}, "on_error must be 'stop' or 'skip'"),
        (("tickets",), {"sort": ["-"]}, "sort must be the name of a field, or several"),
        (("tickets",), {"fields": [7]}, "fields must be the name of a field, or several"),
        (("tickets",), {"page_siz": 5}, "page_siz is no field of this list; did you mean page_size"),
        (("tickets",), {"stage": []}, "stage: 'in' takes a list of at least one value"),
        (("tickets", {"field": "stage", "operator": "is"}), {}, "filter: there is no operator 'is'"),
        (("tickets", {"stage": "OPEN"}), {}, "filter: "),
    ],
)
def test_wrong_arguments_are_told_before_anything_is_sent(
    still: Reading, arguments: tuple[Any, ...], options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        still.daktela.rows(*arguments, **options)


def test_nothing_can_be_written(still: Reading) -> None:
    assert not {name for name in dir(Daktela) if name.startswith(("create", "update", "delete", "put", "post"))}
    list(still.daktela.rows("tickets", max_rows=3))
    still.daktela.health()
    sent = still.instance.ask("requests")["requests"]
    assert {one["method"] for one in sent} == {"GET"}


def test_errors_of_the_instance_stop_the_iteration(reading: Callable[..., Reading]) -> None:
    one = reading(rows=200, fault=("500@2",))
    rows = one.daktela.rows("tickets", page_size=10)
    with pytest.raises(RemoteError, match=r"GET tickets skip=9 take=10: .* in one try: HTTP 500"):
        list(rows)
