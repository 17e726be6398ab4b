"""Run the tap against a server in every kind of trouble, and hold what it wrote against the server's ledger.

Mostly a request in five is broken. The same seed gives the same world and breaks the requests of the same numbers;
which thread of the tap sends those is up to the machine.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from tabulate import tabulate

from tap_daktela.sandbox.faults.schedule import FAULT_KINDS
from tap_daktela.sandbox.faults.slow_replies import ENDLESS_KINDS
from tests.chaos import rounds
from tests.chaos.rounds import FieldType, Outcome

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

# A bomb ends the run that meets it, with a sentence: it has a round of its own, and no run would succeed at a rate.
FAULTS = tuple(fault for fault in FAULT_KINDS if fault != "bomb")
RATE = 0.2
SEED = 1
ROUNDS = 1
REAL_CLOCK_SKEW = 3 * 3600
HEADERS = (
    "kind", "rate", "runs", "resumed", "requests", "faults", "retries",
    "rows promised", "written", "repeated", "seconds", "verdict",
)  # fmt: skip


def broken(*faults: str, **more: Any) -> dict[str, Any]:
    """Return the options of a sandbox that breaks requests at the rate, each in one of these ways."""
    return {"fault": [f"{fault}={RATE / len(faults):.4f}" for fault in faults], "retry_after": 1, **more}


MIXED = broken(*FAULTS)
SLOW = {"latency_ms": 30}
# The component gives a request five minutes, which no test has.
PATIENT = broken(*(fault for fault in FAULTS if fault not in {"timeout", *ENDLESS_KINDS}))

# What an instance may do all the time. The tap reads through it, or says why it does not.
ODDITIES: dict[str, dict[str, Any]] = {
    "null-lists": {"null_lists": True},
    "bare-list": {"bare_list": ["statuses"]},
    "bare-list-null": {"bare_list": ["statuses"], "bare_as": "null"},
    "bare-list-empty": {"bare_list": ["activities"], "bare_as": "empty"},
    "one-as-object": {"one_as_object": True},
    "bare-elements": {"bare_elements": True},
    "skip-ignored": {"ignore_skip": True},
    "own-total": {"total": "own", "serve_at_most": 7},
    "empty-once": {"fault": ["empty@15", "empty@40"]},
    "bomb-once": {"fault": ["bomb@15"]},
    "partial-once": {"fault": ["partial@15", "partial@40"]},
}

KINDS: dict[str, FieldType] = {
    **{fault: FieldType(broken(fault)) for fault in FAULTS},
    # Two empty answers in a row to one question are believed: at the rate of the others these would come.
    "empty": FieldType({"fault": ["empty=0.03"]}),
    "mixed": FieldType(MIXED),
    "edit": FieldType({"churn": "edit", "churn_rows": 2, **MIXED}, changing=True),
    "delete": FieldType({"churn": "delete", **MIXED}, changing=True),
    "add": FieldType({"churn_add": True, **MIXED}, changing=True),
    "churn": FieldType({"churn": "mixed", "churn_rows": 2, "churn_add": True, **MIXED}, changing=True),
    "restart": FieldType(SLOW, happens=rounds.restart),
    "restart-mixed": FieldType({**SLOW, **MIXED}, happens=rounds.restart),
    "stall": FieldType(SLOW, happens=rounds.stall, fatal=True, settings={"max_retries": 1}),
    # Away from the clock of the machine, which is the one that the tap knows.
    "server-ahead": FieldType(MIXED, clock=("--clock-skew", f"{REAL_CLOCK_SKEW}"), again=True),
    "server-behind": FieldType(MIXED, clock=("--clock-skew", f"-{REAL_CLOCK_SKEW}"), again=True),
    **{name: FieldType(trouble, repaired=True) for name, trouble in ODDITIES.items()},
    # Rows that come in after a clock was wrong have to be read.
    "clock-ahead-first": FieldType({"clock_jump": ["7200@1", "0@4"]}, again=True, repaired=True),
    "clock-ahead-later": FieldType({"clock_jump": ["7200@30", "0@40"]}, again=True, repaired=True),
    "clock-behind-later": FieldType({"clock_jump": ["-7200@30"]}, again=True, repaired=True),
    "time-against-date": FieldType({"time_skew": 7200}, again=True, repaired=True),
    "hot": FieldType({"hot": "tickets"}, changing=True),
    "component-mixed": FieldType(PATIENT, component=True),
    "component-total": FieldType(broken("total"), component=True),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `scripts/chaos faults`."""
    parser.add_argument("--seed", type=int, default=SEED, help=f"of the first round (default {SEED})")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"of each kind (default {ROUNDS})")
    parser.add_argument("--only", choices=KINDS, metavar="KIND", help=f"one of {', '.join(KINDS)}")


def main(arguments: argparse.Namespace) -> int:
    """Play the rounds, print the table and what broke; return 1 where anything did."""
    outcomes = {}
    for name in [arguments.only] if arguments.only else KINDS:
        outcomes[name] = Outcome()
        for seed in range(arguments.seed, arguments.seed + arguments.rounds):
            outcome = rounds.play(KINDS[name], seed)
            say(f"{name}, seed {seed}: {verdict(outcome)}, {outcome.seconds:.0f} s")
            outcome.deviations = [explained(name, seed, one) for one in outcome.deviations]
            outcomes[name].add(outcome)
    say(table(outcomes.items()))
    deviations = [one for outcome in outcomes.values() for one in outcome.deviations]
    for deviation in deviations[:10]:
        say(deviation)
    return 1 if deviations else 0


def say(text: str) -> None:
    """Write to the developer, at once."""
    print(text, flush=True)  # noqa: T201 - a command's own output


def verdict(outcome: Outcome) -> str:
    """Return one word."""
    return "BROKEN" if outcome.deviations else "kept"


def explained(name: str, seed: int, deviation: str) -> str:
    """Return a deviation with the command that shows it again."""
    command = ["scripts/chaos", "faults", "--only", name, "--seed", str(seed), "--rounds", "1"]
    return f"\n{name}: {deviation}\nagain: {shlex.join(command)}"


def table(outcomes: Iterable[tuple[str, Outcome]]) -> str:
    """Return the outcomes by kind."""
    rows = [
        (
            name, _rate(KINDS[name]), one.runs, one.resumed, one.requests, one.injected, one.retries,
            one.promised, one.written, one.repeated, one.seconds, verdict(one),
        )
        for name, one in outcomes
    ]  # fmt: skip
    return tabulate(rows, HEADERS, floatfmt=".0f")


def _rate(kind: FieldType) -> str:
    rates = [float(fault.partition("=")[2]) for fault in kind.trouble.get("fault", []) if "=" in fault]
    return f"{sum(rates):.0%}" if rates else ""
