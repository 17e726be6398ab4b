"""The format `extractor`: the tables of component-ex-daktela (2025) as its first version made them.

All columns always come, in the documented order. Two things differ:

- Nothing is split into several rows: the columns with lists (`tickets.tags`, `users.groups` and the like) are fields
  that Daktela does not have.
- The id of `contacts_custom_fields` and `accounts_custom_fields` includes the contact or account. Without it, all
  values of a field were one row.
"""

import re

from tap_daktela.catalog.entries import Entry
from tap_daktela.catalog.fields import FieldType
from tap_daktela.keboola.tables.formats.fixed_tables import CUSTOM, FixedTable, Source, column_specs
from tap_daktela.keboola.tables.formats.table import FIRST_COLUMNS
from tap_daktela.keboola.tables.keys import identifiers
from tap_daktela.keboola.tables.table_spec import TableSpec

_TAG = re.compile(r"<.*?>")


def clean(value: str) -> str:
    """Return text as component-ex-daktela cleaned it: trimmed, and without text in angle brackets on one line."""
    return _TAG.sub("", value).strip()


def spec(name: str, table: FixedTable, entry: Entry | None) -> TableSpec:
    """Return the spec of a table; `entry` is that of its stream."""
    columns = column_specs(table, entry)
    read = entry.columns if entry is not None else ()
    # A key that is cleaned may become empty, or that of another row.
    keys = identifiers(entry).union(entry.key) if entry is not None else frozenset()
    return TableSpec(
        name,
        table.stream,
        entry.description if entry is not None else "Daktela has no such rows: always empty.",
        (*FIRST_COLUMNS, *columns),
        ("id",),
        hashed=table.hashed,
        booleans=("True", "False"),
        clean=clean,
        cleaned=frozenset(
            column.name for column in read if column.type is FieldType.STRING and column.name not in keys
        ),
    )


def _table(
    stream: str | None, columns: str, keys: str = "", hashed: str = "name", party: str = "", **sources: str | Source
) -> FixedTable:
    """Declare a table. Its column `name`, if it has one, is a key.

    `party` is the stream's column with the address of the other party: it becomes `from` or `to`, by the direction.
    """
    if party:
        words = {"from": "in", "to": "out"}
        sources |= {column: Source(party, when=("direction", word)) for column, word in words.items()}
    return FixedTable(stream, tuple(columns.split()), ("name", *keys.split()), tuple(hashed.split()), sources)


TABLES = {
    "activities": _table(
        "activities",
        "activities_name title description direction time time_open time_close stage action clid did queue_name "
        "queue_title user_name user_title contact_name contact_title account_name account_title ticket_name "
        "ticket_title campaign_name campaign_title call_name edited created",
        "activities_name queue_name user_name contact_name account_name ticket_name campaign_name",
        activities_name="name",
        direction="item.direction",
        clid="item.clid",
        did="item.did",
        call_name=Source("item_name", when=("type", "CALL")),
        created="time",
    ),
    "contacts": _table(
        "contacts",
        "name title firstname lastname email phone mobile company position address city zip country description "
        "account_name account_title user_name user_title edited created",
        "account_name user_name",
        email=CUSTOM + "email",
        phone=CUSTOM + "number",
    ),
    "tickets": _table(
        "tickets",
        "name title description stage priority sla_deadtime sla_change category_name category_title contact_name "
        "contact_title account_name account_title user_name user_title queue_name queue_title tags edited created",
        "category_name contact_name account_name user_name queue_name",
    ),
    "users": _table(
        "users",
        "name title firstname lastname email phone mobile extension alias role_name role_title groups skills edited "
        "created",
        "role_name",
    ),
    "queues": _table(
        "queues",
        "name title description type strategy timeout wrapup_time max_waiting max_waiting_time edited created",
    ),
    "campaigns": _table(
        "campaigns_types", "name title description type status queue_name queue_title edited created", "queue_name"
    ),
    "accounts": _table(
        "accounts",
        "name title description type phone email website address city zip country user_name user_title edited created",
        "user_name",
        email=CUSTOM + "email",
        phone=CUSTOM + "number",
    ),
    "calls": _table(
        "activities_call",
        "name clid did direction disposition duration billsec recording queue_name queue_title user_name user_title "
        "contact_name contact_title edited created",
        "queue_name user_name contact_name",
        "id_call",
        name="id_call",
        disposition="disposition_cause",
        created="call_time",
    ),
    "records": _table(
        "campaigns_records",
        "name title description status contact_name contact_title account_name account_title user_name user_title "
        "edited created",
        "contact_name account_name user_name",
        status="statuses.title",
    ),
    "statuses": _table("statuses", "name title type color default edited created"),
    "categories": _table(
        "tickets_categories", "name title description type parent_name parent_title edited created", "parent_name"
    ),
    "emails": _table(
        "activities_email",
        "name subject from to cc bcc body direction status queue_name queue_title user_name user_title contact_name "
        "contact_title ticket_name ticket_title edited created",
        "queue_name user_name contact_name ticket_name",
        subject="title",
        body="text",
        status="state",
        created="time",
        party="address",
    ),
    "chats": _table(
        "activities_web",
        "name message direction status queue_name queue_title user_name user_title contact_name contact_title edited "
        "created",
        "queue_name user_name contact_name",
        status="state",
        created="time",
    ),
    "sms": _table(
        "activities_sms",
        "name text from to direction status user_name user_title contact_name contact_title edited created",
        "user_name contact_name",
        status="state",
        created="time",
        party="sender",
    ),
    "devices": _table(None, "name title type extension user_name user_title status edited created", "user_name"),
    "profiles": _table("profiles", "name title description permissions edited created"),
    "pauses": _table("pauses", "name title description type productive edited created"),
    "skills": _table(None, "name title description edited created"),
    "groups": _table("groups", "name title description members edited created"),
    "fields": _table(None, "name title type entity required options edited created"),
    "forms": _table(None, "name title description type fields edited created"),
    "templates": _table("templates", "name title type subject body edited created", type="usingtype", body="content"),
    "schedules": _table("timegroups", "name title description timezone rules edited created", rules="crons"),
    "holidays": _table(None, "name title date recurring edited created"),
    "recordings": _table(
        "recordings", "name duration call_name user_name user_title url edited created", "call_name user_name"
    ),
    "files": _table(
        "activities_attachments",
        "name title filename size mime url ticket_name ticket_title edited created",
        "ticket_name",
        "activities_name attachment_file",
        name="attachment_file",
        title="attachment_title",
        filename="attachment_title",
        size="attachment_size",
        mime="attachment_type",
        created="attachment_time",
    ),
    "notes": _table(
        None,
        "name text user_name user_title ticket_name ticket_title contact_name contact_title edited created",
        "user_name ticket_name contact_name",
    ),
    "activities_statuses": _table("statuses", "name title type category color icon edited created"),
    "activities_call": _table(
        "activities_call",
        "name clid did direction disposition duration billsec recording edited created",
        "",
        "id_call",
        name="id_call",
        disposition="disposition_cause",
        created="call_time",
    ),
    "activities_email": _table(
        "activities_email",
        "name subject from to cc bcc body edited created",
        subject="title",
        body="text",
        created="time",
        party="address",
    ),
    "activities_chat": _table("activities_web", "name message channel edited created", created="time"),
    "activities_sms": _table("activities_sms", "name text from to edited created", created="time", party="sender"),
    "tickets_categories": _table(
        "tickets_categories", "name title description parent_name parent_title edited created", "parent_name"
    ),
    "contacts_custom_fields": _table(
        "contacts_custom_fields", "name title type value edited created", "", "contact_name name position"
    ),
    "accounts_custom_fields": _table(
        "accounts_custom_fields", "name title type value edited created", "", "account_name name position"
    ),
    "users_queues": _table(
        None, "user_name queue_name queue_title priority edited created", "user_name queue_name", "user_name queue_name"
    ),
}
"""Every table that component-ex-daktela had built in, and where its rows come from.

Most of its column names were never Daktela's; `sources` says which columns they were meant for. Rows of a channel have
no `created`: it is the time of the call, e-mail, chat or message.
"""
