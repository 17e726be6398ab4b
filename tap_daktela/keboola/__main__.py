"""`python -m tap_daktela.keboola` is `tap-daktela-keboola`."""

import sys

from tap_daktela.keboola.component import main

if __name__ == "__main__":
    sys.exit(main())
