"""Fail as WOOL_FAULT says, in place of a worker."""

import os
import sys
import time

fault = os.environ["WOOL_FAULT"]
print("about to fail:", fault, flush=True)
if fault == "raises":
    raise RuntimeError("no luck today")
if fault == "exits":
    sys.exit(3)
if fault == "silent":
    time.sleep(600)
