"""The names of a list: which refusal leads to an older one, and which refusal is told in the end."""

import pytest

from tap_daktela.daktela.list_names import ListNames
from tap_daktela.errors import AccessError


def refused(name: str, status: int | None) -> AccessError:
    return AccessError(f"{name}: no", status)


@pytest.mark.parametrize("status", [403, 404])
def test_a_refusal_leads_to_the_next_older_name(status: int) -> None:
    names = ListNames(["new", "newer", "old"])
    tried = [names.current]
    for _ in range(2):
        names.refuse(refused(names.current, status))
        tried.append(names.current)
    assert tried == ["new", "newer", "old"]


@pytest.mark.parametrize("status", [401, None])
def test_refused_credentials_lead_nowhere(status: int | None) -> None:
    names = ListNames(["new", "old"])
    with pytest.raises(AccessError, match="new: no"):
        names.refuse(refused("new", status))
    assert names.current == "new"


def test_the_only_name_is_told() -> None:
    with pytest.raises(AccessError, match=r"^today: no"):
        ListNames(["today"]).refuse(refused("today", 404))


@pytest.mark.parametrize(
    ("first", "second", "told"), [(403, 404, "new"), (404, 404, "new"), (403, 403, "new"), (404, 403, "old")]
)
def test_a_missing_right_is_told_and_else_that_there_is_no_such_list(first: int, second: int, told: str) -> None:
    names = ListNames(["new", "old"])
    names.refuse(refused("new", first))
    with pytest.raises(AccessError, match=f"^{told}: no"):
        names.refuse(refused("old", second))
