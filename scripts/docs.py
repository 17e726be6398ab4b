"""Write the parts of the documentation that follow from the code; `--check` fails instead where they are not current.

Whole files: docs/streams.md, docs/client-reference.md, docs/meltano-hub.yml, meltano.yml, sample_config.json; in
component_config, the forms, addresses and actions. Between markers: the settings in docs/settings.md, the flags of the
sandbox in docs/sandbox.md, the parameters in docs/keboola.md. What they hold is made in `documentation/`.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from documentation.client_reference import reference_page
from documentation.keboola_tables import aliases_table, empty_columns_table
from documentation.markdown import filled
from documentation.project_files import addresses, hub_file, meltano_project
from documentation.sandbox_flags import sandbox_flags
from documentation.streams_page import streams_page

from tap_daktela.catalog.entries import entries
from tap_daktela.catalog.streams import ALL_STREAMS
from tap_daktela.keboola.component import ACTIONS
from tap_daktela.keboola.config import form_schema
from tap_daktela.settings import Settings, sample_config
from tap_daktela.settings.declared import markdown_table

REPOSITORY = Path(__file__).resolve().parent.parent


def documents(root: Path) -> dict[Path, str]:
    """Return what each file that is generated, wholly or in part, should hold."""
    known = entries(ALL_STREAMS)
    parts = {
        "docs/settings.md": {"settings": markdown_table(Settings, "Setting")},
        "docs/sandbox.md": {"flags": sandbox_flags()},
        "docs/keboola.md": {
            "parameters": form_schema.markdown_table(),
            "aliases": aliases_table(),
            "empty columns": empty_columns_table(),
        },
    }
    whole = {
        "sample_config.json": _json(sample_config()),
        "docs/streams.md": streams_page(known),
        "docs/client-reference.md": reference_page(),
        "docs/meltano-hub.yml": hub_file(known),
        "meltano.yml": meltano_project(known),
        "component_config/configSchema.json": _json(form_schema.configuration_form()),
        "component_config/configRowSchema.json": _json(form_schema.row_form()),
        "component_config/actions.md": json.dumps(ACTIONS[1:]) + "\n",
        **{f"component_config/{name}Url.md": f"{url}\n" for name, url in addresses().items()},
    }
    result = {root / name: text for name, text in whole.items()}
    return {**result, **{root / name: filled(root / name, contents) for name, contents in parts.items()}}


def _json(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"


def main(arguments: Sequence[str] | None = None, root: Path = REPOSITORY) -> int:
    """Write the files, or with `--check` only tell which are not current; the exit code is 1 if any is not."""
    parser = argparse.ArgumentParser(prog="scripts/docs.py", description="Write the generated documentation.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if something is not current")
    check = parser.parse_args(arguments).check
    stale = {
        path: text for path, text in documents(root).items() if not path.exists() or path.read_text("utf-8") != text
    }
    for path, text in stale.items():
        name = path.relative_to(root)
        if check:
            print(f"{name} is not current; run make docs", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {name}")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
