"""How a parameter is declared: as a setting of the tap is, and with its field in the forms of Keboola's interface."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tap_daktela.settings import declared
from tap_daktela.settings.types import SettingType

CONFIG, ROW = "configuration", "row"
"""The forms: of a whole configuration, and of a row, which is one table."""

ADVANCED = "advanced"
"""The object of the configuration, and the collapsed group of its form, for what few users change."""


@dataclass(frozen=True)
class FormField:
    """The field of a parameter: its title, the forms that have it, and the values of other fields that show it."""

    title: str
    forms: tuple[str, ...]
    shown_for: Mapping[str, str] = field(default_factory=dict)


def parameter(
    setting_type: SettingType,
    title: str,
    text: str,
    default: object = None,
    *,
    forms: tuple[str, ...] = (CONFIG,),
    shown_for: Mapping[str, str] | None = None,
    key: str = "",
    **options: Any,
) -> Any:
    """Declare a parameter as `declared.setting` does, with its field in the forms."""
    # Keboola encrypts every parameter whose name begins with `#`.
    secret = key.startswith("#")
    form = FormField(title, forms, shown_for or {})
    return declared.setting(setting_type, text, default, key=key, secret=secret, form=form, **options)


def advanced(setting_type: SettingType, title: str, text: str, default: object = None, **options: Any) -> Any:
    """Declare a parameter of the group ADVANCED. Older configurations have it beside the others, outside of it."""
    return parameter(setting_type, title, text, default, group=ADVANCED, **options)
