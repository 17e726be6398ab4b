"""Every parameter of the component, declared once. Validation, the forms and docs/keboola.md use it."""

from __future__ import annotations

import dataclasses
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_daktela.errors import ConfigError
from tap_daktela.keboola.config import cross_checks, table_selection, types
from tap_daktela.keboola.config.dates import When, parse_when
from tap_daktela.keboola.config.names import Address, address
from tap_daktela.keboola.job import FORMATS
from tap_daktela.settings import types as settings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from tap_daktela.keboola.config.table_selection import TableSelection
    from tap_daktela.keboola.config.types import TableOptions

__all__ = ["CONNECTION", "PERIOD", "TABLES", "Parameters", "secrets"]

LOGGER = logging.getLogger(__name__)

CONFIG, ROW = "configuration", "row"
"""The forms in which a parameter is asked for."""

CONNECTION = frozenset({"url", "server", "username", "#password", "#access_token", "timezone"})
"""What leads to the instance."""

PERIOD = frozenset({"from", "to", "settle_minutes"})
"""What tells which time is read."""

TABLES = frozenset({"tables", "table", "fields", "filter", "table_options", "output_format"})
"""What tells which tables are written."""


def _parameter(
    kind: settings.Kind,
    title: str,
    text: str,
    default: object = None,
    *,
    key: str = "",
    forms: tuple[str, ...] = (CONFIG,),
    required: str = "",
    ui: Mapping[str, Any] | None = None,
) -> Any:
    """Declare a parameter by its kind, the title and help of its field, and its default.

    `key` is its name in the configuration where that is not the attribute's, `forms` where it is asked for, `required`
    an example for the sentence that says it is missing, `ui` what the form needs beside the kind's own schema.
    """
    metadata = {
        "kind": kind, "title": title, "help": text, "key": key, "forms": forms, "required": required, "ui": ui or {},
    }  # fmt: skip
    return dataclasses.field(default=default, repr=not key.startswith("#"), metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What the user asked for, checked and typed; made by `Parameters.parse`."""

    url: str | None = _parameter(
        types.Url(),
        "URL",
        "Address of the instance, such as https://mycompany.daktela.com. Required unless `server` is given.",
    )
    server: str | None = _parameter(
        settings.Text(),
        "Server",
        "Name of the instance in table names and keys. Taken from `url` if left empty. Without `url` it is also the "
        "address: `mycompany` means https://mycompany.daktela.com.",
    )
    username: str | None = _parameter(settings.Text(), "Username", "User to log in as, if there is no access token.")
    password: str | None = _parameter(
        settings.Text(exact=True), "Password", "Password of that user.", key="#password", ui={"format": "password"}
    )
    access_token: str | None = _parameter(
        settings.Text(header=True),
        "Access token",
        "Long-lived token of a user, instead of username and password.",
        key="#access_token",
        ui={"format": "password"},
    )
    tables: tuple[str, ...] | None = _parameter(
        settings.Names(),
        "Tables",
        "Tables to extract: a list, or text with commas. Names from the older components work too.",
        ui=table_selection.TABLES,
    )
    table: str | None = _parameter(
        settings.Text(), "Table", "Table to extract in this row.", forms=(ROW,), ui=table_selection.TABLE
    )
    fields: tuple[str, ...] | None = _parameter(
        settings.Names(),
        "Fields",
        "Columns to extract. The key is always included. All default columns if left empty.",
        forms=(ROW,),
        ui=table_selection.FIELDS,
    )
    filter: object = _parameter(
        types.FilterText(),
        "Filter",
        "Condition in Daktela's own form, as JSON: "
        '{"field": "stage", "operator": "eq", "value": "OPEN"}, a list of these, or a tree with `logic` and `filters`.',
        forms=(ROW,),
        ui={"format": "textarea"},
    )
    table_options: tuple[TableOptions, ...] = _parameter(
        types.TableOptionsType(),
        "Fields and filters",
        "Fields and filters for individual tables.",
        (),
        ui=table_selection.OPTIONS,
    )
    from_: When = _parameter(  # noqa: RUF009 - it declares a field, like `dataclasses.field`
        types.Moment(),
        "From",
        "Start of the period: days back (`-7`), a date (`2024-01-31`), a timestamp, or words (`7 days ago`, `last "
        "month`), in the time zone of the instance.",
        key="from",
        forms=(CONFIG, ROW),
        required="-7, 2024-01-31 or '7 days ago'",
        ui={"default": "-7"},
    )
    to: When = _parameter(  # noqa: RUF009 - the same
        types.Moment(),
        "To",
        "End of the period (exclusive), in the same forms. The default, `today` or `0`, means now minus the settle "
        "minutes.",
        parse_when("today"),
        forms=(CONFIG, ROW),
        ui={"default": "today"},
    )
    continue_since_last_run: bool = _parameter(
        settings.Flag(),
        "Continue since last run",
        "Extract only what is new or changed since the last run. `from` then applies only to tables that were not "
        "extracted before, and after Reset State.",
        False,
        forms=(CONFIG, ROW),
    )
    incremental: bool = _parameter(
        settings.Flag(),
        "Incremental load",
        "On: update the tables by their primary key (incremental load). Off: replace their content (full load). "
        "The key is the same either way.",
        False,
        forms=(CONFIG, ROW),
    )
    output_format: str = _parameter(
        settings.Choice(FORMATS),
        "Output format",
        "`table` has every column of Daktela's rows. `extractor` and `revolt` have the tables and columns of the older "
        "components. `json` has the keys and one column with the whole row.",
        "table",
        ui={"options": {"enum_titles": ["All columns", "As component-ex-daktela", "As Revolt BI (2018)", "JSON"]}},
    )
    timestamps: str = _parameter(
        settings.Choice(("local", "utc")),
        "Timestamps",
        "`local` writes the instance's wall-clock times, `utc` writes RFC 3339 in UTC.",
        "local",
        ui={"options": {"enum_titles": ["Local time of the instance", "UTC"]}},
    )
    strip_html: bool = _parameter(
        settings.Flag(), "HTML to text", "Turn HTML into plain text, in the formats `table` and `json`.", False
    )
    orphans: str = _parameter(
        settings.Choice(("keep", "drop")),
        "Orphans",
        "Keep or drop activities whose item (the call, the e-mail) does not exist.",
        "keep",
        ui={"options": {"enum_titles": ["Keep", "Drop"]}},
    )
    backend: str = _parameter(
        settings.Choice(("parallel", "sequential")),
        "Backend",
        "`parallel` keeps several requests in flight, `sequential` sends them one after another.",
        "parallel",
        ui={"options": {"enum_titles": ["Parallel", "Sequential"]}},
    )
    timezone: str | None = _parameter(
        settings.Zone(),
        "Time zone",
        "IANA name, such as Europe/Prague. Overrides the zone that the instance names; needed only if it names none.",
    )
    settle_minutes: float = _parameter(
        settings.Number(0, 44640),
        "Settle minutes",
        "Reading ends this many minutes before now, because calls in progress still change.",
        30,
    )
    lookback_days: float = _parameter(
        settings.Number(0, 3660),
        "Overlap in days",
        "Days that a continuing run reads again, in tables whose rows do not say when they changed.",
        1,
    )
    debug: bool = _parameter(settings.Flag(), "Debug", "Log every request.", False)

    @property
    def address(self) -> Address:
        """Where the instance is and what it is called."""
        return address(self.url, self.server)

    @property
    def choices(self) -> tuple[TableSelection, ...]:
        """The tables to extract, each with its stream, fields and filter."""
        return table_selection.chosen(vars(self))

    @classmethod
    def parse(cls, raw: Mapping[str, object], keys: Collection[str] | None = None) -> Parameters:
        """Return the parameters of a configuration; one ConfigError with everything that is wrong with it.

        With `keys`, only these are looked at: a button of the form may be pressed before all of it is filled in.
        """
        given = {
            key: value
            for key, value in raw.items()
            if not cross_checks.is_untouched(value) and (keys is None or key in keys)
        }
        values: dict[str, Any] = {}
        problems: list[str] = []
        for field, key in _declared():
            required = field.metadata["required"]
            if key in given:
                try:
                    values[field.name] = field.metadata["kind"].read(given[key])
                except ValueError as error:
                    problems.append(f"{key} {error}")
            elif required and (keys is None or key in keys):
                problems.append(f"{key} is missing; it is, for example, {required}")
        for group, check in ((CONNECTION, cross_checks.connection), (TABLES, cross_checks.tables)):
            if keys is None or group.issubset(keys):
                problems += check(given, values)
        if problems:
            raise ConfigError(*problems)
        if keys is None and (strange := cross_checks.unknown(given, [key for _, key in _declared()])):
            LOGGER.warning("The configuration has keys that mean nothing to the component: %s", ", ".join(strange))
        return cls(**values)


def secrets(parameters: Parameters) -> tuple[str, ...]:
    """Return the values that must never be shown."""
    values = (getattr(parameters, field.name) for field, key in _declared() if key.startswith("#"))
    return tuple(value for value in values if value)


def _declared() -> Iterator[tuple[dataclasses.Field[Any], str]]:
    """Yield every parameter with its name in the configuration."""
    for field in dataclasses.fields(Parameters):
        yield field, field.metadata["key"] or field.name
