"""Invented people, companies and their addresses."""

import unicodedata
from dataclasses import dataclass
from functools import cache

from tap_daktela.sandbox.world.invented.dice import Dice

_WOMEN = [
    "Jana",
    "Eva",
    "Hana",
    "Lenka",
    "Kateřina",
    "Lucie",
    "Věra",
    "Alena",
    "Petra",
    "Zuzana",
    "Žaneta",
    "Šárka",
    "Božena",
    "Tereza",
    "Markéta",
]
_MEN = [
    "Jan",
    "Petr",
    "Josef",
    "Pavel",
    "Jiří",
    "Tomáš",
    "Václav",
    "Ondřej",
    "Štěpán",
    "Luděk",
    "Matěj",
    "Zdeněk",
    "Radek",
    "Čestmír",
    "Řehoř",
]
_SURNAMES = (
    ("Novák", "Nováková"),
    ("Svoboda", "Svobodová"),
    ("Dvořák", "Dvořáková"),
    ("Černý", "Černá"),
    ("Procházka", "Procházková"),
    ("Kučera", "Kučerová"),
    ("Veselý", "Veselá"),
    ("Horák", "Horáková"),
    ("Němec", "Němcová"),
    ("Pokorný", "Pokorná"),
    ("Růžička", "Růžičková"),
    ("Beneš", "Benešová"),
    ("Fiala", "Fialová"),
    ("Sedláček", "Sedláčková"),
    ("Žák", "Žáková"),
    ("O'Brien", "O'Brien"),
    ("Šťastný", "Šťastná"),
    ("Křížek", "Křížková"),
)
_TRADES = [
    "Pekárna",
    "Stavebniny",
    "Autoservis",
    "Lékárna",
    "Květinářství",
    "Tiskárna",
    "Zahradnictví",
    "Účetnictví",
    "Jazyková",
]
_LEGAL = ("s.r.o.", "a.s.", "v.o.s.", "z.s.", "& synové")
_STREETS = [
    "Nádražní",
    "Školní",
    "Husova",
    "Masarykova",
    "Zahradní",
    "Květná",
    "Lipová",
    "Palackého",
    "Žižkova",
    "Na Příkopě",
    "Dlouhá",
]
_TOWNS = ("110 00 Praha 1", "602 00 Brno", "301 00 Plzeň", "702 00 Ostrava", "460 01 Liberec", "370 01 Č. Budějovice")
_PREFIXES = ("00420", "+420", "")
_MOBILES = ("601", "602", "605", "720", "731", "774", "777")


PRIVATE_HOSTS = ("example.com", "example.org", "example.net", "mail.example.com")
"""Where people have their private mailboxes. All hosts of the sandbox are reserved for examples."""


@cache
def ascii_of(text: str) -> str:
    """The letters and digits of a text in lower case and without accents."""
    letters = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in letters if letter.isascii() and letter.isalnum())


@dataclass(frozen=True)
class Person:
    """One invented person. `mailbox` is what stands before the @ of an address, `login` that with the surname first."""

    first: str
    last: str
    title: str
    mailbox: str
    login: str


def _named(first: str, last: str) -> Person:
    names = ascii_of(first), ascii_of(last)
    return Person(first, last, f"{first} {last}", ".".join(names), ".".join(reversed(names)))


_PEOPLE = [
    _named(first, last) for his, hers in _SURNAMES for firsts, last in ((_MEN, his), (_WOMEN, hers)) for first in firsts
]


def person(rng: Dice) -> Person:
    """A random person."""
    return rng.pick(_PEOPLE)


def email(rng: Dice, who: Person) -> str:
    """A private address."""
    return f"{who.mailbox}{rng.below(100)}@{rng.pick(PRIVATE_HOSTS)}"


def phone(rng: Dice) -> str:
    """A Czech mobile number, with or without the international prefix."""
    return f"{rng.pick(_PREFIXES)}{rng.pick(_MOBILES)}{rng.below(10**6):06d}"


def address(rng: Dice) -> str:
    """Street and town."""
    return f"{rng.pick(_STREETS)} {rng.span(1, 179)}, {rng.pick(_TOWNS)}"


def company(rng: Dice) -> tuple[str, str]:
    """The name of a company, and the host of its web and mailboxes."""
    trade, surname = rng.pick(_TRADES), rng.pick(_SURNAMES)[0]
    return f"{trade} {surname} {rng.pick(_LEGAL)}", f"{ascii_of(trade)}-{ascii_of(surname)}.example"
