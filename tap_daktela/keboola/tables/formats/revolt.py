"""The format `revolt`: the tables of the extractor for Keboola that Revolt BI wrote in R in 2018.

What differs:

- Nulls are empty and not the text `NA`, also in keys.
- A table without rows has the same header as one with rows.
- Rows of the item tables come from the channel's own endpoint, which does not repeat the activity: `time` is the time
  of the item, and an item that belongs to several activities comes with the first.
- The log has every table.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from tap_daktela.catalog.entries import Entry
from tap_daktela.keboola.job import StreamCounts
from tap_daktela.keboola.tables.formats.fixed_tables import FixedTable, Source, column_specs
from tap_daktela.keboola.tables.table_spec import ID, SERVER, ColumnSpec, TableSpec


def spec(name: str, table: FixedTable, entry: Entry) -> TableSpec:
    """Return the spec of a table. Items get a `unique_key`, which is no part of the platform's key."""
    columns = column_specs(table, entry)
    last = [ColumnSpec("server", SERVER, description="Daktela instance that the row comes from.")]
    if table.columns[0] == "activities_name":
        last.append(ColumnSpec("unique_key", ID, description="MD5 of the activity's and the item's key."))
    by_source = {column.source: column.name for column in columns}
    return TableSpec(
        name,
        table.stream,
        entry.description,
        (*columns, *last),
        tuple(by_source[source] for source in table.hashed),
        hashed=table.hashed,
        separator="-",
        required=table.hashed,
        booleans=("TRUE", "FALSE"),
        # The extractor read everything but tickets and activities from the beginning, whatever the dates were.
        whole=entry.replication_key is not None and name == "accounts",
    )


LOG = TableSpec(
    "log",
    None,
    "What each run has read.",
    tuple(ColumnSpec(name, None) for name in ("date", "endpoint", "exported_records", "extraction_time", "call")),
    ("date", "endpoint"),
)


def log_rows(
    specs: Sequence[TableSpec],
    known: Mapping[str, Entry],
    streams: Mapping[str, StreamCounts],
    base_url: str,
    at: datetime,
) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the log: when, which table, how many rows, in how many seconds, from where."""
    for one in specs:
        if one.stream is not None:
            counts = streams[one.stream]
            call = f"{base_url}/api/v6/{known[one.stream].stream.endpoint}.json"
            yield f"{at:%Y-%m-%d %H:%M:%S}", one.table, counts.rows, round(counts.seconds, 3), call


def _table(stream: str, columns: str, keys: str = "", hashed: str = "name", **sources: str | Source) -> FixedTable:
    """Declare a table; `hashed` are the columns of its key, in order."""
    names = tuple(columns.split())
    own = [name for name in names if sources.get(name, name) in hashed.split()]
    return FixedTable(stream, names, (*own, *keys.split()), tuple(hashed.split()), sources)


def _items(columns: str) -> dict[str, str]:
    """Return the sources of the columns of an item: `item_x` comes from `x`."""
    return {name: name.removeprefix("item_") for name in columns.split() if name.startswith("item_")}


_CALL = (
    "activities_name queue_name time item_id_call item_call_time item_direction item_answered item_clid "
    "item_prefix_clid_name item_did item_waiting_time item_ringing_time item_hold_time item_duration item_orig_pos "
    "item_position item_disposition_cause item_disconnection_cause item_pressed_key item_missed_call "
    "item_missed_call_time item_attempts item_score item_note"
)
_EMAIL = (
    "activities_name queue_name time item_name item_address item_direction item_wait_time item_duration item_answered "
    "item_text item_time title"
)
_CHAT = (
    "activities_name queue_name time item_title item_email item_wait_time item_duration item_answered "
    "item_disconnection item_time item_name item_ip item_country_code item_country_name item_region_code "
    "item_region_name item_city item_zip_code item_time_zone item_latitude item_longitude item_metro_code "
    "item_queue_title item_referer"
)

TABLES = {
    "accounts": _table("accounts", "name title survey description deleted"),
    "users": _table("users", "name title description algo email nps_score backoffice_user deleted"),
    "groups": _table("groups", "name title description type deleted"),
    "pauses": _table("pauses", "name title paid type max_duration calculated_from auto_pause deleted"),
    "queues": _table(
        "queues", "name title description type direction deactivated deleted usersCount", usersCount="users_count"
    ),
    "statuses": _table(
        "statuses", "name title validation nextcall blacklist_database blacklist_expiration_time color deleted"
    ),
    "templates": _table(
        "templates",
        "name title description format usingtype content deleted id_template",
        id_template="id_template_name",
    ),
    "tickets": _table(
        "tickets",
        "name title email description stage priority sla_deadtime sla_change sla_notify sla_duration sla_custom survey "
        "survey_offered satisfaction satisfaction_comment reopen deleted created edited first_answer "
        "first_answer_duration closed unread has_attachment isBookmarked",
        isBookmarked="is_bookmarked",
    ),
    "activitiesCall": _table(
        "activities_call",
        _CALL,
        "queue_name item_prefix_clid_name",
        "activities_name id_call",
        time="call_time",
        **_items(_CALL),
    ),
    "activitiesEmail": _table("activities_email", _EMAIL, "queue_name", "activities_name name", **_items(_EMAIL)),
    "activitiesChat": _table("activities_web", _CHAT, "queue_name", "activities_name name", **_items(_CHAT)),
    "activities": _table(
        "activities",
        "name time ticket_name queue_name user_name status_name contact_name record_customFields_hodnoceni "
        "record_customFields_operator record_customFields_id_hovoru title action type survey record priority "
        "description time_wait time_open time_close important status",
        "ticket_name queue_name user_name status_name contact_name",
        # Daktela sends a list today, and sent one status in 2018.
        status_name=Source("statuses.name", instead="status_name"),
        survey="survey_name",
        record="record_name",
        status="",
    ),
}
"""Every table of the extractor of 2018, in its order."""
