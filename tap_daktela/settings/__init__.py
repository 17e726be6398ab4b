"""Every setting of the tap, declared once. Validation, `--about`, docs/settings.md and the sample use it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tap_daktela.daktela.clock import Moment
from tap_daktela.daktela.connection import USER_AGENT, Connection
from tap_daktela.daktela.query import Filter
from tap_daktela.settings import declared
from tap_daktela.settings.addresses import SERVER, URL, WAREHOUSE
from tap_daktela.settings.declared import setting, settings_of
from tap_daktela.settings.extra_streams import EXTRA_STREAMS, ExtraStream
from tap_daktela.settings.types import (
    CERTIFICATES,
    FILTERS,
    FLAG,
    HEADER_TEXT,
    MOMENT,
    NAMES,
    PASSWORD,
    TEXT,
    ZONE,
    choice,
    number,
)

CONCURRENCY, SMALL_CONCURRENCY = 4, 12
"""Requests in flight where the user does not say how many: those of a run, and those for a few rows of each list.
These cost an instance little, and somebody waits for them."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the user set, checked and typed; made by `Settings.parse`."""

    url: str | None = setting(
        URL,
        "Address of the instance. Required unless `server` is given.",
        example="https://mycompany.daktela.com",
    )
    server: str | None = setting(SERVER, "Short form of `url`: `mycompany` means `https://mycompany.daktela.com`.")
    access_token: str | None = setting(
        HEADER_TEXT,
        "Long-lived token of a user. Required unless `username` and `password` are given.",
        secret=True,
        example="the token shown in the user's detail",
    )
    username: str | None = setting(TEXT, "User to log in as, if there is no `access_token`.")
    password: str | None = setting(PASSWORD, "Password of that user.", secret=True)
    start_date: Moment = setting(  # noqa: RUF009 - it declares a field, like `dataclasses.field`
        MOMENT,
        "Where the first run starts: a date in the instance's time zone, or an RFC 3339 timestamp.",
        required=True,
        example="2025-01-01",
    )
    end_date: Moment | None = setting(  # noqa: RUF009 - the same
        MOMENT, "Where reading ends (exclusive), for backfills. Bookmarks do not pass it.", shown="now"
    )
    timezone: str | None = setting(
        ZONE,
        "IANA name of the time zone of the instance's times. Overrides the zone that the instance names.",
        shown="the instance's own, else `Europe/Prague`",
    )
    timestamps: str = setting(
        choice("utc", "local"),
        "`utc` writes RFC 3339 in UTC, `local` writes the instance's wall-clock times.",
        "utc",
    )
    nested: str = setting(
        choice("native", "json"),
        "`native` writes lists and objects as they are, `json` as JSON text for CSV targets.",
        "native",
    )
    streams: tuple[str, ...] | None = setting(
        NAMES, "Streams to read, of those that the catalog selects, if there is one.", shown="the default streams"
    )
    select: tuple[str, ...] = setting(
        NAMES,
        "Patterns of streams and fields to read, of those that are selected otherwise: `tickets.*`, `!*.description`.",
        (),
        shown="the default fields",
    )
    on_denied: str | None = setting(
        choice("fail", "skip"),
        "What a selected stream does that the user may not read: `fail` the run, or be skipped with a warning.",
        shown="`fail`; without a selection `skip`",
    )
    filters: Mapping[str, Filter] = setting(
        FILTERS,
        "For each stream, a condition in Daktela's own form: `field`, `operator` and `value`, or a tree of them.",
        {},
        shown="none",
    )
    extra_streams: tuple[ExtraStream, ...] = setting(
        EXTRA_STREAMS,
        "Endpoints that the tap does not know, each with `endpoint`, `key`, `axis` and `fields` (name to type).",
        (),
        shown="none",
    )
    settle_minutes: float = setting(
        number(0, 44640), "Reading ends this many minutes before now, because calls in progress still change.", 30
    )
    lookback_days: float = setting(
        number(0, 3660), "Days that every run reads again, in streams whose rows do not say when they changed.", 1
    )
    date_window_size: float = setting(
        number(0.001, 36600), "Longest window that is read at once, in days. Fractions are allowed.", 30
    )
    page_size: int = setting(
        number(1, 1000, whole=True), "Most rows in one page. The tap asks for fewer if rows are long.", 1000
    )
    concurrency: int | None = setting(
        number(1, 32, whole=True),
        "Most requests in flight at the same time.",
        shown=f"{CONCURRENCY}; {SMALL_CONCURRENCY} while the tap looks which streams may be read",
    )
    requests_per_second: float | None = setting(number(0.01, 1000), "Most requests sent per second.", shown="none")
    request_timeout: float = setting(number(1, 3600), "Seconds within which a complete answer must arrive.", 300)
    max_retries: int = setting(number(0, 100, whole=True), "How often a failed request is repeated.", 8)
    verify_ssl: bool = setting(FLAG, "Check the instance's certificate. With `false`, every run logs a warning.", True)
    ca_bundle: str | None = setting(
        CERTIFICATES,
        "PEM file of the certificate authorities to trust, for a private authority.",
        shown="the usual ones",
    )
    user_agent: str = setting(
        HEADER_TEXT,
        "`User-Agent` header of the requests.",
        USER_AGENT,
        shown="`tap-daktela/VERSION`",
    )
    orphans: str = setting(
        choice("keep", "drop"),
        "Keep or drop activities whose item (the call, the e-mail) does not exist.",
        "keep",
    )
    emit_activate_version_messages: bool = setting(
        FLAG, "Write ACTIVATE_VERSION, so targets can delete rows that vanished from whole tables.", False
    )
    warehouse_url: str | None = setting(
        WAREHOUSE,
        "For `reconcile`: address of the database with the rows, as SQLAlchemy reads it. Without it, you run the SQL.",
        secret=True,
    )

    @property
    def base_url(self) -> str:
        """The address of the instance, without a slash at its end."""
        return self.url or f"https://{self.server}.daktela.com"

    @property
    def connection(self) -> Connection:
        """What leads to the instance."""
        return Connection(
            base_url=self.base_url,
            access_token=self.access_token,
            username=self.username,
            password=self.password,
            timezone=self.timezone,
            verify_ssl=self.verify_ssl,
            ca_bundle=self.ca_bundle,
            user_agent=self.user_agent,
            requests_per_second=self.requests_per_second,
            concurrency=self.concurrency or CONCURRENCY,
            small_concurrency=self.concurrency or SMALL_CONCURRENCY,
            request_timeout=self.request_timeout,
            max_retries=self.max_retries,
        )

    @classmethod
    def parse(cls, raw: Mapping[str, object], variables: Mapping[str, str] | None = None) -> "Settings":
        """Return the settings of a configuration; one ConfigError with everything that is wrong with it.

        `variables` are the environment variables of settings that come from there, by key.
        """
        given = {name: value for name, value in raw.items() if value is not None and value != ""}
        return declared.parse(cls, given, [contradictions], reader="the tap", spelled=variables or {})


def contradictions(given: Mapping[str, object], values: Mapping[str, Any]) -> list[str]:
    """Return what is wrong between settings; see `declared.Check`."""
    problems = []
    if "url" not in given and "server" not in given:
        problems.append("url is missing: give it, or server")
    missing = " and ".join(name for name in ("username", "password") if name not in given)
    if missing and "access_token" not in given:
        problems.append(f"access_token is missing: give it, or {missing} for a login")
    if "start_date" in values and "end_date" in values:
        start, end = (
            moment if isinstance(moment, datetime) else datetime.combine(moment, datetime.min.time())
            for moment in (values["start_date"], values["end_date"])
        )
        # Where one of them has an offset and the other has none, only the instance's time zone can tell.
        if (start.tzinfo is None) == (end.tzinfo is None) and start >= end:
            problems.append("end_date must be after start_date")
    return problems


def as_json_schema() -> dict[str, Any]:
    """Return the JSON schema of a configuration."""
    settings = settings_of(Settings)
    properties = {}
    for one in settings:
        schema = {**one.type.schema, "description": one.help}
        if not one.required and not one.shown and one.default is not None:
            schema["default"] = one.default
        if one.secret:
            schema |= {"writeOnly": True, "secret": True}
        properties[one.key] = schema
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "tap-daktela",
        "type": "object",
        "properties": properties,
        "required": [one.key for one in settings if one.required],
        "allOf": [
            {"anyOf": [{"required": ["url"]}, {"required": ["server"]}]},
            {"anyOf": [{"required": ["access_token"]}, {"required": ["username", "password"]}]},
        ],
    }


def sample_config() -> dict[str, Any]:
    """Return a configuration to start from: what is needed, and nothing that has a good default."""
    return {one.key: one.example for one in settings_of(Settings) if one.example is not None}
