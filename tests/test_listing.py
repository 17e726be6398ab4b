"""The table of `--list`: what an instance's answers become in it."""

from __future__ import annotations

from collections import defaultdict
from contextlib import nullcontext
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import STREAMS
from tap_daktela.errors import AccessError, ContractError, RemoteError, UnreachableError
from tap_daktela.listing import listing

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from tap_daktela.daktela.query import Query

KNOWN = entries(STREAMS)
PRAGUE = ZoneInfo("Europe/Prague")
EDITED = "2024-07-01 12:00:00"
MILLIONS = 99_999_999


def page(*rows: dict[str, Any], total: int | None) -> Any:
    return SimpleNamespace(rows=list(rows), total=total)


@dataclass
class Instance:
    """Answers each endpoint: to sorted requests, and to others. Remembers the questions."""

    sorted: dict[str, Any] = field(default_factory=dict)
    plain: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, list[Query]] = field(default_factory=lambda: defaultdict(list))

    def probing(self) -> AbstractContextManager[int]:
        """Let two be asked at the same time."""
        return nullcontext(2)

    def read(self, endpoint: str, query: Query) -> Any:
        """Answer."""
        self.asked[endpoint].append(query)
        answer = (self.sorted if query.sort else self.plain).get(endpoint, page(total=0))
        if isinstance(answer, Exception):
            raise answer
        return answer


def shown(instance: Instance, *names: str, timestamps: str = "utc") -> dict[str, list[str]]:
    """Return the cells of the table by stream."""
    wanted = {name: KNOWN[name] for name in names or KNOWN}
    lines = listing(instance, wanted, KNOWN, zone=PRAGUE, timestamps=timestamps).splitlines()  # type: ignore[arg-type]
    places = [place for place, sign in enumerate(lines[1]) if sign == "-" and lines[1][place - 1 : place] != "-"]
    cells = [
        [line[begin:end].strip() for begin, end in zip(places, [*places[1:], None], strict=True)] for line in lines
    ]
    assert cells[0] == ["stream", "rows", "newest row", "rights", "default"]
    return {name: rest for name, *rest in cells[2:]}


def test_each_stream_is_asked_once_for_its_newest_row() -> None:
    row = {"edited": EDITED}
    instance = Instance({"tickets": page(row, total=5)}, {"users": page({"name": "u"}, total=1234)})
    found = shown(instance, "tickets", "tickets_statuses", "users")
    assert found == {
        "tickets": ["5", "2024-07-01T10:00:00Z", "may be read", "yes"],
        "tickets_statuses": ["?", "", "with tickets", "yes"],
        "users": ["1,234", "", "may be read", "yes"],
    }
    [tickets], [users] = instance.asked["tickets"], instance.asked["users"]
    assert (tickets.sort, tickets.take, tickets.fields) == (("-edited",), 1, ("edited",))
    assert (users.sort, users.take, users.fields) == ((), 1, ("name",))


@pytest.mark.parametrize(
    ("text", "utc", "local"),
    [
        (EDITED, "2024-07-01T10:00:00Z", EDITED),
        ("2024-07-01", "2024-06-30T22:00:00Z", "2024-07-01 00:00:00"),
        ("0000-00-00 00:00:00", "?", "?"),
        ("soon", "?", "?"),
        ("", "?", "?"),
        (None, "?", "?"),
        (17, "?", "?"),
    ],
)
def test_the_newest_row(text: Any, utc: str, local: str) -> None:
    instance = Instance({"tickets": page({"edited": text}, total=5)})
    assert shown(instance, "tickets")["tickets"][:2] == ["5", utc]
    assert shown(instance, "tickets", timestamps="local")["tickets"][:2] == ["5", local]


@pytest.mark.parametrize(
    ("in_order", "plain", "expected"),
    [
        (page(total=0), page(total=0), ["0", ""]),
        (page(total=7), page({"name": 1}, total=7), ["7", "?"]),
        (page(total=0), page({"name": 1}, total=7), ["7", "?"]),  # What a field that cannot be sorted by looks like.
        (page(total=7), page(total=7), ["?", "?"]),
        (page(total=7), page(total=0), ["?", "?"]),
        (page(total=None), page(total=None), ["?", "?"]),
        (page(total=None), page({"name": 1}, total=None), ["?", "?"]),
        (page({"edited": EDITED}, total=None), None, ["?", "2024-07-01T10:00:00Z"]),
        (page({"edited": EDITED}, total=0), None, ["?", "2024-07-01T10:00:00Z"]),
        (page({}, total=3), None, ["3", "?"]),
        (page(total=7), RemoteError("broken"), ["?", "?"]),
    ],
)
def test_what_an_instance_does_not_tell_is_not_guessed(in_order: Any, plain: Any, expected: list[str]) -> None:
    assert shown(Instance({"tickets": in_order}, {"tickets": plain}), "tickets")["tickets"][:2] == expected


@pytest.mark.parametrize(("answer", "rows"), [(page(total=7), "?"), (page(total=0), "0"), (page(total=None), "?")])
def test_a_whole_table_without_an_answer(answer: Any, rows: str) -> None:
    instance = Instance(plain={"users": answer})
    assert shown(instance, "users")["users"] == [rows, "", "may be read", "yes"]
    assert len(instance.asked["users"]) == 1


def test_what_may_not_be_read() -> None:
    answers = {
        "tickets": AccessError("tickets: no", 403),
        "contacts": AccessError("contacts: no", 404),
        "activitiesCall": AccessError("calls: no", 403),
    }
    found = shown(Instance(answers), "tickets", "tickets_statuses", "contacts", "activities_call_transcripts")
    assert found == {
        "tickets": ["?", "?", "no right (403)", ""],
        "tickets_statuses": ["?", "", "no right (403)", ""],
        "contacts": ["?", "?", "no such list (404)", ""],
        "activities_call_transcripts": ["0", "", "parent may not be read", ""],
    }


@pytest.mark.parametrize("trouble", [RemoteError("broken"), ContractError("odd")])
def test_what_cannot_be_looked_at(trouble: Exception, caplog: pytest.LogCaptureFixture) -> None:
    assert shown(Instance({"tickets": trouble}), "tickets", "users") == {
        "tickets": ["?", "?", "not known", "yes"],
        "users": ["0", "", "may be read", "yes"],
    }
    assert f"Not looked at: {trouble}" in caplog.text


@pytest.mark.parametrize("error", [AccessError("who", 401), UnreachableError("who")])
def test_what_concerns_every_stream_ends_the_list(error: Exception) -> None:
    with pytest.raises(type(error), match="who"):
        shown(Instance({"tickets": error}), "tickets")


def test_all_streams_fit_in_100_columns_whatever_they_hold() -> None:
    row = {axis.field: EDITED for stream in STREAMS for axis in stream.axes}
    answers: Any = {stream.endpoint: page(row, total=MILLIONS) for stream in STREAMS}
    for denied in ({}, {"activitiesCall": AccessError("no", 403), "users": AccessError("no", 404)}):
        instance = Instance({**answers, **denied}, {**answers, **denied})
        lines = listing(instance, KNOWN, KNOWN, zone=PRAGUE, timestamps="utc").splitlines()  # type: ignore[arg-type]
        assert max(map(len, lines)) <= 100
        assert len(lines) == 2 + len(KNOWN)
