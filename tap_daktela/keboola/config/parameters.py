"""Every parameter of the component, declared once. Validation, the forms and docs/keboola.md use it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from tap_daktela.keboola.config import table_selection
from tap_daktela.keboola.config.address import Address, address
from tap_daktela.keboola.config.dates import When, parse_when
from tap_daktela.keboola.config.table_selection import TableSelection
from tap_daktela.keboola.config.types import (
    FIELDS,
    FILTER,
    TABLE,
    TABLE_OPTIONS,
    TABLES,
    URL,
    TableOptions,
    titled_choice,
    when,
)
from tap_daktela.keboola.job import FORMATS
from tap_daktela.settings import declared
from tap_daktela.settings.types import FLAG, HEADER_TEXT, PASSWORD, TEXT, ZONE, SettingType, number

CONFIG, ROW = "configuration", "row"
"""The forms: of a whole configuration, and of a row, which is one table."""

CONNECTION_KEYS = frozenset({"url", "server", "username", "#password", "#access_token", "timezone", "backend"})
"""The parameters of the way to the instance."""

PERIOD_KEYS = frozenset({"from", "to", "settle_minutes", "continue_since_last_run", "lookback_days"})
"""The parameters that decide which period is read."""


@dataclass(frozen=True)
class FormField:
    """The field of a parameter: its title, and the forms that have it."""

    title: str
    forms: tuple[str, ...]


def _parameter(
    setting_type: SettingType,
    title: str,
    text: str,
    default: object = None,
    *,
    forms: tuple[str, ...] = (CONFIG,),
    key: str = "",
    **options: Any,
) -> Any:
    """Declare a parameter as `declared.setting` does, with its field in the forms."""
    # Keboola encrypts every parameter whose name begins with `#`.
    secret = key.startswith("#")
    return declared.setting(
        setting_type, text, default, key=key, secret=secret, form=FormField(title, forms), **options
    )


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What the user asked for, checked and typed; made by `Parameters.parse`."""

    url: str | None = _parameter(
        URL,
        "URL",
        "Address of the instance, such as https://mycompany.daktela.com. Required unless `server` is given.",
    )
    server: str | None = _parameter(
        TEXT,
        "Server",
        "Name of the instance in table names and keys. Taken from `url` if left empty. Without `url` it is also the "
        "address: `mycompany` means https://mycompany.daktela.com.",
    )
    username: str | None = _parameter(TEXT, "Username", "User to log in as, if there is no access token.")
    password: str | None = _parameter(PASSWORD, "Password", "Password of that user.", key="#password")
    access_token: str | None = _parameter(
        HEADER_TEXT,
        "Access token",
        "Long-lived token of a user, instead of username and password.",
        key="#access_token",
    )
    tables: tuple[str, ...] | None = _parameter(
        TABLES,
        "Tables",
        "Tables to extract: a list, or text with commas. Names from the older components work too.",
    )
    table: str | None = _parameter(TABLE, "Table", "Table to extract in this row.", forms=(ROW,))
    fields: tuple[str, ...] | None = _parameter(
        FIELDS,
        "Fields",
        "Columns to extract. The key is always included. All default columns if left empty.",
        forms=(ROW,),
    )
    filter: object = _parameter(
        FILTER,
        "Filter",
        "Condition in Daktela's own form, as JSON: "
        '{"field": "stage", "operator": "eq", "value": "OPEN"}, a list of these, or a tree with `logic` and `filters`.',
        forms=(ROW,),
    )
    table_options: tuple[TableOptions, ...] = _parameter(
        TABLE_OPTIONS,
        "Fields and filters",
        "Fields and filters for individual tables.",
        (),
    )
    from_: When = _parameter(  # noqa: RUF009 - it declares a field, like `dataclasses.field`
        when("-7"),
        "From",
        "Start of the period: days back (`-7`), a date (`2024-01-31`), a timestamp, or words (`7 days ago`, `last "
        "month`), in the time zone of the instance.",
        key="from",
        forms=(CONFIG, ROW),
        required=True,
        example="-7, 2024-01-31 or '7 days ago'",
    )
    to: When = _parameter(  # noqa: RUF009 - the same
        when("today"),
        "To",
        "End of the period (exclusive), in the same forms. The default, `today` or `0`, means now minus the settle "
        "minutes.",
        parse_when("today"),
        forms=(CONFIG, ROW),
        shown="`today`",
    )
    continue_since_last_run: bool = _parameter(
        FLAG,
        "Continue since last run",
        "Extract only what is new or changed since the last run. `from` then applies only to tables that were not "
        "extracted before, and after Reset State.",
        False,
        forms=(CONFIG, ROW),
    )
    incremental: bool = _parameter(
        FLAG,
        "Incremental load",
        "On: update the tables by their primary key (incremental load). Off: replace their content (full load). "
        "The key is the same either way.",
        False,
        forms=(CONFIG, ROW),
    )
    output_format: str = _parameter(
        titled_choice(FORMATS),
        "Output format",
        "`table` has every column of Daktela's rows. `extractor` and `revolt` have the tables and columns of the older "
        "components. `json` has the keys and one column with the whole row.",
        "table",
        forms=(CONFIG, ROW),
    )
    timestamps: str = _parameter(
        titled_choice({"local": "Local time of the instance", "utc": "UTC"}),
        "Timestamps",
        "`local` writes the instance's wall-clock times, `utc` writes RFC 3339 in UTC.",
        "local",
    )
    strip_html: bool = _parameter(
        FLAG, "HTML to text", "Turn HTML into plain text, in the formats `table` and `json`.", False
    )
    orphans: str = _parameter(
        titled_choice({"keep": "Keep", "drop": "Drop"}),
        "Orphans",
        "Keep or drop activities whose item (the call, the e-mail) does not exist.",
        "keep",
    )
    backend: str = _parameter(
        titled_choice({"parallel": "Parallel", "sequential": "Sequential"}),
        "Backend",
        "`parallel` keeps several requests in flight, `sequential` sends them one after another.",
        "parallel",
    )
    timezone: str | None = _parameter(
        ZONE,
        "Time zone",
        "IANA name, such as Europe/Prague. Overrides the zone that the instance names; needed only if it names none.",
    )
    settle_minutes: float = _parameter(
        number(0, 44640),
        "Settle minutes",
        "Reading ends this many minutes before now, because calls in progress still change.",
        30,
    )
    lookback_days: float = _parameter(
        number(0, 3660),
        "Overlap in days",
        "Days that a continuing run reads again, in tables whose rows do not say when they changed.",
        1,
    )
    debug: bool = _parameter(FLAG, "Debug", "Log every request.", False)

    @property
    def address(self) -> Address:
        """Where the instance is and what it is called."""
        return address(self.url, self.server)

    @property
    def selected_tables(self) -> tuple[TableSelection, ...]:
        """The tables to extract, each with its stream, fields and filter."""
        return table_selection.selected(vars(self))

    @classmethod
    def parse(cls, raw: Mapping[str, object], keys: Collection[str] | None = None) -> "Parameters":
        """Return the parameters of a configuration; one ConfigError with everything that is wrong with it.

        With `keys`, only these parameters are read: a button may be pressed before the whole form is filled in.
        """
        # A field that was left alone. The platform, written in PHP, makes `[]` of an empty object.
        given = {key: value for key, value in raw.items() if value not in (None, "", [], {})}
        checks = [_connection_problems, table_selection.problems]
        if keys is not None:
            given = {key: value for key, value in given.items() if key in keys}
            checks = [_connection_problems] if CONNECTION_KEYS.issubset(keys) else []
        return declared.parse(cls, given, checks, reader="the component", keys=keys)


def _connection_problems(given: Mapping[str, object], values: Mapping[str, Any]) -> list[str]:
    """Return what is wrong between the parameters of the connection; see `declared.Check`."""
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
