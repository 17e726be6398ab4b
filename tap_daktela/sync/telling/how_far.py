"""How far a run is: of each endpoint, and at one moment of the whole run."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass
class StreamProgress:
    """How far one endpoint is. `rows` were used of `total`; None where no number of all its rows is known."""

    name: str
    rows: int = 0
    total: int | None = None
    has_ended: bool = False


@dataclass(frozen=True)
class HowFar:
    """What is told at one moment. All times are seconds.

    - `number` of `count`: the place of the endpoint `name` among all.
    - `rows`, `total`: of this endpoint; `total` is None if it is not known.
    - `pace`: rows a second, of late; None if that is not known.
    - `waiting`: how long no row has come; None as long as rows come.
    - `elapsed`: since the start of the run.
    - `share`: of the rows of all endpoints, from 0 to 1; None unless every total is known. `left`: about how long the
      rest takes at the pace so far.
    """

    number: int
    count: int
    name: str
    rows: int
    total: int | None
    pace: float | None
    waiting: float | None
    elapsed: float
    share: float | None
    left: float | None


def share_of(streams: Sequence[StreamProgress]) -> float | None:
    """Return how much of the rows of all `streams` is used, below 1 until all have ended; None if a total is missing.

    An endpoint that has ended counts as whole, however many rows it had in the end.
    """
    totals = [stream.total for stream in streams if stream.total is not None]
    if len(totals) < len(streams) or not sum(totals):
        return None
    done = sum(
        total if stream.has_ended else min(stream.rows, total) for stream, total in zip(streams, totals, strict=True)
    )
    return done / sum(totals)
