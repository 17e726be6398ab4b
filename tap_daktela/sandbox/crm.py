"""Contacts, accounts, tickets, CRM records and campaign records."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from tap_daktela.sandbox import people, texts

if TYPE_CHECKING:
    from tap_daktela.sandbox.tables import Key, Row
    from tap_daktela.sandbox.workshop import Workshop

ZERO = "0000-00-00 00:00:00"
"""What MySQL shows for a date that was never set."""

_FIRST_TICKET = 10_001
_HOUR = 3600
_DAY = 24 * _HOUR
_WEEK = 7 * _DAY
_RECENT = 40.0
"""Activities belong to one of about this many latest tickets."""


class Crm:
    """Makes rows that came to be at a moment and, but for new ones, were edited later."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop
        self._dice = shop.dice
        self._ticket_moments: list[int] = []
        self._ticket_names: list[Key] = []

    def account(self, epoch: int) -> Key:
        """A company."""
        shop = self._shop
        row = {
            "name": shop.unique("account", epoch),
            "title": people.company(self._dice),
            "database": shop.some("crmDatabases"),
            "sla": shop.maybe("ticketsSla", 0.2),
            "user": shop.maybe("users", 0.3),
            "description": self._dice.choice(("", None, "Klíčový zákazník")),
            "created": shop.text(epoch),
            "edited": shop.text(self._edited(epoch)),
            "customFields": shop.custom("accounts"),
        }
        self._snapshot("accounts", row)
        return shop.put("accounts", row)

    def contact(self, epoch: int) -> Key:
        """A person; most belong to no company, as usual in call centres."""
        shop, who = self._shop, people.person(self._dice)
        row = {
            "name": shop.unique("contact", epoch),
            "title": who.title,
            "firstname": self._dice.choice((who.first, who.first, "")),
            "lastname": who.last,
            "database": shop.some("crmDatabases"),
            "account": shop.maybe("accounts", 0.35),
            "user": shop.maybe("users", 0.1),
            "description": self._dice.choice(("", None, "Volat po 16. hodině")),
            "nps_score": self._dice.choice((0, 9.5, None)),
            "created": shop.text(epoch),
            "edited": shop.text(self._edited(epoch)),
            "customFields": shop.custom("contacts"),
        }
        self._snapshot("contacts", row)
        return shop.put("contacts", row)

    def ticket(self, epoch: int) -> Key:
        """A ticket. Names are consecutive integers; some tickets are merged into others or are their children."""
        shop, dice = self._shop, self._dice
        number = max((int(name) for name in self._ticket_names[-1:]), default=_FIRST_TICKET - 1) + 1
        while number in shop.store["tickets"].by_key:
            number += 1
        edited = self._edited(epoch)
        stage = dice.choice(("OPEN", "WAIT", "CLOSE", "CLOSE", "CLOSE", "ARCHIVE"))
        closed = edited if stage in {"CLOSE", "ARCHIVE"} else None
        answered = shop.calendar.between(epoch, edited) if shop.chance(0.8) else None
        parent = self.earlier_ticket(epoch) if shop.chance(0.05) else None
        if parent is not None:
            shop.store["tickets"].edit(parent, {"isParent": True})
        row: Row = {
            "name": number,
            "title": texts.subject(dice),
            "id_merge": self.earlier_ticket(epoch) if shop.chance(0.04) else None,
            "parentTicket": parent,
            "isParent": False,
            "category": shop.some("ticketsCategories"),
            "user": shop.maybe("users", 0.8),
            "email": dice.choice(("", None, "zakaznik@example.com")),
            "contact": shop.maybe("contacts", 0.75),
            "description": f"<p>{texts.sentences(dice, 2)}</p>" if shop.chance(0.5) else "",
            "stage": stage,
            "priority": dice.choice(("LOW", "MEDIUM", "HIGH")),
            "sla_overdue": dice.choice((0, 0, 92_236)),
            "sla_deadtime": dice.choice((ZERO, shop.text(epoch + _DAY), shop.text(epoch + _DAY))),
            "sla_close_deadline": shop.text(epoch + 2 * _DAY),
            "sla_change": shop.text(edited),
            "sla_duration": edited - epoch,
            "sla_custom": shop.chance(0.1),
            "interaction_activity_count": 0,
            "reopen": ZERO if shop.chance(0.03) else None,
            "created": shop.text(epoch),
            "created_by": shop.maybe("users", 0.6),
            "edited": shop.text(edited),
            "edited_by": shop.maybe("users", 0.8),
            "first_answer": shop.text(answered),
            "first_answer_duration": answered - epoch if answered else 0,
            "first_answer_deadline": shop.text(epoch + 4 * _HOUR),
            "first_answer_overdue": 0,
            "closed": shop.text(closed),
            "unread": shop.chance(0.1),
            "has_attachment": shop.chance(0.2),
            "followers": shop.several("users", 2) or None,
            "statuses": shop.several("statuses", 2) or None,
            "customFields": shop.custom("tickets"),
            "isFollowed": False,
        }
        self._ticket_moments.append(epoch)
        self._ticket_names.append(number)
        return shop.put("tickets", row)

    def earlier_ticket(self, epoch: int) -> Key | None:
        """One of the latest tickets before a moment, or None."""
        before = bisect_right(self._ticket_moments, epoch)
        chosen = before - 1 - int(self._dice.expovariate(1 / _RECENT))
        name = self._ticket_names[chosen] if 0 <= chosen < before else None
        return name if name in self._shop.store["tickets"].by_key else None

    def crm_record(self, epoch: int) -> Key:
        """A contract or a device; a third was never edited."""
        shop, dice = self._shop, self._dice
        row = {
            "name": shop.unique("crmrecord", epoch),
            "type": shop.some("crmRecordsTypes"),
            "user": shop.maybe("users", 0.6),
            "contact": shop.maybe("contacts", 0.7),
            "account": shop.maybe("accounts", 0.5),
            "ticket": shop.maybe("tickets", 0.4),
            "title": f"Smlouva {dice.randrange(10**6)}",
            "description": dice.choice(("", None)),
            "status": shop.maybe("statuses", 0.5),
            "created": shop.text(epoch),
            "edited": shop.text(self._edited(epoch)) if shop.chance(2 / 3) else None,
            "stage": dice.choice(("OPEN", "CLOSE")),
            "customFields": shop.custom("crmRecords"),
        }
        return shop.put("crmRecords", row)

    def campaigns_record(self, epoch: int) -> Key:
        """A record of an outbound campaign; those that nobody has worked on were never edited."""
        shop, dice = self._shop, self._dice
        worked = shop.chance(0.6)
        database = shop.some("databases")
        action: int | str = dice.choice((2, 4, 5, 5, 6)) if worked else dice.choice((0, 1))
        base = shop.store["databases"].by_key.get(database or "", {})
        row = {
            "name": shop.unique("records", epoch),
            "user": shop.maybe("users", 0.9) if worked else None,
            "record_type": base.get("record_type"),
            "database": database,
            "nextcall": ZERO if shop.chance(0.2) else shop.text(epoch + _WEEK),
            "action": str(action) if shop.chance(0.15) else action,
            "options": [],
            "contact": shop.maybe("contacts", 0.8),
            "edited": shop.text(self._edited(epoch)) if worked else None,
            "created": shop.text(epoch),
            "statuses": shop.several("statuses", 2) or None,
            "customFields": shop.custom("campaignsRecords"),
        }
        snapshot = {"_key": shop.unique("snapshot", epoch), "time": row["created"], "_parent": row["name"]}
        shop.put("campaignsRecordsSnapshots", {**snapshot, "title": "", "action": 0})
        return shop.put("campaignsRecords", row)

    def _edited(self, epoch: int) -> int:
        """A later moment, at most now; many rows are never touched again."""
        if self._shop.chance(0.3):
            return epoch
        return min(epoch + int(self._dice.expovariate(1 / (2 * _DAY))), self._shop.calendar.now)

    def _snapshot(self, table: str, row: Row) -> None:
        """An older state of a row, for one row in ten."""
        if not self._shop.rarely(f"{table}Snapshots", 0.1):
            return
        kept = ("title", "description", *(("firstname", "lastname") if table == "contacts" else ()))
        epochless = {"_key": self._shop.unique("snapshot", 0), "time": row["created"], "_parent": row["name"]}
        self._shop.put(f"{table}Snapshots", {**epochless, "deleted": False, **{name: row[name] for name in kept}})
