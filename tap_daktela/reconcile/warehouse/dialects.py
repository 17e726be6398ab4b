"""What the SQL of four databases spells differently. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Dialect:
    """The SQL of one database. In the templates, `{0}` is an expression.

    - `quote`: what stands around a name; `upper`: whether targets make its tables and columns in capitals.
    - `text`, `integer`: types. `escapes`: whether a backslash in a text escapes what follows.
    - `text_of`: a time as text, whether its column has the type timestamp, timestamp with time zone, or text, in any
      session: as ISO 8601, with an offset if the type has one.
    - `at_offset`: the wall clock in the zone `{zone}` of such a text with an offset; `as_it_is`: that of one without.
    - `shown`: a wall clock as text, in UTC or `shown_locally` in another zone.
    - `digest`: the first 8 hex digits of the MD5 of a text, as a number.
    - `once`: what has a named query worked out once, and not anew for each comparison of a row.
    - `rows`: a table of the rows `{0}`, with the columns `{names}`; `typed` are these with their types.
    - `one_result`: whether its usual clients give a file for one result only, so that all is asked in one statement.
    """

    name: str
    quote: str
    upper: bool
    text: str
    integer: str
    escapes: bool
    text_of: str
    at_offset: str
    as_it_is: str
    shown: str
    shown_locally: str
    digest: str
    once: str
    rows: str
    one_result: bool

    def identifier(self, name: str) -> str:
        """Return the name of a table, a column or a schema. It is always quoted: many are words of SQL."""
        name = name.upper() if self.upper else name
        return f"{self.quote}{name.replace(self.quote, self.quote * 2)}{self.quote}"

    def literal(self, text: str) -> str:
        """Return `text` as a literal of SQL, on one line where the dialect can say so."""
        if not self.escapes:
            return "'" + text.replace("'", "''") + "'"
        for plain, escaped in (("\\", "\\\\"), ("'", "\\'"), ("\n", "\\n"), ("\r", "\\r")):
            text = text.replace(plain, escaped)
        return f"'{text}'"

    def null(self, type_name: str) -> str:
        """Return a null of a type: in the parts of a UNION, types must agree."""
        return f"CAST(NULL AS {type_name})"

    def wall_clock(self, column: str, zone: str | None) -> str:
        """Return the time in a column of `text_of` as RFC 3339 in UTC; with `zone` as the wall clock there."""
        # Behind the first colon, a text has a sign only in its offset.
        has_offset = " OR ".join(f"{column} LIKE '{pattern}'" for pattern in ("%Z", "%:%+%", "%:%-%"))
        there = self.at_offset.format(column, zone=self.literal(zone or "UTC"))
        wall = f"CASE WHEN {has_offset} THEN {there} ELSE {self.as_it_is.format(column)} END"
        return (self.shown_locally if zone else self.shown).format(wall)

    def table_of(self, names: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
        """Return a query for `rows` of texts, one a line, with columns of these names."""
        lines = ",\n    ".join(f"({', '.join(map(self.literal, row))})" for row in rows)
        typed = ", ".join(f"{name} {self.text}" for name in names)
        return self.rows.format(f"\n    {lines}\n  ", names=", ".join(names), typed=typed)


_VALUES = "SELECT * FROM (VALUES{0}) AS texts ({names})"
_TO_CHAR, _TO_CHAR_LOCALLY = (
    f"to_char({{0}}, '{form}')" for form in ('YYYY-MM-DD"T"HH24:MI:SS"Z"', "YYYY-MM-DD HH24:MI:SS")
)
_ISO, _ISO_LOCALLY = "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S"

POSTGRES = Dialect(
    name="postgres",
    quote='"',
    upper=False,
    text="text",
    integer="bigint",
    escapes=False,
    # JSON has ISO 8601, whatever the session's DateStyle is.
    text_of="to_jsonb({0}) #>> '{{}}'",
    at_offset="CAST({0} AS timestamptz) AT TIME ZONE {zone}",
    as_it_is="CAST({0} AS timestamp)",
    shown=_TO_CHAR,
    shown_locally=_TO_CHAR_LOCALLY,
    digest="CAST(CAST('x' || substr(md5(convert_to({0}, 'UTF8')), 1, 8) AS bit(32)) AS bigint)",
    once=" MATERIALIZED",
    rows=_VALUES,
    one_result=False,
)

DUCKDB = Dialect(
    name="duckdb",
    quote='"',
    upper=False,
    text="VARCHAR",
    integer="BIGINT",
    escapes=False,
    text_of="CAST({0} AS VARCHAR)",
    at_offset="CAST({0} AS TIMESTAMPTZ) AT TIME ZONE {zone}",
    as_it_is="CAST({0} AS TIMESTAMP)",
    shown=f"strftime({{0}}, '{_ISO}')",
    shown_locally=f"strftime({{0}}, '{_ISO_LOCALLY}')",
    digest="CAST('0x' || substr(md5({0}), 1, 8) AS BIGINT)",
    once=" MATERIALIZED",
    rows=_VALUES,
    one_result=False,
)

_ZONED = 'YYYY-MM-DD"T"HH24:MI:SSTZH:TZM'

SNOWFLAKE = Dialect(
    name="snowflake",
    quote='"',
    upper=True,
    text="VARCHAR",
    integer="NUMBER(38, 0)",
    escapes=True,
    # A cast to text would follow the formats of the session; a variant says which type it has.
    text_of=(
        """COALESCE(TO_CHAR(AS_TIMESTAMP_NTZ(TO_VARIANT({0})), 'YYYY-MM-DD"T"HH24:MI:SS'), """
        f"TO_CHAR(AS_TIMESTAMP_TZ(TO_VARIANT({{0}})), '{_ZONED}'), "
        f"TO_CHAR(AS_TIMESTAMP_LTZ(TO_VARIANT({{0}})), '{_ZONED}'), AS_VARCHAR(TO_VARIANT({{0}})))"
    ),
    at_offset="CAST(CONVERT_TIMEZONE({zone}, TO_TIMESTAMP_TZ({0}, 'AUTO')) AS TIMESTAMP_NTZ)",
    as_it_is="TO_TIMESTAMP_NTZ({0}, 'AUTO')",
    shown=_TO_CHAR.upper(),
    shown_locally=_TO_CHAR_LOCALLY.upper(),
    digest="TO_NUMBER(SUBSTR(MD5({0}), 1, 8), 'XXXXXXXX')",
    once="",
    rows=_VALUES,
    one_result=True,
)

BIGQUERY = Dialect(
    name="bigquery",
    quote="`",
    upper=False,
    text="STRING",
    integer="INT64",
    escapes=True,
    text_of="CAST({0} AS STRING)",
    at_offset="DATETIME(CAST({0} AS TIMESTAMP), {zone})",
    as_it_is="CAST({0} AS DATETIME)",
    shown=f"FORMAT_DATETIME('{_ISO}', {{0}})",
    shown_locally=f"FORMAT_DATETIME('{_ISO_LOCALLY}', {{0}})",
    digest="CAST(CONCAT('0x', SUBSTR(TO_HEX(MD5({0})), 1, 8)) AS INT64)",
    once="",
    rows="SELECT * FROM UNNEST(ARRAY<STRUCT<{typed}>>[{0}])",
    one_result=True,
)

DIALECTS = {dialect.name: dialect for dialect in (POSTGRES, DUCKDB, SNOWFLAKE, BIGQUERY)}
"""Every dialect by its name, as `--sql` takes it."""
