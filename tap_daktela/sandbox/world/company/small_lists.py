"""Small tables of the invented company: CRM databases, campaigns, blacklists, wallboards and others."""

from tap_daktela.sandbox.storage.store import Store
from tap_daktela.sandbox.world.company.company import EPOCH, titled
from tap_daktela.sandbox.world.company.queues import CAMPAIGN_QUEUE
from tap_daktela.sandbox.world.invented import people
from tap_daktela.sandbox.world.invented.dice import Dice
from tap_daktela.sandbox.world.invented.dirt import ZERO
from tap_daktela.sandbox.world.invented.moments import Calendar
from tap_daktela.sandbox.world.row_maker import RowMaker, unique_name


def build(maker: RowMaker) -> None:
    """Fill these tables."""
    _crm(maker.store, maker.rng, maker.calendar)
    _others(maker.store, maker.rng, maker.calendar, ZERO if maker.dirty(1) else None)


def _crm(store: Store, rng: Dice, calendar: Calendar) -> None:
    created = calendar.text(calendar.start)
    store.put("crmDatabases", titled(rng, "crmdb", "Zákazníci,Partneři", available_cp=False, reverse_names=False))
    store.put("crmRecordsTypes", titled(rng, "crmtypes", "Smlouvy,Zařízení", description="", created=created))
    types = titled(rng, "campaigns", "Jarní kampaň,Průzkum", created=created, custom=False, config=[])
    store.put("campaignsTypes", [{**row, "queue": CAMPAIGN_QUEUE} for row in types])
    bases = titled(rng, "databases", "Oslovení březen,Oslovení duben,Staří zákazníci", priority=0, mixing_ratio=1)
    store.put(
        "databases",
        [
            {**row, "record_type": types[number % 2]["name"], "stage": ("OPEN", "CLOSE")[number % 2]}
            for number, row in enumerate(bases)
        ],
    )


def _others(store: Store, rng: Dice, calendar: Calendar, never: str | None) -> None:
    start = calendar.text(calendar.start)
    users = list(store["users"].by_key)
    store.put("recordings", titled(rng, "recordings", "Uvítání,Čekání", filename="u.wav", edited=start, user=users[0]))
    store.put("wallboards", titled(rng, "wallboards", "Přehled linky", message="", theme="dark", deleted=False))
    daily = {"minute": ["0"], "hour": ["7"], "dom": [], "month": [], "dow": [], "timeout": never}
    store.put("events", titled(rng, "events", "Ranní přehled", type="cron", active=True, deleted=False, **daily))
    lists = titled(rng, "blacklists", "Nevolat", description="")
    store.put("blacklistDatabases", lists)
    numbers = [people.phone(rng) for _ in range(15)]
    store.put(
        "blacklistnumbers",
        [
            {
                "name": unique_name(rng, "numbers", EPOCH),
                "number": number,
                "expired": never,
                "normalized_clid": number[-9:],
                "reverse_value": number[::-1],
                "created": calendar.text(calendar.moment()),
                "_parent": lists[0]["name"],
            }
            for number in numbers
        ],
    )
