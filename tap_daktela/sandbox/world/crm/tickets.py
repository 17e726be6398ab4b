"""Tickets: answered and closed mostly in time, sometimes late, and a backlog of those that are still open.

As in recorded tickets, `first_answer_duration` and `first_answer_overdue` are 0 without an answer, `sla_duration` and
`sla_overdue` are 0 until the ticket is closed, and all durations count the nights, too. That deadlines count them is
the sandbox's own choice: they are what the service level of the category allows for the priority.
"""

from math import inf

from tap_daktela.sandbox.storage.tables import Key, Row
from tap_daktela.sandbox.world.crm.customers import CustomerMaker
from tap_daktela.sandbox.world.invented import texts
from tap_daktela.sandbox.world.invented.dice import Shares
from tap_daktela.sandbox.world.invented.dirt import ZERO
from tap_daktela.sandbox.world.row_maker import RowMaker

_FIRST_TICKET = 10_001
_HOUR = 3600
_DAY = 24 * _HOUR
_BACK = 60
"""An activity belongs to one of so many tickets that are open, mostly to one of the newest."""

_MEAN_BACK = 20.0
"""How many tickets back the parent of a ticket is."""

_PRIORITIES: Shares[str] = Shares({"LOW": 25, "MEDIUM": 60, "HIGH": 15})
_SPEEDS = {"LOW": "low", "MEDIUM": "normal", "HIGH": "high"}
_CATEGORIES = Shares({"Podpora": 40, "Reklamace": 25, "Fakturace": 20, "Obchod": 15})
_NEVER_ANSWERED = 0.04
_STUCK = 0.03
"""The share of tickets that wait for weeks, for example for a part that nobody has."""

_ARCHIVED_AFTER = 10 * _DAY
_ARCHIVED = 0.5
_SECOND_STATUS = 0.5


class TicketMaker:
    """Makes tickets that were created at a moment, in seconds since the epoch."""

    def __init__(self, maker: RowMaker, customers: CustomerMaker) -> None:
        self._maker = maker
        self._rng = maker.rng
        self._customers = customers
        self._created: list[int] = []
        self._closed: list[float] = []
        self._names: list[Key] = []
        self._opened = 0
        self._open: list[int] = []
        categories, levels = maker.store["ticketsCategories"], maker.store["ticketsSla"].by_key
        self._categories = {row["title"]: row for row in categories}
        self._levels = {row["title"]: levels[row["sla"]] for row in categories}

    def ticket(self, epoch: int) -> Key:
        """Store a ticket and return its name. Names are consecutive integers. Some are merged, some have a parent."""
        maker, rng = self._maker, self._rng
        number = max((int(name) for name in self._names[-1:]), default=_FIRST_TICKET - 1) + 1
        while number in maker.store["tickets"].by_key:
            number += 1
        subject, priority = _CATEGORIES.draw(rng), _PRIORITIES.draw(rng)
        contact = self._customers.known(epoch, 0.75)
        by_mail = rng.chance(0.6)
        parent = self.earlier_ticket(epoch) if rng.chance(0.05) else None
        if parent is not None:
            maker.store["tickets"].edit(parent, {"isParent": True})
        merged = self.earlier_ticket(epoch) if rng.chance(0.04) else None
        row: Row = {
            "name": number,
            "title": texts.subject(rng, subject),
            "id_merge": merged,
            "parentTicket": parent,
            "isParent": False,
            "category": self._category(subject),
            "user": maker.worker(0.9),
            "email": self._customers.email(contact)[1] if by_mail else rng.pick(("", None)),
            "contact": contact,
            "description": f"<p>{texts.two_sentences(rng)}</p>" if by_mail else "",
            "priority": priority,
            "interaction_activity_count": 0,
            "created": maker.text(epoch),
            "created_by": None if by_mail else maker.worker(1),
            "has_attachment": rng.chance(0.2),
            "followers": maker.several("users", 2) or None,
            "customFields": maker.custom("tickets"),
            "isFollowed": False,
        }
        closed = self._course(row, epoch, subject, stays_open=merged is None and rng.chance(_STUCK))
        self._created.append(epoch)
        self._closed.append(inf if closed is None else closed)
        self._names.append(number)
        return maker.put("tickets", row)

    def earlier_ticket(self, epoch: int) -> Key | None:
        """The key of one of the latest tickets before a moment, or None."""
        chosen = len(self._names) - 1 - self._rng.seconds(_MEAN_BACK)
        name = self._names[chosen] if chosen >= 0 and self._created[chosen] <= epoch else None
        return name if name in self._maker.store["tickets"].by_key else None

    def open_ticket(self, epoch: int) -> Key | None:
        """The key of one of the latest tickets that are open at a moment, or None. Moments must not go back."""
        while self._opened < len(self._created) and self._created[self._opened] <= epoch:
            self._open.append(self._opened)
            self._opened += 1
        while self._open:
            chosen = len(self._open) - 1 - int(min(len(self._open), _BACK) * self._rng.random() ** 3)
            place = self._open[chosen]
            if self._closed[place] > epoch:
                name = self._names[place]
                return name if name in self._maker.store["tickets"].by_key else None
            del self._open[chosen]
        return None

    def _category(self, subject: str) -> Key | None:
        """The key of a category, unless somebody has deleted it."""
        key: Key = self._categories[subject]["name"]
        return key if key in self._maker.store["ticketsCategories"].by_key else None

    def _course(self, row: Row, epoch: int, subject: str, *, stays_open: bool) -> int | None:
        """Add what happened to the ticket: its answer, its end, its deadlines. Return when it was closed, if it was."""
        maker, rng, now = self._maker, self._rng, self._maker.calendar.now
        level, speed = self._levels[subject], _SPEEDS[row["priority"]]
        allowed = level[f"response_{speed}"] * _HOUR
        solution = level[f"solution_{speed}"] * _HOUR
        answered: int | None = epoch + 120 + rng.seconds(0.55 * allowed)
        if answered is not None and (answered > now or rng.chance(_NEVER_ANSWERED)):
            answered = None
        closed: int | None = max(epoch + 300 + rng.seconds(0.7 * solution), answered or 0)
        if stays_open or (closed is not None and closed > now):
            closed = None
        edited = min(max(answered or epoch, closed or 0), now)
        if closed is None and rng.chance(0.5):
            edited = maker.calendar.between(edited, now)
        waits = closed is None and rng.chance(0.4)
        stage = "WAIT" if waits else "OPEN"
        if closed is not None:
            stage = "ARCHIVE" if now - closed > _ARCHIVED_AFTER and rng.chance(_ARCHIVED) else "CLOSE"
        deadline = epoch + allowed if answered is None else epoch + solution
        unread = closed is None and rng.chance(0.3)
        row |= {
            "stage": stage,
            "sla_overdue": 0 if closed is None else max(closed - epoch - solution, 0),
            "sla_deadtime": ZERO if maker.dirty(1 / 3) else maker.text(deadline),
            "sla_close_deadline": maker.text(epoch + solution),
            "sla_change": maker.text(closed or epoch),
            "sla_duration": 0 if closed is None else closed - epoch,
            "sla_custom": rng.chance(0.1),
            "reopen": maker.text(now + _HOUR + rng.seconds(3 * _DAY)) if waits else None,
            "edited": maker.text(edited),
            "edited_by": row["user"],
            "first_answer": maker.text(answered),
            "first_answer_duration": 0 if answered is None else answered - epoch,
            "first_answer_deadline": maker.text(epoch + allowed),
            "first_answer_overdue": 0 if answered is None else max(answered - epoch - allowed, 0),
            "closed": maker.text(closed),
            "unread": unread,
            "last_unread_date": maker.text(edited) if unread else None,
            "statuses": self._statuses(subject, is_closed=closed is not None),
        }
        return closed

    def _statuses(self, subject: str, *, is_closed: bool) -> list[Key] | None:
        """Statuses that the category allows. A closed ticket mostly has one, an open one rarely."""
        category = self._categories[subject]
        if not self._rng.chance(0.85 if is_closed else 0.2):
            return None
        chosen = [self._rng.pick(category["_statuses"])]
        if category["multiple_statuses"] and self._rng.chance(_SECOND_STATUS):
            chosen.append(self._rng.pick(category["_statuses"]))
        known = self._maker.store["statuses"].by_key
        return [key for key in dict.fromkeys(chosen) if key in known] or None
