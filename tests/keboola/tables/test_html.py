"""HTML to text."""

from __future__ import annotations

import pytest

from tap_daktela.keboola.tables.html import plain_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hello <b>you</b><br>there &amp; here</p><p>end</p>", "Hello you\nthere & here\nend"),
        ("<ul><li>one<li>two</ul>", "one\ntwo"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<style>p { color: red }</style><script>alert('<p>')</script>text<!-- no --><hr>", "text"),
        ("<P CLASS=x>&lt;b&gt;&nbsp;&#39;</P>", "<b> '"),
        ("<div>line\r\nline</div>", "line line"),
        ("<p>from <john@example.com>: <https://example.com/x?y=1></p>", "from <john@example.com>: <https://example.com/x?y=1>"),
        ("<p>a < b, 3 <4</p>", "a < b, 3 <4"),
        ("<p>never closed <a href='x", "never closed <a href='x"),
    ],
)  # fmt: skip
def test_html_becomes_what_a_browser_shows(html: str, text: str) -> None:
    assert plain_text(html) == text


@pytest.mark.parametrize(
    "text",
    ["", "plain", "a < b and c > d", "<john@example.com> wrote", "x &amp; y", "  two  spaces\n\n\nand lines ", "1<2>0"],
)
def test_what_is_no_html_stays_as_it_is(text: str) -> None:
    assert plain_text(text) == text
