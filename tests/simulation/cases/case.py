"""One example of the simulation: an instance, a seed, and how the tap is set up; as a line of JSON, to be replayed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.simulation.cases.grammar import drawn, oddities
from tests.simulation.cases.oddities import Oddities

if TYPE_CHECKING:
    import random

__all__ = ["STREAMS_OF", "Case", "cases", "drawn_case"]

STREAMS_OF = {
    "activities": ("activities", "activities_statuses", "activities_custom_fields", "activities_attachments"),
    "activitiesCall": ("activities_call",),
    "activitiesCallTranscripts": ("activities_call_transcripts",),
    "activitiesEmail": ("activities_email", "activities_email_attachments"),
    "tickets": ("tickets", "tickets_statuses", "tickets_followers", "tickets_custom_fields"),
    "users": ("users",),
    "realtimeSessions": ("realtime_sessions",),
}
"""The streams that are read, by endpoint: axes of both sorts, a child stream, and tables with and without a key."""

_EVERY_STREAM = tuple(name for names in STREAMS_OF.values() for name in names)
_CONCURRENCY = (4, 1, 2, 8, 16)
_PAGE_SIZES = (20, 7, 50, 3)
_WINDOWS = (30.0, 3.0, 0.5)
_SETTLE = (30.0, 5.0, 60.0)
_KILLS = (None, *((run, write) for run in (1, 2) for write in (3, 1, 6, 10, 15, 25)))


@dataclass(frozen=True)
class Case:
    """One example: two runs of the tap, an hour apart, with the settings that the fields are called after.

    The run number `kill[0]` is killed in the middle of what it writes after `kill[1]` writes, and then repeated.
    """

    seed: int = 1
    oddities: Oddities = field(default_factory=Oddities)
    streams: tuple[str, ...] = _EVERY_STREAM
    concurrency: int = 4
    page_size: int = 20
    date_window_size: float = 30.0
    settle_minutes: float = 30.0
    kill: tuple[int, int] | None = None

    def to_json(self) -> str:
        """Return what differs from the defaults as one line of JSON."""
        given = asdict(self)
        plain = Case()
        odd = {one.name: given[one.name] for one in fields(self) if getattr(self, one.name) != getattr(plain, one.name)}
        return json.dumps(odd | {"oddities": self.oddities.odd()} if "oddities" in odd else odd)

    @classmethod
    def from_json(cls, text: str) -> Case:
        """Return what `to_json` wrote. ValueError or TypeError where `text` is something else."""
        given = json.loads(text)
        if "oddities" in given:
            given["oddities"] = Oddities.from_json(json.dumps(given["oddities"]))
        return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in given.items()})


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a case. Shrinks to good behaviour and to the tap's plain settings."""
    streams = draw(st.lists(st.sampled_from(_EVERY_STREAM), min_size=1, unique=True))
    return Case(
        seed=draw(st.integers(1, 10_000)),
        oddities=draw(oddities()),
        streams=tuple(name for name in _EVERY_STREAM if name in streams),
        concurrency=draw(st.sampled_from(_CONCURRENCY)),
        page_size=draw(st.sampled_from(_PAGE_SIZES)),
        date_window_size=draw(st.sampled_from(_WINDOWS)),
        settle_minutes=draw(st.sampled_from(_SETTLE)),
        kill=draw(st.sampled_from(_KILLS)),
    )


def drawn_case(dice: random.Random) -> Case:
    """Return the case that `dice` give, at a fraction of the cost of `cases`."""
    return Case(
        seed=dice.randint(1, 1_000_000),
        oddities=drawn(dice),
        streams=drawn_streams(dice),
        concurrency=dice.choice(_CONCURRENCY),
        page_size=dice.choice(_PAGE_SIZES),
        date_window_size=dice.choice(_WINDOWS),
        settle_minutes=dice.choice(_SETTLE),
        kill=dice.choice(_KILLS) if dice.random() < 0.3 else None,
    )


def drawn_streams(dice: random.Random) -> tuple[str, ...]:
    """Return the streams of one to three endpoints: mostly all of them, sometimes derived ones alone."""
    chosen = dice.sample(list(STREAMS_OF.values()), dice.choice((1, 1, 2, 3)))
    streams = {name for names in chosen for name in names if dice.random() < 0.8} or {chosen[0][0]}
    return tuple(name for name in _EVERY_STREAM if name in streams)
