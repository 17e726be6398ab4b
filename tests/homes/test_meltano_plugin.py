"""The tap as a plugin of Meltano: its definition, read and applied by Meltano's own code."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela import meltano as plugin
from tap_daktela.catalog import discovery, selection
from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import ALL_STREAMS
from tap_daktela.settings import Settings
from tap_daktela.settings.declared import settings_of
from tests.helpers.cli_output import tap
from tests.helpers.harness import PATIENCE, REPOSITORY

if TYPE_CHECKING:
    pass

KNOWN = entries(ALL_STREAMS)
# Meltano could make a date of each of them, and the fifth of January is the first of May to it.
DATES = ["2025-01-01", "2025-01-01T00:00:00+01:00", "05.01.2025", "2025-13-01", "2 days ago"]
CATALOGS = [
    discovery.catalog(KNOWN, nested=nested, timestamps=timestamps)
    for nested, timestamps in (("native", "utc"), ("json", "local"))
]
# Meltano Hub's schema, schemas/plugin_definitions/extractors.schema.json: what it knows beside what Meltano does.
HUB_ONLY = {
    "domain_url": lambda value: value.startswith("https://"),
    "keywords": lambda value: all(isinstance(word, str) for word in value),
    "maintenance_status": {"active", "beta", "development", "inactive", "unknown"}.__contains__,
    "quality": {"gold", "silver", "bronze", "unknown"}.__contains__,
}


@pytest.fixture(scope="module")
def answer(meltano: Path) -> dict[str, Any]:
    """Give what Meltano makes of the definition that the command prints."""
    printed = tap("--about", "--format", "meltano")
    assert (printed.returncode, printed.stderr) == (0, "")
    hub = (REPOSITORY / "docs/meltano-hub.yml").read_text(encoding="utf-8")
    done = subprocess.run(
        [meltano.with_name("python"), Path(__file__).with_name("meltano_side.py")],
        input=json.dumps({"definition": printed.stdout, "hub": hub, "catalogs": CATALOGS, "dates": DATES}),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_it_is_what_a_project_may_hold(answer: dict[str, Any]) -> None:
    assert answer["problems"] == []
    assert len(answer["nonsense"]) >= 2


def test_the_hub_knows_the_same_and_what_only_it_wants(answer: dict[str, Any]) -> None:
    assert {name: value for name, value in answer["hub"].items() if name not in HUB_ONLY} == answer["definition"]
    assert {name: check(answer["hub"][name]) for name, check in HUB_ONLY.items()} == dict.fromkeys(HUB_ONLY, True)


def test_the_text_means_what_it_was_made_of(answer: dict[str, Any]) -> None:
    assert answer["definition"] == plugin.published(KNOWN, answer["definition"]["repo"])


def test_each_setting_is_one_of_the_tap(answer: dict[str, Any]) -> None:
    settings = {one.key: one for one in settings_of(Settings) if one.key not in {"streams", "select"}}
    told = {one["name"]: one for one in answer["definition"]["settings"]}
    assert list(told) == list(settings)
    assert {name for name, one in told.items() if one.get("sensitive")} == {"access_token", "password", "warehouse_url"}
    assert {name for name, one in told.items() if "value" in one} == set()
    for name, one in told.items():
        words = [option["value"] for option in one.get("options", [])]
        assert words == list(settings[name].type.schema.get("enum", [])), name
        assert one["label"], name
    kinds = answer["kinds"]
    expected = {"url": "string", "password": "string", "start_date": "string", "nested": "options"}
    expected |= {"filters": "object", "extra_streams": "array", "page_size": "integer", "verify_ssl": "boolean"}
    expected |= {"ca_bundle": "file", "settle_minutes": "string"}
    assert {name: kinds[name] for name in expected} == expected


def test_dates_reach_the_tap_as_they_were_written(answer: dict[str, Any]) -> None:
    assert answer["dates"] == [[text, text] for text in DATES]


def test_sets_of_settings_that_are_enough(answer: dict[str, Any]) -> None:
    values = {"url": "https://a.example.com", "server": "a", "start_date": "2024-01-01"}
    for names in answer["definition"]["settings_group_validation"]:
        assert Settings.parse({name: values.get(name, "x") for name in names})
    assert len(answer["definition"]["settings_group_validation"]) == 4


@pytest.mark.parametrize("number", range(len(CATALOGS)), ids=["native", "json"])
def test_it_selects_exactly_the_default(answer: dict[str, Any], number: int) -> None:
    chosen, stale = selection.from_catalog(answer["catalogs"][number], KNOWN)
    assert chosen == selection.by_default(KNOWN, None)
    assert (stale.streams, stale.fields) == ((), ())


def test_no_pattern_could_be_left_out(answer: dict[str, Any]) -> None:
    first, *others = answer["definition"]["select"]
    assert first == "*.*"
    assert len(set(others)) == len(others)
    off = [name for name, entry in KNOWN.items() if not entry.selected]
    # One for each stream that is off, and one for each column that is off in the others.
    assert [one for one in others if one.endswith(".*")] == [f"!{name}.*" for name in off]
    columns = [one[1:].split(".") for one in others if not one.endswith(".*")]
    for stream, name in columns:
        [column] = [column for column in KNOWN[stream].columns if column.name == name]
        assert KNOWN[stream].selected
        assert not column.selected
