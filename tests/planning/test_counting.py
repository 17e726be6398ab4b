"""The totals of many lists and windows."""

from contextlib import AbstractContextManager, nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from tap_daktela.catalog.streams import STREAMS
from tap_daktela.daktela.query import Query, where
from tap_daktela.errors import AccessError, RemoteError, TapError, UnreachableError
from tap_daktela.planning.counting import Count, count_all

TICKETS = next(stream for stream in STREAMS if stream.name == "tickets")
LATE = where("edited", "gte", "2024-01-01 00:00:00")


class Instance:
    """Answers each question with the next of `answers`, each the rows of a page and its total, or an error."""

    def __init__(self, *answers: tuple[int, int | None] | TapError) -> None:
        self.answers = list(answers)
        self.asked: list[Query] = []

    def probing(self) -> AbstractContextManager[int]:
        """Let one be asked at a time."""
        return nullcontext(1)

    def read(self, _endpoint: str, query: Query) -> Any:
        """Answer."""
        self.asked.append(query)
        answer = self.answers.pop(0)
        if isinstance(answer, TapError):
            raise answer
        rows, total = answer
        return SimpleNamespace(rows=[{}] * rows, total=total, attempts=1, size=30)


def test_each_question_takes_one_small_request() -> None:
    instance: Any = Instance((1, 800), (0, 0))
    assert count_all(instance, [(TICKETS, LATE), (TICKETS, None)]) == [Count(800, "", 1, 30), Count(0, "", 1, 30)]
    assert [(one.filter, one.fields, one.take, one.sort) for one in instance.asked] == [
        (LATE, ("name",), 1, ()),
        (None, ("name",), 1, ()),
    ]


def test_a_total_of_one_is_asked_for_again_behind_the_row() -> None:
    instance: Any = Instance((1, 1), (0, 1))
    assert count_all(instance, [(TICKETS, None)]) == [Count(1, "", 2, 60)]
    assert [one.skip for one in instance.asked] == [0, 1]


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([(1, None)], "the instance tells no total"),
        ([(0, 5)], "the instance promises 5 rows, and gives none"),
        ([(1, 0)], "the instance promises 0 rows, and gives some"),
        ([(1, 1), (1, 1)], "the instance counts only the rows of a page"),
        ([RemoteError("tickets: HTTP 500")], "tickets: HTTP 500"),
        ([AccessError("tickets: no right", 403)], "tickets: no right"),
    ],
)
def test_an_unknown_total_has_a_reason(answers: list[Any], reason: str) -> None:
    instance: Any = Instance(*answers)
    (count,) = count_all(instance, [(TICKETS, None)])
    assert (count.rows, count.unknown) == (None, reason)


@pytest.mark.parametrize("error", [AccessError("the token is not valid", 401), UnreachableError("nobody is there")])
def test_what_concerns_every_list_is_an_error(error: TapError) -> None:
    instance: Any = Instance(error)
    with pytest.raises(type(error)):
        count_all(instance, [(TICKETS, None)])
