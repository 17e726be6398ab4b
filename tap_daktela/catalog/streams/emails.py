"""E-mails and their files."""

from tap_daktela.catalog.fields import Derived, Stream, boolean, integer, moment, records, string
from tap_daktela.catalog.streams.common import ACTIVITIES, ATTACHMENTS, BY_TIME, CONTACT, QUEUE, USER

STREAMS = (
    Stream(
        "activitiesEmail",
        "E-mails received and sent, with their text.",
        (
            string("name", "Key of the e-mail.", nullable=False),
            ACTIVITIES,
            QUEUE,
            USER,
            CONTACT,
            string("title", "Subject."),
            string("address", "Address of the other party."),
            string("direction", "Whether it was received or sent.", enum=("in", "out")),
            integer("wait_time", "How long it waited for a user, in seconds."),
            integer("duration", "How long the work on it took, in seconds."),
            boolean("answered", "Whether it was answered."),
            string("text", "Body of the e-mail, usually HTML.", long=True),
            moment("time", "When it was received or sent."),
            string(
                "state",
                "State of the e-mail.",
                enum=("FAILED", "SENT", "WAIT", "POSTPROCESSING", "DRAFT", ""),
            ),
            records("attachments", None, "Files of the e-mail.", items=ATTACHMENTS),
            records(
                "files",
                "activitiesEmailFiles",
                "Files of the e-mail. Servers from before 2024 send attachments under this name.",
                items=ATTACHMENTS,
                selected=False,
            ),
            string("result", "Result of sending. Sent by old servers only.", selected=False),
        ),
        axes=BY_TIME,
        derived=(
            Derived(
                "activities_email_attachments",
                "attachments",
                "Files of e-mails, one row each.",
                "activities_email_name",
                "attachment",
                older_api="files",
            ),
        ),
        purged=True,
    ),
    Stream(
        "activitiesEmailFiles",
        "Files of e-mails, from a list of their own.",
        (
            integer("file", "Number of the file.", nullable=False),
            *ATTACHMENTS[1:],
            integer("email", "Internal number of the e-mail."),
        ),
        key=("file",),
        axes=BY_TIME,
        evidence="B",
        purged=True,
    ),
)
