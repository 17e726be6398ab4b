"""E-mails, web chats, text messages, messengers and comments on social media."""

from tap_daktela.sandbox.storage.tables import TABLES, Key, Row
from tap_daktela.sandbox.world import people, texts
from tap_daktela.sandbox.world.row_maker import RowMaker

_QUEUE_KINDS = {"EMAIL": "email", "CHAT": "chat", "FBCOMMENT": "socialmedia", "IGCOMMENT": "socialmedia"}
_PREFIXES = {"EMAIL": "emails", "CHAT": "web"}
_DISCONNECTIONS = ("", "USER", "CLIENT", "TIMEOUT", "NOT_AVAIL", "OUT_OF_TIME", "DECISION_TREE")
_ATTACHED = 0.15
_BODIES = 400
"""The number of different e-mail bodies. Large worlds repeat them, to save memory."""


class MessageMaker:
    """Makes the items of activities of all written channels."""

    def __init__(self, maker: RowMaker) -> None:
        self._maker = maker
        self._rng = maker.rng
        self._bodies: list[str] = []
        self._file = max((int(key) for key in maker.store["activitiesEmailFiles"].by_key), default=0)

    def item(self, kind: str, table: str, epoch: int, *, user: Key | None, contact: Key | None) -> Row:
        """Store the item of an activity of type `kind` and return its row."""
        row: Row = {
            "name": self._maker.unique(_PREFIXES.get(kind, kind.lower()), epoch),
            "queue": self._maker.queue(_QUEUE_KINDS.get(kind, kind.lower())),
            "user": user,
            "contact": contact,
            "time": self._maker.text(epoch),
        }
        if kind == "EMAIL":
            row |= self._email(epoch)
        elif kind in {"FBCOMMENT", "IGCOMMENT"}:
            row |= {"title": "Komentář", "text": texts.chat_line(self._rng)}
        else:
            row |= self._conversation(kind, epoch)
        known = TABLES[table].columns
        row = {name: value for name, value in row.items() if name in known}
        self._maker.put(table, row)
        if kind == "CHAT":
            self._lines(row, epoch)
        return row

    def _email(self, epoch: int) -> Row:
        rng, who = self._rng, people.person(self._rng)
        inbound = self._maker.chance(0.6)
        to = people.email(rng, who)
        headers = {
            "cc": rng.choice(("", [])),
            "to": [{"address": to, "display": who.title, "is_group": False}],
            "message-id": f"<{epoch}.{rng.randrange(10**6)}@example.com>",
            "reply-to": [],
        }
        return {
            "title": texts.subject(rng),
            "address": to,
            "direction": "in" if inbound else "out",
            "wait_time": int(rng.expovariate(1 / 3600)) if inbound else None,
            "duration": rng.choice((None, 0, rng.randrange(20, 900))),
            "answered": inbound and self._maker.chance(0.7),
            "text": self._body(who.title),
            "options": {"headers": headers},
            "state": None if inbound else rng.choice(("SENT", "SENT", "SENT", "FAILED", "WAIT", "DRAFT", "")),
            "attachments": self._files(epoch) or None,
        }

    def _body(self, name: str) -> str:
        if len(self._bodies) < _BODIES:
            self._bodies.append(texts.html(self._rng, name))
            return self._bodies[-1]
        return self._rng.choice(self._bodies)

    def _files(self, epoch: int) -> list[Key]:
        attached = self._maker.rarely("activitiesEmailFiles", _ATTACHED)
        count = self._rng.randrange(1, 4) if attached else 0
        return [self._attachment(epoch) for _ in range(count)]

    def _attachment(self, epoch: int) -> Key:
        self._file += 1
        title, kind = self._rng.choice((("faktura.pdf", "application/pdf"), ("foto č. 1.jpg", "image/jpeg")))
        row = {"file": self._file, "inline": "0", "cid": f"{self._file}@example.com", "title": title}
        return self._maker.put(
            "activitiesEmailFiles",
            {
                **row,
                "type": kind,
                "size": self._rng.randrange(10**6),
                "time": self._maker.text(epoch),
                "email": 1000 + self._file,
            },
        )

    def _conversation(self, kind: str, epoch: int) -> Row:
        rng, who = self._rng, people.person(self._rng)
        answered = self._maker.chance(0.85)
        return {
            "title": rng.choice((who.title, who.title, "", None)),
            "state": "",
            "connector": f"connectors_{kind.lower()}",
            "external_contact": self._stranger(who.title, epoch) if self._maker.chance(0.5) else None,
            "sender": people.phone(rng) if kind in {"SMS", "WAP", "VBR"} else str(rng.randrange(10**15)),
            "answered": answered,
            "options": [],
            "duration": rng.randrange(30, 1800) if answered else 0,
            "wait_time": int(rng.expovariate(1 / 60)),
            "direction": rng.choices(("IN", "OUT", ""), (65, 30, 5))[0],
            "disconnection": rng.choice(_DISCONNECTIONS),
            "missed": "NO" if answered else rng.choice(("YES", "")),
            "missed_time": None if answered else self._maker.text(epoch),
            "type": rng.choice(("DM", "STORY_REPLY", "STORY_MENTION")),
            "email": people.email(rng, who),
            "phone": rng.choice(("", None, people.phone(rng))),
            "context": rng.choice(([], {"page": "košík"})),
            "routing_duration": rng.randrange(20),
            "host": "www.example.com",
            "referer": "https://www.example.com/?q=%C4%8Daj",
            "refererLast": "https://www.example.com/kosik",
            "browser": "Firefox",
            "mobileDevice": self._maker.chance(0.5),
            "privateMode": False,
            "hasFocus": True,
            "isVisible": answered,
            "heartbeat": self._maker.text(epoch),
            "customer": {"name": who.title},
            "users": [{"title": "Recepce"}] if answered else [],
            "customFields": {"source": ["web"]},
            "language": "cs",
            "ipaddress": "192.0.2.7",
            "gdpr": True,
        }

    def _stranger(self, title: str, epoch: int) -> Key:
        return self._maker.put("_externalContacts", {"name": self._maker.unique("external", epoch), "title": title})

    def _lines(self, chat: Row, epoch: int) -> None:
        for line in range(self._rng.randrange(2, 6)):
            row = {
                "name": self._maker.unique("message", epoch),
                "text": texts.chat_line(self._rng),
                "result": "SENT",
                "direction": ("in", "out")[line % 2],
                "type": "TEXT",
                "time": self._maker.text(min(epoch + 20 * line, self._maker.calendar.now)),
                "_chat": chat["name"],
            }
            self._maker.put("activitiesChatMessages", row)
