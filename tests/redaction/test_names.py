"""Which names mean a secret, in open objects, extra streams and the log: one rule."""

from __future__ import annotations

import pytest

from tap_daktela.catalog.streams import STREAMS
from tap_daktela.redaction import redactor
from tap_daktela.redaction.names import SECRET_NAME
from tap_daktela.sync.records.json_values import scrub


@pytest.mark.parametrize(
    "name",
    [
        "password", "userPassword", "sip_passwd", "PASSWD", "passphrase", "accessToken", "refresh-token",
        "client_secret", "apiKey", "api_key", "api-key", "credentials", "private_key", "privateKey", "private-key",
        "pin", "PIN", "sipPin", "user_pin", "pwd", "imapPwd", "imapPass", "smtp-pass", "smtp.pass", "smtp_auth",
        "smtpAuth", "authorization", "Authorization", "proxy-authorization", "authorisation", "passcode", "pwdHash",
        "pwd_hash", "passHash", "userpass", "dbPass", "imappass", "jwt", "jwtPayload", "bearer", "Bearer", "cookie",
        "Set-Cookie", "c_user", "otp", "accessKey", "ssh_key", "apikey", "passkey", "X-AUTH-TOKEN",
    ],
)  # fmt: skip
def test_names_of_secrets(name: str) -> None:
    assert SECRET_NAME.search(name)
    assert scrub({name: "x", "a": [{name: {"b": 1}}]}) == {"a": [{}]}
    assert redactor.clean(f"{name}=abc123 and more") == f"{name}=*** and more"


@pytest.mark.parametrize(
    "name",
    [
        "passed", "compass", "spin", "pinned", "author", "authorName", "authorized", "passenger", "options",
        "pass_count", "passCount", "bypass", "pressed_key", "replication_key", "key", "keyword", "monkey", "src_user",
        "usersAssigned", "signature", "authenticated", "forbear", "cook", "shipping",
    ],
)  # fmt: skip
def test_names_of_other_things(name: str) -> None:
    assert not SECRET_NAME.search(name)
    assert scrub({name: "x"}) == {name: "x"}
    assert redactor.clean(f"{name}=abc123") == f"{name}=abc123"


def test_no_declared_column_is_taken_for_a_secret() -> None:
    fields = [(stream, field) for stream in STREAMS for field in stream.fields]
    names = {
        name
        for stream, field in fields
        for column in field.columns
        for inner in (column, *column.items)
        for path in inner.paths
        for name in (stream.name, field.api, inner.name, *path)
    }
    assert len(names) > 400
    # Two flags of users, which are columns of their own: only parts of open objects are left out by their names.
    flags = ["oneTimePassword", "one_time_password", "passwordReset", "password_reset"]
    assert [name for name in sorted(names) if SECRET_NAME.search(name)] == flags
