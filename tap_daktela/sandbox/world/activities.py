"""Activities: one row for each contact with a customer, with its call, e-mail, chat or message as the item."""

from tap_daktela.sandbox.storage.tables import ITEMS, Key, Row
from tap_daktela.sandbox.world import texts
from tap_daktela.sandbox.world.calls import CallMaker
from tap_daktela.sandbox.world.crm import CrmMaker
from tap_daktela.sandbox.world.messages import MessageMaker
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
_RECENT_SECONDS = 2 * 3600
_OPEN_RECENTLY = 0.6
_OPEN_FOR_LONG = 0.01
_ORPHAN = 0.015
_SECOND_OF_EMAIL = 0.03
_SURVEYED = 0.02


class ActivityMaker:
    """Makes activities in the order of time.

    While `history` is true, an activity also changes the rows that it concerns: surveys, tickets, campaign records.
    """

    def __init__(self, maker: RowMaker, crm: CrmMaker) -> None:
        self._maker = maker
        self._rng = maker.rng
        self._crm = crm
        self._calls = CallMaker(maker)
        self._messages = MessageMaker(maker)
        self._last_email: Key | None = None
        self._not_yet = list(_MIX)
        self.history = True

    def activity(self, epoch: int, kind: str | None = None) -> Key:
        """Store an activity of a type, or of a random one, with its item. Return its key."""
        maker = self._maker
        if kind is None:
            kind = self._kind()
        age = maker.calendar.now - epoch
        is_open = kind in ITEMS and maker.chance(_OPEN_RECENTLY if age < _RECENT_SECONDS else _OPEN_FOR_LONG)
        user = maker.maybe("users", 0.37 if kind == "EMAIL" else 0.9)
        contact = maker.maybe("contacts", 0.6)
        item = self._item(kind, epoch, is_open=is_open, user=user, contact=contact)
        row = self._row(kind, epoch, is_open=is_open) | {"user": user, "contact": contact}
        if item:
            row |= self._about(kind, item)
        name = maker.put("activities", row)
        if item is not None:
            self._follow(kind, item, row)
        if item is not None and self.history and maker.chance(_ORPHAN):
            self._orphan(row)
        return name

    def alone(self, epoch: int) -> None:
        """Store a call or an e-mail without an activity, such as spam or a call that nobody took."""
        kind = self._rng.choice(("CALL", "EMAIL", "EMAIL"))
        self._item(kind, epoch, is_open=False, user=None, contact=None)

    def _kind(self) -> str:
        """A type by its share. The first activities are one of each type, so that none is missing by chance."""
        if self._not_yet:
            return self._not_yet.pop(0)
        return self._rng.choices(list(_MIX), list(_MIX.values()))[0]

    def _item(self, kind: str, epoch: int, *, is_open: bool, user: Key | None, contact: Key | None) -> Row | None:
        if kind == "CALL":
            return self._calls.call(epoch, going_on=is_open, user=user, contact=contact)
        if kind not in ITEMS:
            return None
        last = self._maker.store["activitiesEmail"].by_key.get(self._last_email or "")
        if kind == "EMAIL" and last is not None and self.history and self._maker.chance(_SECOND_OF_EMAIL):
            return last
        return self._messages.item(kind, ITEMS[kind], epoch, user=user, contact=contact)

    def _row(self, kind: str, epoch: int, *, is_open: bool) -> Row:
        maker, rng = self._maker, self._rng
        opened = min(epoch + int(rng.expovariate(1 / 60)), maker.calendar.now)
        closed = min(opened + int(rng.expovariate(1 / (20_000 if kind == "EMAIL" else 400))), maker.calendar.now)
        return {
            "name": maker.unique("activities", epoch),
            "ticket": self._crm.earlier_ticket(epoch) if maker.chance(0.65) else None,
            "title": texts.subject(rng) if kind in {"EMAIL", "CUSTOM"} else "",
            "important": maker.chance(0.02),
            "action": rng.choice(("OPEN", "WAIT", "POSTPONE")) if is_open else "CLOSE",
            "type": kind,
            "priority": rng.choice((0, 0, 0, 5)),
            "description": f"<p>{texts.sentences(rng, 2)}</p>" if kind in {"", "COMMENT"} else "",
            "time": maker.text(epoch),
            "time_wait": maker.text(epoch) if kind in ITEMS else None,
            "time_open": maker.text(opened) if kind in ITEMS else None,
            "time_close": None if is_open else maker.text(closed),
            "baw": opened - epoch,
            "aaw": 0 if is_open else rng.randrange(90),
            "duration": 0 if is_open else closed - opened,
            "focus_time": None if is_open else int((closed - opened) * rng.random()),
            "focus_disruptions": rng.randrange(3),
            "ringing_time": 0,
            "created_by": maker.maybe("users", 0.3),
            "statuses": maker.several("statuses", 1) or None,
            "customFields": maker.custom("activities") if maker.chance(0.3) else None,
        }

    def _about(self, kind: str, item: Row) -> Row:
        """The columns that an activity takes over from its item."""
        is_call = kind == "CALL"
        return {
            "item": item["id_call" if is_call else "name"],
            "queue": item.get("id_queue" if is_call else "queue"),
            "ringing_time": item.get("ringing_time", 0),
            "attachments": item.get("attachments"),
            "record": self._maker.maybe("campaignsRecords", 0.25) if is_call and item["direction"] == "out" else None,
        }

    def _follow(self, kind: str, item: Row, row: Row) -> None:
        """Link the item to its activity. In the history, also change surveys, tickets and campaign records."""
        store, name = self._maker.store, row["name"]
        stored = store[ITEMS[kind]].by_key[row["item"]]
        stored["activities"] = [*stored.get("activities", ()), name]
        if kind == "EMAIL":
            self._last_email = row["item"]
        if kind == "CALL" and item["answered"]:
            self._calls.transcript(name)
        if not self.history:
            return
        if self._maker.rarely("npsSurveys", _SURVEYED):
            self._survey(row)
        ticket = store["tickets"].by_key.get(row["ticket"] or 0)
        if ticket is not None:
            ticket["last_activity"] = row["time"]
            by_client = str(item.get("direction", "in")).lower() == "in"
            ticket["last_activity_client" if by_client else "last_activity_operator"] = row["time"]
            ticket["interaction_activity_count"] += 1
            ticket["edited"] = max(ticket["edited"], row["time"])
        record = store["campaignsRecords"].by_key.get(row["record"] or "")
        if record is not None:
            record |= {"call_id": row["item"], "activity": name}

    def _survey(self, row: Row) -> None:
        maker = self._maker
        survey = {
            "name": maker.unique("nps", 0),
            "activity": row["name"],
            "user": row["user"],
            "contact": row["contact"],
            "score": self._rng.randrange(11),
            "created": row["time"],
            "note": self._rng.choice(("", None, "Spokojenost 👍")),
        }
        maker.store["activities"].by_key[row["name"]]["survey"] = maker.put(
            "npsSurveys", {name: value for name, value in survey.items() if value is not None}
        )

    def _orphan(self, row: Row) -> None:
        """Take the item away from an activity: real instances have such activities."""
        store = self._maker.store
        store["activities"].by_key[row["name"]].pop("item", None)
        item = store[ITEMS[row["type"]]].by_key[row["item"]]
        item["activities"] = [name for name in item["activities"] if name != row["name"]]
