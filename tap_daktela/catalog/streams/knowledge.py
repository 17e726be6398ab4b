"""The knowledge base: articles, their folders and tags, and comments."""

from tap_daktela.catalog.fields import Derived, Stream, boolean, integer, obj, records, relation, string
from tap_daktela.catalog.streams.common import ATTACHMENTS, BY_CREATION, BY_EDIT, CREATED, CREATED_BY, EDITED, EDITED_BY

STREAMS = (
    Stream(
        "articles",
        "Articles of the knowledge base.",
        (
            string("name", "Key of the article.", nullable=False),
            string("title", "Title of the article.", nullable=False),
            string("description", "Summary of the article."),
            string("content", "Text of the article, often HTML.", long=True),
            boolean("published", "Whether the article is published."),
            integer("seen_count", "How often the article has been opened."),
            relation("folder", "articlesFolders", "Folder of the article"),
            records("tags", "articlesTags", "Tags of the article."),
            records("bookmarks", "users", "Users who bookmarked the article."),
            CREATED,
            CREATED_BY,
            EDITED,
            EDITED_BY,
        ),
        axes=BY_EDIT,
        derived=(Derived("articles_tag_links", "tags", "Tags of articles, one row each.", "article_name", "tag"),),
    ),
    Stream(
        "articlesFolders",
        "Folders of the knowledge base.",
        (
            string("name", "Key of the folder.", nullable=False),
            string("title", "Name of the folder.", nullable=False),
            string("index", "Position of the folder among its siblings."),
            relation("parent", "articlesFolders", "Parent folder"),
            CREATED,
            CREATED_BY,
            EDITED,
            EDITED_BY,
            obj("config", "Settings of the folder.", selected=False),
        ),
        axes=BY_EDIT,
    ),
    Stream(
        "articlesTags",
        "Tags of the knowledge base.",
        (
            string("name", "Key of the tag.", nullable=False),
            string("title", "Name of the tag.", nullable=False),
            CREATED,
            CREATED_BY,
            EDITED,
            EDITED_BY,
        ),
        axes=BY_EDIT,
    ),
    Stream(
        "articlesComments",
        "Comments on articles of the knowledge base.",
        (
            string("name", "Key of the comment.", nullable=False),
            relation("article", "articles", "Article that the comment is about"),
            string("content", "Text of the comment.", long=True),
            CREATED,
            CREATED_BY,
            records("attachments", None, "Files attached to the comment.", items=ATTACHMENTS),
        ),
        axes=BY_CREATION,
        evidence="B",
    ),
)
