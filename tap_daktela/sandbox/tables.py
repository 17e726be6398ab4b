"""The endpoints of the sandbox: their columns, relations, keys and time axes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tap_daktela.sandbox.columns import DECLARED

if TYPE_CHECKING:
    from collections.abc import Mapping

Key = int | str
Row = dict[str, Any]
"""A stored row. A column that is null is absent; a relation holds the key of the other row, a list of them the keys."""


class Kind(Enum):
    """What a column holds. The values are the marks of the declarations."""

    TEXT = ""
    INTEGER = ":i"
    NUMBER = ":n"
    BOOLEAN = ":b"
    TIME = ":t"
    JSON = ":j"
    CUSTOM = ":c"
    RELATION = ">"
    RELATIONS = "*"
    ITEM = ">item"


@dataclass(frozen=True)
class Column:
    """One column. `target` names the table of a relation; a hidden column is known to the server alone."""

    name: str
    kind: Kind
    target: str = ""

    @property
    def hidden(self) -> bool:
        """Whether clients can neither see nor filter by it."""
        return self.name.startswith("_")


@dataclass(frozen=True)
class Table:
    """One table: an endpoint when it is listed, else something that only occurs embedded in others."""

    name: str
    model: str
    key: str
    axis: str
    stamp: str
    columns: Mapping[str, Column]
    listed: bool

    @property
    def key_kind(self) -> Kind:
        """Integer for tickets, queues and files, text for all others."""
        return self.columns[self.key].kind

    @property
    def axes(self) -> tuple[str, ...]:
        """The columns that tell when a row came to be and when it last changed."""
        names = (self.axis, self.stamp, "created")
        return tuple(dict.fromkeys(name for name in names if name in self.columns))


_KEYS = {
    "activitiesCall": "id_call",
    "activitiesCallRecordings": "recording",
    "activitiesEmailFiles": "file",
    "realtimeSessions": "exten",
    "accountsSnapshots": "_key",
    "contactsSnapshots": "_key",
    "campaignsRecordsSnapshots": "_key",
}

_MODELS = {"_connectors": "Routing.Web.Inbound", "_externalContacts": "Activities.FBM.Contact"}

ITEMS: Mapping[str, str] = MappingProxyType(
    {
        "CALL": "activitiesCall",
        "EMAIL": "activitiesEmail",
        "CHAT": "activitiesWeb",
        "SMS": "activitiesSms",
        "FBM": "activitiesFbm",
        "IGDM": "activitiesIgdm",
        "WAP": "activitiesWap",
        "VBR": "activitiesVbr",
        "FBCOMMENT": "activitiesFbComment",
        "IGCOMMENT": "activitiesIgComment",
    }
)
"""The table of an activity's item by the activity's type; comments and custom activities have none."""

CHILDREN: Mapping[tuple[str, str], tuple[str, str]] = MappingProxyType(
    {
        ("tickets", "activities"): ("activities", "ticket"),
        ("campaignsRecords", "activities"): ("activities", "record"),
        ("campaignsRecords", "snapshots"): ("campaignsRecordsSnapshots", "_parent"),
        ("contacts", "snapshots"): ("contactsSnapshots", "_parent"),
        ("accounts", "snapshots"): ("accountsSnapshots", "_parent"),
        ("accounts", "contacts"): ("contacts", "account"),
        ("activitiesWeb", "messages"): ("activitiesChatMessages", "_chat"),
        ("profiles", "usersAssigned"): ("users", "profile"),
        ("blacklistDatabases", "numbers"): ("blacklistnumbers", "_parent"),
    }
)
"""Relation lists that are the rows of another table pointing here: (endpoint, relation) to (table, its column)."""

LISTS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("ticketsCategories", "statuses"): "_statuses",
        ("crmRecords", "attachments"): "_attachments",
    }
)
"""Relation lists held in a hidden column of the row; all other list relations are columns of the same name."""

FILTER_NAMES: Mapping[tuple[str, str], str] = MappingProxyType({("activitiesCall", "activity"): "activities"})
"""Columns that filters know under a second name."""

GUI_TABLES = frozenset(
    [
        "accounts",
        "contacts",
        "crmRecords",
        "crmDatabases",
        "crmRecordsTypes",
        "tickets",
        "ticketsCategories",
        "ticketsSla",
        "users",
        "queues",
        "statuses",
        "profiles",
        "roles",
        "timegroups",
    ]
)
"""Models whose full objects carry `_rdata` and `_guiData`."""


def _column(text: str) -> Column:
    for kind in (Kind.RELATION, Kind.RELATIONS):
        if kind.value in text:
            name, _, target = text.partition(kind.value)
            return Column(name, Kind.ITEM) if target == "item" else Column(name, kind, target)
    name, colon, mark = text.partition(":")
    return Column(name, Kind(colon + mark))


def _table(name: str, declared: str) -> Table:
    columns = {column.name: column for column in map(_column, declared.split())}
    axis = next((axis for axis in ("time", "call_time", "created", "edited") if axis in columns), "")
    stamp = "edited" if "edited" in columns else "time_close" if "time_close" in columns else ""
    return Table(
        name=name,
        model=_MODELS.get(name, name),
        key=_KEYS.get(name, "name"),
        axis=axis,
        stamp=stamp,
        columns=MappingProxyType(columns),
        listed=not name.startswith("_"),
    )


TABLES: Mapping[str, Table] = MappingProxyType({name: _table(name, text) for name, text in DECLARED.items()})
