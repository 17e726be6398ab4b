"""The file `.env`: variables beside those of the process. Its form is that of python-dotenv, as Meltano reads it."""

import io
import logging
from collections.abc import Mapping
from pathlib import Path

from dotenv.parser import Binding, parse_stream
from dotenv.variables import Atom, Variable, parse_variables

from tap_daktela.errors import ConfigError

LOGGER = logging.getLogger(__name__)


def read_dotenv(path: str, process: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Return the variables in the file at `path` whose names begin with `prefix`; none where there is no such file.

    `${NAME}` and `${NAME:-default}` stand for variables of lines above, else of the `process`. ConfigError with every
    line that is broken, and where a variable of ours has no value or needs one that is not set.
    """
    everything = dict(process)
    ours: dict[str, str] = {}
    problems = []
    for binding in parse_stream(io.StringIO(_text(path))):
        name, value = binding.key or "", binding.value
        is_ours = name.upper().startswith(prefix)
        # What stands for a name may be a secret without its `=`, so that only the line is told.
        line = f"config: {path}: line {_line(binding)}"
        if binding.error or (is_ours and value is None):
            problems.append(f"{line} is not NAME=value; correct it, and close every quote")
        elif value is not None:
            atoms = list(parse_variables(value))
            if is_ours and any(_is_unset(atom, everything) for atom in atoms):
                problems.append(f"{line} has ${{…}} of a variable that is not set; put a password with ${{ into a file")
            if name in ours:
                LOGGER.warning("%s replaces an earlier value of %s", line, name)
            everything[name] = "".join(atom.resolve(everything) for atom in atoms)
            if is_ours:
                ours[name] = everything[name]
    if problems:
        raise ConfigError(*problems)
    return ours


def _is_unset(atom: Atom, variables: Mapping[str, str]) -> bool:
    return isinstance(atom, Variable) and atom.default is None and atom.name not in variables


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
