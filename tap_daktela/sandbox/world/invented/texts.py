"""Invented texts: subjects, e-mail bodies, comments, chat lines."""

from tap_daktela.sandbox.world.invented.dice import Dice

SUBJECTS = {
    "Podpora": (
        "Nejde mi přihlášení do účtu",
        "Výpadek služby od rána",
        "Aplikace po aktualizaci padá",
        "Nepřišel mi ověřovací kód",
        "Jak si změním heslo?",
        "Zařízení č. {number} se nepřipojí",
    ),
    "Reklamace": (
        "Reklamace objednávky {number}",
        "Poškozené zboží v zásilce {number}",
        "Chybí příslušenství k objednávce {number}",
        "Vrácení zboží do 14 dnů",
        "V jakém stavu je reklamace {number}?",
    ),
    "Fakturace": (
        "Dotaz na fakturu č. {number}",
        "Dvakrát stržená platba",
        "Oprava údajů na faktuře {number}",
        "Upomínka k zaplacené faktuře {number}",
        "Žádost o splátkový kalendář",
    ),
    "Obchod": (
        "Žádost o cenovou nabídku",
        "Změna doručovací adresy",
        "Objednávka {number} nedorazila",
        "Přechod na jiný tarif",
        "Ukončení smlouvy {number}",
        "Prosba o zpětné volání",
    ),
}
"""What customers write about, by the category of the ticket."""

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
_PAIRS = [f"{one} {other}" for one in _SENTENCES for other in _SENTENCES if one != other]
_CHAT = (
    (
        "Dobrý den, s čím vám mohu pomoci?",
        "Chvilku strpení, podívám se na to.",
        "Můžete mi prosím nadiktovat číslo objednávky?",
        "Rádo se stalo, hezký den.",
    ),
    (
        "Nejde mi zaplatit kartou.",
        "Už to funguje, díky! 👍",
        "Pořád čekám na zásilku, měla přijít v pátek.",
        "Ano, číslo mám před sebou.",
    ),
)
_LONG_BODY = 0.04


def subject(rng: Dice, category: str) -> str:
    """The subject of an e-mail or a ticket of a category."""
    return rng.pick(SUBJECTS[category]).format(number=rng.span(100_000, 999_999))


def two_sentences(rng: Dice) -> str:
    """Two sentences, without markup."""
    return rng.pick(_PAIRS)


def chat_line(rng: Dice, turn: int) -> str:
    """One message of a conversation. Its even turns are the agent's, its odd ones the customer's."""
    return rng.pick(_CHAT[turn % 2])


def html(rng: Dice, name: str) -> str:
    """The body of an e-mail: a few paragraphs, sometimes a hundred."""
    count = rng.span(60, 159) if rng.chance(_LONG_BODY) else rng.span(1, 4)
    paragraphs = "".join([f"<p>{rng.pick(_PAIRS)}</p>\r\n" for _ in range(count)])
    style = "<style>p { margin: 0 0 8px; font-family: 'Segoe UI', Arial }</style>"
    return f"<html><head>{style}</head><body>{paragraphs}<br />S&nbsp;pozdravem<br />{name}</body></html>"
