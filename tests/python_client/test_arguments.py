"""Arguments that make no sense: one ConfigError that names the argument, before anything is sent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela import Daktela, F, Retry
from tap_daktela.errors import ConfigError
from tests.helpers.http_stub import TOKEN, HttpStub, answered, page

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_NAMES = (5, None, F.edited, {"edited", "name"}, {"edited": "desc"}, b"edited", [F.edited], object())
OPTIONS = ("sort", "fields", "page_size", "take", "skip", "max_rows", "shaped", "on_error")


@pytest.fixture(scope="module")
def unasked() -> Iterator[Daktela]:
    """Give a client of an instance that must not be asked anything."""
    stub = HttpStub()
    with Daktela(stub.url, access_token=TOKEN, retry=Retry.off()) as daktela:
        yield daktela
    stub.stop()
    assert stub.asked == []


@pytest.mark.parametrize("name", ["sort", "fields"])
@pytest.mark.parametrize("given", NO_NAMES, ids=lambda given: type(given).__name__)
def test_what_is_no_list_of_fields(unasked: Daktela, name: str, given: Any) -> None:
    for call in (unasked.rows, unasked.pages, unasked.page, unasked.first):
        with pytest.raises(ConfigError, match=f"^{name} must be the name of a field, or several"):
            call("tickets", **{name: given})
    with pytest.raises(ConfigError, match=f"^{name} must be the name of a field, or several"):
        unasked.related("tickets", 1, "activities", **{name: given})


def test_names_may_come_from_anything_that_has_an_order(instance: HttpStub) -> None:
    instance.on("tickets", page())
    with Daktela(instance.url, access_token=TOKEN) as daktela:
        daktela.page("tickets", sort=iter(["edited", "name"]), fields=dict.fromkeys(["name"]).keys())
    asked = instance.asked[0].parameters
    assert (asked["sort[1][field]"], asked["fields[0]"]) == ("name", "name")


@pytest.mark.parametrize("name", OPTIONS)
def test_options_that_a_call_does_not_have_are_no_filters(unasked: Daktela, name: str) -> None:
    calls = {
        "count": (unasked.count, ("tickets",)),
        "exists": (unasked.exists, ("tickets",)),
        "an unknown list": (unasked.count, ("unknown",)),
    }
    if name not in {"sort", "fields"}:
        calls["first"] = (unasked.first, ("tickets",))
    if name in {"take", "shaped"}:
        calls["related"] = (unasked.related, ("tickets", 1, "activities"))
    for call, arguments in calls.values():
        with pytest.raises(ConfigError, match=f"^{name} is no argument here; .* write F\\['{name}'\\] =="):
            call(*arguments, **{name: 1})


def test_names_of_lists_may_begin_with_a_capital(instance: HttpStub) -> None:
    instance.on("campaignsRecords/1/activities", page(total=0))
    instance.on("crmRecords", page(total=0))
    instance.on("whoim", answered({"user": {"name": "me"}}, _timezone="Europe/Prague"))
    with Daktela(instance.url, access_token=TOKEN, retry=Retry.off()) as daktela:
        assert daktela.page("CrmRecords").total == 0
        assert list(daktela.rows("CrmRecords", shaped=True)) == []
        assert list(daktela.related("CampaignsRecords", 1, "Activities")) == []


def test_one_page_calls_its_size_take(unasked: Daktela) -> None:
    with pytest.raises(ConfigError, match=r"^take must be a whole number from 1 to 1000, not 1001$"):
        unasked.page("tickets", take=1001)
    with pytest.raises(ConfigError, match=r"^page_size must be a whole number from 1 to 1000, not 0$"):
        unasked.rows("tickets", page_size=0)


@pytest.mark.parametrize("shaped", ["yes", "no", 1, None])
def test_shaped_is_true_or_false(unasked: Daktela, shaped: Any) -> None:
    with pytest.raises(ConfigError, match=r"^shaped must be True or False"):
        unasked.rows("tickets", shaped=shaped)


@pytest.mark.parametrize("name", ["tickts", "a b", "", None, ["tickets"]])
def test_streams_that_do_not_exist(unasked: Daktela, name: Any) -> None:
    with pytest.raises(
        ConfigError, match=r"^(shaped: (there is no|.* is no name of a) stream|the name of a list is text)"
    ):
        unasked.rows(name, shaped=True)


@pytest.mark.parametrize("key", [".", "..", "a\ud800"])
def test_keys_that_lead_elsewhere(unasked: Daktela, key: str) -> None:
    for call in (lambda: unasked.one("tickets", key), lambda: unasked.related("tickets", key, "activities")):
        with pytest.raises(ConfigError, match=r"^a key is text or a whole number"):
            call()


def test_what_is_repeated_stays_on_one_line(unasked: Daktela) -> None:
    for call in (
        lambda: unasked.rows("tickets\nfake: line"),
        lambda: unasked.rows("tickets", **{"a\nfake: line": 1}),
        lambda: unasked.rows("tickets", "a\nfake: line"),
        lambda: unasked.rows("a\x1b[31m", shaped=True),
    ):
        with pytest.raises(ConfigError) as caught:
            call()
        assert str(caught.value).isprintable()


def test_white_space_in_a_name_is_shown(unasked: Daktela) -> None:
    with pytest.raises(ConfigError, match=r"^'tickets ' is not the name of a list"):
        unasked.rows("tickets ")


def test_what_is_too_long_is_not_repeated(unasked: Daktela) -> None:
    for call in (lambda: unasked.rows("tickets", "x" * 10_000), lambda: unasked.rows("a b" * 10_000)):
        with pytest.raises(ConfigError) as caught:
            call()
        assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"url": None}, "url must be text"),
        ({"timeout": "x"}, "timeout must be a number from 1 to 3600"),
        ({"verify": 5}, "verify must be True, False or the path"),
        ({"verify": b"x"}, "verify must be True, False or the path"),
        ({"verify": Path("missing.pem")}, "verify must be a file of certificates in PEM: missing.pem: No such file"),
        ({"verify": "missing.pem"}, "verify must be a file of certificates in PEM: missing.pem: No such file"),
    ],
)
def test_what_cannot_be_opened(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=f"^{sentence}"):
        Daktela(**{"url": "https://mycompany.daktela.com", "access_token": TOKEN, **given})


def test_numbers_as_text_and_none_as_not_given(instance: HttpStub) -> None:
    instance.on("whoim", page())
    for timeout in ("5", None):
        with Daktela(instance.url, access_token=TOKEN, timeout=timeout, concurrency=None, verify=None) as daktela:  # type: ignore[arg-type]
            assert daktela.health().error
