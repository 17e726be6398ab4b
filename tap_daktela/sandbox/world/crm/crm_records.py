"""CRM records, such as contracts and devices, and the records of outbound campaigns."""

from tap_daktela.sandbox.storage.tables import Key
from tap_daktela.sandbox.world.crm.customers import CustomerMaker
from tap_daktela.sandbox.world.invented.dirt import ZERO
from tap_daktela.sandbox.world.row_maker import RowMaker

_WEEK = 7 * 24 * 3600
_DONE = (2, 4, 5, 5, 6)
_WAITING = (0, 1)
_RESCHEDULED = frozenset({2, 6})


class CrmRecordMaker:
    """Makes rows that were created at a moment, in seconds since the epoch, and edited later. Returns their keys."""

    def __init__(self, maker: RowMaker, customers: CustomerMaker) -> None:
        self._maker = maker
        self._rng = maker.rng
        self._customers = customers

    def crm_record(self, epoch: int) -> Key:
        """A contract or a device. A third of them was never edited."""
        maker, rng = self._maker, self._rng
        contact = self._customers.known(epoch, 0.7)
        account = maker.store["contacts"].by_key[contact].get("account") if contact else maker.maybe("accounts", 0.5)
        row = {
            "name": maker.unique("crmrecord", epoch),
            "type": maker.some("crmRecordsTypes"),
            "user": maker.worker(0.6),
            "contact": contact,
            "account": account,
            "ticket": maker.maybe("tickets", 0.4),
            "title": f"Smlouva {rng.below(10**6)}",
            "description": rng.pick(("", None)),
            "status": maker.maybe("statuses", 0.5),
            "created": maker.text(epoch),
            "edited": maker.text(self._customers.edited(epoch)) if rng.chance(2 / 3) else None,
            "stage": rng.pick(("OPEN", "CLOSE")),
            "customFields": maker.custom("crmRecords"),
        }
        return maker.put("crmRecords", row)

    def campaigns_record(self, epoch: int) -> Key:
        """A record of an outbound campaign. One that nobody has worked on was never edited."""
        maker, rng = self._maker, self._rng
        worked = rng.chance(0.6)
        database = maker.some("databases")
        action = rng.pick(_DONE if worked else _WAITING)
        base = maker.store["databases"].by_key.get(database or "", {})
        never = ZERO if maker.dirty(0.3) else None
        row = {
            "name": maker.unique("records", epoch),
            "user": maker.worker(0.9) if worked else None,
            "record_type": base.get("record_type"),
            "database": database,
            "nextcall": maker.text(epoch + _WEEK) if action in _RESCHEDULED else never,
            "action": str(action) if maker.dirty(0.15) else action,
            "options": [],
            "contact": self._customers.known(epoch, 0.8),
            "edited": maker.text(self._customers.edited(epoch)) if worked else None,
            "created": maker.text(epoch),
            "statuses": maker.several("statuses", 2) or None,
            "customFields": maker.custom("campaignsRecords"),
        }
        snapshot = {"_key": maker.unique("snapshot", epoch), "time": row["created"], "_parent": row["name"]}
        maker.put("campaignsRecordsSnapshots", {**snapshot, "title": "", "action": 0})
        return maker.put("campaignsRecords", row)
