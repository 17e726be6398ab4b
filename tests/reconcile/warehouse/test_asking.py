"""The tap asks a warehouse by itself: what it answers, that nothing can be written, and what errors show."""

import re
from pathlib import Path
from urllib.parse import quote

import duckdb
import pytest

from tap_daktela.errors import ConfigError
from tap_daktela.reconcile.warehouse import asking
from tap_daktela.reconcile.warehouse.queries import SqlQuery
from tap_daktela.reconcile.warehouse.questions import Question, Slice, What
from tap_daktela.redaction import redactor
from tests.helpers.postgres_cluster import Cluster
from tests.reconcile.warehouse.warehouses import QUESTIONS, expected, filling, made, tables

WHOLE = [Question(What.COUNTS, [Slice("queues")])]
WRITING = SqlQuery("tickets", "", "CREATE TABLE x (y text)")
SECRET = "p@ss/wörd:%s-87Zq"


def address(postgres: Cluster, password: str | None = None) -> str:
    login = postgres.login
    secret = quote(password or login["password"], safe="")
    return f"postgresql+psycopg://{login['user']}:{secret}@{login['host']}:{login['port']}/{login['database']}"


def test_postgres_is_asked_in_a_transaction_that_cannot_write(
    postgres: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = address(postgres)
    with made(postgres, "timestamptz"):
        assert set(asking.ask(url, QUESTIONS, tables())) == expected()
        monkeypatch.setattr(asking, "queries", lambda *_: [WRITING])
        with pytest.raises(ConfigError, match="cannot execute CREATE TABLE in a read-only transaction"):
            asking.ask(url, [], tables())


def test_duckdb_is_asked_in_a_session_that_cannot_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "warehouse.duckdb"
    with duckdb.connect(file) as duck:
        duck.execute(filling("varchar", "varchar"))
    url = f"duckdb:///{file}"
    assert set(asking.ask(url, QUESTIONS, tables())) == expected()
    monkeypatch.setattr(asking, "queries", lambda *_: [WRITING])
    with pytest.raises(ConfigError, match="read-only"):
        asking.ask(url, [], tables())


def test_a_table_that_is_not_there_is_named_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "empty.duckdb"
    duckdb.connect(file).close()
    with pytest.raises(ConfigError, match=r"no answer about queues .*--schema") as caught:
        asking.ask(f"duckdb:///{file}", WHOLE, tables())
    assert len(str(caught.value).splitlines()) == 1


def test_no_error_shows_the_password_in_any_form(postgres: Cluster) -> None:
    url = address(postgres, SECRET)
    redactor.add(url)
    with pytest.raises(ConfigError, match=r"cannot be reached: .*authentication failed") as caught:
        asking.ask(url, WHOLE, tables())
    assert quote(SECRET, safe="") not in str(caught.value)
    for form in (url, SECRET, quote(SECRET), quote(SECRET, safe="")):
        assert "Zq" not in redactor.clean(f"could not translate host name {form} to address")


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://u:p@host/db", "must begin with postgresql, duckdb, snowflake, bigquery, and not with mysql"),
        ("snowflake://u:p@account/db", "pip install snowflake-sqlalchemy"),
        ("postgresql+pg8000://u:p@host/db", "pip install 'psycopg[binary]'"),
        ("postgresql+psycopg://u:p@host:secret87Zq/db", "warehouse_url is no address"),
    ],
)
def test_an_address_that_cannot_be_used_is_not_repeated(url: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(sentence)) as caught:
        asking.ask(url, WHOLE, tables())
    assert "secret87Zq" not in str(caught.value)
