"""
Make every mistake of the table, and write what each was told as JSON.

    python make_mistakes.py FILE [WORDS]

FILE may be `-`. With WORDS, only those are made in whose title they stand.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import tempfile
import warnings
from dataclasses import asdict
from pathlib import Path

from making import make_all
from settings import write_files
from table import AREAS

from wool_common.errors import WoolWarning


def main(file: str, wanted: str = "") -> None:
    """Write to *file* what the *wanted* mistakes were told."""
    for name in [name for name in os.environ if name.startswith("WOOL_")]:
        del os.environ[name]
    out = Path(file).absolute()
    # A warning is shown on the page like an error.
    warnings.simplefilter("error", WoolWarning)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        write_files(Path())
        told = asyncio.run(make_all(AREAS, wanted))
    text = json.dumps([asdict(one) for one in told], indent=2, ensure_ascii=False)
    if file == "-":
        print(text)
    else:
        out.write_text(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
