"""The sandbox's own rows: a whole invented instance, clean or dirty, that is asked in this process."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from benchmarks.server import MIDNIGHT, NOW
from benchmarks.server.answers import Answer
from tap_daktela.sandbox.api.api import SandboxApi
from tap_daktela.sandbox.api.requests import ApiRequest
from tap_daktela.sandbox.options import SandboxOptions
from tap_daktela.sandbox.world.invented import custom_fields
from tap_daktela.sandbox.world.world import World

DAYS = 60

NUL_EVERY = 100
HALF_EVERY = 200
"""One title in so many has a NUL, or half of a surrogate pair: some on every page."""

_NUL, _HALF = "\0", "\ud83d"
_UNSTORABLE = {ord(_NUL): None, ord(_HALF): None}
_API = "/api/v6/"
_FIELDS_OF = "contacts"
_SOILED = ("activities", "activitiesEmail", "tickets", "contacts", "accounts", "crmRecords", "campaignsRecords")


@dataclass(frozen=True)
class WorldSize:
    """How many activities an instance has, to which all other tables are in proportion, and how it sends them.

    - `dirty`: titles have characters that no target can store, empty lists are null, lists of one element are that
      element. Without it, no text has such characters.
    - `custom_fields`: how many of them each contact has, all with a value; 0 for the sandbox's own.
    - `later`: hours in which nothing happened before the moment at which the instance is asked.
    """

    activities: int
    dirty: bool = False
    custom_fields: int = 0
    later: int = 0


class Instance:
    """An instance of that size."""

    def __init__(self, size: WorldSize) -> None:
        options = SandboxOptions(
            rows=size.activities,
            days=DAYS,
            now=MIDNIGHT.isoformat(),
            freeze=True,
            null_lists=size.dirty,
            one_as_object=size.dirty,
        )
        self._world = World(options)
        (_soil if size.dirty else _clean)(self._world)
        if size.custom_fields:
            _widen(self._world, size.custom_fields)
        self._world.clock.advance((NOW - MIDNIGHT + timedelta(hours=size.later)).total_seconds())
        self._api = SandboxApi(self._world, options)

    def answer(self, target: str) -> Answer:
        """Return the sandbox's answer to a request."""
        url = urlsplit(target)
        segments = [unquote(part) for part in url.path.removeprefix(_API).removesuffix(".json").split("/")]
        token = self._world.credentials.access_token
        reply = self._api.reply(ApiRequest("GET", segments, url.query, token))
        return Answer(HTTPStatus(reply.status), reply.body)

    def sizes(self) -> dict[str, int]:
        """Return how many rows each endpoint has."""
        return {name: len(rows) for name, rows in self._world.store.tables.items()}


def _clean(world: World) -> None:
    for table in world.store.tables.values():
        for row in table:
            bad = [name for name, value in row.items() if isinstance(value, str) and (_NUL in value or _HALF in value)]
            for name in bad:
                row[name] = row[name].translate(_UNSTORABLE)


def _soil(world: World) -> None:
    for name in _SOILED:
        for number, row in enumerate(world.store[name]):
            if number % NUL_EVERY == 0:
                row["title"] = f"{row.get('title', '')}{_NUL}"
            elif number % HALF_EVERY == 1:
                row["title"] = f"{row.get('title', '')}{_HALF}"


def _widen(world: World, count: int) -> None:
    rng = random.Random(count)  # noqa: S311 - invents values
    scheme = {f"field_{number:03}": custom_fields.definition("TEXT", f"Field {number}") for number in range(count)}
    world.store.custom_fields[_FIELDS_OF] = scheme
    for row in world.store[_FIELDS_OF]:
        row["customFields"] = {name: [f"value {rng.randrange(10**6)}"] for name in scheme}
