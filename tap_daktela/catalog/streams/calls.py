"""Calls, and what belongs to a call: its legs, its audio files, its transcript."""

from __future__ import annotations

from tap_daktela.catalog.fields import (
    Axis,
    Child,
    FieldType,
    Stream,
    boolean,
    integer,
    moment,
    number,
    obj,
    relation,
    string,
)
from tap_daktela.catalog.streams.common import ACTIVITIES, CONTACT

__all__ = ["STREAMS"]

STREAMS = (
    Stream(
        "activitiesCall",
        "Phone calls, including those that no user took.",
        (
            string("id_call", "Key of the call.", nullable=False),
            ACTIVITIES,
            moment("call_time", "When the call began."),
            string("direction", "Who called whom.", enum=("in", "out", "internal")),
            boolean("answered", "Whether the call was answered."),
            relation("id_queue", "queues", "Queue of the call", name="queue", key_type=FieldType.INTEGER),
            relation("id_agent", "users", "User who took the call, null if nobody did", name="user"),
            CONTACT,
            string("clid", "Phone number of the other party."),
            string("prefix_clid_name", "Prefix shown before the caller's name on the user's phone."),
            string("did", "Number of the contact centre that was called (DID)."),
            integer("waiting_time", "How long the caller waited in the queue, in seconds."),
            integer("ringing_time", "How long it rang, in seconds."),
            integer("hold_time", "How long the other party was on hold, in seconds."),
            integer("duration", "Length of the call, in seconds."),
            string(
                "disposition_cause",
                "Who ended a call that was answered.",
                enum=("", "caller", "agent", "transfer", "system"),
            ),
            string(
                "disconnection_cause",
                "Why a call was not answered.",
                enum=(
                    "",
                    "abandon",
                    "exitwithtimeout",
                    "exitwithkey",
                    "exitempty",
                    "busy",
                    "cancel",
                    "noanswer",
                    "failed",
                    "amdmachine",
                ),
            ),
            string("pressed_key", "Key that the caller pressed on the phone."),
            integer(
                "missed_call", "1 if the call was missed, 0 if it was then called back, null if it was not missed."
            ),
            moment("missed_call_time", "When the call was marked as missed or called back."),
            relation(
                "missed_callback",
                "activitiesCall",
                "Call that called the missed call back",
                keys=("id_call",),
                title=False,
            ),
            integer("attempts", "Number of attempts to connect the call."),
            obj("cdr", "The record of the call in the telephone exchange (CDR).", selected=False),
            integer("dialer_time", "Time with the dialer, in seconds. Sent by old servers only.", selected=False),
            integer("orig_pos", "Place in the queue on entry. Sent by old servers only.", selected=False),
            integer("position", "Last place in the queue. Sent by old servers only.", selected=False),
            integer("score", "Score of the call. Sent by old servers only.", selected=False),
            string("note", "Note about the call. Sent by old servers only.", selected=False),
        ),
        key=("id_call",),
        axes=(Axis("call_time", lookback=True),),
    ),
    Stream(
        "activitiesCallTranscripts",
        "Transcripts of calls, one row per sentence, if transcription is licensed. One request for 50 calls.",
        (
            string("name", "Key of the sentence.", nullable=False),
            relation("activity", "activities", "Activity of the call", title=False),
            number("start", "Where in the call it begins, in seconds."),
            number("end", "Where in the call it ends, in seconds."),
            string("type", "Who speaks.", enum=("customer", "operator")),
            string("text", "What was said."),
        ),
        costly=True,
        child=Child(parent="activities_call", column="activities_name", filter_field="activity"),
    ),
    Stream(
        "activitiesCallChannels",
        "Legs of calls, as the telephone exchange recorded them.",
        (
            string("name", "Key of the leg.", nullable=False),
            string("app", "Application of the exchange that held the leg."),
            string("clid", "Phone number on the leg."),
            string("channel", "Channel of the exchange."),
            string("bridge", "Bridge that joined the leg with others."),
            string("state", "State of the leg."),
            moment("time_ringing", "When it began to ring."),
            moment("time_speaking", "When it was answered."),
            moment("time_closed", "When it ended."),
            integer("cause", "Code of the reason why it ended."),
            number("mosRx", "Quality of the received voice (MOS)."),
            number("mosTx", "Quality of the sent voice (MOS)."),
            string("label", "Label of the leg."),
        ),
        evidence="B",
    ),
    Stream(
        "activitiesCallRecordings",
        "Audio files of calls.",
        (
            string("recording", "Key of the recording.", nullable=False),
            string("id_call", "Key of the call.", to="activitiesCall"),
            string("path", "Where the server keeps the file."),
            string("status", "State of the recording."),
        ),
        key=("recording",),
        evidence="B",
    ),
)
