"""Written conversations: web chats, SMS and the messengers."""

from tap_daktela.catalog.fields import (
    Field,
    Stream,
    array,
    boolean,
    custom_fields,
    integer,
    moment,
    obj,
    relation,
    string,
)
from tap_daktela.catalog.streams.common import ACTIVITIES, BY_TIME, CONTACT, QUEUE, USER

_ENDS = ("", "USER", "CLIENT", "TIMEOUT", "NOT_AVAIL", "OUT_OF_TIME", "DECISION_TREE")

_KEY = string("name", "Key of the conversation.", nullable=False)
_TITLE = string("title", "Title of the conversation, for example the name of the other party.")
_STATE = string("state", "Whether the conversation is still being routed to a user.", enum=("", "ROUTING"))
_ANSWERED = boolean("answered", "Whether a user took the conversation.")
_TIME = moment("time", "When the conversation began.")
_WAIT_TIME = integer("wait_time", "How long the other party waited for a user, in seconds.")
_DURATION = integer("duration", "Length of the conversation, in seconds.")
_MISSED = string("missed", "Whether the conversation was missed. Empty if that does not apply.", enum=("", "YES", "NO"))
_MISSED_TIME = moment("missed_time", "When the conversation was marked as missed, or later as answered.")
_EXTERNAL = relation("external_contact", None, "Profile of the other party in the messenger")

_MESSAGING: tuple[Field, ...] = (
    ACTIVITIES,
    relation("connector", None, "Connection to the operator or messenger"),
    QUEUE,
    USER,
    CONTACT,
    string("sender", "Number or account of the other party."),
    _STATE,
    _ANSWERED,
    _TIME,
    _WAIT_TIME,
    _DURATION,
    string("direction", "Who started the conversation. Empty if the system did.", enum=("", "IN", "OUT")),
    string("disconnection", "What ended the conversation.", enum=_ENDS),
    _MISSED,
    _MISSED_TIME,
)

_GEOGRAPHY = tuple(
    string(name, f"{text} of the visitor. Sent by old servers only.", selected=False)
    for name, text in (
        ("ip", "IP address"),
        ("country_code", "Country code"),
        ("country_name", "Country"),
        ("region_code", "Region code"),
        ("region_name", "Region"),
        ("city", "City"),
        ("zip_code", "Postal code"),
        ("time_zone", "Time zone"),
        ("latitude", "Latitude"),
        ("longitude", "Longitude"),
        ("metro_code", "Metropolitan area code"),
    )
)

STREAMS = (
    Stream(
        "activitiesWeb",
        "Chats on web sites.",
        (
            _KEY,
            _TITLE,
            ACTIVITIES,
            relation("connector", None, "Connection to the web site"),
            QUEUE,
            USER,
            CONTACT,
            _STATE,
            _ANSWERED,
            _TIME,
            _WAIT_TIME,
            integer("routing_duration", "How long it took to find a user, in seconds."),
            _DURATION,
            string("disconnection", "What ended the conversation.", enum=(*_ENDS, "BAN")),
            _MISSED,
            _MISSED_TIME,
            string("email", "E-mail address that the visitor gave."),
            string("phone", "Phone number that the visitor gave."),
            boolean("gdpr", "Whether the visitor agreed to the processing of personal data."),
            string("language", "Language of the visitor."),
            string("host", "Host of the web site."),
            string("referer", "Page that the visitor came from."),
            string("refererLast", "Last page that the visitor was on."),
            string("browser", "Browser of the visitor."),
            boolean("mobileDevice", "Whether the visitor uses a mobile device."),
            boolean("privateMode", "Whether the visitor's browser is in private mode."),
            boolean("hasFocus", "Whether the chat has the visitor's focus."),
            boolean("isVisible", "Whether the visitor can see the chat."),
            string("ipaddress", "IP address of the visitor."),
            moment("heartbeat", "When the visitor's browser last sent a sign of life."),
            custom_fields(),
            obj("context", "What the web site reported about the visit.", selected=False),
            obj("customer", "What is known about the visitor.", selected=False),
            array("users", "Users who took part.", selected=False),
            *_GEOGRAPHY,
        ),
        axes=BY_TIME,
        aliases=("activitiesChat",),
        purged=True,
    ),
    Stream("activitiesSms", "SMS conversations.", (_KEY, *_MESSAGING), axes=BY_TIME, purged=True),
    Stream(
        "activitiesFbm",
        "Facebook Messenger conversations.",
        (_KEY, _TITLE, _EXTERNAL, *_MESSAGING),
        axes=BY_TIME,
        purged=True,
    ),
    Stream(
        "activitiesIgdm",
        "Instagram conversations.",
        (
            _KEY,
            _TITLE,
            _EXTERNAL,
            *_MESSAGING,
            string("type", "What the other party sent.", enum=("DM", "STORY_REPLY", "STORY_MENTION")),
        ),
        axes=BY_TIME,
        purged=True,
    ),
    Stream(
        "activitiesWap", "WhatsApp conversations.", (_KEY, _TITLE, _EXTERNAL, *_MESSAGING), axes=BY_TIME, purged=True
    ),
    Stream("activitiesVbr", "Viber conversations.", (_KEY, _TITLE, _EXTERNAL, *_MESSAGING), axes=BY_TIME, purged=True),
    Stream(
        "activitiesChatMessages",
        "Messages of web chats, one row each.",
        (
            string("name", "Key of the message.", nullable=False),
            string("text", "Text of the message."),
            string("type", "Type of the message."),
            string("direction", "Who wrote the message."),
            string("result", "Result of sending."),
            moment("time", "When the message was written."),
        ),
        axes=BY_TIME,
        evidence="B",
        purged=True,
    ),
)
