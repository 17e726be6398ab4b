"""What is wrong between parameters. One that is wrong in itself has been told of, and counts as given here.

`given` are the keys of the configuration that hold something, `values` the parameters that could be read, by attribute.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from tap_daktela.errors import ConfigError
from tap_daktela.keboola.config.names import address
from tap_daktela.keboola.config.table_selection import chosen

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

__all__ = ["connection", "is_untouched", "tables", "unknown"]


def is_untouched(given: object) -> bool:
    """Tell whether a field of a form was left alone; the platform, written in PHP, makes `[]` of an empty object."""
    return given is None or given in ("", [], {})


def connection(given: Collection[str], values: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the way to the instance."""
    problems = []
    if {"url", "server"}.intersection(given) == {"url", "server"}.intersection(values):
        try:
            address(values.get("url"), values.get("server"))
        except ValueError as error:
            problems.append(f"{'server' if 'server' in given else 'url'} {error}")
    missing = [key for key in ("username", "#password") if key not in given]
    if missing and "#access_token" not in given:
        verb = "are" if len(missing) > 1 else "is"
        problems.append(f"{' and '.join(missing)} {verb} missing; #access_token would do as well")
    return problems


def tables(given: Collection[str], values: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the tables, their fields and their filters."""
    if "table" not in given and "tables" not in given:
        return ["tables is missing; it is, for example, activities, tickets"]
    problems = []
    if "table" not in given:
        of_a_row = [key for key in ("fields", "filter") if key in given]
        problems += [f"{key} belongs to a row with one table; use table_options" for key in of_a_row]
    if all(
        key in values
        for key in ("tables", "table", "fields", "filter", "table_options", "output_format")
        if key in given
    ):
        try:
            chosen(values)
        except ConfigError as error:
            problems += error.problems
    return problems


def unknown(keys: Iterable[str], known: Collection[str]) -> list[str]:
    """Return the keys that are no parameters, each with the one that was probably meant."""
    strange = []
    for key in sorted(set(keys) - set(known)):
        near = difflib.get_close_matches(key.lower(), known, 1)
        strange.append(f"{key} ({near[0]}?)" if near else key)
    return strange
