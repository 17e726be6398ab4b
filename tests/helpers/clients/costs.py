"""What reading takes with each client: requests and bytes, and, while rows move, which rows are lost or come twice."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from daktela import DaktelaClient, DaktelaFilter, DaktelaQuery, DaktelaSort

from tap_daktela import Daktela, F
from tests.helpers.clients.pair import Pair
from tests.helpers.harness import Sandbox
from tests.helpers.ledger import requested

FIELDS = ("name", "title", "stage", "priority", "edited")
DAY = ("2024-10-15", "2024-10-16")
FIRST_KEY = 10001

MOVES: Mapping[str, Mapping[str, Any]] = {
    "5 rows are edited": {"churn": "edit", "churn_rows": 5},
    "5 rows are deleted": {"churn": "delete", "churn_rows": 5},
    "a row is added": {"churn_add": True},
}
"""What happens before each request, as options of the sandbox."""

Rows = Iterator[dict[str, Any]]


@dataclass(frozen=True)
class Way:
    """A way to read pages: with which client, how many rows a page, and in which order, if any."""

    name: str
    is_ours: bool
    size: int
    sort: str = ""

    def tickets(self, pair: Pair) -> Rows:
        """Give the keys of all tickets, as rows."""
        if self.is_ours:
            return pair.d.rows("tickets", fields=["name"], page_size=self.size, sort=self.sort or ())
        query = DaktelaQuery().fields("name")
        if self.sort:
            query.sort(DaktelaSort.asc(self.sort))
        return pair.client.iterate("tickets", query, page_size=self.size)


THEIRS, OURS = "`daktela`", "`tap_daktela`"
WAYS = (
    Way(THEIRS, is_ours=False, size=100),
    Way(f"{THEIRS}, `page_size=1000`", is_ours=False, size=1000),
    Way(OURS, is_ours=True, size=1000),
)
"""As the documentation of each says, with its own size of a page, and with the largest."""

BUSY_WAYS = (
    Way(THEIRS, is_ours=False, size=100),
    Way(f"{THEIRS}, `page_size=1000`", is_ours=False, size=1000),
    Way(f'{THEIRS}, `DaktelaSort.asc("name")`', is_ours=False, size=100, sort="name"),
    Way(f'{THEIRS}, `DaktelaSort.asc("name")`, `page_size=1000`', is_ours=False, size=1000, sort="name"),
    Way(f'{THEIRS}, `DaktelaSort.asc("edited")`', is_ours=False, size=100, sort="edited"),
    Way(f"{OURS}, `page_size=100`", is_ours=True, size=100),
    Way(OURS, is_ours=True, size=1000),
    Way(f'{OURS}, `sort="edited"`, `page_size=100`', is_ours=True, size=100, sort="edited"),
)


@dataclass(frozen=True)
class Task:
    """Something to read, in the best way that each documentation shows. Both give the same: a number, or rows."""

    what: str
    vendor: Callable[[DaktelaClient, int], Rows | int]
    ours: Callable[[Daktela, int], Rows | int]


@dataclass(frozen=True)
class Cost:
    """The requests that a reading took, and the bytes of their answers, without headers."""

    requests: int
    bytes: int


@dataclass(frozen=True)
class Moved:
    """A reading while rows moved. `lost` rows were there throughout and did not come; others came `twice`."""

    requests: int
    lost: int
    twice: int


def _query() -> DaktelaQuery:
    return DaktelaQuery().sort(DaktelaSort.asc("name"))


def _of_a_day() -> DaktelaQuery:
    return _query().filters(DaktelaFilter.gte("created", DAY[0]), DaktelaFilter.lt("created", DAY[1]))


TASKS = (
    Task(
        "all tickets, all fields",
        lambda client, size: client.iterate("tickets", _query(), page_size=size),
        lambda d, size: d.rows("tickets", page_size=size),
    ),
    Task(
        "all tickets, five fields",
        lambda client, size: client.iterate("tickets", _query().fields(*FIELDS), page_size=size),
        lambda d, size: d.rows("tickets", fields=FIELDS, page_size=size),
    ),
    Task(
        "the tickets of a day",
        lambda client, size: client.iterate("tickets", _of_a_day(), page_size=size),
        lambda d, size: d.rows("tickets", (F.created >= DAY[0]) & (F.created < DAY[1]), page_size=size),
    ),
    Task(
        "the first ticket",
        lambda client, _: client.iterate("tickets", _query(), page_size=1, max_items=1),
        lambda d, _: iter([d.first("tickets", sort="name")]),
    ),
    Task(
        "how many there are",
        lambda client, _: client.get("tickets", DaktelaQuery().fields("name").take(1)).total,
        lambda d, _: d.count("tickets"),
    ),
    Task(
        "one ticket by its key",
        lambda client, _: iter([client.get_one("tickets", str(FIRST_KEY)).data]),
        lambda d, _: iter([d.one("tickets", FIRST_KEY)]),
    ),
)


def costs(sandbox: Sandbox, ways: Sequence[Way] = WAYS) -> dict[str, list[Cost]]:
    """Return what each task takes in each way. ValueError where the ways give different rows or numbers."""
    found = {}
    for task in TASKS:
        measured = [_cost(sandbox, task, way) for way in ways]
        results = [result for _, result in measured]
        if any(result != results[0] for result in results):
            raise ValueError(f"{task.what}: the clients do not give the same")
        found[task.what] = [cost for cost, _ in measured]
    return found


def _cost(sandbox: Sandbox, task: Task, way: Way) -> tuple[Cost, Any]:
    """Return what a task takes with a client that was not used before, and its result; of rows, the keys."""
    sandbox.control("reset-requests")
    with closing(Pair(sandbox)) as pair:
        found = task.ours(pair.d, way.size) if way.is_ours else task.vendor(pair.client, way.size)
        result = found if isinstance(found, int) else sorted(row["name"] for row in found)
    log = requested(sandbox)
    return Cost(len(log), sum(entry["bytes"] for entry in log)), result


def moved(sandbox: Sandbox, move: Mapping[str, Any], way: Way) -> Moved:
    """Read all tickets of a sandbox in which rows move from now on, and hold them against its ledger."""
    before = set(sandbox.ledger()["tickets"]["rows"])
    sandbox.control("reset-requests")
    sandbox.control("options", move)
    with closing(Pair(sandbox)) as pair:
        found = Counter(str(row["name"]) for row in way.tickets(pair))
    throughout = before & set(sandbox.ledger()["tickets"]["rows"])
    return Moved(len(requested(sandbox)), len(throughout - set(found)), sum(count > 1 for count in found.values()))
