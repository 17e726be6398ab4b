"""The users, their phones, and which queues the agents among them serve."""

from tap_daktela.sandbox.credentials import Credentials, secret
from tap_daktela.sandbox.storage.store import Store
from tap_daktela.sandbox.storage.tables import Key, Row
from tap_daktela.sandbox.world.company.queues import INBOUND, number_of
from tap_daktela.sandbox.world.invented import people
from tap_daktela.sandbox.world.invented.dice import Dice

_FIRST_EXTENSION = 201
_COMPANY_HOST = "example.com"
_SMALL_TEAM = 15
"""With fewer agents, everybody serves every queue: else nobody would serve the rare ones."""

_SKILLS = (
    ("Infolinka", "Objednávky"),
    ("Infolinka", "Reklamace"),
    ("Infolinka", "Technická podpora"),
    ("Infolinka", "Objednávky", "Reklamace"),
    ("Infolinka", "Technická podpora", "VIP linka"),
)
"""The queues of the agents, in turn."""


def build(store: Store, rng: Dice, user: Credentials, count: int) -> None:
    """Fill the tables of users, their phones and their sessions."""
    staff = [(user.username, "Datový export", ""), ("1001", "Recepce", "recepce@example.com")]
    logins = {name for name, _, _ in staff}
    while len(staff) < count:
        someone = people.person(rng)
        number = "" if someone.login not in logins else str(len(staff))
        logins.add(someone.login + number)
        staff.append((someone.login + number, someone.title, f"{someone.mailbox}{number}@{_COMPANY_HOST}"))
    rows = [_user(*one, number) for number, one in enumerate(staff, _FIRST_EXTENSION)]
    agents = [row for row in rows[2:] if row["type"] == "CC" and not row["deactivated"] and not row["deleted"]]
    for place, row in enumerate(agents):
        skills = _SKILLS[place % len(_SKILLS)] if len(agents) >= _SMALL_TEAM else [queue.title for queue in INBOUND]
        row["_queues"] = [number_of(title) for title in skills]
    store.put(
        "sipDevices",
        [
            {
                "name": row["extension"],
                "title": row["title"],
                "password": secret("sip", int(row["extension"])),
                "transport": "udp",
            }
            for row in rows
        ],
    )
    store.put("users", rows)
    states = zip(agents, ("Idle", "Paused", "Session"), strict=False)
    store.put(
        "realtimeSessions",
        [
            {
                "exten": row["extension"],
                "id_agent": row["name"],
                "state": state,
                "exten_status": "Idle",
                "presence_status": "",
            }
            for row, state in states
        ],
    )


def agents_of(store: Store) -> dict[Key, list[Key]]:
    """The agents who answer calls, with the queues of each. All are active users of the type CC."""
    return {row["name"]: row["_queues"] for row in store["users"] if "_queues" in row}


def _user(login: str, title: str, mail: str, number: int) -> Row:
    is_admin = number == _FIRST_EXTENSION
    return {
        "name": login,
        "title": title,
        "type": "BO" if number < _FIRST_EXTENSION + 2 else {3: "BO", 6: "CP"}.get(number % 8, "CC"),
        "alias": title.partition(" ")[0] if number % 3 else "",
        "role": "admin" if is_admin else "operator",
        "profile": "admin" if is_admin else "operator",
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
