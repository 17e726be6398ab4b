"""What schemas, and the names in open objects, are judged by."""

from __future__ import annotations

import pytest

from tap_daktela.catalog.schema import SECRET_NAME


@pytest.mark.parametrize(
    "name",
    [
        "password", "userPassword", "sip_passwd", "PASSWD", "passphrase", "accessToken", "refresh-token",
        "client_secret", "apiKey", "api_key", "api-key", "credentials", "private_key", "privateKey", "private-key",
        "pin", "PIN", "sipPin", "user_pin", "pwd", "imapPwd", "imapPass", "smtp-pass", "smtp.pass", "smtp_auth",
        "smtpAuth",
    ],
)  # fmt: skip
def test_names_of_secrets(name: str) -> None:
    assert SECRET_NAME.search(name)


@pytest.mark.parametrize(
    "name", ["passed", "compass", "spin", "pinned", "author", "authorName", "passenger", "options"]
)
def test_names_of_other_things(name: str) -> None:
    assert not SECRET_NAME.search(name)
