"""The file `.env`: variables beside those of the process. Its form is that of python-dotenv, as Meltano reads it."""

import io
import logging
from collections.abc import Mapping
from pathlib import Path

from dotenv.parser import Binding, parse_stream
from dotenv.variables import Variable, parse_variables

from tap_daktela.errors import ConfigError

LOGGER = logging.getLogger(__name__)


def read_dotenv(path: str, process: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Return the variables in the file at `path` whose names begin with `prefix`; none where there is no such file.

    `${NAME}` and `${NAME:-default}` stand for variables of lines above, else of the `process`. ConfigError with every
    line that python-dotenv would pass over, and where a variable of ours needs one that is not set.
    """
    everything = dict(process)
    ours: dict[str, str] = {}
    problems = []
    for binding in parse_stream(io.StringIO(_text(path))):
        line = f"config: {path}: line {_line(binding)}"
        is_ours = binding.key is not None and binding.key.upper().startswith(prefix)
        if binding.error:
            problems.append(f"{line} is not NAME=value; correct it, and close every quote")
        elif binding.key is None or (binding.value is None and not is_ours):
            continue
        elif binding.value is None:
            problems.append(f"{line}: {binding.key} has no value; write {binding.key}=value")
        else:
            atoms = list(parse_variables(binding.value))
            unset = [a for a in atoms if isinstance(a, Variable) and a.default is None and a.name not in everything]
            if is_ours and unset:
                problems.append(f"{line}: {binding.key} refers with ${{…}} to a variable that is not set")
            if binding.key in ours:
                LOGGER.warning("%s replaces an earlier value of %s", line, binding.key)
            everything[binding.key] = "".join(atom.resolve(everything) for atom in atoms)
            if is_ours:
                ours[binding.key] = everything[binding.key]
    if problems:
        raise ConfigError(*problems)
    return ours


def _text(path: str) -> str:
    """Return the content of the file; empty text where there is none, or a folder, as many call their environment."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (FileNotFoundError, IsADirectoryError):
        return ""
    except OSError as error:
        raise ConfigError(f"config: cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"config: {path} is not text in UTF-8") from error
    if "\0" in text:
        raise ConfigError(f"config: {path} is not text in UTF-8")
    return text


def _line(binding: Binding) -> int:
    """Return the number of the line on which a binding begins, behind the empty lines that are counted to it."""
    text = binding.original.string
    return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")
