"""What users work with: statuses, templates, events, wallboards, and how the quality of their work is judged."""

from __future__ import annotations

from tap_daktela.catalog.fields import Stream, array, boolean, integer, moment, obj, relation, string
from tap_daktela.catalog.streams.common import BY_CREATION, CREATED, DELETED, OLD_DELETED

__all__ = ["STREAMS"]

STREAMS = (
    Stream(
        "statuses",
        "Statuses that users set on activities, tickets and records.",
        (
            string("name", "Key of the status.", nullable=False),
            string("title", "Name of the status.", nullable=False),
            string("description", "Description of the status."),
            boolean("validation", "Whether setting the status checks the entered data."),
            boolean("nextcall", "Whether the status schedules another call."),
            string("color", "Colour of the status."),
            string("blacklist_database", "Blacklist that the status adds the number to."),
            string("blacklist_expiration_time", "How long the number then stays on the blacklist."),
            OLD_DELETED,
        ),
    ),
    Stream(
        "templates",
        "Prepared texts for e-mails, chats and messages.",
        (
            string("name", "Key of the template.", nullable=False),
            string("title", "Name of the template.", nullable=False),
            string("description", "Description of the template."),
            relation("id_template", "templates", "Parent template"),
            relation("user", "users", "User who owns the template"),
            string("format", "Form of the text.", enum=("RICH", "PLAIN")),
            string(
                "usingtype",
                "What the template is for.",
                enum=(
                    "EMAIL",
                    "SMS",
                    "FBM",
                    "IGDM",
                    "WAP",
                    "WAP_OUTGOING",
                    "VBR",
                    "CHAT",
                    "CHAT_NPS",
                    "EMAIL_SIGN",
                    "EMAIL_NPS",
                    "SOCIALMEDIA",
                    "USERSIGN",
                ),
            ),
            string("subject", "Subject of the e-mail."),
            string("content", "Text of the template, often HTML.", long=True),
            # The address may carry a key of the system that it leads to.
            string("externalDataUrl", "Address that the template loads data from.", selected=False),
            obj("config", "Settings of the template.", selected=False),
            OLD_DELETED,
        ),
    ),
    Stream(
        "npsSurveys",
        "Answers of customers to satisfaction surveys (net promoter score).",
        (
            string("name", "Key of the survey.", nullable=False),
            relation("activity", "activities", "Activity that the survey is about"),
            relation("user", "users", "User who was rated"),
            relation("contact", "contacts", "Contact who was asked"),
            integer("score", "Score that the contact gave."),
            string("note", "What the contact wrote."),
            CREATED,
            moment("evaluated", "When the contact answered."),
        ),
        axes=BY_CREATION,
        evidence="B",
    ),
    Stream(
        "qaforms",
        "Forms with which supervisors rate the quality of conversations.",
        (
            string("name", "Key of the form.", nullable=False),
            string("title", "Name of the form."),
            string("description", "Description of the form."),
            boolean("ai_qa_form", "Whether the AI fills the form in."),
            integer("initial_score", "Score before any answer."),
            integer("minimum_score", "Lowest score."),
        ),
        evidence="B",
    ),
    Stream(
        "events",
        "Automatic events and their schedule.",
        (
            string("name", "Key of the event.", nullable=False),
            string("title", "Name of the event."),
            string("description", "Description of the event."),
            string("type", "Type of the event."),
            string("event2", "Second event that belongs to this one."),
            string("step", "Step of the event."),
            moment("time", "When the event takes place."),
            moment("timeout", "When the event times out."),
            boolean("active", "Whether the event is in use."),
            array("minute", "Minutes at which it takes place."),
            array("hour", "Hours at which it takes place."),
            array("dom", "Days of the month on which it takes place."),
            array("month", "Months in which it takes place."),
            array("dow", "Days of the week on which it takes place."),
            DELETED,
        ),
        evidence="B",
    ),
    Stream(
        "wallboards",
        "Wallboards that show live figures in the office.",
        (
            string("name", "Key of the wallboard.", nullable=False),
            string("title", "Name of the wallboard."),
            string("description", "Description of the wallboard."),
            string("message", "Message that the wallboard shows."),
            string("theme", "Theme of the wallboard."),
            string("custom_css", "Style sheet of the wallboard.", selected=False),
            DELETED,
        ),
        evidence="B",
    ),
)
