"""`python -m tap_daktela.sandbox` is the command `tap-daktela-sandbox`."""

import sys

from tap_daktela.sandbox.server import main

sys.exit(main())
