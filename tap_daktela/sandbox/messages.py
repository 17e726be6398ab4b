"""E-mails, web chats, text messages and the messengers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_daktela.sandbox import people, texts
from tap_daktela.sandbox.tables import TABLES

if TYPE_CHECKING:
    from tap_daktela.sandbox.tables import Key, Row
    from tap_daktela.sandbox.workshop import Workshop

_QUEUE_KINDS = {"EMAIL": "email", "CHAT": "chat", "FBCOMMENT": "socialmedia", "IGCOMMENT": "socialmedia"}
_PREFIXES = {"EMAIL": "emails", "CHAT": "web"}
_DISCONNECTIONS = ("", "USER", "CLIENT", "TIMEOUT", "NOT_AVAIL", "OUT_OF_TIME", "DECISION_TREE")
_ATTACHED = 0.15
_BODIES = 400
"""Different e-mail bodies kept; large worlds repeat them, to save memory."""


class Messages:
    """Makes the items of all written channels."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop
        self._dice = shop.dice
        self._bodies: list[str] = []
        self._file = max((int(key) for key in shop.store["activitiesEmailFiles"].by_key), default=0)

    def item(self, kind: str, table: str, epoch: int, *, user: Key | None, contact: Key | None) -> Row:
        """Store an item of a type of activity and answer its row."""
        row: Row = {
            "name": self._shop.unique(_PREFIXES.get(kind, kind.lower()), epoch),
            "queue": self._shop.queue(_QUEUE_KINDS.get(kind, kind.lower())),
            "user": user,
            "contact": contact,
            "time": self._shop.text(epoch),
        }
        if kind == "EMAIL":
            row |= self._email(epoch)
        elif kind in {"FBCOMMENT", "IGCOMMENT"}:
            row |= {"title": "Komentář", "text": texts.chat_line(self._dice)}
        else:
            row |= self._conversation(kind, epoch)
        known = TABLES[table].columns
        row = {name: value for name, value in row.items() if name in known}
        self._shop.put(table, row)
        if kind == "CHAT":
            self._lines(row, epoch)
        return row

    def _email(self, epoch: int) -> Row:
        dice, who = self._dice, people.person(self._dice)
        inbound = self._shop.chance(0.6)
        to = people.email(dice, who)
        headers = {
            "cc": dice.choice(("", [])),
            "to": [{"address": to, "display": who.title, "is_group": False}],
            "message-id": f"<{epoch}.{dice.randrange(10**6)}@example.com>",
            "reply-to": [],
        }
        return {
            "title": texts.subject(dice),
            "address": to,
            "direction": "in" if inbound else "out",
            "wait_time": int(dice.expovariate(1 / 3600)) if inbound else None,
            "duration": dice.choice((None, 0, dice.randrange(20, 900))),
            "answered": inbound and self._shop.chance(0.7),
            "text": self._body(who.title),
            "options": {"headers": headers},
            "state": None if inbound else dice.choice(("SENT", "SENT", "SENT", "FAILED", "WAIT", "DRAFT", "")),
            "attachments": self._files(epoch) or None,
        }

    def _body(self, name: str) -> str:
        if len(self._bodies) < _BODIES:
            self._bodies.append(texts.html(self._dice, name))
            return self._bodies[-1]
        return self._dice.choice(self._bodies)

    def _files(self, epoch: int) -> list[Key]:
        attached = self._shop.rarely("activitiesEmailFiles", _ATTACHED)
        count = self._dice.randrange(1, 4) if attached else 0
        return [self._attachment(epoch) for _ in range(count)]

    def _attachment(self, epoch: int) -> Key:
        self._file += 1
        title, kind = self._dice.choice((("faktura.pdf", "application/pdf"), ("foto č. 1.jpg", "image/jpeg")))
        row = {"file": self._file, "inline": "0", "cid": "", "title": title, "type": kind}
        return self._shop.put(
            "activitiesEmailFiles", {**row, "size": self._dice.randrange(10**6), "time": self._shop.text(epoch)}
        )

    def _conversation(self, kind: str, epoch: int) -> Row:
        dice, who = self._dice, people.person(self._dice)
        answered = self._shop.chance(0.85)
        return {
            "title": dice.choice((who.title, who.title, "", None)),
            "state": "",
            "connector": f"connectors_{kind.lower()}",
            "external_contact": self._stranger(who.title, epoch) if self._shop.chance(0.5) else None,
            "sender": people.phone(dice) if kind in {"SMS", "WAP", "VBR"} else str(dice.randrange(10**15)),
            "answered": answered,
            "options": [],
            "duration": dice.randrange(30, 1800) if answered else 0,
            "wait_time": int(dice.expovariate(1 / 60)),
            "direction": dice.choices(("IN", "OUT", ""), (65, 30, 5))[0],
            "disconnection": dice.choice(_DISCONNECTIONS),
            "missed": "NO" if answered else dice.choice(("YES", "")),
            "missed_time": None if answered else self._shop.text(epoch),
            "type": dice.choice(("DM", "STORY_REPLY", "STORY_MENTION")),
            "email": people.email(dice, who),
            "phone": dice.choice(("", None, people.phone(dice))),
            "context": dice.choice(([], {"page": "košík"})),
            "routing_duration": dice.randrange(20),
            "host": "www.example.com",
            "referer": "https://www.example.com/?q=%C4%8Daj",
            "browser": "Firefox",
            "mobileDevice": self._shop.chance(0.5),
            "privateMode": False,
            "language": "cs",
            "ipaddress": "192.0.2.7",
            "gdpr": True,
        }

    def _stranger(self, title: str, epoch: int) -> Key:
        return self._shop.put("_externalContacts", {"name": self._shop.unique("external", epoch), "title": title})

    def _lines(self, chat: Row, epoch: int) -> None:
        for line in range(self._dice.randrange(2, 6)):
            row = {
                "name": self._shop.unique("message", epoch),
                "text": texts.chat_line(self._dice),
                "result": "",
                "direction": ("in", "out")[line % 2],
                "type": "TEXT",
                "time": self._shop.text(min(epoch + 20 * line, self._shop.calendar.now)),
                "_chat": chat["name"],
            }
            self._shop.put("activitiesChatMessages", row)
