"""Settings that are declared once, as fields of a dataclass: read from a configuration, described, kept secret.

The tap's `Settings` and Keboola's `Parameters` are such classes. Each of their fields is made by `setting`.
"""

import dataclasses
import json
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from tap_daktela.errors import ConfigError
from tap_daktela.nearest import nearest
from tap_daktela.settings.types import SettingType

LOGGER = logging.getLogger(__name__)

T = TypeVar("T")

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
    form: Any = None

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
) -> T:
    """Return the settings of a configuration; one ConfigError with everything that is wrong with it.

    `given` are the parts of the configuration that the user filled in. With `keys`, only these are required, and
    `given` has no others. `reader` names in a warning who ignores unknown keys.
    """
    settings = settings_of(declared)
    known = [one.key for one in settings]
    unknown = {key: nearest(key, known) for key in sorted(set(given).difference(known))}
    if unknown:
        names = ", ".join(f"{key} ({near}?)" if near else key for key, near in unknown.items())
        LOGGER.warning("The configuration has keys that mean nothing to %s: %s", reader, names)
    values: dict[str, Any] = {}
    problems = []
    for one in settings:
        if one.key in given:
            try:
                values[one.name] = one.type.read(given[one.key])
            except ValueError as error:
                problems.append(f"{one.key} {error}")
        elif one.required and (keys is None or one.key in keys):
            problems.append(f"{one.key} is missing; it is, for example, {one.example}")
    problems += [problem for check in checks for problem in check(given, values)]
    if problems:
        raise ConfigError(*problems)
    return declared(**values)


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
