"""Installs tap-daktela. The tools that check it are configured in pyproject.toml."""

import ast
import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).resolve().parent

# The repository's address, which is written here and nowhere else. CONTRIBUTING.md says when to fill in OWNER.
REPOSITORY = "https://github.com/OWNER/tap-daktela"

# What the Keboola component needs beside the tap: the platform's interface, and its relative dates ("7 days ago").
KEBOOLA = ["dateparser>=1.2.2", "keboola.component>=1.11"]

# What `tap-daktela reconcile` needs to ask a warehouse by itself, beside the driver of the database.
WAREHOUSE = ["sqlalchemy>=2.0.41"]


def version() -> str:
    """Return `__version__` of the package without importing it: its dependencies may not be installed yet."""
    for node in ast.parse((HERE / "tap_daktela" / "__init__.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__version__":
            return str(ast.literal_eval(node.value))
    message = "tap_daktela/__init__.py does not define __version__"
    raise RuntimeError(message)


def readme() -> str:
    """Return the text of the package's page; empty where only the code was copied (in an image, for example).

    Links to files of the repository become links to these files as they are at the tag of this version.
    """
    path = HERE / "README.md"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return re.sub(r"\]\((?!https?://|#)", f"]({REPOSITORY}/blob/v{version()}/", text)


setup(
    name="tap-daktela",
    version=version(),
    description="Singer tap for the Daktela V6 contact-centre API",
    long_description=readme(),
    long_description_content_type="text/markdown",
    project_urls={
        "Source": REPOSITORY,
        "Documentation": f"{REPOSITORY}/tree/main/docs",
        "Changelog": f"{REPOSITORY}/blob/main/CHANGELOG.md",
        "Issues": f"{REPOSITORY}/issues",
    },
    author="tap-daktela contributors",
    # The tap is under MIT; it brings Apache ECharts for the charts of a report, which has parts of d3.
    license_expression="MIT AND Apache-2.0 AND BSD-3-Clause",
    license_files=[
        "LICENSE",
        "tap_daktela/report_page/assets/echarts/LICENSE",
        "tap_daktela/report_page/assets/echarts/NOTICE",
        "tap_daktela/report_page/assets/echarts/licenses/LICENSE-d3",
    ],
    keywords=["singer", "tap", "daktela", "contact centre", "etl", "keboola"],
    classifiers=[
        "Environment :: Console",
        "Operating System :: POSIX",
        "Programming Language :: Python :: 3 :: Only",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Programming Language :: Python :: 3.14",
        "Typing :: Typed",
    ],
    packages=find_packages(include=["tap_daktela", "tap_daktela.*"]),
    package_data={
        "": ["*.json"],
        "tap_daktela": ["py.typed", "__init__.pyi"],
        "tap_daktela.report_page": ["assets/*", "assets/echarts/*", "assets/echarts/licenses/*"],
    },
    zip_safe=False,
    python_requires=">=3.10",
    # Each at least at the version that mends the last vulnerability that concerns it: docs/security.md.
    install_requires=[
        # singer-python pins backoff==2.* itself; it is named here because the tap imports it.
        "backoff>=2.2.1,<3",
        # The tap does not import certifi and idna, but trusts them: requests takes authorities and hosts from them.
        "certifi>=2024.7.4",
        "idna>=3.7",
        # For `--report page.html`.
        "jinja2>=3.1.6",
        "orjson>=3.11.6",
        "python-dotenv>=1.2.2",
        # For `--about --format meltano`.
        "pyyaml>=6.0.1",
        "requests>=2.32.4",
        "singer-python>=6.8,<7",
        "tabulate>=0.9",
        "tqdm>=4.66.3",
        # Zones must resolve on slim images that come without the system's zone files.
        "tzdata>=2024.1",
        "urllib3>=2.6.3",
    ],
    extras_require={
        "keboola": KEBOOLA,
        "warehouse": WAREHOUSE,
        "dev": [
            *KEBOOLA,
            *WAREHOUSE,
            "coverage>=7.10.6",
            # The vendor's own client: the sandbox has to satisfy it.
            "daktela>=1.2",
            "duckdb>=1.1",
            "duckdb-engine>=0.17",
            "hypothesis>=6.130",
            "keboola.datadirtest>=2.3",
            "mypy>=1.18",
            # For the examples of docs/client.md.
            "pandas>=2.2",
            # Drives Chromium in the tests of what is looked at in a browser.
            "playwright>=1.55",
            "polars>=1.20",
            # The warehouse of the tests; sqlglot reads the SQL for warehouses that tests cannot have.
            "psycopg[binary]>=3.3",
            "pytest>=8.4",
            "pytest-cov>=7",
            "pytest-randomly>=3.16",
            "pytest-xdist>=3.6",
            "requests-mock>=1.12.1",
            "ruff>=0.14",
            "sqlglot>=27",
            "types-PyYAML>=6.0",
            "types-requests>=2.32",
            "types-tabulate>=0.9",
            "types-tqdm>=4.66",
        ],
    },
    entry_points={
        "console_scripts": [
            "tap-daktela = tap_daktela.cli:main",
            "tap-daktela-keboola = tap_daktela.keboola.component:main",
            "tap-daktela-sandbox = tap_daktela.sandbox.server:main",
        ],
    },
)
