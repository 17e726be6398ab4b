"""Runs in the environment of Meltano: reads a definition and a catalog with Meltano's own code.

stdin: JSON with `definition`, the text of a plugin's definition as it stands below `extractors:`; `hub`, the text of
its file for the Hub; `catalogs`, a list of catalogs; and `dates`, a list of texts. stdout: JSON with both definitions
as objects, with what is wrong with the first for Meltano's schema of a project, and with the catalogs and dates as a
run of Meltano hands them on.
"""

from __future__ import annotations

import json
import logging
import sys
from importlib.resources import files
from typing import Any

import structlog
import yaml
from jsonschema import Draft202012Validator
from meltano.core.plugin.singer.catalog import MetadataExecutor, select_metadata_rules
from meltano.core.setting_definition import SettingDefinition


def problems(project: dict[str, Any]) -> list[str]:
    """Return what is wrong with a project."""
    schema = json.loads(files("meltano.schemas").joinpath("meltano.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(project)]


def selected(catalog: dict[str, Any], patterns: list[str]) -> dict[str, Any]:
    """Return a catalog in which nothing but `patterns` is selected."""
    MetadataExecutor(select_metadata_rules(["!*.*"]) + select_metadata_rules(patterns)).visit(catalog)
    return catalog


def main() -> None:
    """Answer on stdout."""
    # Else Meltano's messages go to stdout, too.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    given = json.load(sys.stdin)
    project = yaml.safe_load(f"plugins:\n  extractors:\n{given['definition']}")
    [definition] = project["plugins"]["extractors"]
    settings = {one["name"]: SettingDefinition(**one) for one in definition["settings"]}
    dates = [settings[name] for name in ("start_date", "end_date")]
    nonsense = {**definition, "capabilities": ["flying"], "colour": "red"}
    answer = {
        "definition": definition,
        "hub": yaml.safe_load(given["hub"]),
        "kinds": {name: one.kind for name, one in settings.items()},
        "dates": [[one.post_process_value(one.cast_value(text)) for one in dates] for text in given["dates"]],
        "problems": problems(project),
        "nonsense": problems({"plugins": {"extractors": [nonsense]}}),
        "catalogs": [selected(catalog, definition["select"]) for catalog in given["catalogs"]],
    }
    json.dump(answer, sys.stdout)


main()
