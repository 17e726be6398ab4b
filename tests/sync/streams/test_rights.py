"""Sentences about keys that the instance leaves out, and the names in sentences."""

import pytest

from tap_daktela.catalog.streams import STREAMS
from tap_daktela.sync.streams.rights import missing_elements, missing_key, named_as_stream
from tests.helpers.engine.stream_driver import CALLS, TICKETS


def cause(right: str) -> str:
    return (
        f"Daktela leaves keys out where the user lacks the right to read {right}: a Daktela administrator can add it "
        "to the role of the user; then read these rows again"
    )


def test_the_key_of_a_relation_is_named_with_the_right_that_is_missing() -> None:
    what = "user_name is empty in all rows of a page, although user_title is not"
    assert missing_key(TICKETS, "user.title") == f"tickets: {what}. " + cause("'users'")


def test_where_a_relation_leads_anywhere_no_endpoint_is_named() -> None:
    assert missing_key(CALLS, "item.title").endswith(f". {cause('what it names')}")


def test_list_elements_without_their_key() -> None:
    what = "list elements came without their key and were left out"
    assert missing_elements(TICKETS, "statuses") == f"{what}. " + cause("'statuses'")


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("activitiesWeb: no right", "activities_web: no right"),
        ("activitiesChat: no such list", "activities_web: no such list"),
        (
            "GET activitiesWeb: https://a.daktela.com gave no answer",
            "activities_web: https://a.daktela.com gave no answer",
        ),
        ("activitiesWebs: no right", "activitiesWebs: no right"),
        ("the instance is ill", "the instance is ill"),
    ],
)
def test_a_sentence_about_an_endpoint_is_one_about_its_stream(sentence: str, told: str) -> None:
    [stream] = [one for one in STREAMS if one.name == "activities_web"]
    assert named_as_stream(sentence, stream) == told
