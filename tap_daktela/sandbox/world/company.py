"""The users and the settings of the invented company: queues, rights, statuses, categories, templates."""

import random
from typing import Any

from tap_daktela.sandbox.credentials import Credentials, secret
from tap_daktela.sandbox.storage.store import Store
from tap_daktela.sandbox.storage.tables import Row
from tap_daktela.sandbox.world import people, texts
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
QUEUES = (
    ("in", "in", "Infolinka"),
    ("in", "in", "Reklamace"),
    ("out", "out", "Odchozí hovory"),
    ("progressive", "out", "Kampaň jaro"),
    ("email", "in", "podpora@example.com"),
    ("email", "in", "fakturace@example.com"),
    ("chat", "in", "Chat na webu"),
    ("sms", "in", "SMS brána"),
    ("fbm", "in", "Messenger"),
    ("igdm", "in", "Instagram"),
    ("wap", "in", "WhatsApp"),
    ("vbr", "in", "Viber"),
    ("socialmedia", "in", "Komentáře"),
    ("custom", "in", "Vlastní"),
)
FIRST_QUEUE = 1001
EPOCH = 1_500_000_000
"""The moment in the names of settings, in seconds since the epoch: long before the history begins."""


def build(store: Store, rng: random.Random, user: Credentials, rows: int) -> None:
    """Fill these tables. `rows` is the number of activities: more activities, more users."""
    _routing(store, rng)
    _rights(store)
    _users(store, rng, user, 12 + min(rows // 500, 60))
    _helpdesk(store, rng)


def titled(rng: random.Random, prefix: str, titles: str, **more: Any) -> list[Row]:
    """One row for each title, with a name and the same other columns. `titles` are separated by commas."""
    return [{"name": unique_name(rng, prefix, EPOCH), "title": title, **more} for title in titles.split(",")]


def _routing(store: Store, rng: random.Random) -> None:
    for number, (kind, direction, title) in enumerate(QUEUES, FIRST_QUEUE):
        mailbox = {
            "address": title,
            "in_server": "imap.example.com",
            "username": title,
            "password": secret("mailbox", number),
            "oauthToken": secret("oauth", number),
        }
        store.put(
            "queues",
            [
                {
                    "name": number,
                    "title": title,
                    "alias": "",
                    "description": "" if number % 2 else None,
                    "call_steering_description": "",
                    "type": kind,
                    "direction": direction,
                    "options": {"mailbox": mailbox if kind == "email" else [], "token": secret(number)},
                    "deactivated": kind == "custom",
                }
            ],
        )
    store.put(
        "_connectors",
        [
            {"name": f"connectors_{kind}", "title": title, "type": kind, "accessToken": secret("connector", kind)}
            for kind, _, title in QUEUES
            if kind in {"chat", "sms", "fbm", "igdm", "wap", "vbr"}
        ],
    )
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


def _users(store: Store, rng: random.Random, user: Credentials, count: int) -> None:
    staff = [(user.username, "Datový export", ""), ("1001", "Recepce", "")]
    logins = {name for name, _, _ in staff}
    while len(staff) < count:
        someone = people.person(rng)
        login = someone.login if someone.login not in logins else f"{someone.login}{len(staff)}"
        logins.add(login)
        staff.append((login, someone.title, people.email(rng, someone)))
    for number, (login, title, mail) in enumerate(staff, 201):
        store.put(
            "sipDevices",
            [{"name": f"{number}", "title": title, "password": secret("sip", number), "transport": "udp"}],
        )
        store.put("users", [_user(login, title, mail, number)])
    store.put(
        "realtimeSessions",
        [
            {"exten": str(number), "state": state, "exten_status": "Idle", "presence_status": ""}
            for number, state in enumerate(("Idle", "Paused", "Session"), 203)
        ],
    )


def _user(login: str, title: str, mail: str, number: int) -> Row:
    return {
        "name": login,
        "title": title,
        "type": ("CC", "CC", "BO", "CP")[number % 4],
        "alias": title.partition(" ")[0] if number % 3 else "",
        "role": "admin" if login == "sandbox" else "operator",
        "profile": "admin" if login == "sandbox" else "operator",
        "description": "" if number % 2 else None,
        "extension": str(number),
        "extension_state": "offline",
        "presence_state": "",
        "static": False,
        "frontend_version": "react",
        "recordAtCallStart": "disabled",
        "algo": {"key": secret("algo", number)},
        "email": mail,
        "emailAuth": mail,
        "icon": "",
        "emoji": "🙂" if number % 5 == 0 else None,
        "mfa_verification": 0,
        "options": {"signature": "", "apiKey": secret("options", number)},
        "fcmSettings": [{"token": secret("fcm", number)}],
        "timezone": "_AUTOMATIC_",
        "deactivated": number % 9 == 0,
        "deleted": number % 11 == 0,
        "extensions": [str(number)],
    }


def _helpdesk(store: Store, rng: random.Random) -> None:
    statuses = titled(rng, "statuses", "Vyřešeno,Nezastižen,Reklamace,Prodáno,Nemá zájem,Zavolat znovu,Spam", color="")
    store.put("statuses", [{**row, "validation": False, "nextcall": "znovu" in row["title"]} for row in statuses])
    hours = {"response_low": 8, "response_normal": 4, "response_high": 1}
    hours |= {"solution_low": 48, "solution_normal": 24, "solution_high": 8}
    slas = titled(rng, "sla", "Běžné,Přednostní", unit="HOURS", **hours)
    store.put("ticketsSla", slas)
    queues = {"email_queue": FIRST_QUEUE + 4, "call_queue": FIRST_QUEUE, "sms_queue": FIRST_QUEUE + 7}
    categories = titled(rng, "categories", "Podpora,Reklamace,Fakturace,Obchod", description="")
    required = ("never", "closing_ticket", None, "")
    store.put(
        "ticketsCategories",
        [
            {
                **row,
                **(queues if number == 0 else {}),
                "sla": slas[number % 2]["name"],
                "timecondition": next(iter(store["timegroups"]))["name"],
                "status_required": required[number],
                "multiple_statuses": number == 1,
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
    content = f"<p>{texts.sentences(rng, 2)}</p>"
    templates = titled(rng, "templates", "Potvrzení přijetí,Podpis,Poděkování", format="RICH", usingtype="EMAIL")
    store.put("templates", [{**row, "subject": "", "content": content, "config": []} for row in templates])
    store.put("qaforms", titled(rng, "qaforms", "Kvalita hovoru", ai_qa_form=False, initial_score=100))
