"""Lets every Python process that finds this folder on PYTHONPATH live at another time; `scripts/suite moments` does so.

CLOCK_OFFSET holds the seconds that are added to the machine's clock, CLOCK_LIBRARY the folder of time-machine. Time
goes on from there, and clocks that count, such as `time.monotonic`, stay as they are. OpenSSL and PostgreSQL read the
machine's own clock.
"""

import os
import sys
import time

# Only for this import: nobody else may find what is installed there, such as time-machine's plugin for pytest.
sys.path.insert(0, os.environ["CLOCK_LIBRARY"])
import time_machine

sys.path.remove(os.environ["CLOCK_LIBRARY"])
time_machine.travel(time.time() + float(os.environ["CLOCK_OFFSET"]), tick=True).start()
