"""What the tap sent, as the tables that a target should make of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.helpers import harness

Row = dict[str, Any]
Key = tuple[str, ...]


@dataclass
class Table:
    """One stream: its key, the kind of each column (see `kind_of`), and its rows in the order in which they came."""

    key: list[str]
    kinds: dict[str, str]
    rows: list[Row] = field(default_factory=list)


def tables(*runs: harness.TapRun) -> dict[str, Table]:
    """Return the tables of all runs together, by stream."""
    found: dict[str, Table] = {}
    for message in (message for run in runs for message in run.messages):
        if message["type"] == "SCHEMA" and message["stream"] not in found:
            kinds = {name: kind_of(schema) for name, schema in message["schema"]["properties"].items()}
            found[message["stream"]] = Table(message["key_properties"], kinds)
        elif message["type"] == "RECORD":
            found[message["stream"]].rows.append(message["record"])
    return found


def kind_of(schema: Mapping[str, Any]) -> str:
    """Return what a column holds: its format, or else its one type apart from null."""
    [name] = {schema["type"]} if isinstance(schema["type"], str) else set(schema["type"]) - {"null"}
    return schema.get("format", name)


def by_key(rows: list[Row], key: list[str]) -> dict[Key, list[Row]]:
    """Return rows by their key, those of one key in their order."""
    found: dict[Key, list[Row]] = {}
    for row in rows:
        found.setdefault(harness.key_of(row, key), []).append(row)
    return found
