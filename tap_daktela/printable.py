"""Text for people to read, in which no character can move the cursor, end a line or hide another one."""

import json
import unicodedata


def printable(text: str) -> str:
    """Return `text` as one line: wide blanks become plain ones, other characters that are not printable escapes.

    Not printable are control characters, line ends, marks of direction and other characters without a shape, also the
    one that joins emoji. Letters of every language and emoji stay as they are.
    """
    return text if text.isprintable() else "".join(map(_shown, text))


def printable_lines(text: str) -> str:
    """Return a block of lines, such as a stack trace, of which none looks like a log line of its own.

    A log line begins with its level, so each line of a block begins with a blank.
    """
    return "\n".join(line if line.startswith(" ") else f" {line}" for line in map(printable, text.split("\n")))


def printable_json(text: str) -> str:
    """Return JSON text that means the same as `text` and holds no character but line ends that is not printable."""
    return "\n".join(line if line.isprintable() else "".join(map(_escaped, line)) for line in text.split("\n"))


def _escaped(character: str) -> str:
    return character if character.isprintable() else json.dumps(character)[1:-1]


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return " " if unicodedata.category(character) == "Zs" else character.encode("unicode_escape").decode()
