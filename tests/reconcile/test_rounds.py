"""Several comparisons together: few rounds, and the failure of one stream is not that of another."""

from typing import Any

import pytest

from tap_daktela.errors import AccessError, ClockError, ContractError, RemoteError, TapError, UnreachableError
from tap_daktela.planning.counting import Count
from tap_daktela.reconcile.needs import Asked, ByKey, Listed, SliceTotals
from tap_daktela.reconcile.rounds import ComparisonJob, advance
from tap_daktela.reconcile.warehouse.answers import Answers
from tap_daktela.reconcile.warehouse.questions import Answer, Question, Slice, What

A, B = Slice("a"), Slice("b")


class Instance:
    """Gives one `answer`, an error or rows, and each number of `counts` for one slice after the other."""

    def __init__(self, answer: Any = None, counts: Any = ()) -> None:
        self.answer = answer
        self.counts = list(counts)
        self.batches: list[int] = []

    def totals(self, slices: Any) -> list[Count]:
        """Count slices."""
        self.batches.append(len(slices))
        return [self.counts.pop(0) for _ in slices]

    def listed(self, _slice: Slice) -> Any:
        """List rows."""
        if isinstance(self.answer, TapError):
            raise self.answer
        return self.answer

    def by_key(self, _stream: str, _keys: Any) -> Any:
        """Find rows."""
        return self.listed(A)


def job(name: str, *needs: Any) -> ComparisonJob:
    """A comparison that has these needs, and returns what it was resumed with."""

    def comparing() -> Any:
        came = {}
        for number, need in enumerate(needs):
            came[number] = yield need
        return list(came.values())

    begun = ComparisonJob(name, comparing())
    begun.resume(None)
    return begun


def test_what_is_counted_for_several_streams_is_asked_together() -> None:
    instance: Any = Instance(counts=[Count(number) for number in (1, 2, 3)])
    jobs = [job("a", SliceTotals([A, A])), job("b", SliceTotals([B]))]
    assert advance(jobs, instance, Answers(), 2) == []
    assert [one.result for one in jobs] == [[[1, 2]], [[3]]]
    assert instance.batches == [3]


def test_the_warehouse_is_asked_for_all_streams_together_and_for_nothing_twice() -> None:
    known, unknown = Question(What.COUNTS, [A]), Question(What.COUNTS, [B])
    jobs = [job("a", Asked([known]), Asked([unknown])), job("b", Asked([known, unknown]))]
    instance: Any = Instance()
    answers = Answers([Answer(What.COUNTS, A, rows=7)])
    assert advance(jobs, instance, answers, 2) == [unknown, unknown]
    answers.add([Answer(What.COUNTS, B, rows=8)])
    assert advance(jobs, instance, answers, 2) == []
    assert all(one.result for one in jobs)


@pytest.mark.parametrize("need", [Listed(A), ByKey("a", ["1"])])
@pytest.mark.parametrize("error", [AccessError("no", 403), ContractError("odd"), RemoteError("down")])
def test_the_failure_of_one_stream_does_not_end_the_others(error: TapError, need: Any) -> None:
    instance: Any = Instance(error, [Count(5)])
    jobs = [job("a", need), job("b", SliceTotals([B]))]
    advance(jobs, instance, Answers(), 2)
    assert (jobs[0].failure, jobs[1].result) == (error, [[5]])


def test_an_unknown_total_is_a_failure_with_its_reason() -> None:
    instance: Any = Instance(counts=[Count(5), Count(None, "the instance tells no total")])
    jobs = [job("a", SliceTotals([A, A]))]
    advance(jobs, instance, Answers(), 2)
    assert str(jobs[0].failure) == "the instance tells no total"
    assert jobs[0].result is None


@pytest.mark.parametrize("error", [AccessError("token", 401), ClockError("jumped"), UnreachableError("gone")])
def test_what_concerns_every_stream_ends_all(error: TapError) -> None:
    instance: Any = Instance(error)
    with pytest.raises(type(error)):
        advance([job("a", Listed(A))], instance, Answers(), 2)
