"""The component: what Keboola starts, for a run and for the buttons of its form."""

from __future__ import annotations

import json
import logging
import os
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keboola.component.base import ComponentBase, sync_action
from keboola.component.exceptions import UserException
from keboola.component.sync_actions import MessageType, SelectElement, ValidationResult

from tap_daktela.errors import ApplicationError, TapError, UserError
from tap_daktela.keboola import actions, logs, pipeline
from tap_daktela.keboola.config.configuration import Configuration, read_configuration
from tap_daktela.keboola.config.parameters import CONNECTION, PERIOD, Parameters, secrets
from tap_daktela.keboola.preparation import plan, spread, window
from tap_daktela.keboola.state import StoredState
from tap_daktela.probing import defined_custom_fields
from tap_daktela.redaction import redactor
from tap_daktela.runtime.files import parse_json
from tap_daktela.runtime.signals import Stop

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

LOGGER = logging.getLogger(__name__)

ACTIONS = ("run", "testConnection", "listStreams", "listFields", "previewWindow")
"""What `action` in the configuration may be; all but the first have to be registered in the Developer Portal."""

USER, APPLICATION = 1, 2
"""Exit codes: the user can mend it and is shown the message; only we can, and Keboola's support is told."""


class Component(ComponentBase):  # type: ignore[misc]
    """Extracts tables of a Daktela instance."""

    def __init__(self) -> None:
        """Take the data folder that the platform names. UserError if its configuration cannot be read."""
        super().__init__(data_path_override=os.environ.get("KBC_DATADIR") or "/data/")

    def run(self) -> None:
        """Extract the tables, then write the state: a run without a state file would erase the stored one."""
        parameters = self._parameters()
        memory = StoredState.load(self._stored_state())
        with actions.instance_of(parameters) as (client, instance):
            fields = defined_custom_fields(client, spread(parameters))
            native = self._has_native_types()
            work = plan(parameters, instance, memory, native_types=native, custom_fields=fields)
        LOGGER.info("Extracting %d tables, %s", len(work.job.tables), work.window)
        outcome = pipeline.run(work.job, Path(self.tables_out_path))
        for table, rows in outcome.rows.items():
            LOGGER.info("%s_%s: %d rows", work.job.server, table, rows)
        self._store(memory.after(work.ran(outcome)).dump(parameters.address.url, work.job.server))

    @sync_action("testConnection")  # type: ignore[untyped-decorator]
    def test_connection(self) -> None:
        """Log in and ask who we are."""
        with self._readable_errors(), actions.instance_of(self._parameters(CONNECTION), actions.PATIENCE):
            pass

    @sync_action("listStreams")  # type: ignore[untyped-decorator]
    def list_streams(self) -> list[SelectElement]:
        """Return the tables that may be read."""
        with self._readable_errors():
            return [
                SelectElement(one.value, one.label)
                for one in actions.streams(self._parameters({*CONNECTION, "output_format"}))
            ]

    @sync_action("listFields")  # type: ignore[untyped-decorator]
    def list_fields(self) -> list[SelectElement]:
        """Return the columns of the table of a row."""
        with self._readable_errors():
            return [
                SelectElement(one.value, one.label)
                for one in actions.fields(self._parameters({"table", "output_format"}))
            ]

    @sync_action("previewWindow")  # type: ignore[untyped-decorator]
    def preview_window(self) -> ValidationResult:
        """Tell which period `from` and `to` name at this moment."""
        with self._readable_errors():
            keys = {*CONNECTION, *PERIOD, "continue_since_last_run"}
            parameters = self._parameters(keys)
            with actions.instance_of(parameters, actions.PATIENCE) as (_, instance):
                text = f"From {window(parameters, instance)}."
            if parameters.continue_since_last_run:
                text += " Tables that were extracted before continue where the last run ended."
            return ValidationResult(text, MessageType.INFO)

    # --- the data folder --------------------------------------------------------------------------------------------

    @cached_property
    def configuration(self) -> Configuration:
        """What config.json holds, read once."""
        found = read_configuration(Path(self.data_folder_path))
        if found.action not in ACTIONS:
            raise UserError(f"action: there is no '{found.action}'; there are {', '.join(ACTIONS)}")
        return found

    def _parameters(self, keys: Collection[str] | None = None) -> Parameters:
        """Return the parameters, from now on without their secrets in any log."""
        parameters = Parameters.parse(self.configuration.parameters, keys)
        for secret in secrets(parameters):
            redactor.add(secret)
        if parameters.debug:
            logging.getLogger().setLevel(logging.DEBUG)
            # The tap, which is a process of its own, takes it from here.
            os.environ["TAP_DAKTELA_LOGLEVEL"] = "DEBUG"
        return parameters

    def _stored_state(self) -> object:
        """Return what the state file holds, None where there is no file or it cannot be understood."""
        path = Path(self.data_folder_path) / "in/state.json"
        try:
            text = path.read_text(encoding="utf-8")
            return parse_json(text) if text.strip() else None
        except FileNotFoundError:
            return None
        except ValueError as error:
            LOGGER.warning("The state cannot be read (%s): everything is read from the date in 'from' on.", error)
            return None

    def _store(self, state: dict[str, Any]) -> None:
        path = Path(self.data_folder_path) / "out/state.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(state), encoding="utf-8")

    def _has_native_types(self) -> bool:
        """Tell whether the project takes manifests with a schema: only then does the platform set the variable so."""
        return self.environment_variables.data_type_support in {"hints", "authoritative"}

    # --- how it fits into keboola.component -------------------------------------------------------------------------

    @staticmethod
    def set_default_logger(log_level: int = logging.INFO) -> logging.Logger:
        """Log our way."""
        logs.begin(log_level)
        return logging.getLogger()

    @staticmethod
    def set_gelf_logger(log_level: int = logging.INFO, *_: Any, **__: Any) -> logging.Logger:
        """Log our way."""
        logs.begin(log_level)
        return logging.getLogger()

    @staticmethod
    def set_debug_mode() -> None:
        """Do nothing: `debug` may be the text "false", and is read with the other parameters."""

    @staticmethod
    def _should_vcr_record() -> bool:
        """Never record: what the tap's process does would be missing, and a recording of the login holds secrets."""
        return False

    @contextmanager
    def _readable_errors(self) -> Iterator[None]:
        """Turn whatever happens in an action into one sentence without secrets, which keboola.component prints."""
        try:
            yield
        except TapError as error:
            raise UserException(logs.sentence(error)) from error
        except Exception as error:
            kind = type(error).__name__
            raise UserException(f"This is a mistake in the component: {kind}: {logs.sentence(error)}") from error


def main() -> int:
    """Run the action that the configuration names; the result is the exit code."""
    logs.begin()
    try:
        with Stop(lambda: None):
            Component().execute_action()
    except ApplicationError as error:
        logs.last_words(error)
        return APPLICATION
    except (TapError, UserException) as error:
        logs.last_words(error)
        return USER
    except Exception as error:
        # The trace is for us; the platform shows stderr to people.
        LOGGER.info("This is a mistake in the component; please report it with these lines.", exc_info=True)
        logs.last_words(error)
        return APPLICATION
    return 0
