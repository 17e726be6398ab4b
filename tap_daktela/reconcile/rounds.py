"""Drives comparisons: asks the instance what they have to know, and collects the questions to the warehouse."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tap_daktela.errors import AccessError, ClockError, ContractError, RemoteError, TapError, UnreachableError
from tap_daktela.planning.counting import Count
from tap_daktela.reconcile.comparison import Compared
from tap_daktela.reconcile.instance_side import InstanceSide
from tap_daktela.reconcile.needs import Asked, ByKey, Comparing, Listed, SliceTotals
from tap_daktela.reconcile.warehouse.answers import Answers
from tap_daktela.reconcile.warehouse.questions import Question


@dataclass
class ComparisonJob:
    """The comparison of one stream: what it waits for (`need`), and then its `result`, or why it has none.

    `failure` says why it could not be compared.
    """

    stream: str
    comparing: Comparing
    need: Any = None
    result: Compared | None = None
    failure: TapError | None = None

    def resume(self, answer: object) -> None:
        """Let the comparison go on with what it waited for."""
        self.need = None
        try:
            self.need = self.comparing.send(answer)
        except StopIteration as end:
            self.result = end.value

    def fail(self, error: TapError) -> None:
        """End the comparison. Raise the error if it concerns every stream."""
        concerns_one = isinstance(error, AccessError | ContractError | RemoteError)
        if not concerns_one or isinstance(error, ClockError | UnreachableError):
            raise error
        if isinstance(error, AccessError) and not error.is_of_list:
            raise error
        self.need, self.failure = None, error


def advance(jobs: Sequence[ComparisonJob], instance: InstanceSide, answers: Answers, threads: int) -> list[Question]:
    """Let all comparisons go on as far as `answers` lead. Return what the warehouse is to be asked next.

    At most `threads` lists are read at the same time.
    """
    while True:
        totals = [job for job in jobs if isinstance(job.need, SliceTotals)]
        rows = [job for job in jobs if isinstance(job.need, Listed | ByKey)]
        answered = [job for job in jobs if isinstance(job.need, Asked) and not answers.lacking(job.need.questions)]
        if not (totals or rows or answered):
            break
        for job in answered:
            job.resume(answers)
        _count(totals, instance)
        with ThreadPoolExecutor(threads) as pool:
            for job, came in zip(rows, pool.map(lambda job: _rows(job.need, instance), rows), strict=True):
                _hand_on(job, came)
    waiting = [job.need for job in jobs if isinstance(job.need, Asked)]
    return [question for need in waiting for question in answers.lacking(need.questions)]


def _count(jobs: Sequence[ComparisonJob], instance: InstanceSide) -> None:
    """Count for all jobs at the same time: each alone would wait for its few answers."""
    counts = iter(instance.totals([one for job in jobs for one in job.need.slices]))
    for job in jobs:
        own: list[Count] = [next(counts) for _ in job.need.slices]
        unknown = next((count.unknown for count in own if count.rows is None), None)
        _hand_on(job, [count.rows for count in own] if unknown is None else ContractError(unknown))


def _rows(need: Listed | ByKey, instance: InstanceSide) -> object:
    """Return rows, or the error that came instead."""
    try:
        return instance.listed(need.slice) if isinstance(need, Listed) else instance.by_key(need.stream, need.keys)
    except TapError as error:
        return error


def _hand_on(job: ComparisonJob, came: object) -> None:
    if isinstance(came, TapError):
        job.fail(came)
    else:
        job.resume(came)
