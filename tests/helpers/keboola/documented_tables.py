"""The tables of the older components as they documented them, or made them: columns in order, keys."""


def _columns(columns: str, keys: str) -> tuple[list[str], set[str]]:
    return columns.split(), set(keys.split())


def _of_2018(columns: str, keys: str, primary: str) -> tuple[list[str], set[str], list[str]]:
    return columns.split(), set(keys.split()), primary.split()


NAMES = (
    *("activities", "activities_statuses", "activities_call", "activities_email", "activities_chat", "contacts"),
    *("tickets", "users", "queues", "campaigns", "accounts", "statuses", "categories", "records"),
)
"""The tables in the README of component-ex-daktela."""

EXTRACTOR = {
    "activities": _columns(
        "activities_name title description direction time time_open time_close stage action clid did queue_name "
        "queue_title user_name user_title contact_name contact_title account_name account_title ticket_name "
        "ticket_title campaign_name campaign_title call_name edited created",
        "activities_name queue_name user_name contact_name account_name ticket_name campaign_name",
    ),
    "contacts": _columns(
        "name title firstname lastname email phone mobile company position address city zip country description "
        "account_name account_title user_name user_title edited created",
        "name account_name user_name",
    ),
    "tickets": _columns(
        "name title description stage priority sla_deadtime sla_change category_name category_title contact_name "
        "contact_title account_name account_title user_name user_title queue_name queue_title tags edited created",
        "name category_name contact_name account_name user_name queue_name",
    ),
    "users": _columns(
        "name title firstname lastname email phone mobile extension alias role_name role_title groups skills edited "
        "created",
        "name role_name",
    ),
    "queues": _columns(
        "name title description type strategy timeout wrapup_time max_waiting max_waiting_time edited created",
        "name",
    ),
    "campaigns": _columns(
        "name title description type status queue_name queue_title edited created",
        "name queue_name",
    ),
    "accounts": _columns(
        "name title description type phone email website address city zip country user_name user_title edited created",
        "name user_name",
    ),
    "calls": _columns(
        "name clid did direction disposition duration billsec recording queue_name queue_title user_name user_title "
        "contact_name contact_title edited created",
        "name queue_name user_name contact_name",
    ),
    "records": _columns(
        "name title description status contact_name contact_title account_name account_title user_name user_title "
        "edited created",
        "name contact_name account_name user_name",
    ),
    "statuses": _columns("name title type color default edited created", "name"),
    "categories": _columns("name title description type parent_name parent_title edited created", "name parent_name"),
    "emails": _columns(
        "name subject from to cc bcc body direction status queue_name queue_title user_name user_title contact_name "
        "contact_title ticket_name ticket_title edited created",
        "name queue_name user_name contact_name ticket_name",
    ),
    "chats": _columns(
        "name message direction status queue_name queue_title user_name user_title contact_name contact_title edited "
        "created",
        "name queue_name user_name contact_name",
    ),
    "sms": _columns(
        "name text from to direction status user_name user_title contact_name contact_title edited created",
        "name user_name contact_name",
    ),
    "devices": _columns("name title type extension user_name user_title status edited created", "name user_name"),
    "profiles": _columns("name title description permissions edited created", "name"),
    "pauses": _columns("name title description type productive edited created", "name"),
    "skills": _columns("name title description edited created", "name"),
    "groups": _columns("name title description members edited created", "name"),
    "fields": _columns("name title type entity required options edited created", "name"),
    "forms": _columns("name title description type fields edited created", "name"),
    "templates": _columns("name title type subject body edited created", "name"),
    "schedules": _columns("name title description timezone rules edited created", "name"),
    "holidays": _columns("name title date recurring edited created", "name"),
    "recordings": _columns(
        "name duration call_name user_name user_title url edited created",
        "name call_name user_name",
    ),
    "files": _columns("name title filename size mime url ticket_name ticket_title edited created", "name ticket_name"),
    "notes": _columns(
        "name text user_name user_title ticket_name ticket_title contact_name contact_title edited created",
        "name user_name ticket_name contact_name",
    ),
    "activities_statuses": _columns("name title type category color icon edited created", "name"),
    "activities_call": _columns(
        "name clid did direction disposition duration billsec recording edited created", "name"
    ),
    "activities_email": _columns("name subject from to cc bcc body edited created", "name"),
    "activities_chat": _columns("name message channel edited created", "name"),
    "activities_sms": _columns("name text from to edited created", "name"),
    "tickets_categories": _columns(
        "name title description parent_name parent_title edited created", "name parent_name"
    ),
    "contacts_custom_fields": _columns("name title type value edited created", "name"),
    "accounts_custom_fields": _columns("name title type value edited created", "name"),
    "users_queues": _columns("user_name queue_name queue_title priority edited created", "user_name queue_name"),
}
"""What component-ex-daktela has built in: the columns in their configured order, and those with the server's prefix.

`name` of activities is called activities_name, as its first version did.
"""

REVOLT = {
    "accounts": _of_2018("name title survey description deleted server", "name", "name"),
    "users": _of_2018("name title description algo email nps_score backoffice_user deleted server", "name", "name"),
    "groups": _of_2018("name title description type deleted server", "name", "name"),
    "pauses": _of_2018("name title paid type max_duration calculated_from auto_pause deleted server", "name", "name"),
    "queues": _of_2018("name title description type direction deactivated deleted usersCount server", "name", "name"),
    "statuses": _of_2018(
        "name title validation nextcall blacklist_database blacklist_expiration_time color deleted server",
        "name",
        "name",
    ),
    "templates": _of_2018(
        "name title description format usingtype content deleted id_template server",
        "name",
        "name",
    ),
    "tickets": _of_2018(
        "name title email description stage priority sla_deadtime sla_change sla_notify sla_duration sla_custom survey "
        "survey_offered satisfaction satisfaction_comment reopen deleted created edited first_answer "
        "first_answer_duration closed unread has_attachment isBookmarked server",
        "name",
        "name",
    ),
    "activitiesCall": _of_2018(
        "activities_name queue_name time item_id_call item_call_time item_direction item_answered item_clid "
        "item_prefix_clid_name item_did item_waiting_time item_ringing_time item_hold_time item_duration item_orig_pos "
        "item_position item_disposition_cause item_disconnection_cause item_pressed_key item_missed_call "
        "item_missed_call_time item_attempts item_score item_note server unique_key",
        "activities_name queue_name item_id_call item_prefix_clid_name",
        "activities_name item_id_call",
    ),
    "activitiesEmail": _of_2018(
        "activities_name queue_name time item_name item_address item_direction item_wait_time item_duration "
        "item_answered item_text item_time title server unique_key",
        "activities_name queue_name item_name",
        "activities_name item_name",
    ),
    "activitiesChat": _of_2018(
        "activities_name queue_name time item_title item_email item_wait_time item_duration item_answered "
        "item_disconnection item_time item_name item_ip item_country_code item_country_name item_region_code "
        "item_region_name item_city item_zip_code item_time_zone item_latitude item_longitude item_metro_code "
        "item_queue_title item_referer server unique_key",
        "activities_name queue_name item_name",
        "activities_name item_name",
    ),
    "activities": _of_2018(
        "name time ticket_name queue_name user_name status_name contact_name record_customFields_hodnoceni "
        "record_customFields_operator record_customFields_id_hovoru title action type survey record priority "
        "description time_wait time_open time_close important status server",
        "name ticket_name queue_name user_name status_name contact_name",
        "name",
    ),
}
"""The tables of the extractor of 2018: the columns in order, those with the server's prefix, and the table's key."""
