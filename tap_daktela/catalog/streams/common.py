"""What several declarations share: fields that repeat, the usual time axes, and the fields that are never asked for."""

from tap_daktela.catalog.fields import Axis, FieldType, boolean, integer, moment, records, relation, string

NEVER_ASKED = frozenset(
    {
        # Bookkeeping of Daktela's own user interface: it depends on the reader and says nothing about the row.
        "_access",
        "_guiData",
        "_rdata",
        "_sys",
        "isFollowed",
        "isFollowedRead",
        # Secrets, and settings in which secrets are kept: SIP and mailbox passwords, keys of integrations and devices.
        "_oauthTokenStatus",
        "algo",
        "emailAuth",
        "extensions",
        "fcmSettings",
        "fcode_pass",
        "options",
        "password",
    }
)
"""Names that no endpoint is asked for, whoever wants them."""

LEFT_OUT = frozenset(
    {
        # Chats of 2018 carried it; the relation `queue` gives a column of the same name.
        "activitiesWeb.queue_title",
        # A ticket's whole history in each of its rows; the stream of activities names the ticket instead.
        "tickets.activities",
        # The documentation mentions them, but no server has been seen to send them.
        "users.firstname",
        "users.lastname",
    }
)
"""Single fields, as `endpoint.field`, that are harmless but not worth a column."""

BY_EDIT = (Axis("edited"), Axis("created", only_where_unset="edited"))
"""Rows that carry the time of their last edit, which may be empty until there is one."""

BY_TIME = (Axis("time", lookback=True),)
"""Rows that may change for a while after their time, without a stamp of the change."""

BY_CREATION = (Axis("created", lookback=True),)
"""The same, for rows whose only time is that of their creation."""

ACTIVITIES = relation("activities", "activities", "Activity that this row belongs to", title=False, many=True)
CONTACT = relation("contact", "contacts", "Contact of the customer")
QUEUE = relation("queue", "queues", "Queue that it went through", key_type=FieldType.INTEGER)
USER = relation("user", "users", "User who handled it, null if nobody did")

CREATED = moment("created", "When the row was created.")
CREATED_BY = relation("created_by", "users", "User who created the row")
EDITED = moment("edited", "When the row was last edited. May be null until the first edit.")
EDITED_BY = relation("edited_by", "users", "User who last edited the row")
SNAPSHOT_TIME = moment("time", "When the snapshot was taken.")

DELETED = boolean("deleted", "Whether the row was deleted and is kept only for history.")
OLD_DELETED = boolean("deleted", "Whether the row was deleted. Sent by old servers only.", selected=False)

STATUSES = records("statuses", "statuses", "Statuses that were set.")

ATTACHMENTS = (
    integer("file", "Number of the file."),
    string("title", "Name of the file."),
    string("type", "Media type of the file."),
    integer("size", "Size of the file in bytes."),
    string("inline", 'Whether the file is shown within the text ("1") or only attached ("0").'),
    string("cid", "Content ID with which the text refers to the file."),
    moment("time", "When the file was stored."),
)
"""What is kept of each attached file."""
