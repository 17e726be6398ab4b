"""Everything that can go wrong, split by what the reader should do about it.

    TapError
    ├── ConfigError            a setting, the catalog or the state is wrong: correct it
    │   ├── UnknownHostError   the host of the instance has no address
    │   ├── CertificateError   its certificate is not trusted
    │   ├── LoginError         it refuses user name and password
    │   └── ZoneError          the time zone of its clock is not known here
    ├── AccessError            the token may not do this: ask for the right
    │   └── NotFoundError      there is no such thing, or the user may not know of it
    ├── RemoteError            the instance does not answer as it should: wait and try again
    │   ├── UnreachableError   it answered no request at all meanwhile
    │   └── RateLimitError     it refused the request again and again, as too many came
    ├── ContractError          the instance answers in a way that the tap does not know: it changed, or the tap is wrong
    │   └── ClockError         its clock cannot be right
    ├── IncompleteError        some streams failed, or some rows could not be read: each of them says why
    ├── CheckError             --test found something that a run would fail by; its checklist says what
    ├── UserError              the pipe of the Keboola component failed, and its user can do something about it
    ├── ApplicationError       the pipe of the Keboola component failed by a bug of ours
    ├── OutputError            stdout cannot be written: make room, or open it
    │   └── TargetGone         the target has closed the pipe
    └── Interrupted            a signal stopped the run
    (anything else)            a bug of ours

Each carries one sentence that names the setting, stream or window it is about. `exit_code` is the exit code of the
command: 1 where its user can do something about it, 2 for bugs of ours (see `cli`), 128 + N for signal N.
"""

import signal
from collections.abc import Sequence


class TapError(Exception):
    """A failure that one sentence explains to the user, without a stack trace."""

    exit_code = 1


class ConfigError(TapError):
    """A setting, an argument, the catalog or the state is wrong.

    `problems` are the sentences about everything that is wrong, so that the user can correct it all at once.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class UnknownHostError(ConfigError):
    """The host of the instance has no address: its name is wrong, or this machine has no network."""


class CertificateError(ConfigError):
    """The certificate of the instance is not trusted: `ca_bundle` does not hold that of its authority."""


class LoginError(ConfigError):
    """The instance refuses user name and password."""


class ZoneError(ConfigError):
    """The time zone of the instance's clock is not known on this machine."""


class AccessError(TapError):
    """The instance refuses a request with these credentials; `status` is the HTTP status, None where there was none."""

    def __init__(self, sentence: str, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status

    @property
    def is_of_list(self) -> bool:
        """Whether the instance refuses one list (HTTP 403 or 404), and not the credentials."""
        return self.status in {403, 404}


class NotFoundError(AccessError):
    """The instance has no such list or record, or hides it from the user (HTTP 404)."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, 404)


class RemoteError(TapError):
    """The instance cannot be reached or keeps failing, even after every retry."""


class UnreachableError(RemoteError):
    """The instance answered no request while one was tried again and again, so others will fail as well."""


class RateLimitError(RemoteError):
    """The instance refuses the request because too many came (HTTP 429), even after every retry.

    `retry_after` is the seconds that it asked to wait in its last response, however many; None where it named none.
    """

    def __init__(self, sentence: str, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class ContractError(TapError):
    """The instance rejects a request (HTTP 400), or answers in a way that cannot be understood or trusted."""


class ClockError(ContractError):
    """The instance's clock cannot be right, so the run cannot trust its windows and bookmarks."""


class IncompleteError(TapError):
    """Some streams failed; the others were read completely, and their state was written.

    In the Python client: some rows could not be read; `skipped` are sentences about them.
    """

    def __init__(self, sentence: str, skipped: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.skipped = tuple(skipped)


class CheckError(TapError):
    """A run would fail: `--test` says what is to be mended."""


class UserError(TapError):
    """The Keboola component failed, and its user can do something about it; the sentence says what."""


class ApplicationError(TapError):
    """The Keboola component failed by a bug of ours: a process crashed, or rows were lost on the way."""

    exit_code = 2


class OutputError(TapError):
    """Nothing can be written to standard output."""


class TargetGone(OutputError):  # noqa: N818 - the error is the target's
    """The target has closed its end of the pipe. It says why itself, so the tap says little."""

    exit_code = 128 + signal.SIGPIPE


class Interrupted(TapError):  # noqa: N818 - nobody's error
    """The run was stopped by a signal, whose number makes the exit code. `advice` says how to continue."""

    def __init__(self, signal_number: int, advice: str = "") -> None:
        name = signal.Signals(signal_number).name
        super().__init__(f"stopped by signal {signal_number} ({name}){advice and f'; {advice}'}")
        self.signal_number = signal_number
        self.exit_code = 128 + signal_number


def sentence(error: BaseException) -> str:
    """Return the line with which a run fails, as its last log line has it."""
    if isinstance(error, KeyboardInterrupt):
        error = Interrupted(signal.SIGINT)
    text = " ".join(str(error).split())
    text = text if isinstance(error, TapError) else f"{type(error).__name__}: {text}"
    return text.encode(errors="backslashreplace").decode()  # A path may hold bytes that are no text.
