"""The period that a run reads: what `from` and `to` mean by the instance's clock, and where reading has to end."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tap_daktela.daktela.instance import Instance
from tap_daktela.errors import ConfigError
from tap_daktela.keboola.config.dates import PeriodClock
from tap_daktela.keboola.config.parameters import Parameters

PERIOD_KEYS = frozenset({"from", "to", "settle_minutes", "continue_since_last_run", "lookback_days"})
"""The parameters that decide which period is read."""


@dataclass(frozen=True)
class Period:
    """The period to read, half-open, in UTC, and the clock that it was found by.

    `end` is where `to` says, but never later than `settled`: rows after that may still change.
    """

    start: datetime
    end: datetime
    settled: datetime
    clock: PeriodClock

    def __str__(self) -> str:
        """Return the period in the instance's own time."""
        return f"{self.shown(self.start)} to {self.shown(self.end)} ({self.clock.zone.key})"

    def shown(self, moment: datetime) -> str:
        """Return a moment in the instance's own time."""
        return moment.astimezone(self.clock.zone).strftime("%Y-%m-%d %H:%M:%S")


def period(parameters: Parameters, instance: Instance) -> Period:
    """Return the period to read; ConfigError if it is empty, whatever the state says.

    New tables, and all of them after Reset State, begin at `from`. And a full load of an empty period would empty its
    tables.
    """
    clock = PeriodClock(instance.now, instance.zone, timedelta(minutes=parameters.settle_minutes))
    try:
        start, to = parameters.from_.at(clock), parameters.to.at(clock)
    except ValueError as error:
        raise ConfigError(f"from or to: {error}") from error
    found = Period(start, min(to, clock.settled), clock.settled, clock)
    if start < found.end:
        return found
    texts = f"from ('{parameters.from_.text}') must be before to ('{parameters.to.text}')"
    if start < to:
        texts = f"from ('{parameters.from_.text}') must be before now minus settle_minutes"
    raise ConfigError(
        f"{texts}: from is {found.shown(start)}, to is {found.shown(to)}, and reading ends at "
        f"{found.shown(found.settled)}, which is {_settle(parameters)} before now ({clock.zone.key}); choose an "
        f"earlier from{'' if start < to else ' or a later to'}"
    )


def preview(parameters: Parameters, found: Period) -> str:
    """Return, in sentences, what a run with these parameters would read now."""
    told = [f"From {found}."]
    if parameters.to.at(found.clock) > found.end:
        told.append(f"Reading ends {_settle(parameters)} before now, although to ('{parameters.to.text}') is later.")
    told.append("Tables without a time, such as users, are read whole.")
    if parameters.continue_since_last_run:
        told.append(
            "Tables that were extracted before continue where the last run ended; of those whose rows do not say when "
            f"they changed, the last {parameters.lookback_days:g} days before that (lookback_days) are read again."
        )
    return " ".join(told)


def _settle(parameters: Parameters) -> str:
    return f"{parameters.settle_minutes:g} minutes (settle_minutes)"
