"""Whether an instance can be read now."""

from dataclasses import dataclass
from datetime import datetime

from tap_daktela.daktela.client import Client
from tap_daktela.errors import TapError

HEALTH_SECONDS = 10.0
"""How long the answer to the question of health may take at most."""


@dataclass(frozen=True)
class Health:
    """What an instance says about itself, or why it cannot be read.

    - `ok`: whether it answered, and knows the user.
    - `latency_ms`: milliseconds until its answer, or until it was clear that none comes.
    - `error`: why it is not ok, in one sentence; None if it is.
    - `version`: the version of Daktela; `user`: the name of the user; `zone`: the time zone of its wall clock (IANA);
      `clock`: its time, in UTC. All of them are None if it is not ok.
    """

    ok: bool
    latency_ms: float
    error: str | None = None
    version: str | None = None
    user: str | None = None
    zone: str | None = None
    clock: datetime | None = None


def health(client: Client) -> Health:
    """Ask the instance about itself, once."""
    begun = client.clock.monotonic()
    try:
        instance = client.connect()
    except TapError as error:
        return Health(ok=False, latency_ms=(client.clock.monotonic() - begun) * 1000, error=str(error))
    return Health(
        ok=True,
        latency_ms=instance.seconds * 1000,
        version=instance.version,
        user=instance.user,
        zone=instance.zone.key,
        clock=instance.now,
    )
