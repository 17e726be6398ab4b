"""An amount of what waits in memory."""

from typing import NamedTuple


class Amount(NamedTuple):
    """A number of things, of which small ones count as a share (see `backlog`), and their bytes together."""

    things: float
    size: int

    def plus(self, other: "Amount") -> "Amount":
        """Return the sum of both."""
        return Amount(self.things + other.things, self.size + other.size)

    def minus(self, other: "Amount") -> "Amount":
        """Return the difference of both."""
        return Amount(self.things - other.things, self.size - other.size)


NOTHING = Amount(0, 0)
