"""What the tap says of itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import pytest

from tap_daktela import __version__
from tap_daktela.about import about, how_read, streams_table
from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import ALL_STREAMS
from tap_daktela.settings import sample_config

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.helpers.harness import TapRun

KNOWN = entries(ALL_STREAMS)


def test_for_machines() -> None:
    content = json.loads(about("json", KNOWN))
    assert (content["name"], content["version"]) == ("tap-daktela", __version__)
    assert content["streams"] == list(KNOWN)
    assert {"catalog", "properties", "discover", "state", "about", "test"} <= set(content["capabilities"])
    jsonschema.Draft4Validator(content["settings"]).validate(sample_config())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(content["settings"]).validate({"page_size": "many"})


def test_for_people() -> None:
    text = about("markdown", KNOWN)
    assert text.startswith(f"# tap-daktela {__version__}\n")
    for word in ("`access_token`", "`date_window_size`", "| `tickets_custom_fields` |", "`discover`"):
        assert word in text


def test_every_stream_is_a_row_of_the_table() -> None:
    header, line, *rows = streams_table(KNOWN).rstrip("\n").split("\n")
    assert line.count("|") == header.count("|")
    assert [row.split("`")[1] for row in rows] == list(KNOWN)
    assert {row.count("|") for row in rows} == {header.count("|")}


@pytest.mark.parametrize(
    ("stream", "words"),
    [
        ("activities_call", "`call_time`, looking back"),
        ("tickets", "`edited`; `created` where `edited` is empty"),
        ("tickets_statuses", "rows of `tickets`"),
        ("activities_call_transcripts", "rows of `activities_call`"),
        ("users", "whole table"),
        ("activities_call_recordings", "whole table, without what was purged"),
    ],
)
def test_how_a_stream_is_read(stream: str, words: str) -> None:
    assert how_read(KNOWN[stream]) == words


@pytest.mark.parametrize("arguments", [["--about"], ["--about", "--format", "markdown"], ["--about", "--format=json"]])
def test_the_command(run_tap: Callable[..., TapRun], arguments: list[str]) -> None:
    run = run_tap({}, *arguments, env={"PYTHONIOENCODING": "ascii"})
    assert run.returncode == 0
    assert run.stderr == ""
    assert run.stdout == about("json" if "json" in arguments[-1] else "markdown", KNOWN).rstrip() + "\n"
