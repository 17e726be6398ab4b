"""A smaller case that fails as well: good behaviour and plain settings wherever they do not matter."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from tests.simulation.cases.case import Case
from tests.simulation.cases.oddities import Oddities

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["shrunk"]


def shrunk(case: Case, fails: Callable[[Case], bool]) -> Case:
    """Return a case that fails, of which nothing can be left out."""
    smaller: Case | None = case
    while smaller is not None:
        case = smaller
        smaller = next((one for one in _smaller(case) if fails(one)), None)
    return case


def _smaller(case: Case) -> Iterator[Case]:
    """Yield the cases that are one step plainer."""
    for name, value in _plainer(case.oddities, Oddities()):
        yield replace(case, oddities=replace(case.oddities, **{name: value}))
    for name, value in _plainer(case, Case(seed=case.seed)):
        if name != "oddities" and value != ():
            yield replace(case, **{name: value})
    if len(case.streams) > 1:
        yield from (replace(case, streams=(name,)) for name in case.streams)
        yield from (replace(case, streams=_without(case.streams, at)) for at in range(len(case.streams)))
    if case.concurrency > 1:
        yield replace(case, concurrency=1)
    yield from (replace(case, seed=seed) for seed in range(1, min(case.seed, 6)))


def _plainer(some: Any, plain: Any) -> Iterator[tuple[str, Any]]:
    """Yield for each field that is not plain the plain value, and those in which one element less is left."""
    for field in fields(some):
        value = getattr(some, field.name)
        if value != getattr(plain, field.name) and field.name not in ("streams", "concurrency"):
            yield field.name, getattr(plain, field.name)
            if isinstance(value, tuple) and field.name != "kill":
                yield from ((field.name, _without(value, at)) for at in range(len(value)) if len(value) > 1)
            if field.name == "rows" and value > plain.rows:
                yield field.name, plain.rows + (value - plain.rows) // 2


def _without(some: tuple[Any, ...], at: int) -> tuple[Any, ...]:
    return some[:at] + some[at + 1 :]
