"""How a type of settings refuses a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tap_daktela.settings.types import SettingType


def refusal(setting_type: SettingType, raw: Any) -> str:
    """Return the end of the sentence with which a type refuses a value."""
    with pytest.raises(ValueError, match=r".+") as caught:
        setting_type.read(raw)
    return str(caught.value)
