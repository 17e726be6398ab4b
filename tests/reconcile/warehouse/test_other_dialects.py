"""The SQL for databases that no test can have is understood by a parser of theirs, and means what it should.

A transpiler turns it into DuckDB's SQL. What it has no words for stands in the macros, and in `plain`.
"""

import re

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from tap_daktela.reconcile.warehouse.dialects import DIALECTS
from tap_daktela.reconcile.warehouse.statements import statements
from tests.reconcile.warehouse.warehouses import QUESTIONS, answered, expected, filling, tables

SNOWFLAKE = """
CREATE MACRO as_varchar(value) AS CASE WHEN typeof(value) = 'VARCHAR' THEN CAST(value AS VARCHAR) END;
CREATE MACRO as_timestamp_ntz(value) AS CASE WHEN typeof(value) = 'TIMESTAMP' THEN TRY_CAST(value AS TIMESTAMP) END;
CREATE MACRO as_timestamp_tz(value) AS NULL::TIMESTAMPTZ;
CREATE MACRO as_timestamp_ltz(value) AS
  CASE WHEN typeof(value) = 'TIMESTAMP WITH TIME ZONE' THEN TRY_CAST(value AS TIMESTAMPTZ) END;
"""


FORMATS = {
    "YYYY": "%Y",
    "MM": "%m",
    "DD": "%d",
    '"T"': "T",
    "HH24": "%H",
    "MI": "%M",
    "SS": "%S",
    '"Z"': "Z",
    "TZH:TZM": "%z",
}


def plain(node: exp.Expression) -> exp.Expression:
    """Return an expression of Snowflake that the transpiler cannot translate in words that it can."""
    form = (
        node.args["format"].name if isinstance(node, exp.ToChar | exp.ToNumber | exp.TimeToStr | exp.StrToTime) else ""
    )
    if isinstance(node, exp.ToVariant):
        return node.this.transform(plain)
    if isinstance(node, exp.ToChar):
        form = re.sub("|".join(FORMATS), lambda match: FORMATS[match[0]], form)
        return exp.func("strftime", node.this.transform(plain), exp.Literal.string(form), dialect="duckdb")
    if isinstance(node, exp.ToNumber) and form == "X" * 8:
        return exp.cast(exp.DPipe(this=exp.Literal.string("0x"), expression=node.this.transform(plain)), "BIGINT")
    if isinstance(node, exp.TimeToStr):
        node.set("format", exp.Literal.string(form.replace('"', "")))
    if isinstance(node, exp.StrToTime) and form == "AUTO":
        return exp.cast(node.this.transform(plain), node.args["target_type"])
    return node


@pytest.mark.parametrize("time_type", ["timestamp", "timestamptz", "varchar"])
@pytest.mark.parametrize("name", ["snowflake", "bigquery"])
def test_answers_are_right_in_other_dialects(name: str, time_type: str) -> None:
    parsed = sqlglot.parse(statements(QUESTIONS, tables(), DIALECTS[name]), read=name)
    assert len(parsed) == 1, "the usual clients write only one result into a file"
    with duckdb.connect() as duck:
        duck.execute(filling(time_type, "bigint", "SET TimeZone = 'America/New_York'"))
        duck.execute(SNOWFLAKE)
        rows = duck.execute(parsed[0].transform(plain).sql("duckdb")).fetchall()
    assert set(answered(rows)) == expected()
