"""Activities: the one list of everything that happened with a customer, whatever the channel."""

from dataclasses import replace

from tap_daktela.catalog.fields import (
    NESTED,
    Axis,
    Column,
    Derived,
    Field,
    FieldType,
    OrphanRule,
    Stream,
    boolean,
    custom_fields,
    integer,
    moment,
    records,
    relation,
    string,
)
from tap_daktela.catalog.streams import calls, emails, messages
from tap_daktela.catalog.streams.common import ACTIVITIES, ATTACHMENTS, CONTACT, CREATED_BY, QUEUE, STATUSES, USER


def _item() -> Field:
    """Declare the item: its key, and as one record what the channels' streams declare, but for relations and lists."""
    parts: dict[str, Column] = {}
    for stream in (*calls.STREAMS, *emails.STREAMS, *messages.STREAMS):
        for column in stream.columns if ACTIVITIES in stream.fields else ():
            if len(column.paths[0]) == 1 and column.selected and not column.long and column.type not in NESTED:
                parts.setdefault(column.name, replace(column, enum=(), nullable=True))
    text = "The row in the channel's stream itself, such as the call, without its text and what is null there."
    key = relation(
        "item", None, "Row in the channel's stream, for example the call", keys=("id_call", "name"), title=False
    )
    record = Column("item", FieldType.RECORD, (("item",),), text, selected=False, items=tuple(parts.values()))
    return replace(key, columns=(*key.columns, record))


STREAMS = (
    Stream(
        "activities",
        "All interactions of all channels (calls, e-mails, chats, messages, comments), one row each.",
        (
            string("name", "Key of the activity.", nullable=False),
            relation("ticket", "tickets", "Ticket that the activity belongs to", key_type=FieldType.INTEGER),
            string("title", "Subject, for example of the e-mail."),
            string(
                "type",
                "Channel of the activity. Empty for a comment.",
                enum=(
                    "",
                    "CALL",
                    "EMAIL",
                    "CHAT",
                    "SMS",
                    "FBM",
                    "IGDM",
                    "WAP",
                    "VBR",
                    "CUSTOM",
                    "FBCOMMENT",
                    "IGCOMMENT",
                    "COMMENT",
                ),
            ),
            string("action", "State of the work on it.", enum=("", "WAIT", "OPEN", "POSTPONE", "CLOSE")),
            _item(),
            QUEUE,
            USER,
            CONTACT,
            relation("record", "campaignsRecords", "Campaign record that the activity came from", title=False),
            relation("survey", "npsSurveys", "Satisfaction survey about the activity", title=False),
            boolean("important", "Whether somebody marked it as important."),
            integer("priority", "Priority in the queue."),
            string("description", "Note or text of the activity, often HTML."),
            moment("time", "When the activity was created. Never changes."),
            moment("time_wait", "When it began to wait for a user."),
            moment("time_open", "When a user opened it."),
            moment("time_close", "When it was closed. Null while it is open; until then the row can change."),
            integer("baw", "Work before the activity (BAW), in seconds. Recorded as part of `duration`."),
            integer(
                "aaw",
                "Work after the activity, or wrap-up (AAW), in seconds. Whether `duration` includes it is not known.",
            ),
            integer("duration", "How long the activity lasted, in seconds."),
            integer("ringing_time", "How long it rang for the user, in seconds."),
            integer("focus_time", "How long the user had the activity in view, in seconds."),
            integer("focus_disruptions", "How often the user turned away from the activity."),
            CREATED_BY,
            STATUSES,
            custom_fields(),
            records("attachments", None, "Files attached to the activity.", items=ATTACHMENTS),
            boolean("anonymized", "Whether its personal data was removed."),
            relation("status", "statuses", "The one status of the activity, on old servers", selected=False),
        ),
        axes=(Axis("time"), Axis("time_close", started_before="time")),
        item=OrphanRule("item", "type", frozenset({"CALL", "EMAIL", "CHAT", "SMS", "FBM", "IGDM", "WAP", "VBR"})),
        derived=(
            Derived(
                "activities_statuses", "statuses", "Statuses of activities, one row each.", "activities_name", "status"
            ),
            Derived(
                "activities_custom_fields",
                "customFields",
                "Custom fields of activities, one row per value.",
                "activities_name",
            ),
            Derived(
                "activities_attachments",
                "attachments",
                "Files attached to activities, one row each.",
                "activities_name",
                "attachment",
            ),
        ),
        purged=True,
        erased_flag="anonymized",
    ),
)
