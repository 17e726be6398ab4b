"""The people who work in the contact centre: users, their rights, groups and pauses, and who is at work now."""

from tap_daktela.catalog.fields import FieldType, Stream, boolean, integer, moment, number, obj, relation, string
from tap_daktela.catalog.streams.common import DELETED, OLD_DELETED

_PRESENCE = ("online", "offline", "busy", "")
_SESSION_PRESENCE = ("Unavailable", "Idle", "Busy", "")

STREAMS = (
    Stream(
        "users",
        "Users of the contact centre: agents, supervisors, back office, customer portal.",
        (
            string("name", "Login name of the user. It is the key.", nullable=False),
            string("title", "Full name.", nullable=False),
            string(
                "type",
                "Kind of user: contact centre (CC), customer portal (CP) or back office (BO).",
                enum=("CC", "CP", "BO"),
            ),
            string("alias", "Name of the user that customers see."),
            relation("role", "roles", "Role, which grants rights"),
            relation("profile", "profiles", "Profile, which sets how the user works"),
            number("nps_score", "Net promoter score that customers gave the user."),
            string("description", "Note about the user."),
            string("call_steering_description", "Description that is used to route spoken requests to the user."),
            string("email", "E-mail address."),
            string("clid", "Number shown to people whom the user calls."),
            string("extension", "Phone extension."),
            string("forwarding_number", "Number that calls are forwarded to."),
            relation("acl", None, "Calling rights"),
            string("extension_state", "State of the phone at the time of reading.", enum=_PRESENCE),
            string("presence_state", "State of the user at the time of reading.", enum=_PRESENCE),
            boolean("static", "Whether the user is bound to one extension."),
            boolean("allowRecordingInterruption", "Whether the user may interrupt the recording of a call."),
            string(
                "recordAtCallStart",
                "When the recording of calls begins.",
                enum=("disabled", "immediately", "bridged", "bridged_with_transfer"),
            ),
            string("frontend_version", "Version of the user interface.", enum=("angular", "react")),
            string("icon", "Icon of the user."),
            string("emoji", "Emoji of the user."),
            integer("mfa_verification", "Setting for the second factor at login.", enum=(0, 2, 1)),
            relation("sign", "templates", "Template of the e-mail signature"),
            boolean("ctrl_enter_email", "Whether Ctrl+Enter sends an e-mail."),
            boolean("cp_access_crm", "Whether a user of the customer portal sees the CRM."),
            string("timezone", "Time zone of the user, or _AUTOMATIC_."),
            relation(
                "loggedInExtension",
                "realtimeSessions",
                "Extension at which the user is logged in now",
                keys=("exten",),
                title=False,
            ),
            boolean("deactivated", "Whether the user can no longer log in."),
            DELETED,
            boolean(
                "backoffice_user", "Whether this is a back-office user. Old servers only, see `type`.", selected=False
            ),
            boolean("recordCalls", "Whether calls are recorded. Sent by old servers only.", selected=False),
            string(
                "backofficeRinging",
                "How the phone of a back-office user rings. Sent by old servers only.",
                selected=False,
            ),
        ),
    ),
    Stream(
        "groups",
        "Groups of users, queues, categories or profiles. Their members are not listed.",
        (
            string("name", "Key of the group.", nullable=False),
            string("title", "Name of the group.", nullable=False),
            string("description", "Description of the group."),
            string("type", "What the group is made of.", enum=("categories", "queues", "users", "profiles")),
            OLD_DELETED,
        ),
    ),
    Stream(
        "pauses",
        "Kinds of pauses that users can take.",
        (
            string("name", "Key of the pause.", nullable=False),
            string("title", "Name of the pause.", nullable=False),
            string(
                "type", "Built-in kind of pause. Empty if the instance defined it.", enum=("", "wrap", "dnd", "lajdak")
            ),
            boolean("paid", "Whether the pause is paid."),
            integer("max_duration", "How long the pause may last."),
            string("calculated_from", "When the period starts in which pauses are added up.", enum=("", "- 1 day")),
            boolean("repeatable", "Whether the pause may be taken more than once."),
            integer("max_amount", "How often the pause may be taken."),
            integer("min_timeout", "How long to wait before the pause may be taken again."),
            boolean("auto_pause", "Whether Daktela starts the pause by itself."),
            boolean("prevent_direct_calls", "Whether direct calls are blocked as well."),
            OLD_DELETED,
        ),
    ),
    Stream(
        "profiles",
        "Profiles, which set how users work: how many activities at once, which calls, which tools.",
        (
            string("name", "Key of the profile.", nullable=False),
            string("title", "Name of the profile.", nullable=False),
            string("description", "Description of the profile."),
            string("type", "Kind of users: contact centre (CC) or back office (BO).", enum=("CC", "BO")),
            integer("maxActivities", "How many activities a user may have open at once."),
            integer("maxOutRecords", "How many campaign records a user may hold at once."),
            boolean("deleteMissedActivity", "Whether missed activities can be deleted."),
            boolean("noQueueCallsAllowed", "Whether users may call without a queue."),
            string(
                "canTransferCall",
                "How users may transfer calls.",
                enum=("none", "only assisted transfer", "only blind transfer", "blind and assisted transfer"),
            ),
            integer(
                "monitoringModes",
                "How users may monitor calls of others, as a code.",
                enum=(1, 3, 7, 15),
            ),
            integer(
                "gptFunctions",
                "Functions of the AI assistant, as a code.",
                enum=(0, 1, 2, 3),
            ),
            boolean("askForAssistance", "Whether users may ask a supervisor for help."),
            boolean("oneTimePassword", "Whether users log in with a one-time password."),
            boolean("passwordReset", "Whether users may reset their password."),
            obj("customViews", "Custom views for users of the profile.", selected=False),
            obj("customSocialMediaViews", "Custom views of social media for users of the profile.", selected=False),
        ),
    ),
    Stream(
        "roles",
        "Roles, which grant rights to users.",
        (
            string("name", "Key of the role.", nullable=False),
            string("title", "Name of the role.", nullable=False),
            string("description", "Description of the role."),
            string("type", "Kind of users: contact centre (CC) or back office (BO).", enum=("CC", "BO")),
            obj("shortcuts", "Shortcuts for users of the role.", selected=False),
            obj("gpt_custom_prompts", "Prompts of the AI assistant for users of the role.", selected=False),
        ),
    ),
    Stream(
        "realtimeSessions",
        "Who is logged in at which extension while the run reads. There is no history.",
        (
            string("exten", "Extension. Null for a user without a phone.", to="realtimeSessions"),
            relation("id_agent", "users", "User at the extension", name="user"),
            string("state", "What the user does.", enum=("Session", "Idle", "Paused")),
            moment("statetime", "When that state began."),
            moment("logintime", "When the user logged in."),
            moment("lastcalltime", "When the user had the last call."),
            relation("lastqueue", "queues", "Queue of the last call", key_type=FieldType.INTEGER),
            relation("id_pause", "pauses", "Pause that the user takes", name="pause"),
            moment("onpause", "When the pause began."),
            string("id_call", "Key of the user's current call.", to="activitiesCall"),
            moment("unwrap", "When the user's work after the call ends."),
            string("exten_status", "State of the phone.", enum=_SESSION_PRESENCE),
            string("presence_status", "State of the user.", enum=_SESSION_PRESENCE),
        ),
        # What is known of `exten` does not make it a key: it may be null, and nothing says that it comes once.
        key=(),
        purged=True,
    ),
)
