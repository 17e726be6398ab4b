"""Every setting of the tap, declared once. Validation, `--about`, docs/settings.md and the sample use it."""

from __future__ import annotations

import dataclasses
import difflib
import json
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tap_daktela import __version__
from tap_daktela.daktela.connection import Connection
from tap_daktela.errors import ConfigError
from tap_daktela.settings import addresses, types
from tap_daktela.settings.extra_streams import ExtraStream, ExtraStreams

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_daktela.daktela.clock import Moment
    from tap_daktela.daktela.query import Filter

__all__ = ["ExtraStream", "Settings", "as_json_schema", "as_markdown_table", "sample_config", "secrets"]

LOGGER = logging.getLogger(__name__)


def _setting(
    kind: types.Kind,
    text: str,
    default: object = None,
    *,
    required: bool = False,
    secret: bool = False,
    shown: str = "",
    sample: object = None,
) -> Any:
    """Declare a setting by its kind, its help and its default.

    `shown` tells what happens by default where the default's own value does not; `sample` is its value in the sample.
    """
    metadata = {"kind": kind, "help": text, "required": required, "secret": secret, "shown": shown, "sample": sample}
    if default == {}:
        return dataclasses.field(default_factory=dict, metadata=metadata)
    return dataclasses.field(default=dataclasses.MISSING if required else default, repr=not secret, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the user set, checked and typed; made by `Settings.parse`."""

    url: str | None = _setting(
        addresses.Url(),
        "Address of the instance. Required unless `server` is given.",
        sample="https://mycompany.daktela.com",
    )
    server: str | None = _setting(
        addresses.Label(), "Short form of `url`: `mycompany` means `https://mycompany.daktela.com`."
    )
    access_token: str | None = _setting(
        types.Text(header=True),
        "Long-lived token of a user. Required unless `username` and `password` are given.",
        secret=True,
        sample="the token shown in the user's detail",
    )
    username: str | None = _setting(types.Text(), "User to log in as, if there is no `access_token`.")
    password: str | None = _setting(types.Text(exact=True), "Password of that user.", secret=True)
    start_date: Moment = _setting(  # noqa: RUF009 - it declares a field, like `dataclasses.field`
        types.Instant(),
        "Where the first run starts: a date in the instance's time zone, or an RFC 3339 timestamp.",
        required=True,
        sample="2025-01-01",
    )
    end_date: Moment | None = _setting(  # noqa: RUF009 - the same
        types.Instant(), "Where reading ends (exclusive), for backfills. Bookmarks do not pass it.", shown="now"
    )
    timezone: str | None = _setting(
        types.Zone(),
        "IANA name of the time zone of the instance's times. Overrides the zone that the instance names.",
        shown="the instance's own, else `Europe/Prague`",
    )
    timestamps: str = _setting(
        types.Choice(("utc", "local")),
        "`utc` writes RFC 3339 in UTC, `local` writes the instance's wall-clock times.",
        "utc",
    )
    nested: str = _setting(
        types.Choice(("native", "json")),
        "`native` writes lists and objects as they are, `json` as JSON text for CSV targets.",
        "native",
    )
    streams: tuple[str, ...] | None = _setting(
        types.Names(), "Streams to read when there is no catalog.", shown="the default streams"
    )
    filters: Mapping[str, Filter] = _setting(
        types.Filters(),
        "For each stream, a condition in Daktela's own form: `field`, `operator` and `value`, or a tree of them.",
        {},
        shown="none",
    )
    extra_streams: tuple[ExtraStream, ...] = _setting(
        ExtraStreams(),
        "Endpoints that the tap does not know, each with `endpoint`, `key`, `axis` and `fields` (name to type).",
        (),
        shown="none",
    )
    settle_minutes: float = _setting(
        types.Number(0, 44640), "Reading ends this many minutes before now, because calls in progress still change.", 30
    )
    lookback_days: float = _setting(
        types.Number(0, 3660), "Days that every run reads again, in streams whose rows do not say when they changed.", 1
    )
    date_window_size: float = _setting(
        types.Number(0.001, 36600), "Longest window that is read at once, in days. Fractions are allowed.", 30
    )
    page_size: int = _setting(
        types.Number(1, 1000, whole=True), "Most rows in one page. The tap asks for fewer if rows are long.", 1000
    )
    concurrency: int = _setting(types.Number(1, 32, whole=True), "Most requests in flight at the same time.", 4)
    requests_per_second: float | None = _setting(
        types.Number(0.01, 1000), "Most requests sent per second.", shown="none"
    )
    request_timeout: float = _setting(types.Number(1, 3600), "Seconds within which a complete answer must arrive.", 300)
    max_retries: int = _setting(types.Number(0, 100, whole=True), "How often a failed request is repeated.", 8)
    verify_ssl: bool = _setting(
        types.Flag(), "Check the instance's certificate. With `false`, every run logs a warning.", True
    )
    ca_bundle: str | None = _setting(
        types.CertificateFile(),
        "PEM file of the certificate authorities to trust, for a private authority.",
        shown="the usual ones",
    )
    user_agent: str = _setting(
        types.Text(header=True),
        "`User-Agent` header of the requests.",
        f"tap-daktela/{__version__}",
        shown="`tap-daktela/VERSION`",
    )
    orphans: str = _setting(
        types.Choice(("keep", "drop")),
        "Keep or drop activities whose item (the call, the e-mail) does not exist.",
        "keep",
    )
    emit_activate_version_messages: bool = _setting(
        types.Flag(), "Write ACTIVATE_VERSION, so targets can delete rows that vanished from whole tables.", False
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
            concurrency=self.concurrency,
            request_timeout=self.request_timeout,
            max_retries=self.max_retries,
        )

    @classmethod
    def parse(cls, raw: Mapping[str, object]) -> Settings:
        """Return the settings of a configuration; one ConfigError with everything that is wrong with it."""
        _warn_unknown(raw)
        values: dict[str, Any] = {}
        problems: list[str] = []
        for setting in dataclasses.fields(cls):
            given = raw.get(setting.name)
            if given is None or given == "":
                if setting.metadata["required"]:
                    problems.append(f"{setting.name} is missing; it is, for example, {setting.metadata['sample']}")
                continue
            try:
                values[setting.name] = setting.metadata["kind"].read(given)
            except ValueError as error:
                problems.append(f"{setting.name} {error}")
        problems += _contradictions(raw, values)
        if problems:
            raise ConfigError(*problems)
        return cls(**values)


def _contradictions(raw: Mapping[str, object], values: Mapping[str, Any]) -> list[str]:
    """Return what is wrong between settings; one that is wrong in itself has been told of and counts as given."""
    given = {name for name, value in raw.items() if value is not None and value != ""}
    problems = []
    if not given & {"url", "server"}:
        problems.append("url is missing: give it, or server")
    if "access_token" not in given and not {"username", "password"} <= given:
        missing = " and ".join(sorted({"username", "password"} - given, reverse=True))
        problems.append(f"access_token is missing: give it, or {missing} for a login")
    start, end = values.get("start_date"), values.get("end_date")
    if _is_empty(start, end):
        problems.append("end_date must be after start_date")
    return problems


def _is_empty(start: Moment | None, end: Moment | None) -> bool:
    """Tell whether nothing lies between two moments; False where only the instance's time zone can tell."""
    if start is None or end is None:
        return False
    first, last = (
        moment if isinstance(moment, datetime) else datetime.combine(moment, datetime.min.time())
        for moment in (start, end)
    )
    return (first.tzinfo is None) == (last.tzinfo is None) and first >= last


def _warn_unknown(raw: Mapping[str, object]) -> None:
    """Log one warning that names the keys that are no settings, each with the setting that was probably meant."""
    known = [setting.name for setting in dataclasses.fields(Settings)]
    unknown = []
    for key in sorted(set(raw) - set(known)):
        near = difflib.get_close_matches(key.lower(), known, 1)
        unknown.append(f"{key} ({near[0]}?)" if near else key)
    if unknown:
        LOGGER.warning("The configuration has keys that mean nothing to the tap: %s", ", ".join(unknown))


def secrets(settings: Settings) -> tuple[str, ...]:
    """Return the values that must never be shown."""
    values = (getattr(settings, field.name) for field in dataclasses.fields(settings) if field.metadata["secret"])
    return tuple(value for value in values if value)


def as_json_schema() -> dict[str, Any]:
    """Return the JSON schema of a configuration."""
    properties = {}
    for setting in dataclasses.fields(Settings):
        about = setting.metadata
        schema = {**about["kind"].schema, "description": about["help"]}
        if not about["required"] and not about["shown"] and setting.default is not None:
            schema["default"] = setting.default
        if about["secret"]:
            schema |= {"writeOnly": True, "secret": True}
        properties[setting.name] = schema
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "tap-daktela",
        "type": "object",
        "properties": properties,
        "required": [setting.name for setting in dataclasses.fields(Settings) if setting.metadata["required"]],
        "allOf": [
            {"anyOf": [{"required": ["url"]}, {"required": ["server"]}]},
            {"anyOf": [{"required": ["access_token"]}, {"required": ["username", "password"]}]},
        ],
    }


def as_markdown_table() -> str:
    """Return the table of the settings for the documentation, ending in a line break."""
    lines = ["| Setting | Type | Default | Description |", "|---|---|---|---|"]
    for setting in dataclasses.fields(Settings):
        about = setting.metadata
        schema = about["kind"].schema
        words = " or ".join(f"`{word}`" for word in schema.get("enum", ()))
        types = schema["type"] if isinstance(schema["type"], str) else " or ".join(schema["type"])
        default = "**required**" if about["required"] else about["shown"] or _shown(setting.default)
        lines.append(f"| `{setting.name}` | {words or types} | {default} | {about['help']} |")
    return "\n".join(lines) + "\n"


def _shown(default: object) -> str:
    """Return a default as the table shows it: as JSON has it."""
    return "" if default is None else f"`{default if isinstance(default, str) else json.dumps(default)}`"


def sample_config() -> dict[str, Any]:
    """Return a configuration to start from: what is needed, and nothing that has a good default."""
    fields = dataclasses.fields(Settings)
    return {field.name: field.metadata["sample"] for field in fields if field.metadata["sample"] is not None}
