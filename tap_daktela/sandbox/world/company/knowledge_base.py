"""The knowledge base: folders, tags, articles and comments; and transcripts of call steering."""

from tap_daktela.sandbox.storage.tables import Row
from tap_daktela.sandbox.world.invented import texts
from tap_daktela.sandbox.world.row_maker import RowMaker

_FOLDERS = ("Produkty", "Reklamace", "Postupy")
_TAGS = ("důležité", "interní", "nové")
_ARTICLES = 24


def build(maker: RowMaker) -> None:
    """Fill these tables."""
    rng, moments = maker.rng, maker.calendar.moments
    for table, prefix, titles in (("articlesFolders", "folders", _FOLDERS), ("articlesTags", "tags", _TAGS)):
        for place, (title, epoch) in enumerate(zip(titles, moments(len(titles)), strict=True)):
            stamps = {"created": maker.text(epoch), "edited": maker.text(epoch), "created_by": maker.worker(1)}
            row: Row = {"name": maker.unique(prefix, epoch), "title": title, **stamps}
            if table == "articlesFolders":
                row |= {"index": str(place), "parent": maker.some(table), "config": []}
            maker.put(table, row)
    for epoch in moments(_ARTICLES):
        article = {
            "name": maker.unique("articles", epoch),
            "title": texts.subject(rng, rng.pick(list(texts.SUBJECTS))),
            "description": rng.pick(("", None)),
            "content": texts.html(rng, "Redakce"),
            "published": maker.chance(0.8),
            "seen_count": rng.below(500),
            "created": maker.text(epoch),
            "created_by": maker.worker(1),
            "edited": maker.text(maker.calendar.between(epoch, maker.calendar.now)),
            "edited_by": maker.worker(0.9),
            "folder": maker.some("articlesFolders"),
            "tags": maker.several("articlesTags", 3) or None,
            "bookmarks": maker.several("users", 2) or None,
        }
        name = maker.put("articles", article)
        comment = {"name": maker.unique("comments", epoch), "article": name, "content": texts.two_sentences(rng)}
        maker.put("articlesComments", {**comment, "created": maker.text(epoch), "created_by": maker.worker(1)})
    spoken = {"item_name": "callsteering", "text": "reklamace", "confidence": 0.87, "correctly_routed": True}
    for epoch in moments(5):
        row = {"name": maker.unique("speech", epoch), "created": maker.text(epoch), "deleted": False}
        maker.put("transcripts", {**row, **spoken, "additional_data": []})
