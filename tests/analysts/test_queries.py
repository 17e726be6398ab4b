"""Every query of docs/analysts.md answers in PostgreSQL and in DuckDB what the sandbox's own rows answer."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.analysts import page
from tests.analysts.loading import Loaded, loaded_twice
from tests.analysts.truth import TRUTH
from tests.helpers.golden import HINT, renewing
from tests.helpers.postgres_cluster import Cluster

pytestmark = pytest.mark.unmeasured


@pytest.fixture(scope="module")
def loaded(
    target_csv: Path, target_postgres: Path, postgres: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Loaded]:
    with loaded_twice(target_csv, target_postgres, postgres, tmp_path_factory.mktemp("analysts")) as found:
        yield found


def plain(value: Any) -> Any:
    """Return a value of any of the databases as a number or as text."""
    if value is None or isinstance(value, int):
        return value
    return float(value) if isinstance(value, float | Decimal) else str(value)


def test_every_block_of_sql_is_run_and_every_answer_is_known() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    assert len(page.blocks()) == text.count("```sql") == len(re.findall("^<!-- sql", text, re.MULTILINE))
    assert {block.name for block in page.blocks()} == {page.SETUP, *TRUTH}
    assert set(page.results()) == set(TRUTH)


@pytest.mark.parametrize("question", list(TRUTH))
def test_a_query_answers_what_the_sandbox_knows(question: str, loaded: Loaded) -> None:
    truth = [tuple(map(plain, row)) for row in TRUTH[question](loaded.known)]
    for database, sql in page.queries(question).items():
        rows = loaded.ask[database](sql)
        shown = [{name: plain(value) for name, value in row.items()} for row in rows]
        assert [tuple(row.values()) for row in shown] == truth, database
    if renewing():
        page.write(question, page.as_text(shown))
    assert page.results()[question] == page.as_text(shown), HINT
