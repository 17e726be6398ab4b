"""What makes real data hard to read. A clean world has none of it."""

ZERO = "0000-00-00 00:00:00"
"""How MySQL shows a date that was never set."""

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
