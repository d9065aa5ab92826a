"""How tests start worker programs."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

STUB = Path(__file__).parent / "stub_app.py"

Start = Callable[..., subprocess.Popen[str]]
