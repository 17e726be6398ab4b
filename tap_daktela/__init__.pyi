from tap_daktela.daktela.http.retry import Retry as Retry
from tap_daktela.daktela.query import where as where
from tap_daktela.python_client.daktela import Daktela as Daktela
from tap_daktela.python_client.filters import F as F
from tap_daktela.python_client.health import Health as Health
from tap_daktela.python_client.list_reading import RowPage as RowPage

__version__: str
