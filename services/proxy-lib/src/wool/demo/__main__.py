"""Start the demonstration."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from typing import Final

from wool.demo.files import standard_library
from wool.demo.show import play
from wool_common.errors import WoolError

PROGRAM: Final = "wool-demo"

FILES: Final = 300

DESCRIPTION: Final = """\
Show a pool of workers at work on this machine: count the words in the source files of the
standard library, stream the notes their authors left, and compare with one process."""


def main(argv: Sequence[str] | None = None) -> int:
    """Play the demonstration and return the exit code."""
    arguments = _parser().parse_args(argv)
    try:
        corpus = standard_library(arguments.limit)
        return 0 if asyncio.run(play(corpus, arguments.workers)) else 1
    except (WoolError, OSError) as exc:
        print(f"{PROGRAM}: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=PROGRAM, description=DESCRIPTION)
    workers = os.cpu_count() or 1
    parser.add_argument(
        "--workers",
        type=_positive,
        default=workers,
        metavar="N",
        help=f"how many workers to start (default: one per processor, here {workers})",
    )
    parser.add_argument(
        "--limit",
        type=_positive,
        default=FILES,
        metavar="N",
        help=f"how many files to read (default: {FILES})",
    )
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number above 0, not {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
