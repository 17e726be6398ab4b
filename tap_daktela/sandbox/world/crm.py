"""Contacts, accounts, tickets, CRM records and campaign records."""

from bisect import bisect_right

from tap_daktela.sandbox.storage.tables import Key, Row
from tap_daktela.sandbox.world import people, texts
from tap_daktela.sandbox.world.row_maker import RowMaker

ZERO = "0000-00-00 00:00:00"
"""How MySQL shows a date that was never set."""

_FIRST_TICKET = 10_001
_HOUR = 3600
_DAY = 24 * _HOUR
_WEEK = 7 * _DAY
_RECENT = 40.0
"""An activity belongs to one of the latest tickets; this is the mean of how many tickets back."""


class CrmMaker:
    """Makes rows that were created at a moment, in seconds since the epoch, and edited later. Returns their keys."""

    def __init__(self, maker: RowMaker) -> None:
        self._maker = maker
        self._rng = maker.rng
        self._ticket_moments: list[int] = []
        self._ticket_names: list[Key] = []

    def account(self, epoch: int) -> Key:
        """A company."""
        maker = self._maker
        row = {
            "name": maker.unique("account", epoch),
            "title": people.company(self._rng),
            "database": maker.some("crmDatabases"),
            "sla": maker.maybe("ticketsSla", 0.2),
            "user": maker.maybe("users", 0.3),
            "description": self._rng.choice(("", None, "Klíčový zákazník")),
            "created": maker.text(epoch),
            "edited": maker.text(self._edited(epoch)),
            "customFields": maker.custom("accounts"),
        }
        self._snapshot("accounts", row)
        return maker.put("accounts", row)

    def contact(self, epoch: int) -> Key:
        """A person. As in real call centres, most belong to no company."""
        maker, who = self._maker, people.person(self._rng)
        row = {
            "name": maker.unique("contact", epoch),
            "title": who.title,
            "firstname": self._rng.choice((who.first, who.first, "")),
            "lastname": who.last,
            "database": maker.some("crmDatabases"),
            "account": maker.maybe("accounts", 0.35),
            "user": maker.maybe("users", 0.1),
            "description": self._rng.choice(("", None, "Volat po 16. hodině")),
            "nps_score": self._rng.choice((0, 9.5, None)),
            "created": maker.text(epoch),
            "edited": maker.text(self._edited(epoch)),
            "customFields": maker.custom("contacts"),
        }
        self._snapshot("contacts", row)
        return maker.put("contacts", row)

    def ticket(self, epoch: int) -> Key:
        """A ticket. Names are consecutive integers. Some tickets were merged into others or are their children."""
        maker, rng = self._maker, self._rng
        number = max((int(name) for name in self._ticket_names[-1:]), default=_FIRST_TICKET - 1) + 1
        while number in maker.store["tickets"].by_key:
            number += 1
        edited = self._edited(epoch)
        stage = rng.choice(("OPEN", "WAIT", "CLOSE", "CLOSE", "CLOSE", "ARCHIVE"))
        closed = edited if stage in {"CLOSE", "ARCHIVE"} else None
        answered = maker.calendar.between(epoch, edited) if maker.chance(0.8) else None
        parent = self.earlier_ticket(epoch) if maker.chance(0.05) else None
        if parent is not None:
            maker.store["tickets"].edit(parent, {"isParent": True})
        row: Row = {
            "name": number,
            "title": texts.subject(rng),
            "id_merge": self.earlier_ticket(epoch) if maker.chance(0.04) else None,
            "parentTicket": parent,
            "isParent": False,
            "category": maker.some("ticketsCategories"),
            "user": maker.maybe("users", 0.8),
            "email": rng.choice(("", None, "zakaznik@example.com")),
            "contact": maker.maybe("contacts", 0.75),
            "description": f"<p>{texts.sentences(rng, 2)}</p>" if maker.chance(0.5) else "",
            "stage": stage,
            "priority": rng.choice(("LOW", "MEDIUM", "HIGH")),
            "sla_overdue": rng.choice((0, 0, 92_236)),
            "sla_deadtime": rng.choice((ZERO, maker.text(epoch + _DAY), maker.text(epoch + _DAY))),
            "sla_close_deadline": maker.text(epoch + 2 * _DAY),
            "sla_change": maker.text(edited),
            "sla_duration": edited - epoch,
            "sla_custom": maker.chance(0.1),
            "interaction_activity_count": 0,
            "reopen": ZERO if maker.chance(0.03) else None,
            "created": maker.text(epoch),
            "created_by": maker.maybe("users", 0.6),
            "edited": maker.text(edited),
            "edited_by": maker.maybe("users", 0.8),
            "first_answer": maker.text(answered),
            "first_answer_duration": answered - epoch if answered else 0,
            "first_answer_deadline": maker.text(epoch + 4 * _HOUR),
            "first_answer_overdue": 0,
            "closed": maker.text(closed),
            "unread": maker.chance(0.1),
            "has_attachment": maker.chance(0.2),
            "followers": maker.several("users", 2) or None,
            "statuses": maker.several("statuses", 2) or None,
            "customFields": maker.custom("tickets"),
            "isFollowed": False,
        }
        self._ticket_moments.append(epoch)
        self._ticket_names.append(number)
        return maker.put("tickets", row)

    def earlier_ticket(self, epoch: int) -> Key | None:
        """The key of one of the latest tickets before a moment, or None."""
        before = bisect_right(self._ticket_moments, epoch)
        chosen = before - 1 - int(self._rng.expovariate(1 / _RECENT))
        name = self._ticket_names[chosen] if 0 <= chosen < before else None
        return name if name in self._maker.store["tickets"].by_key else None

    def crm_record(self, epoch: int) -> Key:
        """A contract or a device. A third of them was never edited."""
        maker, rng = self._maker, self._rng
        row = {
            "name": maker.unique("crmrecord", epoch),
            "type": maker.some("crmRecordsTypes"),
            "user": maker.maybe("users", 0.6),
            "contact": maker.maybe("contacts", 0.7),
            "account": maker.maybe("accounts", 0.5),
            "ticket": maker.maybe("tickets", 0.4),
            "title": f"Smlouva {rng.randrange(10**6)}",
            "description": rng.choice(("", None)),
            "status": maker.maybe("statuses", 0.5),
            "created": maker.text(epoch),
            "edited": maker.text(self._edited(epoch)) if maker.chance(2 / 3) else None,
            "stage": rng.choice(("OPEN", "CLOSE")),
            "customFields": maker.custom("crmRecords"),
        }
        return maker.put("crmRecords", row)

    def campaigns_record(self, epoch: int) -> Key:
        """A record of an outbound campaign. One that nobody has worked on was never edited."""
        maker, rng = self._maker, self._rng
        worked = maker.chance(0.6)
        database = maker.some("databases")
        action: int | str = rng.choice((2, 4, 5, 5, 6)) if worked else rng.choice((0, 1))
        base = maker.store["databases"].by_key.get(database or "", {})
        row = {
            "name": maker.unique("records", epoch),
            "user": maker.maybe("users", 0.9) if worked else None,
            "record_type": base.get("record_type"),
            "database": database,
            "nextcall": ZERO if maker.chance(0.2) else maker.text(epoch + _WEEK),
            "action": str(action) if maker.chance(0.15) else action,
            "options": [],
            "contact": maker.maybe("contacts", 0.8),
            "edited": maker.text(self._edited(epoch)) if worked else None,
            "created": maker.text(epoch),
            "statuses": maker.several("statuses", 2) or None,
            "customFields": maker.custom("campaignsRecords"),
        }
        snapshot = {"_key": maker.unique("snapshot", epoch), "time": row["created"], "_parent": row["name"]}
        maker.put("campaignsRecordsSnapshots", {**snapshot, "title": "", "action": 0})
        return maker.put("campaignsRecords", row)

    def _edited(self, epoch: int) -> int:
        """A moment between then and now. Many rows are never edited: the same moment."""
        if self._maker.chance(0.3):
            return epoch
        return min(epoch + int(self._rng.expovariate(1 / (2 * _DAY))), self._maker.calendar.now)

    def _snapshot(self, table: str, row: Row) -> None:
        """Store an older state of a row, for one row in ten."""
        if not self._maker.rarely(f"{table}Snapshots", 0.1):
            return
        kept = ("title", "description", *(("firstname", "lastname") if table == "contacts" else ()))
        epochless = {"_key": self._maker.unique("snapshot", 0), "time": row["created"], "_parent": row["name"]}
        self._maker.put(f"{table}Snapshots", {**epochless, "deleted": False, **{name: row[name] for name in kept}})
