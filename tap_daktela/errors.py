"""Everything that can go wrong, split by what the reader should do about it.

    TapError
    ├── ConfigError      a setting, the catalog or the state is wrong: mend it
    │   └── UnknownHostError
    ├── AccessError      the token may not do this: ask for the right
    ├── RemoteError      the instance does not answer as it should: wait and try again
    │   └── UnreachableError
    ├── ContractError    the instance answers in a way that we do not know: it changed, or we are wrong
    │   └── ClockError
    ├── IncompleteError  some streams failed: each of them says why
    ├── UserError        the pipe of the component failed, and its user can mend it
    ├── ApplicationError the pipe of the component failed, and only we can mend it
    ├── TargetGone       nobody reads what the tap writes any more
    └── Interrupted      somebody asked the run to stop
    (anything else)      our own bug

Each carries one sentence that names the setting, stream or window it is about. `exit_code` is what the command
ends with: 1 for everything that its user can act upon, 2 for our own bugs (see `cli`), 128 + N for signal N.
"""

from __future__ import annotations

import signal


class TapError(Exception):
    """A failure that is explained to the user in one sentence, without a stack trace."""

    exit_code = 1


class ConfigError(TapError):
    """A setting, the catalog or the state is wrong."""

    def __init__(self, *problems: str) -> None:
        """Take every problem that was found, so that the user can mend them all at once."""
        super().__init__("; ".join(problems))
        self.problems = problems


class UnknownHostError(ConfigError):
    """The host of the instance has no address: its name is wrong, or this machine is cut off."""


class AccessError(TapError):
    """The instance refuses what was asked with these credentials; `status` is the HTTP status that said so."""

    def __init__(self, sentence: str, status: int | None = None) -> None:
        """Take the sentence for the user and the HTTP status, where there was one."""
        super().__init__(sentence)
        self.status = status


class RemoteError(TapError):
    """The instance cannot be reached or keeps failing, also after every retry."""


class UnreachableError(RemoteError):
    """While one request was tried again and again, no other one was answered either."""


class ContractError(TapError):
    """The instance answered in a way that the tap does not understand or cannot trust."""


class ClockError(ContractError):
    """The instance's clock cannot be right, so nothing of the run can be told apart by time."""


class IncompleteError(TapError):
    """Some streams failed; the others were read to their end and their state was kept."""


class UserError(TapError):
    """The component failed for a reason that its user can act upon; the sentence says what to do."""


class ApplicationError(TapError):
    """The component failed for a reason that only we can mend: a process crashed, or rows were lost on the way."""

    exit_code = 2


class TargetGone(TapError):  # noqa: N818 - the error is the target's
    """The target has closed its end of the pipe; it has its own last words, so the tap says little."""

    exit_code = 128 + signal.SIGPIPE


class Interrupted(TapError):  # noqa: N818 - nobody's error
    """The run was asked to stop by a signal."""

    def __init__(self, signal_number: int) -> None:
        """Take the number of the signal that asked."""
        super().__init__(f"stopped by signal {signal_number}")
        self.exit_code = 128 + signal_number
