"""Web chats, text messages, messengers and comments on social media."""

from tap_daktela.sandbox.storage.tables import ITEMS, Key, Row
from tap_daktela.sandbox.world.activities.course import untaken, waiting, worked
from tap_daktela.sandbox.world.crm.customers import CustomerMaker
from tap_daktela.sandbox.world.invented import texts
from tap_daktela.sandbox.world.row_maker import RowMaker

_COMMENTS = frozenset({"FBCOMMENT", "IGCOMMENT"})
_WITH_NUMBERS = frozenset({"SMS", "WAP", "VBR"})
_NOT_OPENED = 0.5
_PREFIXES = {"CHAT": "web"}
_DIRECTIONS = ("IN",) * 13 + ("OUT",) * 6 + ("",)
_TAKEN_ENDINGS = ("", "USER", "CLIENT", "CLIENT", "TIMEOUT", "DECISION_TREE")
_UNTAKEN_ENDINGS = ("CLIENT", "TIMEOUT", "NOT_AVAIL", "OUT_OF_TIME")
_BROWSER: Row = {
    "host": "www.example.com",
    "referer": "https://www.example.com/?q=%C4%8Daj",
    "refererLast": "https://www.example.com/kosik",
    "browser": "Firefox",
    "privateMode": False,
    "hasFocus": True,
    "language": "cs",
    "ipaddress": "192.0.2.7",
    "gdpr": True,
}


class MessageMaker:
    """Makes the items of activities of the written channels but e-mail."""

    def __init__(self, maker: RowMaker, customers: CustomerMaker) -> None:
        self._maker = maker
        self._rng = maker.rng
        self._customers = customers
        self._queues: dict[str, Key] = {}
        for key, row in maker.store["queues"].by_key.items():
            self._queues.setdefault(row["type"], key)

    def message(self, kind: str, epoch: int, contact: Key | None, *, left_open: bool) -> tuple[Row, Row]:
        """Store the item of an activity of type `kind`. Return its row, and how its activity went."""
        maker, rng, table = self._maker, self._rng, ITEMS[kind]
        user = maker.worker(0.87)
        wait, duration = rng.seconds(60 if kind == "CHAT" else 240), 30 + rng.seconds(420)
        if left_open and rng.chance(_NOT_OPENED):
            user, course = None, waiting(maker, epoch)
        elif user is None:
            course = untaken(maker, epoch, epoch + wait)
        else:
            talk = {"duration": duration, "aaw": rng.seconds(20), "waiting_from": epoch}
            course = worked(maker, epoch + wait, user=user, left_open=left_open, **talk)
        row: Row = {
            "name": maker.unique(_PREFIXES.get(kind, kind.lower()), epoch),
            "queue": self._queue("socialmedia" if kind in _COMMENTS else kind.lower()),
            "user": course.get("user"),
            "contact": contact,
            "time": maker.text(epoch),
        }
        if kind in _COMMENTS:
            row |= {"title": "Komentář", "text": texts.chat_line(rng, 1)}
            del row["contact"]
        else:
            row |= self._conversation(kind, epoch, course, contact, wait)
        maker.put(table, row)
        if kind == "CHAT":
            self._lines(row, epoch + wait, course)
        return row, course

    def _queue(self, kind: str) -> Key | None:
        key = self._queues.get(kind)
        return key if key in self._maker.store["queues"].by_key else None

    def _conversation(self, kind: str, epoch: int, course: Row, contact: Key | None, wait: int) -> Row:
        rng, maker = self._rng, self._maker
        title, email = self._customers.email(contact)
        answered = course.get("time_open") is not None
        missed = not answered and course["action"] == "CLOSE"
        endings = _TAKEN_ENDINGS if answered else _UNTAKEN_ENDINGS
        row = {
            "title": rng.pick(("", None)) if maker.dirty(0.4) else title,
            "state": "",
            "connector": f"connectors_{kind.lower()}",
            "answered": answered,
            "options": [],
            "duration": course["duration"],
            "wait_time": wait,
            "disconnection": rng.pick(endings) if course["action"] == "CLOSE" else "",
            "missed": "YES" if missed else "NO" if answered else "",
            "missed_time": course["time_close"] if missed else None,
        }
        if kind == "CHAT":
            return row | self._visitor(title, email, contact, course, epoch)
        row["sender"] = self._customers.phone(contact) if kind in _WITH_NUMBERS else str(rng.below(10**15))
        row["direction"] = rng.pick(_DIRECTIONS)
        if kind == "SMS":
            del row["title"]
            return row
        if kind == "IGDM":
            row["type"] = rng.pick(("DM", "STORY_REPLY", "STORY_MENTION"))
        if rng.chance(0.5):
            stranger = {"name": maker.unique("external", epoch), "title": title}
            row["external_contact"] = maker.put("_externalContacts", stranger)
        return row

    def _visitor(self, title: str, email: str, contact: Key | None, course: Row, epoch: int) -> Row:
        """What a web chat knows of the one who writes."""
        rng, users = self._rng, self._maker.store["users"].by_key
        user = course.get("user")
        return {
            **_BROWSER,
            "email": email,
            "phone": rng.pick(("", None, self._customers.phone(contact))),
            "context": rng.pick(([], {"page": "košík"})),
            "routing_duration": rng.below(20),
            "mobileDevice": rng.chance(0.5),
            "isVisible": user is not None,
            "heartbeat": self._maker.text(epoch),
            "customer": {"name": title},
            "users": [{"title": users[user].get("title", "")}] if user else [],
            "customFields": {"source": ["web"]},
        }

    def _lines(self, chat: Row, opened: int, course: Row) -> None:
        """Store what was written, the customer's question first: within the time that the chat took."""
        count = self._rng.span(2, 5)
        step = course["duration"] // count
        for line in range(count):
            row = {
                "name": self._maker.unique("message", opened),
                "text": texts.chat_line(self._rng, line + 1),
                "result": "SENT",
                "direction": "out" if line % 2 and chat["user"] else "in",
                "type": "TEXT",
                "time": self._maker.text(min(opened + step * line, self._maker.horizon)),
                "_chat": chat["name"],
            }
            self._maker.put("activitiesChatMessages", row)
