"""Every table of the sandbox: its columns, relations, key and time columns, read from `columns`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any

from tap_daktela.sandbox.storage.columns import DECLARED

Key = int | str
Row = dict[str, Any]
"""A stored row. A null column is absent. A relation is the key of the other row, a list of relations a list of keys."""


class ColumnType(Enum):
    """What a column holds. The values are the marks in `columns`."""

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
class SandboxColumn:
    """One column. `target` is the table that a relation points to, else empty."""

    name: str
    type: ColumnType
    target: str = ""

    @property
    def hidden(self) -> bool:
        """Whether clients can neither see the column nor filter by it."""
        return self.name.startswith("_")


@dataclass(frozen=True)
class SandboxTable:
    """One table. It is an endpoint if it is `listed`; else its rows only occur embedded in others.

    `model` is the name that `_sys.model` shows, `key` the key column, `axis` the time column that tells when a row was
    created, and `stamp` the one that an edit moves; both are empty where a table has none.
    """

    name: str
    model: str
    key: str
    axis: str
    stamp: str
    columns: Mapping[str, SandboxColumn]
    listed: bool

    @property
    def key_type(self) -> ColumnType:
        """The type of the key: integer for tickets, queues and files, text for all others."""
        return self.columns[self.key].type

    @property
    def axes(self) -> tuple[str, ...]:
        """The columns that tell when a row was created and when it was last changed."""
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
"""The table of an activity's item, by the type of the activity. Comments and custom activities have no item."""

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
"""Relation lists made of the rows of another table that point here: (endpoint, relation) to (table, its column)."""

LISTS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("ticketsCategories", "statuses"): "_statuses",
        ("crmRecords", "attachments"): "_attachments",
    }
)
"""Relation lists kept in a hidden column. All others are columns of the same name."""

FILTER_NAMES: Mapping[tuple[str, str], str] = MappingProxyType({("activitiesCall", "activity"): "activities"})
"""Second names of columns in filters."""

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
"""Tables whose whole rows have `_rdata` and `_guiData`."""


def _column(text: str) -> SandboxColumn:
    for kind in (ColumnType.RELATION, ColumnType.RELATIONS):
        if kind.value in text:
            name, _, target = text.partition(kind.value)
            return SandboxColumn(name, ColumnType.ITEM) if target == "item" else SandboxColumn(name, kind, target)
    name, colon, mark = text.partition(":")
    return SandboxColumn(name, ColumnType(colon + mark))


def _table(name: str, declared: str) -> SandboxTable:
    columns = {column.name: column for column in map(_column, declared.split())}
    axis = next((axis for axis in ("time", "call_time", "created", "edited") if axis in columns), "")
    stamp = "edited" if "edited" in columns else "time_close" if "time_close" in columns else ""
    return SandboxTable(
        name=name,
        model=_MODELS.get(name, name),
        key=_KEYS.get(name, "name"),
        axis=axis,
        stamp=stamp,
        columns=MappingProxyType(columns),
        listed=not name.startswith("_"),
    )


TABLES: Mapping[str, SandboxTable] = MappingProxyType({name: _table(name, text) for name, text in DECLARED.items()})
