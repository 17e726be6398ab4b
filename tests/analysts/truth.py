"""The answers to the questions of docs/analysts.md, from the sandbox's own rows: no tap, no target, no SQL.

Each function takes what the sandbox knows and returns the rows of the answer, in its order. Times in it are text on the
clock of the instance.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

from tests.helpers.ledger import PRAGUE, utc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tap_daktela.sandbox.storage.store import Store
    from tap_daktela.sandbox.storage.tables import Row

Answer = list[tuple[Any, ...]]

TRUTH: dict[str, Callable[[Known], Answer]] = {}
IN_TIME = 20
END = "2024-11-05 14:30:00"
START = utc("2020-01-01 00:00:00", PRAGUE)
BOUNDS = (utc("2024-11-05 12:30:00", PRAGUE), utc(END, PRAGUE))
"""What the two runs read: from where the first begins, up to the bound of each."""


@dataclass(frozen=True)
class Known:
    """The rows of the sandbox, and the keys of the statuses that were taken from tickets between the runs."""

    store: Store
    removed: list[Any]

    def rows(self, table: str) -> list[Row]:
        """Return the rows of a table; a column without a value is None."""
        columns = self.store[table].table.columns
        return [{column: row.get(column) for column in columns} for row in self.store[table]]

    def by_key(self, table: str) -> dict[Any, Row]:
        """Return the rows of a table by their keys."""
        return {row[self.store[table].table.key]: row for row in self.rows(table)}


def answers(question: Callable[[Known], Answer]) -> Callable[[Known], Answer]:
    """Add an answer under the name of its function."""
    TRUTH[question.__name__] = question
    return question


def seconds(begin: str, end: str) -> float:
    """Return the seconds between two times, which is not their distance on the clock where clocks changed."""
    return (utc(end, PRAGUE) - utc(begin, PRAGUE)).total_seconds()


def rounded(value: float | Decimal) -> float:
    return float(Decimal(str(value)).quantize(Decimal("0.1"), ROUND_HALF_UP))


def share(part: int, whole: int) -> float | None:
    return rounded(Decimal(100 * part) / whole) if whole else None


def grouped(rows: Iterable[Row], key: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    groups = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def inbound(known: Known) -> list[Row]:
    """Return the inbound calls with the titles of their queues."""
    queues, calls = known.by_key("queues"), known.rows("activitiesCall")
    return [{**call, "queue_title": queues[call["id_queue"]]["title"]} for call in calls if call["direction"] == "in"]


@answers
def first(known: Known) -> Answer:
    calls = Counter(call["direction"] for call in known.rows("activitiesCall"))
    answered = Counter(call["direction"] for call in known.rows("activitiesCall") if call["answered"])
    return [(direction, count, answered[direction]) for direction, count in calls.most_common()]


@answers
def files(known: Known) -> Answer:
    tickets = known.rows("tickets")
    return [(len(tickets) + len(known.removed), len(tickets))]


@answers
def day(known: Known) -> Answer:
    times = [call["call_time"] for call in known.rows("activitiesCall")]
    found = []
    for number in (26, 27, 28):
        of_the_day = [text for text in times if text.startswith(f"2024-10-{number}")]
        moved = sum(utc(text, PRAGUE).day != number for text in of_the_day)
        found.append((f"2024-10-{number}", len(of_the_day), moved))
    return found


@answers
def service_level(known: Known) -> Answer:
    found = []
    hours = grouped(inbound(known), lambda call: (call["queue_title"], int(call["call_time"][11:13])))
    for (title, hour), calls in hours.items():
        answered = [call for call in calls if call["answered"]]
        in_time = sum(call["waiting_time"] <= IN_TIME for call in answered)
        early = sum(call["waiting_time"] <= IN_TIME for call in calls if not call["answered"])
        shares = share(in_time, len(calls)), share(in_time, len(calls) - early)
        found.append((title, hour, len(calls), len(answered), in_time, *shares))
    return sorted(found, key=lambda row: (-row[2], row[0], row[1]))[:6]


@answers
def unanswered(known: Known) -> Answer:
    calls = [call for call in known.rows("activitiesCall") if not call["answered"] and call["direction"] != "internal"]
    causes = Counter((call["direction"], call["disconnection_cause"] or "none") for call in calls)
    return sorted(((*cause, count) for cause, count in causes.items()), key=lambda row: (row[0], -row[2], row[1]))


@answers
def missed(known: Known) -> Answer:
    by_key, found = known.by_key("activitiesCall"), []
    lost = [call for call in inbound(known) if not call["answered"]]
    for title, calls in grouped(lost, lambda call: call["queue_title"]).items():
        marks = Counter(call["missed_call"] for call in calls)
        hours = [
            seconds(call["call_time"], by_key[call["missed_callback"]]["call_time"]) / 3600
            for call in calls
            if call["missed_callback"]
        ]
        times = rounded(median(hours)) if hours else None
        found.append((title, len(calls), marks[0] + marks[1], marks[0], marks[1], times))
    return sorted(found, key=lambda row: (-row[1], row[0]))


@answers
def handling(known: Known) -> Answer:
    pairs = closed_calls(known)
    worked = [row for row, call in pairs if row["user"] and call["answered"] and call["direction"] != "internal"]
    found = []
    for user, rows in grouped(worked, lambda row: row["user"]).items():
        calls = len({row["item"] for row in rows})
        spent, after = sum(row["duration"] for row in rows), sum(row["aaw"] for row in rows)
        found.append((user, calls, spent, after, rounded(Decimal(spent + after) / calls)))
    return sorted(found, key=lambda row: (-row[1], row[0]))[:5]


def closed_calls(known: Known) -> list[tuple[Row, Row]]:
    """Return the closed activities of calls, each with its call."""
    calls = known.by_key("activitiesCall")
    rows = [row for row in known.rows("activities") if row["type"] == "CALL" and row["action"] == "CLOSE"]
    return [(row, calls[row["item"]]) for row in rows if row["item"]]


@answers
def durations(known: Known) -> Answer:
    found = []
    for row, call in closed_calls(known):
        if row["aaw"] and call["ringing_time"] and call["direction"] == "in" and call["answered"]:
            talk, open_for = call["duration"], seconds(row["time_open"], row["time_close"])
            opened_after, waiting = seconds(call["call_time"], row["time_open"]), call["waiting_time"]
            rules = [row["duration"] == talk, talk is not None and row["duration"] == talk + row["aaw"]]
            rules += [open_for == row["duration"], open_for == row["duration"] + row["aaw"]]
            rules += [opened_after == waiting, opened_after == waiting + call["ringing_time"]]
            found.append((True, *rules))
    return [tuple(map(sum, zip(*found, strict=True)))]


@answers
def busy(known: Known) -> Answer:
    rows = [row for row in known.rows("activities") if row["type"] in {"CALL", "CHAT"} and row["action"] == "CLOSE"]
    days = grouped((row for row in rows if row["user"]), lambda row: (row["time_open"][:10], row["user"]))
    found = [(*day, len(rows), sum(row["duration"] + row["aaw"] for row in rows)) for day, rows in days.items()]
    return sorted(found, key=lambda row: (-row[3], *row[:2]))[:5]


@answers
def first_answer(known: Known) -> Answer:
    tickets = known.rows("tickets")
    answered = [ticket for ticket in tickets if ticket["first_answer"]]
    late = [ticket for ticket in answered if ticket["first_answer"] > ticket["first_answer_deadline"]]
    overdue = [t for t in tickets if not t["first_answer"] and t["first_answer_deadline"] < END]
    wrong = median(ticket["first_answer_duration"] for ticket in tickets)
    right = median(ticket["first_answer_duration"] for ticket in answered)
    return [(len(tickets), len(answered), wrong, right, len(late), len(overdue))]


@answers
def backlog(known: Known) -> Answer:
    found = []
    for number in range(25, 30):
        midnight = f"2024-10-{number + 1} 00:00:00"
        before = [row for row in known.rows("tickets") if row["created"] < midnight and not row["id_merge"]]
        is_open = [row["stage"] in {"OPEN", "WAIT"} or row["closed"] >= midnight for row in before]
        found.append((f"2024-10-{number}", sum(is_open)))
    return found


@answers
def statuses(known: Known) -> Answer:
    now = current_statuses(known)
    ever = now + Counter(known.by_key("statuses")[key]["title"] for key in known.removed)
    return sorted(((title, ever[title], now[title]) for title in ever), key=lambda row: (-row[2], row[0]))[:4]


@answers
def statuses_of_the_list(known: Known) -> Answer:
    now = current_statuses(known)
    return sorted(now.items(), key=lambda row: (-row[1], row[0]))[:4]


def current_statuses(known: Known) -> Counter[str]:
    """Count the statuses that tickets have by their titles."""
    titles = {status["name"]: status["title"] for status in known.rows("statuses")}
    return Counter(titles[key] for ticket in known.rows("tickets") for key in ticket["statuses"] or ())


@answers
def joins(known: Known) -> Answer:
    activities = [row for row in known.rows("activities") if row["type"] == "CALL"]
    of = Counter(row["item"] for row in activities if row["item"])
    calls = known.rows("activitiesCall")
    return [
        (
            len(calls),
            sum(of[call["id_call"]] == 0 for call in calls),
            sum(of[call["id_call"]] > 1 for call in calls),
            sum(call["direction"] == "internal" for call in calls),
            sum(call["disposition_cause"] == "transfer" for call in calls),
            sum(not row["item"] for row in activities),
        )
    ]


@answers
def complete(known: Known) -> Answer:
    times = sorted(utc(row["time"], PRAGUE) for row in known.rows("activities"))
    before = [time for time in times if time < BOUNDS[0]]
    # The first page has 1000 rows, and those of its last second count for the range behind it.
    borders = [START, before[999], *BOUNDS]
    found: Counter[str] = Counter()
    ranges: Counter[str] = Counter()
    for begin, end in pairwise(borders):
        month = f"{begin:%Y-%m}-01"
        ranges[month] += 1
        found[month] += sum(begin <= time < end for time in times)
    return [(month, ranges[month], count, count, count) for month, count in found.items()]


@answers
def gaps(_known: Known) -> Answer:
    axes = [("activities", "time"), ("activities", "time_close"), ("activities_call", "call_time")]
    axes += [("tickets", "created"), ("tickets", "edited")]
    return [(*axis, str(START.date()), str(BOUNDS[1].date()), 0) for axis in axes]
