"""
Ask a program on this machine whether it serves; for health checks of containers.

Run as a file, `python -I -S probe.py NAME`: what it imports is nearly all of what it costs,
so nothing but `socket` and `sys` may be.
"""

import socket
import sys

SERVING = "SERVING"
NOT_SERVING = "NOT_SERVING"

ANSWER_SECONDS = 2.0
"""What a program may take; one whose loop hangs answers not at all."""


def place(name: str) -> str:
    """Return the abstract Unix socket, of Linux alone, on which the program *name* answers."""
    return f"\0wool-probe-{name}"


def ask(name: str, seconds: float = ANSWER_SECONDS) -> str:
    """
    Return what the program *name* says of itself, or in other words why it says nothing.

    It serves where that is SERVING.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(seconds)
        try:
            link.connect(place(name))
            return link.recv(64).decode("ascii", "replace").strip() or "it ended in the question"
        except TimeoutError:
            return f"no answer within {seconds:g} s"
        except OSError as exc:
            return f"nobody answers: {exc.strerror}"


def main(arguments: list[str]) -> int:
    """Print what the program named by *arguments* says; return 0 where it serves."""
    if len(arguments) != 1:
        sys.stderr.write("usage: probe.py NAME\n")
        return 2
    said = ask(arguments[0])
    sys.stdout.write(f"{said}\n")
    return 0 if said == SERVING else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
