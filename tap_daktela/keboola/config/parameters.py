"""Every parameter of the component, declared once. Validation, the forms and docs/keboola.md use it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tap_daktela.keboola.config import connection_checks, table_selection
from tap_daktela.keboola.config.address import Address, address
from tap_daktela.keboola.config.configuration import by_name
from tap_daktela.keboola.config.connection_checks import CONNECTION_KEYS
from tap_daktela.keboola.config.dates import When, parse_when
from tap_daktela.keboola.config.form_fields import CONFIG, ROW, advanced, parameter
from tap_daktela.keboola.config.older_configurations import WITHOUT_EFFECT, tell_what_is_not_read
from tap_daktela.keboola.config.table_selection import TableSelection
from tap_daktela.keboola.config.types import (
    AS_CONFIGURED,
    AUTHENTICATION,
    CERTIFICATES,
    FIELDS,
    FILTER,
    INCREMENTAL,
    ROW_FORMAT,
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
from tap_daktela.settings.declared import settings_of
from tap_daktela.settings.types import FLAG, HEADER_TEXT, PASSWORD, TEXT, ZONE, number


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What the user asked for, checked and typed; made by `Parameters.parse`."""

    url: str | None = parameter(
        URL,
        "URL",
        "Address of the instance, such as https://mycompany.daktela.com. Required unless `server` is given.",
        aliases=("connection.url",),
    )
    server: str | None = parameter(
        TEXT,
        "Server",
        "Name of the instance in table names and keys. Taken from `url` if left empty. Without `url` it is also the "
        "address: `mycompany` means https://mycompany.daktela.com.",
    )
    authentication: str | None = parameter(
        AUTHENTICATION,
        "Authentication",
        "Which credentials count: `token` or `password`. If left empty, those that are given, the token first.",
        shown="what is given",
    )
    access_token: str | None = parameter(
        HEADER_TEXT,
        "Access token",
        "Long-lived token of a user, instead of username and password.",
        key="#access_token",
        shown_for={"authentication": "token"},
    )
    username: str | None = parameter(
        TEXT,
        "Username",
        "User to log in as, if there is no access token.",
        shown_for={"authentication": "password"},
        aliases=("user", "connection.username"),
    )
    password: str | None = parameter(
        PASSWORD,
        "Password",
        "Password of that user.",
        key="#password",
        shown_for={"authentication": "password"},
        aliases=("#pwd", "connection.#password"),
    )
    tables: tuple[str, ...] | None = parameter(
        TABLES,
        "Tables",
        "Tables to extract: a list, or text with commas. Names from the older components work too.",
    )
    table: str | None = parameter(TABLE, "Table", "Table to extract in this row.", forms=(ROW,), aliases=("endpoint",))
    fields: tuple[str, ...] | None = parameter(
        FIELDS,
        "Fields",
        "Columns to extract. The key is always included. All default columns if left empty.",
        forms=(ROW,),
    )
    filter: object = parameter(
        FILTER,
        "Filter",
        "Condition in Daktela's own form, as JSON: "
        '{"field": "stage", "operator": "eq", "value": "OPEN"}, a list of these, or a tree with `logic` and `filters`.',
        forms=(ROW,),
    )
    table_options: tuple[TableOptions, ...] = parameter(
        TABLE_OPTIONS,
        "Fields and filters",
        "Fields and filters for individual tables.",
        (),
    )
    from_: When = parameter(  # noqa: RUF009 - it declares a field, like `dataclasses.field`
        when("-7"),
        "From",
        "Start of the period: days back (`-7`), a date (`2024-01-31`), a timestamp, or words (`7 days ago`, `last "
        "month`), in the time zone of the instance.",
        key="from",
        forms=(CONFIG, ROW),
        aliases=("date_from",),
        required=True,
        example="-7, 2024-01-31 or '7 days ago'",
    )
    to: When = parameter(  # noqa: RUF009 - the same
        when("today"),
        "To",
        "End of the period (exclusive), in the same forms. The default, `today` or `0`, means now minus the settle "
        "minutes.",
        parse_when("today"),
        forms=(CONFIG, ROW),
        aliases=("date_to",),
        shown="`today`",
    )
    continue_since_last_run: bool = parameter(
        FLAG,
        "Continue since last run",
        "Extract only what is new or changed since the last run. `from` then applies only to tables that were not "
        "extracted before, and after Reset State.",
        False,
        forms=(CONFIG, ROW),
    )
    incremental: bool = parameter(
        INCREMENTAL,
        "Incremental load",
        "On: update the tables by their primary key (incremental load). Off: replace their content (full load). "
        "The key is the same either way.",
        False,
        forms=(CONFIG, ROW),
        aliases=("incr", "destination.incremental", "destination.load_type"),
    )
    output_format: str = parameter(
        titled_choice(FORMATS),
        "Output format",
        "`table` has every column of Daktela's rows. `extractor` and `revolt` have the tables and columns of the older "
        "components. `json` has the keys and one column with the whole row.",
        "table",
    )
    row_output_format: str = parameter(
        ROW_FORMAT,
        "Output format of this table",
        f"One of those of `output_format`, or `{AS_CONFIGURED}`.",
        AS_CONFIGURED,
        forms=(ROW,),
    )
    timestamps: str = parameter(
        titled_choice({"local": "Local time of the instance", "utc": "UTC"}),
        "Timestamps",
        "`local` writes the instance's wall-clock times, `utc` writes RFC 3339 in UTC.",
        "local",
    )
    strip_html: bool = parameter(
        FLAG, "HTML to text", "Turn HTML into plain text, in the formats `table` and `json`.", False
    )
    orphans: str = parameter(
        titled_choice({"keep": "Keep", "drop": "Drop"}),
        "Orphans",
        "Keep or drop activities whose item (the call, the e-mail) does not exist.",
        "keep",
    )
    verify_ssl: bool = advanced(
        FLAG,
        "Check the certificate",
        "Check the instance's certificate. With `false`, every run logs a warning.",
        True,
        aliases=("connection.verify_ssl",),
    )
    ca_bundle: str | None = advanced(
        CERTIFICATES,
        "Certificates to trust",
        "The text of the certificate authorities to trust, in PEM, for a private authority.",
        shown="the usual ones",
    )
    page_size: int = advanced(
        number(1, 1000, whole=True), "Page size", "Most rows in one page.", 1000, aliases=("advanced.batch_size",)
    )
    concurrency: int = advanced(
        number(1, 32, whole=True),
        "Concurrency",
        "Most requests in flight at the same time, with the backend `parallel`.",
        4,
        aliases=("advanced.max_concurrent_requests",),
    )
    backend: str = advanced(
        titled_choice({"parallel": "Parallel", "sequential": "Sequential"}),
        "Backend",
        "`parallel` keeps several requests in flight, `sequential` sends them one after another.",
        "parallel",
        aliases=("plan",),
    )
    settle_minutes: float = advanced(
        number(0, 44640),
        "Settle minutes",
        "Reading ends this many minutes before now, because calls in progress still change.",
        30,
    )
    lookback_days: float = advanced(
        number(0, 3660),
        "Overlap in days",
        "Days that a continuing run reads again, in tables whose rows do not say when they changed.",
        1,
    )
    timezone: str | None = advanced(
        ZONE,
        "Time zone",
        "IANA name, such as Europe/Prague. Overrides the zone that the instance names; needed only if it names none.",
    )
    debug: bool = advanced(FLAG, "Debug", "Log every request.", False)

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
        given, wrong = by_name(raw, _OBJECTS_OF_PARAMETERS)
        if (chosen := str(given.get("row_output_format", "")).strip().lower()) in FORMATS:
            given["output_format"] = chosen
        checks = [lambda *_: wrong, connection_checks.problems, table_selection.problems]
        if keys is not None:
            checks = checks[:2] if CONNECTION_KEYS.issubset(keys) else checks[:1]
        else:
            tell_what_is_not_read(given)
        return declared.parse(cls, given, checks, reader="the component", keys=keys)


_OBJECTS_OF_PARAMETERS = frozenset(
    name.partition(".")[0] for one in settings_of(Parameters) for name in (*one.names, *WITHOUT_EFFECT) if "." in name
)
