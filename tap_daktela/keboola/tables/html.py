"""HTML to plain text, by a parser. Text that only looks like a tag, such as `<name@example.com>`, stays."""

import re
from html.parser import HTMLParser

_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "html", "li",
    "main", "nav", "ol", "p", "pre", "section", "table", "tbody", "tfoot", "thead", "title", "tr", "ul",
})  # fmt: skip
_INLINE = frozenset({
    "a", "abbr", "acronym", "area", "audio", "b", "base", "basefont", "bdi", "bdo", "big", "button", "canvas", "cite",
    "code", "col", "colgroup", "data", "del", "details", "dfn", "em", "embed", "font", "i", "iframe", "img", "input",
    "ins", "kbd", "label", "legend", "link", "map", "mark", "meta", "meter", "noscript", "o:p", "object", "option",
    "output", "param", "picture", "progress", "q", "s", "samp", "select", "small", "source", "span", "strike", "strong",
    "sub", "summary", "sup", "svg", "td", "template", "textarea", "th", "time", "tt", "u", "var", "video", "wbr",
})  # fmt: skip
_UNSEEN = frozenset({"script", "style"})
_KNOWN = _BLOCKS | _INLINE | _UNSEEN
_ANY_TAG = re.compile(r"</?([a-z][a-z0-9:]*)(?=[\s/>])", re.IGNORECASE)
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n[ \n]*\n ?| ?\n ?")


class _Text(HTMLParser):
    """Collects the text of a document."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - theirs
        """Break the line at a block. Keep a tag that HTML does not have."""
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag in _BLOCKS:
            self.parts.append("\n")
        elif tag in {"td", "th"}:
            self.parts.append(" ")
        elif tag not in _KNOWN:
            self.parts.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        """Break the line behind a block."""
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in _BLOCKS:
            self.parts.append("\n")
        elif tag not in _KNOWN:
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """Keep text. A line end becomes a space, as browsers show it (outside `pre`)."""
        if not self._unseen:
            self.parts.append(data.replace("\r", " ").replace("\n", " "))


def plain_text(value: str) -> str:
    """Return the text that a browser would show for `value`; `value` itself if it has no tag of HTML in it."""
    if "<" not in value or not any(match[1].lower() in _KNOWN for match in _ANY_TAG.finditer(value)):
        return value
    # An incomplete tag at the end: Python's versions differ in what they make of it.
    end = value.rindex("<") if value.rindex("<") > value.rfind(">") else len(value)
    parser = _Text()
    parser.feed(value[:end])
    parser.close()
    parser.handle_data(value[end:])
    text = _SPACES.sub(" ", "".join(parser.parts).replace("\xa0", " "))
    return _LINES.sub(lambda match: "\n\n" if match[0].count("\n") > 2 else "\n", text).strip()  # noqa: PLR2004 - a text keeps one empty line in a row
