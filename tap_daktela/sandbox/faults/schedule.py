"""Which request is broken, and by which kind of fault."""

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass

from tap_daktela.sandbox.faults.slow_replies import ENDLESS_KINDS

FAULT_KINDS = (
    "429",
    "429-date",
    "500",
    "502-html",
    "503",
    "504",
    "timeout",
    "reset",
    "truncate",
    "broken-json",
    "html",
    "expired",
    "drip",
    "total",
    "empty",
    "partial",
    *ENDLESS_KINDS,
    "year-9999",
    "retry-9999",
    "bomb",
)


@dataclass(frozen=True)
class Fault:
    """A kind of fault: at random at a `rate` between 0 and 1, or at the request of a `number`, counted from 1."""

    kind: str
    rate: float = 0.0
    number: int = 0


def parse_fault(text: str) -> Fault:
    """Read `KIND=RATE` or `KIND@N`. ValueError with a sentence for other text."""
    match = re.fullmatch(r"([a-z0-9-]+)(?:=([0-9.]+)|@([1-9][0-9]*))", text)
    if not match or match[1] not in FAULT_KINDS:
        raise ValueError(f"{text!r} is not KIND=RATE or KIND@N with one of {', '.join(FAULT_KINDS)}")
    if match[3]:
        return Fault(match[1], number=int(match[3]))
    rate = float(match[2])
    if rate > 1:
        raise ValueError(f"the rate of {text!r} is above 1")
    return Fault(match[1], rate=rate)


class FaultSchedule:
    """Says for each request whether it is broken. The same seed breaks the requests of the same numbers.

    `rng` is for random choices within a fault.
    """

    def __init__(self, faults: Iterable[str], seed: int) -> None:
        self.rng = random.Random(seed)
        self._faults = [parse_fault(text) for text in faults]
        self._seed = seed

    def kind_at(self, request_number: int) -> str:
        """The kind of fault of a request, counted from 1; an empty text for none."""
        chance = random.Random(f"{self._seed}:{request_number}").random()
        for fault in self._faults:
            if fault.number == request_number or chance < fault.rate:
                return fault.kind
            chance -= fault.rate
        return ""
