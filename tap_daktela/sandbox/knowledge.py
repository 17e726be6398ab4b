"""The knowledge base: folders, tags, articles and comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_daktela.sandbox import texts

if TYPE_CHECKING:
    from tap_daktela.sandbox.tables import Row
    from tap_daktela.sandbox.workshop import Workshop

_FOLDERS = ("Produkty", "Reklamace", "Postupy")
_TAGS = ("důležité", "interní", "nové")
_ARTICLES = 24


def build(shop: Workshop) -> None:
    """Fill the tables of the knowledge base."""
    dice, moments = shop.dice, shop.calendar.moments
    for table, prefix, titles in (("articlesFolders", "folders", _FOLDERS), ("articlesTags", "tags", _TAGS)):
        for title, epoch in zip(titles, moments(len(titles)), strict=True):
            stamps = {"created": shop.text(epoch), "edited": shop.text(epoch), "created_by": shop.some("users")}
            parent: Row = {"parent": shop.maybe(table, 0.5), "config": []} if table == "articlesFolders" else {}
            shop.put(table, {"name": shop.unique(prefix, epoch), "title": title, **stamps, **parent})
    for epoch in moments(_ARTICLES):
        article = {
            "name": shop.unique("articles", epoch),
            "title": texts.subject(dice),
            "description": dice.choice(("", None)),
            "content": texts.html(dice, "Redakce"),
            "published": shop.chance(0.8),
            "seen_count": dice.randrange(500),
            "created": shop.text(epoch),
            "created_by": shop.some("users"),
            "edited": shop.text(shop.calendar.between(epoch, shop.calendar.now)),
            "edited_by": shop.maybe("users", 0.9),
            "folder": shop.some("articlesFolders"),
            "tags": shop.several("articlesTags", 3) or None,
            "bookmarks": shop.several("users", 2) or None,
        }
        name = shop.put("articles", article)
        comment = {"name": shop.unique("comments", epoch), "article": name, "content": texts.sentences(dice, 1)}
        shop.put("articlesComments", {**comment, "created": shop.text(epoch), "created_by": shop.some("users")})
    spoken = {"item_name": "callsteering", "confidence": 0.87, "correctly_routed": True, "additional_data": []}
    for epoch in moments(5):
        row = {"name": shop.unique("speech", epoch), "text": "reklamace", "created": shop.text(epoch), "deleted": False}
        shop.put("transcripts", {**row, **spoken})
