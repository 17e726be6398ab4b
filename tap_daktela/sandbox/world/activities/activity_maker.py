"""Activities: one row for each contact with a customer, with its call, e-mail, chat or message as the item."""

from tap_daktela.sandbox.storage.tables import ITEMS, Key, Row
from tap_daktela.sandbox.world.activities.calls import CallMaker
from tap_daktela.sandbox.world.activities.course import worked
from tap_daktela.sandbox.world.activities.emails import EmailMaker
from tap_daktela.sandbox.world.activities.messages import MessageMaker
from tap_daktela.sandbox.world.crm.customers import CustomerMaker
from tap_daktela.sandbox.world.crm.tickets import TicketMaker
from tap_daktela.sandbox.world.invented import texts
from tap_daktela.sandbox.world.invented.dice import Shares
from tap_daktela.sandbox.world.row_maker import RowMaker

_MIX = {
    "CALL": 46,
    "EMAIL": 26,
    "CHAT": 9,
    "": 6,
    "SMS": 4,
    "FBM": 2.5,
    "WAP": 2.5,
    "IGDM": 1.5,
    "VBR": 1,
    "CUSTOM": 0.6,
    "COMMENT": 0.4,
    "FBCOMMENT": 0.3,
    "IGCOMMENT": 0.2,
}
_KINDS = Shares(_MIX)
_ORDINARY = 24
"""So many activities come before one of each type does, unless there are few."""

_FEW = 40

_RECENT_SECONDS = 2 * 3600
_OPEN_RECENTLY = 0.6
_OPEN_FOR_LONG = 0.01
_ORPHAN = 0.015
_SECOND_OF_EMAIL = 0.03
_SURVEYED = 0.02
_ABOUT_A_TICKET = 0.65
_KNOWN = 0.5
"""How many of those who write or call without a ticket are contacts."""


class ActivityMaker:
    """Makes activities in the order of time.

    In the history, an activity also changes the rows that it concerns: surveys, tickets, campaign records.
    """

    def __init__(self, maker: RowMaker, tickets: TicketMaker, customers: CustomerMaker, rows: int) -> None:
        self._maker = maker
        self._rng = maker.rng
        self._tickets = tickets
        self._customers = customers
        self._calls = CallMaker(maker, customers)
        self._emails = EmailMaker(maker, customers)
        self._messages = MessageMaker(maker, customers)
        self._last_email: tuple[Row, Row] | None = None
        self._ordinary = min(_ORDINARY, max(rows - _FEW, 0) // 4)
        self._not_yet = list(_MIX)

    def activity(self, epoch: int, kind: str | None = None) -> Key:
        """Store an activity of a type, or of a random one, with its item. Return its key."""
        maker, rng = self._maker, self._rng
        if kind is None:
            kind = self._kind()
        recent = maker.calendar.now - epoch < _RECENT_SECONDS
        left_open = kind in ITEMS and rng.chance(_OPEN_RECENTLY if recent else _OPEN_FOR_LONG)
        ticket = self._tickets.open_ticket(epoch) if rng.chance(_ABOUT_A_TICKET) else None
        case = maker.store["tickets"].by_key[ticket] if ticket is not None else {}
        contact = case.get("contact") if case else self._customers.known(epoch, _KNOWN)
        row: Row = {
            "name": maker.unique("activities", epoch),
            "ticket": ticket,
            "contact": contact,
            "title": "",
            "important": rng.chance(0.02),
            "type": kind,
            "priority": rng.pick((0, 0, 0, 5)),
            "description": f"<p>{texts.two_sentences(rng)}</p>" if kind in {"", "COMMENT"} else "",
            "time": maker.text(epoch),
            "focus_disruptions": rng.below(3),
            "ringing_time": 0,
            "statuses": maker.several("statuses", 1) or None,
            "customFields": maker.custom("activities") if rng.chance(0.3) else None,
        }
        item = self._with_item(row, epoch, case, left_open=left_open)
        if row["action"] == "CLOSE":
            row["focus_time"] = int(row["duration"] * rng.random())
        name = maker.put("activities", row)
        if item is not None:
            self._follow(kind, item, row)
            if maker.is_history and maker.dirty(_ORPHAN):
                self._orphan(row)
        return name

    def alone(self, epoch: int) -> None:
        """Store a call or an e-mail without an activity, such as spam or a call that nobody took."""
        if self._rng.chance(1 / 3):
            self._calls.lost(epoch)
        else:
            self._emails.unread(epoch)

    def _kind(self) -> str:
        """A type by its share. After some ordinary ones comes one of each type, so that none is missing by chance."""
        if self._ordinary > 0:
            self._ordinary -= 1
        elif self._not_yet:
            return self._not_yet.pop(0)
        return _KINDS.draw(self._rng)

    def _with_item(self, row: Row, epoch: int, ticket: Row, *, left_open: bool) -> Row | None:
        """Add to an activity how it went, and what it takes over from its item, which is stored. Return the item."""
        maker, rng, kind, contact = self._maker, self._rng, row["type"], row["contact"]
        if kind not in ITEMS:
            row |= worked(maker, epoch, user=maker.worker(0.9), duration=rng.seconds(60), aaw=0)
            row |= {"time_open": None, "created_by": row["user"], "title": "Úkol" if kind == "CUSTOM" else ""}
            return None
        if kind == "CALL":
            item, course = self._calls.call(epoch, contact, left_open=left_open)
            row |= {"item": item["id_call"], "queue": item.get("id_queue"), "contact": item["contact"]}
            row["ringing_time"] = item["ringing_time"]
            if item["direction"] == "out":
                row["created_by"] = item["id_agent"]
                row["record"] = maker.maybe("campaignsRecords", 0.25)
        else:
            item, course = self._written(kind, epoch, contact, ticket, left_open=left_open)
            row |= {"item": item["name"], "queue": item["queue"], "attachments": item.get("attachments")}
            if kind == "EMAIL":
                row["title"] = item["title"]
        row |= course
        return item

    def _written(self, kind: str, epoch: int, contact: Key | None, ticket: Row, *, left_open: bool) -> tuple[Row, Row]:
        if kind != "EMAIL":
            return self._messages.message(kind, epoch, contact, left_open=left_open)
        maker = self._maker
        if self._last_email and maker.is_history and self._rng.chance(_SECOND_OF_EMAIL):
            email, _ = self._last_email
            course = worked(maker, epoch, user=maker.worker(1), duration=30 + self._rng.seconds(120), aaw=0)
            return email, {**course, "contact": email["contact"]}
        self._last_email = self._emails.email(epoch, contact, ticket, left_open=left_open)
        return self._last_email

    def _follow(self, kind: str, item: Row, row: Row) -> None:
        """Link the item to its activity. In the history, also change surveys, tickets and campaign records."""
        maker, store, name = self._maker, self._maker.store, row["name"]
        stored = store[ITEMS[kind]].by_key[row["item"]]
        stored["activities"] = [*stored.get("activities", ()), name]
        if kind == "CALL" and item["answered"]:
            self._calls.transcript(name, item.get("duration") or 0)
        if not maker.is_history:
            return
        if maker.rarely("npsSurveys", _SURVEYED):
            self._survey(row)
        ticket = store["tickets"].by_key.get(row["ticket"] or 0)
        if ticket is not None:
            ticket["last_activity"] = row["time"]
            by_client = str(item.get("direction", "in")).lower() == "in"
            ticket["last_activity_client" if by_client else "last_activity_operator"] = row["time"]
            ticket["interaction_activity_count"] += 1
            ticket["edited"] = max(ticket["edited"], row["time"])
        record = store["campaignsRecords"].by_key.get(row.get("record") or "")
        if record is not None:
            record |= {"call_id": row["item"], "activity": name}

    def _survey(self, row: Row) -> None:
        maker = self._maker
        survey = {
            "name": maker.unique("nps", 0),
            "activity": row["name"],
            "user": row.get("user"),
            "contact": row["contact"],
            "score": self._rng.pick((0, 3, 6, 7, 8, 8, 9, 9, 9, 10, 10, 10)),
            "created": row["time"],
            "note": self._rng.pick(("", None, "Spokojenost 👍")),
        }
        maker.store["activities"].by_key[row["name"]]["survey"] = maker.put("npsSurveys", survey)

    def _orphan(self, row: Row) -> None:
        """Take the item away from an activity: real instances have such activities."""
        store = self._maker.store
        store["activities"].by_key[row["name"]].pop("item", None)
        item = store[ITEMS[row["type"]]].by_key[row["item"]]
        item["activities"] = [name for name in item["activities"] if name != row["name"]]
        transcripts = store["activitiesCallTranscripts"].by_key
        for key in [key for key, one in transcripts.items() if one["activity"] == row["name"]]:
            del transcripts[key]
