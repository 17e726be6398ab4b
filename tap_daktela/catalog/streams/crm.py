"""The CRM: contacts, accounts (companies) and records, their databases and types, and the history of both."""

from __future__ import annotations

from tap_daktela.catalog.fields import (
    Derived,
    FieldType,
    Stream,
    array,
    boolean,
    custom_fields,
    number,
    relation,
    string,
)
from tap_daktela.catalog.streams.common import BY_EDIT, BY_TIME, CREATED, DELETED, EDITED, OLD_DELETED, SNAPSHOT_TIME

__all__ = ["STREAMS"]

STREAMS = (
    Stream(
        "contacts",
        "People. Their e-mail addresses and phone numbers are custom fields.",
        (
            string("name", "Key of the contact; integrations may choose it.", nullable=False),
            string("title", "Full name."),
            string("firstname", "First name."),
            string("lastname", "Last name."),
            relation("database", "crmDatabases", "CRM database of the contact"),
            relation("account", "accounts", "Account (company) of the contact"),
            relation("user", "users", "User who looks after the contact"),
            string("description", "Note about the contact."),
            number("nps_score", "Net promoter score that the contact gave."),
            CREATED,
            EDITED,
            custom_fields(),
            array("duplicateContacts", "Possible duplicates of the contact.", selected=False),
            array("notDuplicateContacts", "Contacts that were marked as no duplicates.", selected=False),
            string("number", "Phone number. Sent by old servers only.", selected=False),
            OLD_DELETED,
        ),
        axes=BY_EDIT,
        derived=(
            Derived(
                "contacts_custom_fields",
                "customFields",
                "Custom fields of contacts, one row per value.",
                "contact_name",
            ),
        ),
    ),
    Stream(
        "accounts",
        "Companies and other groups of contacts. Their e-mail addresses and phone numbers are custom fields.",
        (
            string("name", "Key of the account; integrations may choose it.", nullable=False),
            string("title", "Name of the company.", nullable=False),
            relation("database", "crmDatabases", "CRM database of the account"),
            relation("sla", "ticketsSla", "Service level of the account"),
            relation("user", "users", "User who looks after the account"),
            string("description", "Note about the account."),
            CREATED,
            EDITED,
            custom_fields(),
            string("survey", "Satisfaction survey. Sent by old servers only.", selected=False),
            OLD_DELETED,
        ),
        axes=BY_EDIT,
        derived=(
            Derived(
                "accounts_custom_fields",
                "customFields",
                "Custom fields of accounts, one row per value.",
                "account_name",
            ),
        ),
    ),
    Stream(
        "crmRecords",
        "CRM records such as orders, contracts or devices. Each instance defines its own types.",
        (
            string("name", "Key of the record.", nullable=False),
            relation("type", "crmRecordsTypes", "Type of the record"),
            relation("user", "users", "User who looks after the record"),
            relation("contact", "contacts", "Contact that the record is about"),
            relation("account", "accounts", "Account that the record is about"),
            relation("ticket", "tickets", "Ticket that the record belongs to", key_type=FieldType.INTEGER),
            string("title", "Name of the record.", nullable=False),
            string("description", "Note about the record."),
            relation("status", "statuses", "Status of the record"),
            string("stage", "Whether the record is open.", enum=("OPEN", "CLOSE"), nullable=False),
            CREATED,
            EDITED,
            custom_fields(),
            OLD_DELETED,
        ),
        axes=BY_EDIT,
        derived=(
            Derived(
                "crm_records_custom_fields",
                "customFields",
                "Custom fields of CRM records, one row per value.",
                "crm_record_name",
            ),
        ),
    ),
    Stream(
        "crmRecordsTypes",
        "Types of CRM records.",
        (
            string("name", "Key of the type.", nullable=False),
            string("title", "Name of the type.", nullable=False),
            string("description", "Description of the type."),
            CREATED,
            string("autofocused_tab", "Tab that a record opens with."),
        ),
    ),
    Stream(
        "crmDatabases",
        "CRM databases, which group contacts and accounts.",
        (
            string("name", "Key of the database.", nullable=False),
            string("title", "Name of the database.", nullable=False),
            string("description", "Description of the database."),
            boolean("default", "Whether new contacts go here by default."),
            boolean("available_cp", "Whether users of the client portal can see it."),
            boolean("reverse_names", "Whether the last name comes first."),
            string("autofocused_contacts_tab", "Tab that a contact opens with."),
            string("autofocused_accounts_tab", "Tab that an account opens with."),
            string("contactsCFScheme", "Scheme of the contacts' custom fields.", selected=False),
        ),
    ),
    Stream(
        "contactsSnapshots",
        "Earlier versions of contacts. Rows have no key.",
        (
            SNAPSHOT_TIME,
            string("title", "Full name at that time."),
            string("firstname", "First name at that time."),
            string("lastname", "Last name at that time."),
            string("description", "Note at that time."),
            DELETED,
        ),
        key=(),
        axes=BY_TIME,
        evidence="B",
    ),
    Stream(
        "accountsSnapshots",
        "Earlier versions of accounts. Rows have no key.",
        (
            SNAPSHOT_TIME,
            string("title", "Name of the company at that time."),
            string("description", "Note at that time."),
            DELETED,
        ),
        key=(),
        axes=BY_TIME,
        evidence="B",
    ),
)
