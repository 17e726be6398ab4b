"""Singer's measurements in the log."""

import json
import logging

from tap_daktela.logs import METRIC, metrics_level

LOGGER = logging.getLogger(__name__)


def log_metric(kind: str, metric: str, value: float, **tags: str) -> None:
    """Write one line as `singer.metrics` does; `kind` is `counter` or `timer` (in seconds)."""
    point = {"type": kind, "metric": metric, "value": value, "tags": tags}
    LOGGER.log(metrics_level(), "%s%s", METRIC, json.dumps(point))
