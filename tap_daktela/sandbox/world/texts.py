"""Invented texts: subjects, e-mail bodies, comments, chat lines, and texts that break careless programs."""

import random

NASTY = (
    "=1+1",
    "@SUM(A1:A9)",
    "Uvozovky \"dvojité\", 'jednoduché' a „české“",
    "Řádek jedna\r\nřádek dva\nřádek tři",
    "Středník; čárka, tabulátor\ta svislítko|",
    "Smajlík 😀, rodina 👨‍👩‍👧 a vlajka 🇨🇿",
    "Nula \x00 uprostřed",
    "Useknutý smajlík \ud83d",
    "<script>alert('ne')</script> &amp; <b>tučně</b>",
    "  mezery okolo  ",
    "שלום עולם",
    "C:\\temp\\nový\\",
    "",
)
"""Formulas, quotes, line ends, separators, emoji, NUL, half of a surrogate pair, right-to-left text, nothing."""

_SUBJECTS = (
    "Reklamace zboží",
    "Dotaz na fakturu č. {number}",
    "Změna doručovací adresy",
    "Objednávka {number} nedorazila",
    "Prosba o zpětné volání",
    "Technický problém s přihlášením",
    "Ukončení smlouvy {number}",
    "Pochvala pro vaši kolegyni",
    "Žádost o cenovou nabídku",
    "Výpadek služby",
)
_SENTENCES = (
    "Dobrý den, obracím se na vás ve věci své poslední objednávky.",
    "Zboží dorazilo poškozené a chybí v něm příslušenství.",
    "Prosím o potvrzení, že jste moji žádost přijali.",
    "Fakturu jsem uhradil minulý týden, přesto mi přišla upomínka.",
    "Volal jsem už třikrát, ale nikdo mi nedokázal poradit.",
    "Můžete mi prosím poslat aktuální ceník?",
    "Nejlépe mě zastihnete ve všední dny po čtvrté odpoledne.",
    "V příloze posílám fotografie a kopii dokladu.",
    "Děkuji za rychlé vyřízení.",
    "Pokud to nebude možné, požaduji vrácení peněz.",
)
_CHAT = (
    "Dobrý den, s čím vám mohu pomoci?",
    "Nejde mi zaplatit kartou.",
    "Chvilku strpení, podívám se na to.",
    "Už to funguje, díky! 👍",
    "Můžete mi prosím nadiktovat číslo objednávky?",
    "Rádo se stalo, hezký den.",
)
_LONG_BODY = 0.04


def subject(rng: random.Random) -> str:
    """The subject of an e-mail or a ticket."""
    return rng.choice(_SUBJECTS).format(number=rng.randrange(100_000, 1_000_000))


def sentences(rng: random.Random, count: int) -> str:
    """Some sentences without markup."""
    return " ".join(rng.choices(_SENTENCES, k=count))


def chat_line(rng: random.Random) -> str:
    """One message of a chat."""
    return rng.choice(_CHAT)


def html(rng: random.Random, name: str) -> str:
    """The body of an e-mail: a few paragraphs, sometimes a hundred."""
    count = rng.randrange(60, 160) if rng.random() < _LONG_BODY else rng.randrange(1, 5)
    paragraphs = "".join(f"<p>{sentences(rng, 3)}</p>\r\n" for _ in range(count))
    style = "<style>p { margin: 0 0 8px; font-family: 'Segoe UI', Arial }</style>"
    return f"<html><head>{style}</head><body>{paragraphs}<br />S&nbsp;pozdravem<br />{name}</body></html>"
