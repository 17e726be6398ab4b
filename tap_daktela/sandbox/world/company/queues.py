"""The queues, and how much comes to each of them."""

from dataclasses import dataclass

from tap_daktela.sandbox.credentials import secret
from tap_daktela.sandbox.storage.store import Store

FIRST_QUEUE = 1001


@dataclass(frozen=True)
class InboundQueue:
    """A line that customers call. `morning` and `afternoon` are its shares of all inbound calls until 14:00 and after.

    `busy` tells how much longer its callers wait than those of others, and `talk` is the mean length of a conversation.
    A caller leaves it after `timeout`. Times are seconds.
    """

    title: str
    did: str
    morning: float
    afternoon: float
    busy: float
    talk: int
    timeout: int


INBOUND = (
    InboundQueue("Infolinka", "800123456", 48, 36, 1.2, 150, 90),
    InboundQueue("Reklamace", "800123457", 11, 14, 0.9, 270, 120),
    InboundQueue("Objednávky", "800123458", 25, 20, 0.7, 190, 60),
    InboundQueue("Technická podpora", "800123459", 13, 27, 1.7, 380, 150),
    InboundQueue("VIP linka", "800123460", 3, 3, 0.3, 220, 45),
)
MAILBOXES = {"podpora@example.com": ("Podpora", "Reklamace", "Obchod"), "fakturace@example.com": ("Fakturace",)}
"""The mailboxes, and the categories of what comes to each."""

_QUEUES = (
    ("in", "in", INBOUND[0].title),
    ("in", "in", INBOUND[1].title),
    ("out", "out", "Odchozí hovory"),
    ("progressive", "out", "Kampaň jaro"),
    *(("email", "in", address) for address in MAILBOXES),
    ("chat", "in", "Chat na webu"),
    ("sms", "in", "SMS brána"),
    ("fbm", "in", "Messenger"),
    ("igdm", "in", "Instagram"),
    ("wap", "in", "WhatsApp"),
    ("vbr", "in", "Viber"),
    ("socialmedia", "in", "Komentáře"),
    ("custom", "in", "Vlastní"),
    *(("in", "in", queue.title) for queue in INBOUND[2:]),
)
"""Type, direction and title. The last ones were added when the company grew."""


def number_of(title: str) -> int:
    """The key of a queue."""
    return FIRST_QUEUE + [known for _, _, known in _QUEUES].index(title)


CAMPAIGN_QUEUE = number_of("Kampaň jaro")
OUTBOUND_QUEUE = number_of("Odchozí hovory")


def build(store: Store) -> None:
    """Fill the tables of queues and connectors."""
    for number, (kind, direction, title) in enumerate(_QUEUES, FIRST_QUEUE):
        mailbox = {
            "address": title,
            "in_server": "imap.example.com",
            "username": title,
            "password": secret("mailbox", number),
            "oauthToken": secret("oauth", number),
        }
        row = {
            "name": number,
            "title": title,
            "alias": "",
            "description": "" if number % 2 else None,
            "call_steering_description": "",
            "type": kind,
            "direction": direction,
            "options": {"mailbox": mailbox if kind == "email" else [], "token": secret(number)},
            "deactivated": kind == "custom",
        }
        store.put("queues", [row])
    connectors = [
        {"name": f"connectors_{kind}", "title": title, "type": kind, "accessToken": secret("connector", kind)}
        for kind, _, title in _QUEUES
        if kind in {"chat", "sms", "fbm", "igdm", "wap", "vbr"}
    ]
    store.put("_connectors", connectors)
