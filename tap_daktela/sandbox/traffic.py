"""Activities: one row for each thing that happened, with its call, e-mail, chat or message as the item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_daktela.sandbox import texts
from tap_daktela.sandbox.calls import Calls
from tap_daktela.sandbox.messages import Messages
from tap_daktela.sandbox.tables import ITEMS

if TYPE_CHECKING:
    from tap_daktela.sandbox.crm import Crm
    from tap_daktela.sandbox.tables import Key, Row
    from tap_daktela.sandbox.workshop import Workshop

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


class Traffic:
    """Makes activities in the order of time. While the history is built, older rows follow what happens to them."""

    def __init__(self, shop: Workshop, crm: Crm) -> None:
        self._shop = shop
        self._dice = shop.dice
        self._crm = crm
        self._calls = Calls(shop)
        self._messages = Messages(shop)
        self._last_email: Key | None = None
        self._not_yet = list(_MIX)
        self.history = True

    def activity(self, epoch: int, kind: str | None = None) -> Key:
        """An activity, of any type if none is given, with its item."""
        shop = self._shop
        if kind is None:
            kind = self._kind()
        age = shop.calendar.now - epoch
        is_open = kind in ITEMS and shop.chance(_OPEN_RECENTLY if age < _RECENT_SECONDS else _OPEN_FOR_LONG)
        user = shop.maybe("users", 0.37 if kind == "EMAIL" else 0.9)
        contact = shop.maybe("contacts", 0.6)
        item = self._item(kind, epoch, is_open=is_open, user=user, contact=contact)
        row = self._row(kind, epoch, is_open=is_open) | {"user": user, "contact": contact}
        if item:
            row |= self._about(kind, item)
        name = shop.put("activities", row)
        if item is not None:
            self._follow(kind, item, row)
        if item is not None and self.history and shop.chance(_ORPHAN):
            self._orphan(row)
        return name

    def alone(self, epoch: int) -> None:
        """A call or e-mail that never became an activity, such as spam or a call that nobody took."""
        kind = self._dice.choice(("CALL", "EMAIL", "EMAIL"))
        self._item(kind, epoch, is_open=False, user=None, contact=None)

    def _kind(self) -> str:
        """A type of activity by its share. The first ones are one of each, so that none depends on luck."""
        if self._not_yet:
            return self._not_yet.pop(0)
        return self._dice.choices(list(_MIX), list(_MIX.values()))[0]

    def _item(self, kind: str, epoch: int, *, is_open: bool, user: Key | None, contact: Key | None) -> Row | None:
        if kind == "CALL":
            return self._calls.call(epoch, going_on=is_open, user=user, contact=contact)
        if kind not in ITEMS:
            return None
        last = self._shop.store["activitiesEmail"].by_key.get(self._last_email or "")
        if kind == "EMAIL" and last is not None and self.history and self._shop.chance(_SECOND_OF_EMAIL):
            return last
        return self._messages.item(kind, ITEMS[kind], epoch, user=user, contact=contact)

    def _row(self, kind: str, epoch: int, *, is_open: bool) -> Row:
        shop, dice = self._shop, self._dice
        opened = min(epoch + int(dice.expovariate(1 / 60)), shop.calendar.now)
        closed = min(opened + int(dice.expovariate(1 / (20_000 if kind == "EMAIL" else 400))), shop.calendar.now)
        return {
            "name": shop.unique("activities", epoch),
            "ticket": self._crm.earlier_ticket(epoch) if shop.chance(0.65) else None,
            "title": texts.subject(dice) if kind in {"EMAIL", "CUSTOM"} else "",
            "important": shop.chance(0.02),
            "action": dice.choice(("OPEN", "WAIT", "POSTPONE")) if is_open else "CLOSE",
            "type": kind,
            "priority": dice.choice((0, 0, 0, 5)),
            "description": f"<p>{texts.sentences(dice, 2)}</p>" if kind in {"", "COMMENT"} else "",
            "time": shop.text(epoch),
            "time_wait": shop.text(epoch) if kind in ITEMS else None,
            "time_open": shop.text(opened) if kind in ITEMS else None,
            "time_close": None if is_open else shop.text(closed),
            "baw": opened - epoch,
            "aaw": 0 if is_open else dice.randrange(90),
            "duration": 0 if is_open else closed - opened,
            "focus_time": None if is_open else int((closed - opened) * dice.random()),
            "focus_disruptions": dice.randrange(3),
            "ringing_time": 0,
            "created_by": shop.maybe("users", 0.3),
            "statuses": shop.several("statuses", 1) or None,
            "customFields": shop.custom("activities") if shop.chance(0.3) else None,
        }

    def _about(self, kind: str, item: Row) -> Row:
        """What the activity takes over from its item."""
        is_call = kind == "CALL"
        return {
            "item": item["id_call" if is_call else "name"],
            "queue": item.get("id_queue" if is_call else "queue"),
            "ringing_time": item.get("ringing_time", 0),
            "attachments": item.get("attachments"),
            "record": self._shop.maybe("campaignsRecords", 0.25) if is_call and item["direction"] == "out" else None,
        }

    def _follow(self, kind: str, item: Row, row: Row) -> None:
        """Link the item to its activity; in history also let surveys, tickets and campaign records know of it."""
        store, name = self._shop.store, row["name"]
        stored = store[ITEMS[kind]].by_key[row["item"]]
        stored["activities"] = [*stored.get("activities", ()), name]
        if kind == "EMAIL":
            self._last_email = row["item"]
        if kind == "CALL" and item["answered"]:
            self._calls.transcript(name)
        if not self.history:
            return
        if self._shop.rarely("npsSurveys", _SURVEYED):
            self._survey(row)
        ticket = store["tickets"].by_key.get(row["ticket"] or 0)
        if ticket is not None:
            ticket["last_activity"] = row["time"]
            ticket["interaction_activity_count"] += 1
            ticket["edited"] = max(ticket["edited"], row["time"])
        record = store["campaignsRecords"].by_key.get(row["record"] or "")
        if record is not None:
            record |= {"call_id": row["item"], "activity": name}

    def _survey(self, row: Row) -> None:
        shop = self._shop
        survey = {
            "name": shop.unique("nps", 0),
            "activity": row["name"],
            "user": row["user"],
            "contact": row["contact"],
            "score": self._dice.randrange(11),
            "created": row["time"],
            "note": self._dice.choice(("", None, "Spokojenost 👍")),
        }
        shop.store["activities"].by_key[row["name"]]["survey"] = shop.put(
            "npsSurveys", {name: value for name, value in survey.items() if value is not None}
        )

    def _orphan(self, row: Row) -> None:
        """Lose the item: such activities exist on real instances."""
        store = self._shop.store
        store["activities"].by_key[row["name"]].pop("item", None)
        item = store[ITEMS[row["type"]]].by_key[row["item"]]
        item["activities"] = [name for name in item["activities"] if name != row["name"]]
