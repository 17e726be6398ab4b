"""Invented people, companies and their addresses."""

import random
import unicodedata
from dataclasses import dataclass
from functools import cache

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
        """Surname and first name without accents, as a login."""
        return f"{ascii_of(self.last)}.{ascii_of(self.first)}"


@cache
def ascii_of(text: str) -> str:
    """The letters and digits of a text in lower case and without accents."""
    letters = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in letters if letter.isascii() and letter.isalnum())


def person(rng: random.Random) -> Person:
    """A random person."""
    his, hers = rng.choice(_SURNAMES)
    return Person(rng.choice(_MEN), his) if rng.random() < 1 / 2 else Person(rng.choice(_WOMEN), hers)


def email(rng: random.Random, who: Person) -> str:
    """An address at a host that is reserved for examples."""
    return f"{ascii_of(who.first)}.{ascii_of(who.last)}{rng.randrange(100)}@{rng.choice(_HOSTS)}"


def phone(rng: random.Random) -> str:
    """A Czech mobile number, with or without the international prefix."""
    number = f"{rng.choice((601, 602, 605, 720, 731, 774, 777))}{rng.randrange(10**6):06d}"
    return rng.choice(("00420", "+420", "")) + number


def address(rng: random.Random) -> str:
    """Street and town."""
    return f"{rng.choice(_STREETS)} {rng.randrange(1, 180)}, {rng.choice(_TOWNS)}"


def company(rng: random.Random) -> str:
    """The name of a company."""
    return f"{rng.choice(_TRADES)} {rng.choice(_SURNAMES)[0]} {rng.choice(_LEGAL)}"
