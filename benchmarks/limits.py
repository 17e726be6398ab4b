"""What a verdict is: what was measured in each round, the limit, and whether enough rounds kept it."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_FORGIVEN = 5
"""One missed round in so many is forgiven."""


@dataclass(frozen=True)
class Limit:
    """A bound from below or from above."""

    number: float
    at_least: bool

    def kept(self, measured: float) -> bool:
        """Tell whether a number is within the bound."""
        return measured >= self.number if self.at_least else measured <= self.number

    def __str__(self) -> str:
        """Return it as the table shows it."""
        return f"{'≥' if self.at_least else '≤'} {self.number:,g}"


def least(number: float) -> Limit:
    """Return the limit of what must be so much."""
    return Limit(number, at_least=True)


def most(number: float) -> Limit:
    """Return the limit of what may be so much."""
    return Limit(number, at_least=False)


@dataclass(frozen=True)
class Verdict:
    """What was measured in each round, and its limit; `digits` are those behind the point."""

    group: str
    what: str
    rounds: Sequence[float]
    limit: Limit
    digits: int = 2

    @property
    def measured(self) -> float:
        """The median of the rounds."""
        return median(self.rounds)

    @property
    def kept_rounds(self) -> int:
        """How many rounds kept the limit."""
        return sum(map(self.limit.kept, self.rounds))

    @property
    def kept(self) -> bool:
        """Tell whether the median and enough of the rounds did."""
        return self.limit.kept(self.measured) and _FORGIVEN * (len(self.rounds) - self.kept_rounds) <= len(self.rounds)
