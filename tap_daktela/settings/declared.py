"""Settings that are declared once, as fields of a dataclass: read from a configuration, described, kept secret.

The tap's `Settings` and Keboola's `Parameters` are such classes. Each of their fields is made by `setting`.
"""

import dataclasses
import json
import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from tap_daktela.errors import ConfigError
from tap_daktela.nearest import nearest
from tap_daktela.settings.types import SettingType

LOGGER = logging.getLogger(__name__)

T = TypeVar("T")

_OTHER_NAMES = {
    "base_url": "url", "host": "url", "instance": "url", "token": "access_token", "api_key": "access_token",
    "user": "username", "login": "username", "#password": "password", "from": "start_date", "to": "end_date",
    "tables": "streams", "endpoints": "streams", "tz": "timezone", "ssl_verify": "verify_ssl", "verify": "verify_ssl",
}  # fmt: skip
"""What other taps call settings, in lower case. Nobody reads them; whoever uses them learns the right name."""

Check = Callable[[Mapping[str, object], Mapping[str, Any]], list[str]]
"""Returns what is wrong between settings. It gets what the user gave, and the values that could be read, by attribute.

A setting that is wrong by itself is given, and has no value. It is already reported.
"""


@dataclass(frozen=True)
class Setting:
    """What is declared about one setting.

    - `default`: its value if the configuration does not have it; `shown`: the default in words, for documents, where
      the value itself does not tell.
    - `required`: whether the configuration must have it; `example`: a value for the sample and for the error.
    - `secret`: the value must never be shown.
    - `name`: its attribute; `key`: its name in a configuration. Both are the name of the field, unless `key` is given.
    - `group`: the object of a configuration in which the setting may also stand; empty if there is none.
    - `aliases`: other names of it. A dot leads into an object: `connection.url`.
    - `form`: what a form needs to know about the field, in whatever way the form's maker wants it.
    """

    type: SettingType
    help: str
    default: Any = None
    required: bool = False
    example: Any = None
    secret: bool = False
    shown: str = ""
    name: str = ""
    key: str = ""
    group: str = ""
    aliases: tuple[str, ...] = ()
    form: Any = None

    @property
    def names(self) -> tuple[str, ...]:
        """Every name under which a configuration may have it, `key` first."""
        return (self.key, *((f"{self.group}.{self.key}",) if self.group else ()), *self.aliases)

    @property
    def default_text(self) -> str:
        """The default for the documentation; empty if there is none."""
        if self.required:
            return "**required**"
        if self.shown or self.default in (None, ()):
            return self.shown
        return f"`{self.default if isinstance(self.default, str) else json.dumps(self.default)}`"

    @property
    def type_text(self) -> str:
        """The type for the documentation: the words to choose from, or the names of JSON's types."""
        json_type = self.type.schema["type"]
        words = " or ".join(f"`{word}`" for word in self.type.schema.get("enum", ()))
        return words or (json_type if isinstance(json_type, str) else " or ".join(json_type))


def setting(setting_type: SettingType, text: str, default: object = None, **options: Any) -> Any:
    """Declare a field of a dataclass by its type, its help, its default and other attributes of `Setting`."""
    declaration = Setting(setting_type, text, default, **options)
    return dataclasses.field(
        default_factory=lambda: default, repr=not declaration.secret, metadata={"setting": declaration}
    )


def settings_of(declared: type) -> tuple[Setting, ...]:
    """Return what the fields of a class declare, in their order."""
    fields = [(field.name, field.metadata["setting"]) for field in dataclasses.fields(declared)]
    return tuple(dataclasses.replace(about, name=name, key=about.key or name) for name, about in fields)


def parse(
    declared: type[T],
    given: Mapping[str, object],
    checks: Sequence[Check],
    *,
    reader: str,
    keys: Collection[str] | None = None,
    spelled: Mapping[str, str] = MappingProxyType({}),
) -> T:
    """Return the settings of a configuration; one ConfigError with everything that is wrong with it.

    `given` are the parts of the configuration that the user filled in; what is within an object is named like
    `advanced.page_size`. With `keys`, only these settings are read, and the others keep their defaults. `reader` names
    in a warning who ignores unknown keys. `spelled` is what errors call the settings that have another name where they
    come from, by key.
    """
    settings = [one for one in settings_of(declared) if keys is None or one.key in keys]
    if keys is None:
        _tell_names(given, settings, reader)
    values: dict[str, Any] = {}
    problems = []
    for one in settings:
        names = [name for name in one.names if name in given]
        try:
            read = [_read(spelled.get(name, name), one, given[name]) for name in names]
        except ValueError as error:
            problems.append(str(error))
            continue
        if any(value != read[0] for value in read):
            problems.append(f"{' and '.join(names)} are one setting, and say different things; leave out one of them")
        elif names:
            values[one.name] = read[0]
        elif one.required:
            problems.append(f"{one.key} is missing; it is, for example, {one.example}")
    by_key = {one.key: given[name] for one in settings for name in reversed(one.names) if name in given}
    problems += [problem for check in checks for problem in check(by_key, values)]
    if problems:
        raise ConfigError(*problems)
    return declared(**values)


def _read(name: str, one: Setting, raw: object) -> Any:
    """Return the value of a setting; the ValueError's sentence begins with the name that the user wrote."""
    try:
        return one.type.read(raw)
    except ValueError as error:
        raise ValueError(f"{name} {error}") from error


def _tell_names(given: Mapping[str, object], settings: Sequence[Setting], reader: str) -> None:
    """Log the names in a configuration that mean nothing, and the older names that do."""
    known = {name: one for one in settings for name in one.names}
    if unknown := strange_names(given, settings):
        LOGGER.warning("The configuration has keys that mean nothing to %s: %s", reader, ", ".join(unknown))
    older = [f"{key} ({known[key].key})" for key in sorted(given) if key in known and key in known[key].aliases]
    if older:
        LOGGER.info("The configuration has older names; in parentheses what they are called now: %s", ", ".join(older))


def strange_names(given: Iterable[str], settings: Iterable[Setting]) -> list[str]:
    """Return the `given` names that no setting has, each with what was probably meant: `pagesize (page_size?)`."""
    known = [name for one in settings for name in one.names]
    by_themselves = [name for name in known if "." not in name]
    others = {name: meant for name, meant in _OTHER_NAMES.items() if meant in by_themselves}
    strange = sorted(set(given).difference(known))
    meant = {name: nearest(name.rpartition(".")[2], by_themselves, others) for name in strange}
    return [f"{name} ({meant[name]}?)" if meant[name] else name for name in strange]


def secrets(settings: Any) -> tuple[str, ...]:
    """Return the values that must never be shown."""
    values = (getattr(settings, one.name) for one in settings_of(type(settings)) if one.secret)
    return tuple(value for value in values if value)


def markdown_table(declared: type, heading: str, note: Callable[[Setting], str] = lambda _: "") -> str:
    """Return the table of a class for the documentation, ending in a line break; `note` adds to the name."""
    head = [f"| {heading} | Type | Default | Description |", "|---|---|---|---|"]
    rows = [
        f"| `{one.key}`{note(one)} | {one.type_text} | {one.default_text} | {one.help} |"
        for one in settings_of(declared)
    ]
    return "\n".join([*head, *rows]) + "\n"
