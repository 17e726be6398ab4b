"""Queues and what calls meet on their way: working hours, announcements, music, blacklists."""

from __future__ import annotations

from tap_daktela.catalog.fields import Stream, array, boolean, integer, moment, number, relation, string
from tap_daktela.catalog.streams.common import BY_CREATION, CREATED, DELETED, OLD_DELETED

STREAMS = (
    Stream(
        "queues",
        "Queues, through which calls, e-mails, chats and messages reach users.",
        (
            integer("name", "Number of the queue. It is the key.", nullable=False),
            string("title", "Name of the queue.", nullable=False),
            string("alias", "Name of the queue that customers see."),
            string("description", "Description of the queue."),
            string("call_steering_description", "Description that is used to route spoken requests to the queue."),
            string(
                "type",
                "Channel and mode of the queue.",
                enum=(
                    "in",
                    "ctc",
                    "out",
                    "outbounder",
                    "progressive",
                    "dialer",
                    "interviewer",
                    "email",
                    "sms",
                    "chat",
                    "fbm",
                    "igdm",
                    "socialmedia",
                    "wap",
                    "vbr",
                    "custom",
                ),
            ),
            string("direction", "Direction that the queue serves.", enum=("in", "out")),
            boolean("deactivated", "Whether the queue is out of use."),
            OLD_DELETED,
            string("usersCount", "Number of users in the queue. Sent by old servers only.", selected=False),
        ),
    ),
    Stream(
        "timegroups",
        "Working hours: when queues are open and service levels count.",
        (
            string("name", "Key of the time group.", nullable=False),
            string("title", "Name of the time group."),
            string("description", "Description of the time group."),
            array("crons", "Times that belong to the group."),
            array("groups", "Other time groups that it is made of."),
        ),
        evidence="B",
    ),
    Stream(
        "recordings",
        "Announcements and greetings that callers hear. These are not recordings of calls.",
        (
            string("name", "Key of the announcement.", nullable=False),
            string("title", "Name of the announcement."),
            string("filename", "Name of the sound file."),
            string("description", "Description of the announcement."),
            moment("edited", "When the announcement was last edited."),
            relation("user", "users", "User who recorded the announcement"),
            string("id", "Internal number of the announcement."),
            string("displayname", "Name shown for the announcement."),
            string("fcode", "Phone code with which the announcement is recorded again.", selected=False),
        ),
        evidence="B",
    ),
    Stream(
        "musics",
        "Music that callers hear while they wait.",
        (string("name", "Key of the music.", nullable=False),),
        evidence="B",
    ),
    Stream(
        "blacklistDatabases",
        "Blacklists of phone numbers that must not be called.",
        (
            string("name", "Key of the blacklist.", nullable=False),
            string("title", "Name of the blacklist."),
            string("description", "Description of the blacklist."),
        ),
        evidence="B",
    ),
    Stream(
        "blacklistnumbers",
        "Phone numbers on the blacklists.",
        (
            string("name", "Key of the entry.", nullable=False),
            string("number", "Phone number as entered."),
            string("normalized_clid", "Phone number in normalized form."),
            string("reverse_value", "Phone number backwards, to search by its last digits."),
            string("description", "Why the number is on the list."),
            CREATED,
            moment("expired", "Until when the number stays on the list."),
        ),
        axes=BY_CREATION,
        evidence="B",
    ),
    Stream(
        "transcripts",
        "What callers said to the voice menu that routes calls. Known from servers of about 2019.",
        (
            string("name", "Key of the transcript.", nullable=False),
            string("item_name", "Key of the call."),
            string("text", "What the caller said."),
            number("confidence", "How sure the speech recognition was."),
            boolean("correctly_routed", "Whether the call came to the right place."),
            string("correct_route", "Where the call should have gone."),
            CREATED,
            array("additional_data", "Further details."),
            DELETED,
        ),
        axes=BY_CREATION,
        evidence="B",
    ),
)
