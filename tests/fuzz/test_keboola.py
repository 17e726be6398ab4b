"""The component's own files: any configuration becomes a job that the tap accepts, or an error; any state is read."""

# ruff: noqa: DTZ001 - a zone is put to these moments below

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from hypothesis import given
from hypothesis import strategies as st

from tap_daktela import choosing
from tap_daktela.daktela.instance import Instance
from tap_daktela.keboola.config.configuration import read_configuration
from tap_daktela.keboola.config.connection_checks import CONNECTION_KEYS
from tap_daktela.keboola.config.dates import PeriodClock, parse_when
from tap_daktela.keboola.config.parameters import Parameters
from tap_daktela.keboola.job import Outcome
from tap_daktela.keboola.preparation import PreparedRun, prepare, streams_with_custom_fields
from tap_daktela.keboola.state import StoredState
from tap_daktela.runtime.files import read_json
from tap_daktela.settings import Settings
from tap_daktela.sync.singer.state import State, axes_of
from tests.helpers.dirty_values import ANYTHING, CANARY, CLEAN_TEXTS, TEXTS, attempt, bounded, deep, file_of, mutated

NOON = datetime(2024, 11, 5, 12, tzinfo=timezone.utc)
ZONES = [ZoneInfo(name) for name in ("Europe/Prague", "Pacific/Apia", "America/St_Johns", "Australia/Lord_Howe", "UTC")]
FILTER = {"field": "stage", "operator": "eq", "value": "OPEN"}
PARAMETERS = {
    "server": "acme",
    "username": "ann",
    "#password": CANARY,
    "#access_token": CANARY,
    "from": "-7",
    "to": "today",
    "tables": "activities,tickets",
    "table_options": [{"table": "tickets", "fields": "title,stage", "filter": FILTER}],
    "incremental": True,
    "output_format": "table",
    "timestamps": "local",
    "timezone": "Europe/Prague",
    "settle_minutes": "30",
    "debug": False,
}
ROW = {**PARAMETERS, "table": "calls", "fields": ["time"], "filter": '{"field":"time","operator":"isnull"}'}
CONFIG = {"action": "run", "parameters": PARAMETERS, "image_parameters": {}, "authorization": []}
STATE = {
    "version": 1,
    "url": "https://acme.daktela.com",
    "server": "acme",
    "singer": {"bookmarks": {"tickets": {"edited": "2024-11-04T00:00:00Z", "version": 7}}},
    "columns": {"acme_tickets": ["server", "id"]},
    "fingerprints": {"tickets": "abc"},
}
WORDS = st.sampled_from([
    "", "-7", "0", "today", "yesterday", "7 days ago", "last month", "monday", "-1 day", "2024-01-31", "in", "ago",
    "9" * 12, "-" + "9" * 5, "99999999 years ago", "in 8000 years", "1 decade ago", "-999999999999 s", "12:00", "24:61",
    "last", "hours", " ", "é", "(", "[", "\\", "1e9 days ago", "next", "0 min", "UTC", "+25:00", "Z",
])  # fmt: skip
MOMENTS = st.lists(WORDS, min_size=1, max_size=4).map(" ".join) | TEXTS | st.integers(-(10**6), 10**6)
CHANGES = ANYTHING | MOMENTS
URL_PARTS = [
    "https://",
    "http://",
    "acme",
    ".daktela.com",
    ":",
    "@",
    "/",
    "[",
    "]",
    "x" * 64,
    "8443",
    f"me:{CANARY}",
    "_",
    "#",
    " ",
]
URLS = st.lists(st.sampled_from(URL_PARTS), min_size=1, max_size=6).map("".join)


@bounded(100)
@given(mutated(CONFIG, CHANGES) | ANYTHING | st.binary(max_size=40) | st.sampled_from([b"[" * 10**5, {"a": deep(450)}]))
def test_any_configuration_becomes_a_job_or_an_error(content: Any) -> None:
    with file_of(content) as path:
        folder = Path(path).parent
        Path(path).rename(folder / "config.json")
        found = attempt(lambda: read_configuration(folder))
    if found is not None:
        assert found.action
        try_parameters(found.parameters)


@bounded(100)
@given(mutated(ROW, CHANGES) | mutated(PARAMETERS, CHANGES))
def test_any_parameters_become_a_job_or_an_error(raw: Any) -> None:
    if isinstance(raw, dict):
        try_parameters(raw)


@bounded(100)
@given(URLS | CLEAN_TEXTS, CLEAN_TEXTS | st.none())
def test_any_address(url: str, server: str | None) -> None:
    try_parameters({"#access_token": CANARY, "from": "-1", "tables": "tickets", "url": url, "server": server})
    try_parameters({"#access_token": CANARY, "from": "-1", "tables": "tickets", "server": url})


def try_parameters(raw: dict[str, Any]) -> None:
    """Check that what is accepted becomes a job whose settings and state the tap accepts too."""
    with file_of(raw) as path:
        if attempt(lambda: read_json(path, "config")) is None:
            return
    attempt(lambda: Parameters.parse(raw, CONNECTION_KEYS))
    parameters = attempt(lambda: Parameters.parse(raw))
    if parameters is None:
        return
    assert CANARY not in repr(parameters)
    for zone in ZONES[:2]:
        work = attempt(lambda zone=zone: prepared(parameters, zone))
        if work is None:
            continue
        assert work.period.start < work.period.end
        assert str(work.period)
        streams_with_custom_fields(parameters)
        settings = Settings.parse(work.job.tap_config)
        known = choosing.known_streams(settings)
        State(work.job.tap_state, axes_of(known))
        assert work.job.server
        assert work.job.server.replace("_", "").replace("-", "").isalnum()
        assert all(request.stream in known or parameters.output_format != "table" for request in work.job.tables)
        StoredState().after(work.result(Outcome({"bookmarks": {}}, {}, {}, {}))).dump(parameters.address.url, "acme")


def prepared(parameters: Parameters, zone: ZoneInfo) -> PreparedRun:
    """Return a run that continues."""
    instance = Instance(NOON, NOON, zone, "6.20", "ann", read=0.0, read_at=NOON)
    return prepare(parameters, instance, StoredState.load(STATE), native_types=True, custom_fields={})


@bounded(100)
@given(MOMENTS, st.sampled_from(ZONES), st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)))
def test_any_words_name_a_time_or_none(raw: Any, zone: ZoneInfo, now: datetime) -> None:
    when = attempt(lambda: parse_when(raw), ValueError)
    if when is not None:
        clock = PeriodClock(now.replace(tzinfo=timezone.utc), zone, timedelta(minutes=30))
        found = attempt(lambda: when.at(clock), ValueError)
        if found is not None:
            assert found.utcoffset() == timedelta()
            assert found.microsecond == 0


@bounded(100)
@given(mutated(STATE) | ANYTHING)
def test_any_state_is_read(raw: Any) -> None:
    with file_of(raw) as path:
        if attempt(lambda: read_json(path, "state")) is None:
            return
    stored = StoredState.load(raw)
    continued = stored.still_valid({"tickets": "abc"})
    State({"bookmarks": continued}, {name: list(marks) for name, marks in continued.items()})
    orjson.dumps(stored.dump("https://acme.daktela.com", "acme"))
    assert StoredState.load(stored.dump("https://acme.daktela.com", "acme")) == stored
