"""Run the `wool` command."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Final

from wool_common.errors import WoolError

PROGRAM: Final = "wool"
EXTRA: Final = frozenset({"click", "cryptography", "rich"})
"""What the extra `cli` brings."""

FAILED: Final = 1
INTERRUPTED: Final = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that *argv* names and return the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        from wool.cli.commands import run

        return run(PROGRAM, arguments)
    except ModuleNotFoundError as exc:
        if exc.name is None or exc.name.partition(".")[0] not in EXTRA:
            raise
        return _told(f"the command needs an extra: pip install '{PROGRAM}[cli]'")
    except BrokenPipeError:
        # Whoever read has seen enough; nothing more is to be written at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as exc:
        return _told(f"{exc.filename}: {exc.strerror}" if exc.filename else str(exc))
    except WoolError as exc:
        return _told(str(exc))
    except KeyboardInterrupt:
        return INTERRUPTED


def _told(line: str) -> int:
    print(f"{PROGRAM}: {line}", file=sys.stderr)
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
