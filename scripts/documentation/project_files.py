"""The files in which the project describes itself to others: addresses, Meltano Hub, a project of Meltano."""

import re
from pathlib import Path

from tap_daktela.catalog.entries import Entry
from tap_daktela.meltano import as_yaml, definition, published
from tap_daktela.sandbox.credentials import credentials_of

SETUP = Path(__file__).resolve().parents[2] / "setup.py"

MELTANO_HEAD = """\
# A project of Meltano that reads the sandbox into output/. docs/meltano.md says how to run it. Written by make docs.
"""

SANDBOX_PORT = 8765


def addresses() -> dict[str, str]:
    """Return what the Developer Portal links to: the repository that setup.py names, and files in it."""
    setup = SETUP.read_text(encoding="utf-8")
    [repository] = re.findall(r'^REPOSITORY = "(.*)"$', setup, re.MULTILINE)
    files = f"{repository}/blob/main"
    return {"sourceCode": repository, "documentation": f"{files}/docs/keboola.md", "license": f"{files}/LICENSE"}


def hub_file(known: dict[str, Entry]) -> str:
    """Return the definition of the tap as Meltano Hub has it: with what only the Hub wants to know."""
    about_it = {
        "domain_url": "https://www.daktela.com",
        "keywords": ["api", "contact centre"],
        "maintenance_status": "active",
        "quality": "unknown",
    }
    return as_yaml({**published(known, addresses()["sourceCode"]), **about_it})


def meltano_project(known: dict[str, Entry]) -> str:
    """Return a project of Meltano in this folder, which reads a sandbox at port `SANDBOX_PORT` into CSV files."""
    login = credentials_of(seed=1)
    tap = {
        "name": "tap-daktela",
        "pip_url": "-e .",
        **definition(known),
        "config": {
            "url": f"http://127.0.0.1:{SANDBOX_PORT}",
            "username": login.username,
            "password": login.password,
            "start_date": "2020-01-01",
            "nested": "json",
        },
    }
    target = {
        "name": "target-csv",
        "namespace": "target_csv",
        "pip_url": "meltanolabs-target-csv",
        "executable": "target-csv",
        "capabilities": ["structured-logging"],
        "config": {
            "output_path": "output",
            "file_naming_scheme": "{stream_name}-{timestamp}.csv",
            "validate_records": False,
            "batch_size_rows": 10000,
        },
    }
    project = {
        "default_environment": "sandbox",
        "send_anonymous_usage_stats": False,
        "environments": [{"name": "sandbox"}],
        "plugins": {"extractors": [tap], "loaders": [target]},
    }
    return MELTANO_HEAD + as_yaml(project)
