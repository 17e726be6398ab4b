"""Meltano's standard tests for taps, over the installed command.

They expect a tap that is built with Meltano's SDK. This one is not, so a class with the face of such a tap calls the
command line. Runs in the environment of the targets; `test_meltano_suite.py` starts it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any

from singer_sdk import Stream, Tap
from singer_sdk.testing import SuiteConfig, get_tap_test_class

if TYPE_CHECKING:
    from collections.abc import Iterable


def tap_daktela(*args: str) -> str:
    """Run the tap and return its stdout; a failure is an error."""
    command = [os.environ["TAP_COMMAND"], "--config", os.environ["TAP_CONFIG"], *args]
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout


class CommandStream(Stream):
    """A stream of the catalog that the command printed."""

    def get_records(self, context: Any) -> Iterable[Any]:
        """Say that the rows come from the command alone."""
        raise NotImplementedError


class CommandTap(Tap):
    """What the tests use of an SDK tap, answered by the command line."""

    name = "tap-daktela"
    config_jsonschema = {"properties": {}}  # noqa: RUF012 - the SDK's own way

    @cached_property
    def catalog_dict(self) -> dict[str, Any]:
        """The catalog as the command prints it."""
        return json.loads(tap_daktela("--discover"))

    def discover_streams(self) -> list[Stream]:
        """Return the streams that are read when the user says nothing."""
        return [self._stream(entry) for entry in self.catalog_dict["streams"] if read_by_default(entry)]

    def _stream(self, entry: dict[str, Any]) -> Stream:
        stream = CommandStream(self, entry["schema"], entry["tap_stream_id"])
        stream.primary_keys = entry["key_properties"]
        return stream

    def run_discovery(self) -> str:
        """Return the printed catalog."""
        return tap_daktela("--discover")

    def run_connection_test(self) -> bool:
        """Let the command log in and read a row of each stream."""
        tap_daktela("--test")
        return True

    def run_sync_dry_run(self, **_: Any) -> bool:
        """Print what a sync prints."""
        sys.stdout.write(tap_daktela())
        return True

    @staticmethod
    def print_version() -> None:
        """Print the version."""
        sys.stdout.write(tap_daktela("--version"))

    @staticmethod
    def print_about(output_format: str | None = None) -> None:
        """Print the settings."""
        sys.stdout.write(tap_daktela("--about", *(["--format", output_format] if output_format else [])))


def read_by_default(entry: dict[str, Any]) -> bool:
    """Return whether a stream of the catalog is read without being selected."""
    [metadata] = [node["metadata"] for node in entry["metadata"] if node["breadcrumb"] == []]
    return metadata.get("selected-by-default") is not False


TestTapDaktela = get_tap_test_class(CommandTap, config={}, suite_config=SuiteConfig(max_records_limit=None))
