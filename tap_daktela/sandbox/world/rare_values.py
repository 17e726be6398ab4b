"""Values for columns that the makers of rows leave empty: no column of a table is empty in all rows."""

from typing import Any

from tap_daktela.sandbox.storage.store import Store
from tap_daktela.sandbox.storage.tables import ColumnType, SandboxColumn
from tap_daktela.sandbox.world.invented.dirt import ZERO
from tap_daktela.sandbox.world.row_maker import RowMaker

_EMPTY: tuple[Any, ...] = (None, "", [], {}, ZERO)
_EVERY = 3
"""One row in so many gets the values, beginning with the first. In the others the columns stay empty."""

_FIRST = object()
"""Stands for the first row of the table that the relation points to."""

_TIME = object()
"""Stands for the time at which the row was created, or for the start of the history if it has no such time."""

_TAB = "activities"
_CHATS = ("activitiesWeb", "activitiesSms", "activitiesFbm", "activitiesIgdm", "activitiesWap", "activitiesVbr")

_DESCRIBED = (
    "articles", "blacklistDatabases", "blacklistnumbers", "campaignsTypes", "crmDatabases", "crmRecords",
    "crmRecordsTypes", "databases", "events", "groups", "profiles", "qaforms", "queues", "recordings", "roles",
    "statuses", "templates", "ticketsCategories", "timegroups", "users", "wallboards",
)  # fmt: skip

_VALUES: dict[str, dict[str, Any]] = {
    "activitiesCall": {"prefix_clid_name": "VIP"},
    **{name: {"state": "ROUTING", "missed_time": _TIME} for name in _CHATS},
    "articlesComments": {"attachments": _FIRST},
    "articlesFolders": {"edited_by": _FIRST, "config": {"color": "#428bca"}},
    "articlesTags": {"edited_by": _FIRST},
    "blacklistnumbers": {"expired": _TIME},
    "campaignsRecordsSnapshots": {
        "title": "Jan Novák",
        "number": "601234567",
        "nextcall": _TIME,
        "call_id": "1700000000.1",
        "activity": "activities_1",
    },
    "campaignsTypes": {"autofocused_tab": _TAB, "color": "#428bca", "icon": "phone", "config": {"steps": 3}},
    "contacts": {"duplicateContacts": ["contact_1"], "notDuplicateContacts": ["contact_2"]},
    "crmDatabases": {
        "default": True,
        "autofocused_contacts_tab": _TAB,
        "autofocused_accounts_tab": _TAB,
        "contactsCFScheme": "contacts",
    },
    "crmRecordsTypes": {"autofocused_tab": _TAB},
    "events": {
        "event2": "report",
        "step": "1",
        "time": _TIME,
        "timeout": _TIME,
        "dom": ["1"],
        "month": ["6"],
        "dow": ["5"],
    },
    "npsSurveys": {"evaluated": _TIME},
    "pauses": {
        "type": "wrap",
        "calculated_from": "- 1 day",
        "repeatable": True,
        "max_amount": 3,
        "min_timeout": 600,
        "auto_pause": False,
        "prevent_direct_calls": True,
        "deleted": False,
    },
    "profiles": {
        "maxActivities": 3,
        "askForAssistance": True,
        "oneTimePassword": False,
        "passwordReset": True,
        "customSocialMediaViews": {"views_2": {"index": 0, "children": []}},
    },
    "qaforms": {"minimum_score": 10},
    "queues": {"alias": "hlavní", "call_steering_description": "Vrácení zboží", "deleted": False},
    "realtimeSessions": {
        "id_agent": _FIRST,
        "statetime": _TIME,
        "logintime": _TIME,
        "lastcalltime": _TIME,
        "lastqueue": _FIRST,
        "id_pause": _FIRST,
        "onpause": _TIME,
        "id_call": "1700000000.1",
        "unwrap": _TIME,
        "presence_status": "Busy",
    },
    "recordings": {"id": "1", "displayname": "Uvítání", "fcode": "*71"},
    "roles": {"gpt_custom_prompts": {"prompt_1": "Shrň hovor"}},
    "statuses": {"color": "#d9534f", "blacklist_database": "Nevolat", "blacklist_expiration_time": "30"},
    "templates": {
        "id_template": _FIRST,
        "user": _FIRST,
        "subject": "Potvrzení",
        "externalDataUrl": "https://www.example.com/data",
        "config": {"margin": 1},
    },
    "ticketsCategories": {
        "default_crm_database": _FIRST,
        "allow_external_comments": True,
        "auto_archive_tickets": 30,
        "autofocused_tab": _TAB,
    },
    "timegroups": {"groups": ["timegroups_1"]},
    "transcripts": {"correct_route": "Reklamace", "additional_data": ["reklamace"]},
    "users": {
        "nps_score": 8.5,
        "call_steering_description": "Fakturace",
        "clid": "800123456",
        "forwarding_number": "601234567",
        "acl": {"name": "acl_1", "title": "Volání po republice"},
        "presence_state": "online",
        "allowRecordingInterruption": True,
        "icon": "headset",
        "sign": _FIRST,
        "ctrl_enter_email": True,
        "cp_access_crm": False,
        "loggedInExtension": _FIRST,
        "backoffice_user": False,
        "recordCalls": True,
    },
    "wallboards": {"message": "Vítejte", "custom_css": "body { margin: 0 }"},
}
"""By table and column. A row that has a value of its own keeps it."""


def fill_rare_columns(maker: RowMaker) -> None:
    """Give the values to one row in three of each table."""
    for name in _DESCRIBED:
        _fill(maker, name, {"description": "Přidáno při zavedení systému"})
    for name, values in _VALUES.items():
        _fill(maker, name, values)


def _fill(maker: RowMaker, name: str, values: dict[str, Any]) -> None:
    table = maker.store[name].table
    for row in list(maker.store[name])[::_EVERY]:
        created = row.get(table.axis) or maker.calendar.text(maker.calendar.start)
        for column, value in values.items():
            if row.get(column) in _EMPTY:
                row[column] = created if value is _TIME else _first(maker.store, table.columns[column], value)


def _first(store: Store, column: SandboxColumn, value: Any) -> Any:
    """The value, or what `_FIRST` stands for: a key, or a list of one key."""
    if value is not _FIRST:
        return value
    keys = list(store[column.target].by_key)[:1]
    return keys if column.type is ColumnType.RELATIONS else keys[0]
