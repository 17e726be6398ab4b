"""The customers: companies (accounts) and people (contacts), each with addresses and numbers that stay theirs."""

from bisect import bisect_right

from tap_daktela.sandbox.storage.tables import Key, Row
from tap_daktela.sandbox.world.invented import people
from tap_daktela.sandbox.world.row_maker import RowMaker

_DAY = 24 * 3600


class CustomerMaker:
    """Makes rows that were created at a moment, in seconds since the epoch, and edited later. Returns their keys."""

    def __init__(self, maker: RowMaker) -> None:
        self._maker = maker
        self._rng = maker.rng
        self._hosts: dict[Key, str] = {}
        self._reached_at: dict[Key, tuple[str, str]] = {}
        self._created: list[int] = []
        self._names: list[Key] = []

    def account(self, epoch: int) -> Key:
        """A company."""
        maker, rng = self._maker, self._rng
        title, host = people.company(rng)
        name = maker.unique("account", epoch)
        known = {"email": [f"info@{host}"], "number": [people.phone(rng)], "web": [f"https://www.{host}/"]}
        row = {
            "name": name,
            "title": title,
            "database": maker.some("crmDatabases"),
            "sla": maker.maybe("ticketsSla", 0.2),
            "user": maker.worker(0.3),
            "description": rng.pick(("", None, "Klíčový zákazník")),
            "created": maker.text(epoch),
            "edited": maker.text(self.edited(epoch)),
            "customFields": maker.custom("accounts", known),
        }
        self._hosts[name] = host
        self._snapshot("accounts", row)
        return maker.put("accounts", row)

    def contact(self, epoch: int) -> Key:
        """A person. As in real call centres, most belong to no company."""
        maker, rng = self._maker, self._rng
        who = people.person(rng)
        account = maker.maybe("accounts", 0.35)
        host = self._hosts.get(account or "")
        private, number = people.email(rng, who), people.phone(rng)
        addresses = [f"{who.mailbox}@{host}" if host else private]
        if rng.chance(0.25):
            addresses += [private, people.email(rng, who)][: rng.span(1, 2)]
        name = maker.unique("contact", epoch)
        row = {
            "name": name,
            "title": who.title,
            "firstname": who.first if rng.chance(0.7) else "",
            "lastname": who.last,
            "database": maker.some("crmDatabases"),
            "account": account,
            "user": maker.worker(0.1),
            "description": rng.pick(("", None, "Volat po 16. hodině")),
            "nps_score": rng.pick((0, 9.5, None)),
            "created": maker.text(epoch),
            "edited": maker.text(self.edited(epoch)),
            "customFields": maker.custom("contacts", {"email": addresses, "number": [number]}),
        }
        self._reached_at[name] = (number, addresses[0])
        self._created.append(epoch)
        self._names.append(name)
        self._snapshot("contacts", row)
        return maker.put("contacts", row)

    def known(self, epoch: int, chance: float) -> Key | None:
        """The key of a contact who was there at a moment, with a chance; else None."""
        before = bisect_right(self._created, epoch) if self._rng.chance(chance) else 0
        name = self._names[self._rng.below(before)] if before else None
        return name if name in self._maker.store["contacts"].by_key else None

    def phone(self, contact: Key | None) -> str:
        """The number of a contact; that of a stranger for None."""
        known = self._reached_at.get(contact or "")
        return known[0] if known else people.phone(self._rng)

    def email(self, contact: Key | None) -> tuple[str, str]:
        """The name and the address of a contact; those of a stranger for None."""
        known = self._reached_at.get(contact or "")
        row = self._maker.store["contacts"].by_key.get(contact or "")
        if known and row:
            return row.get("title", ""), known[1]
        who = people.person(self._rng)
        return who.title, people.email(self._rng, who)

    def edited(self, epoch: int) -> int:
        """A moment between then and now. Many rows are never edited: the same moment."""
        if self._rng.chance(0.3):
            return epoch
        return min(epoch + self._rng.seconds(2 * _DAY), self._maker.calendar.now)

    def _snapshot(self, table: str, row: Row) -> None:
        """Store an older state of a row, for one row in ten."""
        if not self._maker.rarely(f"{table}Snapshots", 0.1):
            return
        kept = ("title", "description", *(("firstname", "lastname") if table == "contacts" else ()))
        epochless = {"_key": self._maker.unique("snapshot", 0), "time": row["created"], "_parent": row["name"]}
        self._maker.put(f"{table}Snapshots", {**epochless, "deleted": False, **{name: row[name] for name in kept}})
