"""The tree of errors."""

from __future__ import annotations

import re
import signal

import pytest

from tap_daktela import errors
from tap_daktela.errors import (
    AccessError,
    ApplicationError,
    ConfigError,
    Interrupted,
    NotFoundError,
    OutputError,
    RateLimitError,
    RemoteError,
    TapError,
    TargetGone,
    UserError,
)


def below(kind: type[TapError]) -> set[type[TapError]]:
    return {kind}.union(*(below(child) for child in kind.__subclasses__()))


def test_the_module_holds_every_error_and_its_text_names_them() -> None:
    assert {kind.__module__ for kind in below(TapError)} == {"tap_daktela.errors"}
    named = set(re.findall(r"^[\s│├└─]*([A-Z]\w+)\b", errors.__doc__ or "", re.MULTILINE))
    assert {kind.__name__ for kind in below(TapError)} <= named


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("wrong"), 1),
        (AccessError("no right"), 1),
        (NotFoundError("no list"), 1),
        (RemoteError("away"), 1),
        (RateLimitError("slowly"), 1),
        (UserError("full"), 1),
        (ApplicationError("crashed"), 2),
        (OutputError("full"), 1),
        (TargetGone("gone"), 141),
        (Interrupted(signal.SIGTERM), 143),
        (Interrupted(signal.SIGINT), 130),
    ],
)
def test_exit_codes(error: TapError, code: int) -> None:
    assert error.exit_code == code


def test_what_errors_carry() -> None:
    assert (str(ConfigError("one", "two")), ConfigError("one", "two").problems) == ("one; two", ("one", "two"))
    assert (AccessError("no", 403).status, AccessError("no").status) == (403, None)
    assert (NotFoundError("no").status, NotFoundError("no").is_of_list) == (404, True)
    assert (RateLimitError("slowly", 7.5).retry_after, RateLimitError("slowly").retry_after) == (7.5, None)
    assert str(Interrupted(signal.SIGTERM)) == "stopped by signal 15 (SIGTERM)"
    assert str(Interrupted(signal.SIGTERM, "go on")) == "stopped by signal 15 (SIGTERM); go on"
