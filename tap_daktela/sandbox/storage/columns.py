"""The columns of every table, in a short notation.

Written from the published description of the Daktela V6 API. The tap has declarations of its own and shares nothing.

    name           text
    name:i         integer; `:n` number, `:b` boolean, `:t` wall-clock time, `:j` any JSON, `:c` custom fields
    name>table     relation to a row of another table
    name*table     list of such relations
    item>item      the item of an activity: its type tells the table

Clients do not see tables and columns whose name begins with an underscore.
"""

_MESSAGING = (
    "name title state connector>_connectors user>users queue>queues contact>contacts sender "
    "external_contact>_externalContacts answered:b options:j duration:i time:t wait_time:i direction "
    "disconnection missed missed_time:t activities*activities"
)

DECLARED = {
    "activities": (
        "name ticket>tickets title important:b action type item>item queue>queues user>users contact>contacts "
        "survey>npsSurveys record>campaignsRecords priority:i options:j description time:t time_wait:t time_open:t "
        "time_close:t baw:i aaw:i duration:i focus_time:i focus_disruptions:i ringing_time:i created_by>users "
        "statuses*statuses customFields:c attachments*activitiesEmailFiles anonymized:b"
    ),
    "activitiesCall": (
        "id_call call_time:t direction answered:b id_queue>queues id_agent>users clid contact>contacts "
        "prefix_clid_name did waiting_time:i ringing_time:i hold_time:i duration:i disposition_cause "
        "disconnection_cause pressed_key missed_call:i missed_call_time:t missed_callback>activitiesCall attempts:i "
        "options:j cdr:j activities*activities"
    ),
    "activitiesEmail": (
        "name queue>queues user>users contact>contacts title address direction wait_time:i duration:i answered:b "
        "text options:j time:t state attachments*activitiesEmailFiles activities*activities"
    ),
    "activitiesWeb": (
        "name title state connector>_connectors user>users queue>queues contact>contacts answered:b options:j "
        "duration:i time:t wait_time:i disconnection missed missed_time:t email phone context:j routing_duration:i "
        "host referer refererLast browser mobileDevice:b privateMode:b hasFocus:b isVisible:b language ipaddress "
        "heartbeat:t gdpr:b customer:j users:j customFields:c activities*activities"
    ),
    "activitiesSms": _MESSAGING.replace(" title", "").replace(" external_contact>_externalContacts", ""),
    "activitiesFbm": _MESSAGING,
    "activitiesIgdm": _MESSAGING + " type",
    "activitiesWap": _MESSAGING,
    "activitiesVbr": _MESSAGING,
    "activitiesFbComment": "name title text user>users queue>queues time:t activities*activities",
    "activitiesIgComment": "name title text user>users queue>queues time:t activities*activities",
    "activitiesCallTranscripts": "name activity>activities start:n end:n text type",
    "activitiesCallChannels": (
        "name app clid channel bridge state time_closed:t time_ringing:t time_speaking:t cause:i mosRx:i mosTx:i "
        "label _call"
    ),
    "activitiesCallRecordings": "recording id_call path status",
    "activitiesChatMessages": "name text result direction type time:t _chat",
    "activitiesEmailFiles": "file:i inline cid title type size:i time:t email:i",
    "tickets": (
        "name:i title id_merge>tickets category>ticketsCategories user>users email contact>contacts "
        "parentTicket>tickets isParent:b description stage priority sla_overdue:i sla_deadtime:t "
        "sla_close_deadline:t sla_change:t sla_duration:i sla_custom:b interaction_activity_count:i reopen:t "
        "created:t created_by>users edited:t edited_by>users first_answer:t first_answer_duration:i "
        "first_answer_deadline:t first_answer_overdue:i closed:t unread:b last_unread_date:t has_attachment:b "
        "followers*users statuses*statuses last_activity:t last_activity_operator:t last_activity_client:t "
        "customFields:c isFollowed:b"
    ),
    "contacts": (
        "name title firstname lastname database>crmDatabases account>accounts user>users description nps_score:n "
        "created:t edited:t duplicateContacts:j notDuplicateContacts:j customFields:c"
    ),
    "accounts": (
        "name title database>crmDatabases sla>ticketsSla user>users description created:t edited:t customFields:c"
    ),
    "crmRecords": (
        "name type>crmRecordsTypes user>users contact>contacts account>accounts ticket>tickets title description "
        "status>statuses created:t edited:t stage customFields:c _attachments*activitiesEmailFiles"
    ),
    "campaignsRecords": (
        "name user>users record_type>campaignsTypes database>databases nextcall:t action:i call_id activity options:j "
        "contact>contacts edited:t created:t statuses*statuses customFields:c"
    ),
    "campaignsTypes": "name title description created:t queue>queues autofocused_tab config:j custom:b color icon",
    "databases": "name title description record_type>campaignsTypes stage priority:i mixing_ratio:i",
    "crmDatabases": (
        "name title description available_cp:b autofocused_contacts_tab autofocused_accounts_tab default:b "
        "reverse_names:b contactsCFScheme"
    ),
    "crmRecordsTypes": "name title description autofocused_tab created:t",
    "ticketsCategories": (
        "name title description sla>ticketsSla timecondition>timegroups email_queue>queues call_queue>queues "
        "sms_queue>queues default_crm_database>crmDatabases allow_external_comments:b status_required "
        "multiple_statuses:b closeCheckChilds:b auto_archive_tickets:i autofocused_tab _statuses*statuses"
    ),
    "ticketsSla": (
        "name title response_low:i response_normal:i response_high:i solution_low:i solution_normal:i "
        "solution_high:i unit"
    ),
    "ticketsViews": "name title",
    "users": (
        "name title type alias role>roles profile>profiles nps_score:n description call_steering_description "
        "extension acl:j extension_state presence_state clid static:b frontend_version "
        "allowRecordingInterruption:b recordAtCallStart algo:j email emailAuth icon emoji mfa_verification:i "
        "sign>templates ctrl_enter_email:b options:j fcmSettings:j cp_access_crm:b forwarding_number timezone "
        "deactivated:b deleted:b backoffice_user:b extensions*sipDevices recordCalls:b "
        "loggedInExtension>realtimeSessions _queues*queues"
    ),
    "queues": (
        "name:i title alias description call_steering_description type direction options:j deactivated:b deleted:b"
    ),
    "statuses": ("name title description validation:b nextcall:b color blacklist_database blacklist_expiration_time"),
    "groups": "name title description type deleted:b",
    "pauses": (
        "name type title paid:b max_duration:i calculated_from repeatable:b max_amount:i min_timeout:i auto_pause:b "
        "prevent_direct_calls:b deleted:b"
    ),
    "templates": (
        "name title description id_template>templates user>users format usingtype subject externalDataUrl content "
        "config:j"
    ),
    "realtimeSessions": (
        "exten id_agent>users state logintime:t lastcalltime:t lastqueue>queues id_pause>pauses onpause:t "
        "statetime:t id_call unwrap:t exten_status presence_status"
    ),
    "profiles": (
        "name title description type maxActivities:i maxOutRecords:i deleteMissedActivity:b noQueueCallsAllowed:b "
        "canTransferCall monitoringModes:i gptFunctions:i askForAssistance:b options:j customViews:j "
        "customSocialMediaViews:j oneTimePassword:b passwordReset:b"
    ),
    "roles": "name title description shortcuts:j gpt_custom_prompts:j options:j type",
    "timegroups": "name title description crons:j groups:j",
    "articles": (
        "name title description content published:b seen_count:i created:t created_by>users edited:t edited_by>users "
        "folder>articlesFolders tags*articlesTags bookmarks*users"
    ),
    "articlesFolders": (
        "name title index created:t created_by>users edited:t edited_by>users parent>articlesFolders config:j"
    ),
    "articlesTags": "name title created:t created_by>users edited:t edited_by>users",
    "articlesComments": "name article>articles content created:t created_by>users attachments*activitiesEmailFiles",
    "npsSurveys": "name activity>activities user>users contact>contacts score:i created:t evaluated:t note",
    "qaforms": "name title description ai_qa_form:b initial_score:i minimum_score:i",
    "recordings": "name title filename description edited:t user>users id displayname fcode",
    "sipDevices": (
        "name title description cc_device:b password dtmfmode context nat qualify codec transport srtp:b language "
        "options:j line_position:i"
    ),
    "accountsSnapshots": "_key title description deleted:b time:t _parent",
    "contactsSnapshots": "_key title description firstname lastname deleted:b time:t _parent",
    "campaignsRecordsSnapshots": "_key title number nextcall action:i activity call_id time:t _parent",
    "blacklistDatabases": "name title description",
    "blacklistnumbers": "name number description expired:t normalized_clid reverse_value created:t _parent",
    "events": (
        "name event2 type title description step timeout:t time:t deleted:b active:b minute:j hour:j dom:j month:j "
        "dow:j"
    ),
    "wallboards": "name title description message theme custom_css deleted:b",
    "transcripts": (
        "name item_name text confidence:n correctly_routed:b correct_route created:t additional_data:j deleted:b"
    ),
    "musics": "name",
    "_connectors": "name title description type accessToken",
    "_externalContacts": "name title",
}
