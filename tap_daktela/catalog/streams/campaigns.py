"""Outbound campaigns: their records, types and databases, and the history of the records."""

from tap_daktela.catalog.fields import (
    Derived,
    FieldType,
    Stream,
    boolean,
    custom_fields,
    integer,
    moment,
    obj,
    relation,
    string,
)
from tap_daktela.catalog.streams.common import BY_EDIT, BY_TIME, CREATED, EDITED, OLD_DELETED, SNAPSHOT_TIME, STATUSES

_ACTION = integer(
    "action",
    "State of the record: 0 not assigned, 1 ready, 2 rescheduled by the dialer, 3 call in progress, 4 hung up, "
    "5 done, 6 rescheduled.",
    enum=(0, 1, 2, 3, 4, 5, 6),
)
_NEXTCALL = moment("nextcall", "When the next call is due.")
_CALL_ID = string("call_id", "Key of the last call.", to="activitiesCall")
_ACTIVITY = string("activity", "Key of the last activity.", to="activities")

STREAMS = (
    Stream(
        "campaignsRecords",
        "Campaign records: whom to call, when, and with what result.",
        (
            string("name", "Key of the record.", nullable=False),
            relation("record_type", "campaignsTypes", "Type of the campaign"),
            relation("database", "databases", "Campaign database of the record"),
            relation("user", "users", "User to whom the record is assigned"),
            relation("contact", "contacts", "Contact to be called"),
            _ACTION,
            _NEXTCALL,
            _CALL_ID,
            _ACTIVITY,
            CREATED,
            EDITED,
            STATUSES,
            custom_fields(),
            string("number", "Phone number. Sent by old servers only.", selected=False),
            string("title", "Name of the person to be called. Sent by old servers only.", selected=False),
            relation(
                "queue", "queues", "Queue of the campaign on old servers", key_type=FieldType.INTEGER, selected=False
            ),
        ),
        axes=BY_EDIT,
        derived=(
            Derived(
                "campaigns_records_statuses",
                "statuses",
                "Statuses of campaign records, one row each.",
                "campaigns_record_name",
                "status",
            ),
            Derived(
                "campaigns_records_custom_fields",
                "customFields",
                "Custom fields of campaign records, one row per value.",
                "campaigns_record_name",
            ),
        ),
    ),
    Stream(
        "campaignsTypes",
        "Types of campaigns.",
        (
            string("name", "Key of the type.", nullable=False),
            string("title", "Name of the type.", nullable=False),
            string("description", "Description of the type."),
            CREATED,
            relation("queue", "queues", "Queue of the campaign", key_type=FieldType.INTEGER),
            string("autofocused_tab", "Tab that a record opens with."),
            boolean("custom", "Whether the instance itself defined the type."),
            string("color", "Colour of the type."),
            string("icon", "Icon of the type."),
            obj("config", "Settings of the type.", selected=False),
        ),
    ),
    # Two clients in use read this endpoint, and reports on campaigns need it: it counts as well known.
    Stream(
        "databases",
        "Campaign databases, which hold the campaign records.",
        (
            string("name", "Key of the database.", nullable=False),
            string("title", "Name of the database.", nullable=False),
            string("description", "Description of the database."),
            relation("record_type", "campaignsTypes", "Type of the campaign"),
            string("stage", "Whether the database is in use.", enum=("OPEN", "CLOSE")),
            integer("priority", "Priority among the databases of a campaign."),
            integer("mixing_ratio", "Share of calls from this database when several are called at once."),
            OLD_DELETED,
        ),
    ),
    Stream(
        "campaignsRecordsSnapshots",
        "Earlier versions of campaign records. Rows have no key.",
        (
            SNAPSHOT_TIME,
            string("title", "Name of the person to be called, at that time."),
            string("number", "Phone number at that time."),
            _ACTION,
            _NEXTCALL,
            _CALL_ID,
            _ACTIVITY,
        ),
        key=(),
        axes=BY_TIME,
        evidence="B",
        purged=True,
    ),
)
