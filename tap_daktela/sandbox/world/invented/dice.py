"""Random choices that are cheap, and the same on every version of Python: all are made of `random()`."""

import random
from bisect import bisect
from collections.abc import Mapping, Sequence
from itertools import accumulate
from math import log
from typing import Generic, TypeVar

T = TypeVar("T")


class Dice(random.Random):
    """A generator of random numbers with a few choices of its own."""

    def chance(self, probability: float) -> bool:
        """Return True with a probability between 0 and 1."""
        return self.random() < probability

    def pick(self, choices: Sequence[T]) -> T:
        """One of some values, all equally likely."""
        return choices[int(self.random() * len(choices))]

    def below(self, end: int) -> int:
        """An integer from 0 to `end` - 1."""
        return int(self.random() * end)

    def span(self, low: int, high: int) -> int:
        """An integer from `low` to `high`, both included."""
        return low + int(self.random() * (high - low + 1))

    def seconds(self, mean: float) -> int:
        """How long something takes that is mostly short and sometimes long: whole seconds with this mean."""
        return int(-log(1 - self.random()) * mean)


class Shares(Generic[T]):
    """Values with their shares, which need no certain sum."""

    def __init__(self, shares: Mapping[T, float]) -> None:
        self._values = list(shares)
        self._sums = list(accumulate(shares.values()))

    def draw(self, rng: Dice) -> T:
        """One of the values, as likely as its share."""
        return self._values[bisect(self._sums, rng.random() * self._sums[-1], hi=len(self._values) - 1)]
