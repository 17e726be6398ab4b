"""Everything that the sandbox can be told to be and to do, as one frozen object."""

from dataclasses import dataclass

FIXED = frozenset(
    {"port", "rows", "days", "seed", "timezone", "now", "freeze", "clock_skew", "clean", "with_parent", "tls"}
)
"""Options of the world and the process. All others can be changed while the server runs."""


@dataclass(frozen=True)
class SandboxOptions:
    """One value for each flag of the command line, under the same name; `tap-daktela-sandbox --help` explains them.

    The values are checked by `command_line`, not here. Names end with their unit: `latency_ms`, `skip_cost_us`,
    `token_seconds`; `clock_skew` and `time_skew` are seconds.
    """

    port: int = 0
    rows: int = 2000
    days: int = 60
    seed: int = 1
    timezone: str = "Europe/Prague"
    now: str | None = None
    freeze: bool = False
    clock_skew: float = 0.0
    clean: bool = False
    with_parent: bool = False
    tls: tuple[str, str] | None = None

    latency_ms: float = 0.0
    skip_cost_us: float = 0.0
    token_seconds: float = 7200.0
    login_shape: str = "string"
    fault: tuple[str, ...] = ()
    retry_after: int = 1
    deny: tuple[str, ...] = ()
    old_server: bool = False
    total: str = "number"
    serve_at_most: int = 0
    serve_ragged: bool = False
    churn: str = ""
    churn_rows: int = 1
    churn_add: bool = False
    hot: str = ""
    clock_jump: tuple[str, ...] = ()
    time_skew: float = 0.0
    literal_dots: bool = False
    bare_lists: bool = False
    bare_list: tuple[str, ...] = ()
    bare_as: str = "absent"
    null_lists: bool = False
    one_as_object: bool = False
    bare_elements: bool = False
    ignore_fields: bool = False
    ignore_skip: bool = False
    data_object: bool = False
    no_key_sort: bool = False
    first_sort_only: bool = False
    trim_relations: bool = False
    flag_filters: str = "applied"
    redirect: str = ""
