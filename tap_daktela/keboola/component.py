"""The component: what Keboola starts, for a run and for the buttons of its form."""

import logging
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from keboola.component.base import ComponentBase, sync_action
from keboola.component.exceptions import UserException
from keboola.component.sync_actions import MessageType, SelectElement, ValidationResult

from tap_daktela.errors import TapError, UserError
from tap_daktela.keboola import actions, logs, pipeline
from tap_daktela.keboola.config.configuration import Configuration, read_configuration
from tap_daktela.keboola.config.connection_checks import CONNECTION_KEYS
from tap_daktela.keboola.config.older_configurations import own_tables_hint
from tap_daktela.keboola.config.parameters import Parameters
from tap_daktela.keboola.config.table_selection import FORMAT_KEYS
from tap_daktela.keboola.disk import refusal
from tap_daktela.keboola.period import PERIOD_KEYS, period, preview
from tap_daktela.keboola.preparation import PreparedRun, prepare, streams_with_custom_fields
from tap_daktela.keboola.state import StoredState
from tap_daktela.keboola.tables.publish import check_writable, publish
from tap_daktela.probing import defined_custom_fields
from tap_daktela.redaction import redactor
from tap_daktela.runtime.signals import Stop
from tap_daktela.runtime.standard_streams import take_over

LOGGER = logging.getLogger(__name__)

ACTIONS = ("run", "testConnection", "listStreams", "listFields", "previewWindow")
"""The values of `action` in the configuration. All but the first have to be registered in the Developer Portal."""

USER, APPLICATION = 1, 2
"""Exit codes: the user can fix it, and Keboola shows the message; or only we can, and Keboola informs its support."""


class Component(ComponentBase):  # type: ignore[misc]
    """Extracts tables of a Daktela instance."""

    def __init__(self, stop: Stop) -> None:
        folder = os.environ.get("KBC_DATADIR") or "/data/"
        if not os.access(folder, os.X_OK):
            raise UserError(f"there is no data folder {folder} that may be entered; KBC_DATADIR names it")
        self._stop = stop
        # The platform's library looks for a folder of schemas, even where the current folder is gone.
        super().__init__(data_path_override=folder, schema_path_override=folder)

    def run(self) -> None:
        """Extract the tables, then write the state: a run without a state file would erase the stored one."""
        parameters = self._parameters()
        project = f"{self.environment_variables.stack_id}-{self.environment_variables.project_id}"
        if hint := own_tables_hint(self.configuration.image_fields, project):
            LOGGER.warning("%s", hint)
        stored = StoredState.read(Path(self.data_folder_path) / "in/state.json")
        with actions.instance_of(parameters) as (client, instance):
            fields = defined_custom_fields(client, streams_with_custom_fields(parameters))
            # Whether the project accepts manifests with a schema: only there the platform sets this variable.
            native = self.environment_variables.data_type_support in {"hints", "authoritative"}
            prepared = prepare(parameters, instance, stored, native_types=native, custom_fields=fields)
        try:
            self._extract(prepared, stored, parameters.address.url)
        except OSError as error:
            raise refusal(error) from error

    def _extract(self, prepared: PreparedRun, stored: StoredState, url: str) -> None:
        """Read, and publish tables and state. OSError if a file cannot be written."""
        job, out = prepared.job, Path(self.tables_out_path)
        check_writable(out)
        LOGGER.info("Extracting %d tables, %s", len(job.tables), prepared.period)
        # Nobody else can read the folder.
        with TemporaryDirectory(prefix="tap-daktela-") as private:
            finished = pipeline.run(job, Path(private), self._stop)
            state = stored.after(prepared.result(finished.outcome)).dump(url, job.server)
            publish(
                finished.tables,
                state,
                out,
                incremental=job.incremental,
                native_types=job.native_types,
                stop=self._stop,
            )
        for table, rows in finished.outcome.rows.items():
            LOGGER.info("%s_%s: %d rows", job.server, table, rows)

    @sync_action("testConnection")  # type: ignore[untyped-decorator]
    def test_connection(self) -> None:
        """Log in."""
        with self._readable_errors(), actions.instance_of(self._parameters(CONNECTION_KEYS), actions.QUICK_RETRIES):
            pass

    @sync_action("listStreams")  # type: ignore[untyped-decorator]
    def list_streams(self) -> list[SelectElement]:
        """Return the tables that may be read."""
        with self._readable_errors():
            return _shown(actions.streams(self._parameters({*CONNECTION_KEYS, *FORMAT_KEYS})))

    @sync_action("listFields")  # type: ignore[untyped-decorator]
    def list_fields(self) -> list[SelectElement]:
        """Return the columns of a row's table, with the custom fields of the instance."""
        with self._readable_errors():
            entry = actions.table_of(self._parameters({"table", *FORMAT_KEYS}))
            if entry.custom_fields is None:
                return _shown(actions.fields(entry, {}))
            # The list is complete or an error: without the credentials, users would not learn what is missing in it.
            defined = actions.custom_fields_of(self._parameters(CONNECTION_KEYS), entry.stream)
            return _shown(actions.fields(entry, defined))

    @sync_action("previewWindow")  # type: ignore[untyped-decorator]
    def preview_window(self) -> ValidationResult:
        """Return what a run would read at this moment."""
        with self._readable_errors():
            parameters = self._parameters({*CONNECTION_KEYS, *PERIOD_KEYS})
            with actions.instance_of(parameters, actions.QUICK_RETRIES) as (_, instance):
                text = preview(parameters, period(parameters, instance))
            return ValidationResult(text, MessageType.INFO)

    # --- the data folder --------------------------------------------------------------------------------------------

    @cached_property
    def configuration(self) -> Configuration:
        """The content of config.json, read once. From then on, nothing shows its secrets. UserError if it is wrong."""
        found = read_configuration(Path(self.data_folder_path))
        for secret in found.secrets:
            redactor.add(secret)
        if found.action not in ACTIONS:
            raise UserError(f"action: there is no '{found.action}'; there are {', '.join(ACTIONS)}")
        return found

    def _parameters(self, keys: Collection[str] | None = None) -> Parameters:
        """Return the parameters."""
        parameters = Parameters.parse(self.configuration.parameters, keys)
        if parameters.debug:
            logging.getLogger().setLevel(logging.DEBUG)
            # The tap, a process of its own, reads it from its environment.
            os.environ["TAP_DAKTELA_LOGLEVEL"] = "DEBUG"
        return parameters

    # --- how it fits into keboola.component -------------------------------------------------------------------------

    @staticmethod
    def set_default_logger(log_level: int = logging.INFO, *_: Any, **__: Any) -> logging.Logger:
        """Set up the log as `logs` says."""
        logs.begin(log_level)
        return logging.getLogger()

    set_gelf_logger = set_default_logger

    @staticmethod
    def set_debug_mode() -> None:
        """Do nothing: `debug` may be the text "false", and is read together with the other parameters."""

    @staticmethod
    def _should_vcr_record() -> bool:
        """Never record: requests of the tap's process would be missing, and a recording of the login holds secrets."""
        return False

    @contextmanager
    def _readable_errors(self) -> Iterator[None]:
        """Turn any error of an action into one sentence without secrets, which keboola.component prints."""
        try:
            yield
        except TapError as error:
            raise UserException(logs.sentence(error)) from error
        except Exception as error:
            kind = type(error).__name__
            raise UserException(f"This is a mistake in the component: {kind}: {logs.sentence(error)}") from error


def _shown(elements: list[SelectElement]) -> list[SelectElement]:
    """Return the elements of a list with labels that may be shown: they may hold an instance's titles."""
    return [replace(element, label=redactor.line(element.label or element.value)) for element in elements]


def main() -> int:
    """Run the action that the configuration names; the result is the exit code."""
    take_over()
    logs.begin()
    try:
        with Stop(lambda: None) as stop:
            Component(stop).execute_action()
    except TapError as error:
        logs.log_failure(error)
        return error.exit_code
    except UserException as error:
        logs.log_failure(error)
        return USER
    except Exception as error:
        # The trace is for us. The platform shows stderr to users.
        LOGGER.info("This is a mistake in the component; please report it with these lines.", exc_info=True)
        logs.log_failure(error)
        return APPLICATION
    return 0
