"""Settings from variables of the environment, from `.env`, and from files that a variable names."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.errors import ConfigError
from tap_daktela.settings import Settings
from tap_daktela.settings.declared import settings_of
from tap_daktela.settings.environment import MOST_BYTES, read_environment

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "canary-5f0e2b"
SECRETS = [one.key for one in settings_of(Settings) if one.secret]


@pytest.fixture
def dotenv(tmp_path: Path) -> Path:
    """Give the path of a file `.env`, which is not there yet."""
    return tmp_path / ".env"


def read(dotenv: Path, **variables: str) -> dict[str, Any]:
    return read_environment({f"TAP_DAKTELA_{name}": text for name, text in variables.items()}, str(dotenv))[0]


def refused(dotenv: Path, **variables: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read(dotenv, **variables)
    assert CANARY not in str(caught.value)
    return str(caught.value)


# --- variables ------------------------------------------------------------------------------------------------------


def test_every_setting_has_its_variable(dotenv: Path) -> None:
    for one in settings_of(Settings):
        name = f"TAP_DAKTELA_{one.key.upper()}"
        value = [] if "array" in one.type.schema["type"] or one.type.schema["type"] == "object" else "[]"
        assert read_environment({name: "[]"}, str(dotenv)) == ({one.key: value}, {one.key: name})


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("STREAMS", "tickets,users", "tickets,users"),
        ("STREAMS", ' ["tickets", "users"]', ["tickets", "users"]),
        ("FILTERS", '{"tickets": {"field": "a"}}', {"tickets": {"field": "a"}}),
        ("EXTRA_STREAMS", '[{"endpoint": "a"}]', [{"endpoint": "a"}]),
        ("PAGE_SIZE", "50", "50"),
        ("PASSWORD", " [pass word] ", " [pass word] "),
        ("PASSWORD", "{", "{"),
        ("PASSWORD", "\udcc5\udcbe", "ž"),  # as Python hands it over where the locale knows only ASCII
    ],
)
def test_lists_and_objects_are_json_and_all_else_is_text(dotenv: Path, name: str, text: str, value: object) -> None:
    assert read(dotenv, **{name: text}) == {name.lower(): value}


def test_an_empty_variable_is_not_set(dotenv: Path) -> None:
    assert read(dotenv, URL="", PASSWORD="", PASSWORD_FILE="", STREAMS="") == {}


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("FILTERS", f"{{'a': '{CANARY}'}}", "TAP_DAKTELA_FILTERS is not JSON: "),
        ("FILTERS", f"tickets:{CANARY}", "TAP_DAKTELA_FILTERS is not JSON: "),
        ("STREAMS", f'["{CANARY}"', "TAP_DAKTELA_STREAMS is not JSON: "),
        ("EXTRA_STREAMS", "[" * 200 + "]" * 200, "TAP_DAKTELA_EXTRA_STREAMS is nested too deeply"),
        ("PASSWORD", f"{CANARY}\udcff", "TAP_DAKTELA_PASSWORD is not text in UTF-8"),
        ("STREAMS", "[\udcff]", "TAP_DAKTELA_STREAMS is not text in UTF-8"),
    ],
)
def test_what_cannot_be_read_is_told_with_the_name_of_the_variable(
    dotenv: Path, name: str, text: str, sentence: str
) -> None:
    assert refused(dotenv, **{name: text}).startswith(sentence)


def test_everything_that_is_wrong_is_told_at_once(dotenv: Path) -> None:
    said = refused(dotenv, FILTERS="{", STREAMS="[", PASSWORD_FILE="/nowhere")
    assert [name for name in ("PASSWORD_FILE", "STREAMS", "FILTERS") if f"TAP_DAKTELA_{name} " not in said] == []


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("TAP_DAKTELA_PAGE_SISE", "TAP_DAKTELA_PAGE_SIZE"),
        ("TAP_DAKTELA_PASWORD_FILE", "TAP_DAKTELA_PASSWORD_FILE"),
        ("TAP_DAKTELA_USERNAME_FILE", "TAP_DAKTELA_USERNAME"),
        ("TAP_DAKTELA_Url", "TAP_DAKTELA_URL"),
        ("tap_daktela_url", "TAP_DAKTELA_URL"),
        ("TAP_DAKTELA_ZZZ", ""),
    ],
)
@pytest.mark.parametrize("in_file", [False, True])
def test_a_variable_that_means_nothing_is_told(
    dotenv: Path, variable: str, meant: str, in_file: bool, caplog: pytest.LogCaptureFixture
) -> None:
    if in_file:
        dotenv.write_text(f"{variable}={CANARY}")
    assert read_environment({} if in_file else {variable: CANARY}, str(dotenv)) == ({}, {})
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage().endswith(f": {variable} ({meant}?)" if meant else f": {variable}")


def test_what_means_something_else_is_not_told(dotenv: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The level of the log, what Meltano calls extras, plugins that inherit, and everything without the prefix."""
    of_the_log = ("TAP_DAKTELA_LOGLEVEL", "TAP_DAKTELA_LOG_FORMAT")
    others = ("TAP_DAKTELA__SELECT", "TAP_DAKTELA__PROD_URL", "TAP_DAKTELAURL", "PATH", "")
    dotenv.write_text("TAP_DAKTELA__CATALOG=a\nOTHER=b\n")
    assert read_environment(dict.fromkeys([*of_the_log, *others], "x"), str(dotenv)) == ({}, {})
    assert caplog.records == []


def test_the_log_begins_before_the_file_is_read(dotenv: Path, caplog: pytest.LogCaptureFixture) -> None:
    dotenv.write_text("TAP_DAKTELA_LOGLEVEL=DEBUG\n")
    assert read(dotenv) == {}
    [warning] = [record.getMessage() for record in caplog.records]
    assert warning == f"{dotenv}: TAP_DAKTELA_LOGLEVEL has no effect there; set it in the environment itself"


# --- .env -----------------------------------------------------------------------------------------------------------


def test_the_process_wins_over_the_file(dotenv: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    dotenv.write_text("TAP_DAKTELA_URL=file\nTAP_DAKTELA_SERVER='file'\nTAP_DAKTELA_TIMEZONE=file\nOTHER=x\n")
    assert read(dotenv, URL="process", TIMEZONE="") == {"url": "process", "server": "file", "timezone": "file"}
    [line] = [record.getMessage() for record in caplog.records]
    assert line.endswith(": TAP_DAKTELA_URL, TAP_DAKTELA_SERVER (.env), TAP_DAKTELA_TIMEZONE (.env)")


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("TAP_DAKTELA_PASSWORD=pass word # comment", "pass word"),
        ("export TAP_DAKTELA_PASSWORD='pass # word '", "pass # word "),
        (r"TAP_DAKTELA_PASSWORD='a\nb\'c\\d'", r"a\nb'c\d"),
        ('TAP_DAKTELA_PASSWORD="two\\nlines\nthree"', "two\nlines\nthree"),
        ("\ufeffTAP_DAKTELA_PASSWORD = ž", "ž"),
        ("TAP_DAKTELA_PASSWORD=a$b$(c)", "a$b$(c)"),
        ("TAP_DAKTELA_PASSWORD=${HOST}-${TAP_DAKTELA_X:-c}", "a-c"),
        ("HOST=b\nTAP_DAKTELA_PASSWORD='${HOST}'", "b"),
        ("TAP_DAKTELA_PASSWORD=${EMPTY}a", "a"),
        ("TAP_DAKTELA_PASSWORD=a\r\nOTHER=${NOT_SET}\r\n# comment\r\n\r\n", "a"),
        ("FLAG\nTAP_DAKTELA_PASSWORD=a", "a"),
    ],
)
def test_the_form_of_the_file_is_that_of_python_dotenv(dotenv: Path, line: str, value: str) -> None:
    dotenv.write_bytes(line.encode())
    assert read_environment({"HOST": "a", "EMPTY": ""}, str(dotenv))[0] == {"password": value}


def test_the_last_of_two_lines_counts_and_is_told(dotenv: Path, caplog: pytest.LogCaptureFixture) -> None:
    dotenv.write_text("TAP_DAKTELA_URL=a\nTAP_DAKTELA_URL=b\nTWICE=1\nTWICE=2\n")
    assert read(dotenv) == {"url": "b"}
    [warning] = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert "line 2" in warning
    assert "TAP_DAKTELA_URL" in warning


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (f"\n# a\n\nTAP_DAKTELA_PASSWORD='{CANARY}\n", ["line 4", "close every quote"]),
        (f"A=1\n\n\nTAP_DAKTELA_PASSWORD='{CANARY}' {CANARY}\n", ["line 4"]),
        (f"A=1\n={CANARY}\nB=1", ["line 2"]),
        ("A=1\nTAP_DAKTELA_PASSWORD\n", ["line 2"]),
        (f"A=1\nTAP_DAKTELA_PASSWORD:{CANARY}\n", ["line 2"]),
        (f"A=1\nTAP_DAKTELA_PASSWORD;{CANARY}\n", ["line 2"]),
        (f"TAP_DAKTELA_PASSWORD=a${{{CANARY}}}${{NONE:-b}}\n", ["line 1", "not set"]),
        (b"TAP_DAKTELA_PASSWORD=\xff", ["is not text in UTF-8"]),
        ("TAP_DAKTELA_URL=a".encode("utf-16-le"), ["is not text in UTF-8"]),
    ],
)
def test_a_file_that_cannot_be_read_whole_is_refused(dotenv: Path, content: str | bytes, words: list[str]) -> None:
    dotenv.write_bytes(content if isinstance(content, bytes) else content.encode())
    said = refused(dotenv)
    assert str(dotenv) in said
    assert [word for word in words if word not in said] == []


def test_all_lines_that_are_wrong_are_told_at_once(dotenv: Path) -> None:
    dotenv.write_text("=1\nTAP_DAKTELA_URL=${NOT_SET}\nTAP_DAKTELA_SERVER\n")
    assert [f"line {number}" in refused(dotenv) for number in (1, 2, 3)] == [True] * 3


def test_a_folder_of_that_name_is_no_file_of_settings(dotenv: Path) -> None:
    dotenv.mkdir()
    assert read(dotenv) == {}


def test_a_file_that_must_not_be_read(dotenv: Path) -> None:
    dotenv.symlink_to(dotenv)
    assert refused(dotenv).startswith(f"config: cannot read {dotenv}: ")


# --- secrets in files -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", SECRETS)
@pytest.mark.parametrize("in_file", [False, True])
def test_every_secret_can_be_the_content_of_a_file(dotenv: Path, key: str, in_file: bool) -> None:
    secret = dotenv.with_name("secret")
    secret.write_text(CANARY)
    variable = f"TAP_DAKTELA_{key.upper()}_FILE"
    if in_file:
        dotenv.write_text(f"{variable}={secret}")
    found = read_environment({} if in_file else {variable: str(secret)}, str(dotenv))
    assert found == ({key: CANARY}, {key: variable})


@pytest.mark.parametrize(
    ("content", "secret"),
    [
        (b"a", "a"),
        (b"a\n", "a"),
        (b"a\r\n", "a"),
        (b" a \n\n", " a \n"),
        (b"\xef\xbb\xbf\xc5\xbe\n", "ž"),
        (b"a" * MOST_BYTES, "a" * MOST_BYTES),
    ],
)
def test_only_the_last_line_end_is_left_out(dotenv: Path, content: bytes, secret: str) -> None:
    path = dotenv.with_name("secret")
    path.write_bytes(content)
    assert read(dotenv, PASSWORD_FILE=str(path)) == {"password": secret}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "a file that cannot be read: No such file or directory"),
        ("folder", "a file that cannot be read: Is a directory"),
        (b"", "an empty file"),
        (b"\r\n", "an empty file"),
        (b"\xff", "a file that is not text in UTF-8"),
        (b"a" * (MOST_BYTES + 1), "a file of more than"),
    ],
)
def test_a_file_that_holds_no_secret(dotenv: Path, content: object, words: str) -> None:
    path = dotenv.with_name(CANARY)  # whoever mistakes the variable for TAP_DAKTELA_PASSWORD must not read it in a log
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content:
        path.mkdir()
    assert refused(dotenv, PASSWORD_FILE=str(path)).startswith(f"TAP_DAKTELA_PASSWORD_FILE names {words}")


def test_a_secret_in_both_forms(dotenv: Path) -> None:
    path = dotenv.with_name("secret")
    path.write_text(CANARY)
    said = refused(dotenv, PASSWORD=CANARY, PASSWORD_FILE=str(path))
    assert said == "TAP_DAKTELA_PASSWORD and TAP_DAKTELA_PASSWORD_FILE are one setting; leave out one of them"
    dotenv.write_text("TAP_DAKTELA_PASSWORD=of the file\nTAP_DAKTELA_ACCESS_TOKEN_FILE=/nowhere\n")
    assert read(dotenv, PASSWORD_FILE=str(path), ACCESS_TOKEN="a") == {"access_token": "a", "password": CANARY}
    dotenv.write_text(f"TAP_DAKTELA_PASSWORD={CANARY}\nTAP_DAKTELA_PASSWORD_FILE={path}\n")
    assert refused(dotenv) == said
