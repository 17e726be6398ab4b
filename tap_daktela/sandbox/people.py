"""Invented people, companies and their addresses."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

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
_HOSTS = ("example.com", "example.org", "example.net", "mail.example.com")


@dataclass(frozen=True)
class Person:
    """One invented person."""

    first: str
    last: str

    @property
    def title(self) -> str:
        """First name and surname."""
        return f"{self.first} {self.last}"

    @property
    def login(self) -> str:
        """Surname and first name without accents, as logins are made."""
        return f"{plain(self.last)}.{plain(self.first)}"


@cache
def plain(text: str) -> str:
    """Lower-case ASCII letters and digits of a text."""
    letters = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in letters if letter.isascii() and letter.isalnum())


def person(dice: random.Random) -> Person:
    """Somebody."""
    him, her = dice.choice(_SURNAMES)
    return Person(dice.choice(_MEN), him) if dice.random() < 1 / 2 else Person(dice.choice(_WOMEN), her)


def email(dice: random.Random, who: Person) -> str:
    """An address at a host that is reserved for examples."""
    return f"{plain(who.first)}.{plain(who.last)}{dice.randrange(100)}@{dice.choice(_HOSTS)}"


def phone(dice: random.Random) -> str:
    """A Czech mobile number, with the international prefix or without."""
    number = f"{dice.choice((601, 602, 605, 720, 731, 774, 777))}{dice.randrange(10**6):06d}"
    return dice.choice(("00420", "+420", "")) + number


def address(dice: random.Random) -> str:
    """Street and town."""
    return f"{dice.choice(_STREETS)} {dice.randrange(1, 180)}, {dice.choice(_TOWNS)}"


def company(dice: random.Random) -> str:
    """The name of a company."""
    return f"{dice.choice(_TRADES)} {dice.choice(_SURNAMES)[0]} {dice.choice(_LEGAL)}"
