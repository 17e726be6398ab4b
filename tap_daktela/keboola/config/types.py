"""The kinds of parameters that the tap's own settings do not have; see `tap_daktela.settings.types`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_daktela.daktela.query import parse_filter
from tap_daktela.keboola.config.dates import parse_when
from tap_daktela.keboola.config.names import url_of
from tap_daktela.runtime.files import parse_json
from tap_daktela.settings.types import Names, inside

if TYPE_CHECKING:
    from tap_daktela.keboola.config.dates import When

__all__ = ["FilterText", "Moment", "TableOptions", "TableOptionsType", "Url"]


@dataclass(frozen=True)
class Moment:
    """A point in time; see `dates`."""

    @property
    def schema(self) -> dict[str, Any]:
        """Text."""
        return {"type": "string"}

    def read(self, raw: object) -> When:
        """Return the point in time."""
        return parse_when(raw)


@dataclass(frozen=True)
class Url:
    """The address of an instance, as people write it."""

    @property
    def schema(self) -> dict[str, Any]:
        """Text."""
        return {"type": "string"}

    def read(self, raw: object) -> str:
        """Return the address as the tap takes it."""
        return url_of(raw)


@dataclass(frozen=True)
class FilterText:
    """A filter of Daktela: JSON as text, since a form has no field for a tree, or the tree itself."""

    @property
    def schema(self) -> dict[str, Any]:
        """Text."""
        return {"type": "string"}

    def read(self, raw: object) -> object:
        """Return the checked tree."""
        if isinstance(raw, str):
            raw = parse_json(raw)
        inside("is wrong", parse_filter, raw)
        return raw


@dataclass(frozen=True)
class TableOptions:
    """What one table is reduced to: its columns and its rows. None means no reduction."""

    table: str
    fields: tuple[str, ...] | None = None
    filter: object = None


@dataclass(frozen=True)
class TableOptionsType:
    """A list of `table`, `fields` and `filter`."""

    @property
    def schema(self) -> dict[str, Any]:
        """A list of objects."""
        return {"type": "array"}

    def read(self, raw: object) -> tuple[TableOptions, ...]:
        """Return the choices in order."""
        if not isinstance(raw, list):
            raise ValueError("must be a list of objects with table, fields and filter")
        return tuple(inside(f"number {number}", self._one, one) for number, one in enumerate(raw, 1))

    def _one(self, raw: object) -> TableOptions:
        if not isinstance(raw, Mapping) or not isinstance(raw.get("table"), str):
            raise ValueError("it must be an object that names its table")
        strange = sorted(set(raw) - {"table", "fields", "filter"})
        if strange:
            raise ValueError(f"it has {', '.join(strange)}; there are table, fields and filter")
        fields, tree = raw.get("fields"), raw.get("filter")
        return TableOptions(
            raw["table"].strip(),
            inside("fields", Names().read, fields) if fields else None,
            inside("filter", FilterText().read, tree) if tree else None,
        )
