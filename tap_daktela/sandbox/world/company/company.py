"""The settings of the invented company: rights, statuses, categories, templates; and its queues and users."""

from typing import Any

from tap_daktela.sandbox.credentials import Credentials
from tap_daktela.sandbox.storage.store import Store
from tap_daktela.sandbox.storage.tables import Row
from tap_daktela.sandbox.world.company import queues, staff
from tap_daktela.sandbox.world.invented import texts
from tap_daktela.sandbox.world.invented.dice import Dice
from tap_daktela.sandbox.world.row_maker import unique_name

AREAS = [
    "tickets",
    "contacts",
    "accounts",
    "crmRecords",
    "pCalls",
    "pEmails",
    "pChats",
    "users",
    "queues",
    "statuses",
    "articles",
    "wallboards",
]
EPOCH = 1_500_000_000
"""The moment in the names of settings, in seconds since the epoch: long before the history begins."""


def build(store: Store, rng: Dice, user: Credentials, rows: int) -> None:
    """Fill these tables. `rows` is the number of activities: more activities, more users."""
    queues.build(store)
    _routing(store, rng)
    _rights(store)
    staff.build(store, rng, user, 12 + min(rows // 500, 60))
    _helpdesk(store, rng)


def titled(rng: Dice, prefix: str, titles: str, **more: Any) -> list[Row]:
    """One row for each title, with a name and the same other columns. `titles` are separated by commas."""
    return [{"name": unique_name(rng, prefix, EPOCH), "title": title, **more} for title in titles.split(",")]


def _routing(store: Store, rng: Dice) -> None:
    crons = [{"dow": "1-5", "from": "08:00", "to": "18:00"}]
    store.put("timegroups", titled(rng, "timegroups", "Pracovní doba,Svátky", description="", crons=crons, groups=[]))
    store.put("musics", [{"name": "default"}, {"name": "vánoční"}])


def _rights(store: Store) -> None:
    options = dict.fromkeys(AREAS, 31)
    for name, title in (("admin", "Administrátor"), ("operator", "Operátor"), ("supervisor", "Vedoucí směny")):
        store.put(
            "roles",
            [
                {
                    "name": name,
                    "title": title,
                    "description": "",
                    "options": options,
                    "shortcuts": [{"icon": "search", "type": "search", "color": "#428bca"}],
                    "type": "CC",
                }
            ],
        )
        store.put(
            "profiles",
            [
                {
                    "name": name,
                    "title": title,
                    "type": "CC",
                    "maxOutRecords": 5,
                    "deleteMissedActivity": False,
                    "noQueueCallsAllowed": name == "admin",
                    "canTransferCall": "blind and assisted transfer",
                    "monitoringModes": 7,
                    "gptFunctions": 0,
                    "options": {"columns": {"user": [], "stage": []}},
                    "customViews": [] if name == "operator" else {"views_1": {"index": 0, "children": []}},
                }
            ],
        )


def _helpdesk(store: Store, rng: Dice) -> None:
    statuses = titled(rng, "statuses", "Vyřešeno,Nezastižen,Reklamace,Prodáno,Nemá zájem,Zavolat znovu,Spam", color="")
    store.put("statuses", [{**row, "validation": False, "nextcall": "znovu" in row["title"]} for row in statuses])
    hours = {"response_low": 8, "response_normal": 4, "response_high": 1}
    hours |= {"solution_low": 48, "solution_normal": 24, "solution_high": 8}
    slas = titled(rng, "sla", "Běžné,Přednostní", unit="HOURS", **hours)
    store.put("ticketsSla", slas)
    categories = titled(rng, "categories", ",".join(texts.SUBJECTS), description="")
    required = ("never", "closing_ticket", None, "")
    store.put(
        "ticketsCategories",
        [
            {
                **row,
                **(_support_queues() if number == 0 else {}),
                "sla": slas[number % 2]["name"],
                "timecondition": next(iter(store["timegroups"]))["name"],
                "status_required": required[number],
                "multiple_statuses": number > 0,
                "closeCheckChilds": False,
                "_statuses": [status["name"] for status in statuses[: number + 2]],
            }
            for number, row in enumerate(categories)
        ],
    )
    store.put("ticketsViews", titled(rng, "views", "Moje tikety,Po termínu"))
    store.put("pauses", titled(rng, "pauses", "Oběd,Školení,Wrap", type="", paid=True, max_duration=1800))
    groups = titled(rng, "groups", "Směna A,Směna B,Linka", description="", deleted=False)
    store.put("groups", [{**row, "type": kind} for row, kind in zip(groups, ("users", "users", "queues"), strict=True)])
    content = f"<p>{texts.two_sentences(rng)}</p>"
    templates = titled(rng, "templates", "Potvrzení přijetí,Podpis,Poděkování", format="RICH", usingtype="EMAIL")
    store.put("templates", [{**row, "subject": "", "content": content, "config": []} for row in templates])
    store.put("qaforms", titled(rng, "qaforms", "Kvalita hovoru", ai_qa_form=False, initial_score=100))


def _support_queues() -> Row:
    titles = {"email_queue": "podpora@example.com", "call_queue": "Infolinka", "sms_queue": "SMS brána"}
    return {column: queues.number_of(title) for column, title in titles.items()}
