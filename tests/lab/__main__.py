"""Start, stop and describe the lab: `python tests/lab up`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lab.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
