"""Queues and what calls meet on their way: working hours, announcements, music, blacklists."""

from __future__ import annotations

from tap_daktela.catalog.fields import Stream, array, boolean, integer, moment, number, relation, string
from tap_daktela.catalog.streams.common import BY_CREATION, CREATED, DELETED, OLD_DELETED

__all__ = ["STREAMS"]

STREAMS = (
    Stream(
        "queues",
        "Queues, through which calls, e-mails, chats and messages reach users.",
        (
            integer("name", "Number of the queue, its key.", nullable=False),
            string("title", "Name of the queue.", nullable=False),
            string("alias", "Other name of the queue, for customers."),
            string("description", "Description of the queue."),
            string("call_steering_description", "Description by which spoken requests are routed here."),
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
        "Working hours, in which queues are open and service levels count.",
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
        "Announcements and greetings that callers hear; not the recordings of calls.",
        (
            string("name", "Key of the announcement.", nullable=False),
            string("title", "Name of the announcement."),
            string("filename", "Name of the sound file."),
            string("description", "Description of the announcement."),
            moment("edited", "When the announcement was last edited."),
            relation("user", "users", "User who recorded the announcement"),
            string("id", "Internal number of the announcement."),
            string("displayname", "Name shown for the announcement."),
            string("fcode", "Phone code to record the announcement anew.", selected=False),
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
        "Blacklists, each a set of numbers that are not to be called.",
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
            string("normalized_clid", "Phone number in one common form."),
            string("reverse_value", "Phone number backwards, for searches by its end."),
            string("description", "Why the number is on the list."),
            CREATED,
            moment("expired", "Until when the number stays on the list."),
        ),
        axes=BY_CREATION,
        evidence="B",
    ),
    Stream(
        "transcripts",
        "What callers said to the spoken menu that routes calls, on servers of about 2019.",
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
