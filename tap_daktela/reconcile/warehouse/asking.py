"""Asks a warehouse by itself, through SQLAlchemy and the driver of its database, which are imported only here.

SQLAlchemy knows the addresses, the drivers and the transactions of all four databases.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from tap_daktela.errors import ConfigError, TapError
from tap_daktela.reconcile.warehouse.answer_rows import COLUMNS, answer_of
from tap_daktela.reconcile.warehouse.dialects import BIGQUERY, DUCKDB, POSTGRES, SNOWFLAKE
from tap_daktela.reconcile.warehouse.questions import Answer, Question
from tap_daktela.reconcile.warehouse.statements import queries
from tap_daktela.reconcile.warehouse.tables import Tables
from tap_daktela.redaction import redactor

_DIALECTS = {"postgresql": POSTGRES, "duckdb": DUCKDB, "snowflake": SNOWFLAKE, "bigquery": BIGQUERY}
"""The dialects, by how addresses of SQLAlchemy begin."""

_DRIVERS = {
    "postgresql": "'psycopg[binary]', and begin the address with postgresql+psycopg://",
    "duckdb": "duckdb-engine",
    "snowflake": "snowflake-sqlalchemy",
    "bigquery": "sqlalchemy-bigquery",
}
"""What to install for them."""

_READ_ONLY = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def ask(url: str, questions: Iterable[Question], tables: Tables) -> list[Answer]:
    """Return the answers of the warehouse at `url`, with PostgreSQL and DuckDB all of one moment.

    These two are told that nothing is written. ConfigError with one sentence, without the address, if a package is
    missing, the warehouse is not reached, or it refuses a query.
    """
    engine = _engine(url)
    options = _READ_ONLY if engine.dialect.name == "postgresql" else {}
    with _explained("warehouse_url: the warehouse cannot be reached"):
        connection = engine.connect()
    answers = []
    with connection:
        # A percent sign in a query is none of SQLAlchemy's marks.
        session = connection.execution_options(no_parameters=True, **options)
        for query in queries(questions, tables, _DIALECTS[engine.dialect.name]):
            with _explained(
                f"the warehouse has no answer about {query.stream} (leave it out with --streams if it is not "
                "loaded, or name its schema with --schema)"
            ):
                rows = session.exec_driver_sql(query.sql).all()
            answers += [answer_of(dict(zip(COLUMNS, row, strict=True)), tables.zone) for row in rows]
    return answers


def _engine(url: str) -> Any:
    """Return SQLAlchemy's engine for `url`, which has not connected yet."""
    try:
        import sqlalchemy  # noqa: PLC0415 - an extra, and slow to import
    except ModuleNotFoundError:
        raise ConfigError(
            "warehouse_url needs SQLAlchemy: pip install 'tap-daktela[warehouse]', and the driver of the database"
        ) from None
    try:
        address = sqlalchemy.make_url(url)
    except (sqlalchemy.exc.ArgumentError, ValueError):
        raise ConfigError(
            "warehouse_url is no address: write it as postgresql+psycopg://user:password@host/database, and special "
            "characters in the password as %40"
        ) from None
    name = address.get_backend_name()
    if name not in _DIALECTS:
        raise ConfigError(f"warehouse_url must begin with {', '.join(_DIALECTS)}, and not with {name}")
    try:
        return sqlalchemy.create_engine(
            address,
            poolclass=sqlalchemy.NullPool,
            connect_args={"read_only": True} if name == "duckdb" else {},
        )
    except (sqlalchemy.exc.NoSuchModuleError, ModuleNotFoundError):
        raise ConfigError(f"warehouse_url needs a driver that is not there: pip install {_DRIVERS[name]}") from None


@contextmanager
def _explained(what: str) -> Iterator[None]:
    """Turn what a driver raises into a ConfigError that says `what` failed, and the first line of the reason."""
    try:
        yield
    except TapError:
        raise
    except Exception as error:  # noqa: BLE001 - each driver has errors of its own
        reason = redactor.from_outside(str(getattr(error, "orig", None) or error).partition("\n")[0])
        raise ConfigError(f"{what}: {reason or type(error).__name__}") from None
