"""The flags of `wool-worker` as its help shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from wool_common.flags import Flags, Row
from wool_common.startup import GRACE, LOG_FORMATS, LOG_LEVELS, LOOPS

PROGRAM: Final = "wool-worker"

DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 50051

DESCRIPTION: Final = """\
Run a Wool worker: a process that executes the routines which clients send to it.

A worker runs whatever it is sent. It therefore listens only where this machine alone
can reach it, unless it has a certificate (--cert, --key, --ca) or is told --insecure."""

EPILOG: Final = f"""\
Each flag has an environment variable, shown in brackets; the flag wins. Variables of
repeatable flags hold a list separated by commas. Modules are looked for in the current
directory too.

examples:
  {PROGRAM}                              for clients on this machine, port {DEFAULT_PORT}
  {PROGRAM} --socket /run/wool/a.sock    on a Unix socket
  {PROGRAM} --host 0.0.0.0 --cert worker.pem --key worker.key --ca ca.pem --tag gpu
  {PROGRAM} --announce local:render --max-tasks 4
  WOOL_PORT=6000 WOOL_TAGS=gpu,big {PROGRAM} --preload torch

stopping:
  SIGTERM or Ctrl-C   take no new tasks, let the running ones finish (see --grace), end
  a second one        end at once

exit codes:
  0  stopped as asked    1  could not serve    2  wrong flags or variables
  128 + n  ended at once by a second signal n"""

LISTENING: Final[tuple[Row, ...]] = (
    ("--host", "WOOL_HOST", "ADDRESS", f"address to listen on (default: {DEFAULT_HOST})"),
    ("--port", "WOOL_PORT", "PORT", f"port, 0 for any free one (default: {DEFAULT_PORT})"),
    ("--socket", "WOOL_SOCKET", "PATH", "listen on this Unix socket in place of host and port"),
)
SECURITY: Final[tuple[Row, ...]] = (
    ("--cert", "WOOL_CERT", "FILE", "this worker's certificate, PEM"),
    ("--key", "WOOL_KEY", "FILE", "the certificate's private key, PEM"),
    ("--ca", "WOOL_CA", "FILE", "certificate of the authority that clients are checked by, PEM"),
    ("--mutual", "WOOL_MUTUAL", None, "answer only clients with a certificate (default: yes)"),
    ("--identity", "WOOL_IDENTITY", "NAME", "name that other workers' certificates must bear"),
    ("--insecure", "WOOL_INSECURE", None, "answer everybody who reaches this worker"),
)
IDENTITY: Final[tuple[Row, ...]] = (
    ("--uid", "WOOL_UID", "TEXT", "the worker's unique name (default: a new UUID)"),
    ("--tag", "WOOL_TAGS", "TAG", "what pools can select this worker by; repeatable"),
    ("--extra", "WOOL_EXTRA", "KEY=VALUE", "a fact that is told to clients; repeatable"),
)
ANNOUNCING: Final[tuple[Row, ...]] = (
    (
        "--announce",
        "WOOL_ANNOUNCE",
        "WHERE",
        "tell pools that this worker is there: lan, lan:NAMESPACE, local:NAMESPACE; repeatable",
    ),
    (
        "--advertise",
        "WOOL_ADVERTISE",
        "HOST",
        "what others dial to reach this worker (default: --host, or this machine's address)",
    ),
)
ADMISSION: Final[tuple[Row, ...]] = (
    ("--max-tasks", "WOOL_MAX_TASKS", "N", "refuse tasks while N are running"),
    (
        "--max-memory",
        "WOOL_MAX_MEMORY",
        "SHARE",
        "refuse tasks while that share of the memory is in use, such as 0.8",
    ),
    (
        "--max-loop-lag",
        "WOOL_MAX_LOOP_LAG",
        "SECONDS",
        "refuse tasks while the loop that runs routines is late by so much",
    ),
    (
        "--max-value",
        "WOOL_MAX_VALUE",
        "SIZE",
        "largest value to take from clients, such as 64MiB (default: no limit)",
    ),
    (
        "--backpressure",
        "WOOL_BACKPRESSURE",
        "MODULE:HOOK",
        "callable, or a class of such, that refuses tasks by answering True",
    ),
)
RUNNING: Final[tuple[Row, ...]] = (
    (
        "--grace",
        "WOOL_GRACE",
        "SECONDS",
        f"time for running tasks when stopped (default: {GRACE:g}; `inf`: no limit)",
    ),
    (
        "--owner-timeout",
        "WOOL_OWNER_TIMEOUT",
        "SECONDS",
        "drain and end once nobody has had a session for so long (default: never)",
    ),
    ("--preload", "WOOL_PRELOAD", "MODULE", "import this module before serving; repeatable"),
    ("--probe", "WOOL_PROBE", "NAME", "answer health checks of the container by this name"),
    (
        "--metrics-port",
        "WOOL_METRICS_PORT",
        "PORT",
        "serve /metrics for Prometheus on this port, in plain HTTP (default: 0, not)",
    ),
    (
        "--metrics-host",
        "WOOL_METRICS_HOST",
        "ADDRESS",
        f"address to serve /metrics on (default: {DEFAULT_HOST})",
    ),
    (
        "--traces",
        "WOOL_TRACES",
        None,
        "make OpenTelemetry spans of tasks, for where OTEL_* variables say (default: no)",
    ),
    (
        "--loop",
        "WOOL_LOOP",
        "LOOP",
        f"event loop: {', '.join(LOOPS)} (default: auto, which is uvloop if installed)",
    ),
)
LOGGING: Final[tuple[Row, ...]] = (
    ("--log-level", "WOOL_LOG_LEVEL", "LEVEL", f"{', '.join(LOG_LEVELS)} (default: info)"),
    (
        "--log-format",
        "WOOL_LOG_FORMAT",
        "FORMAT",
        f"{', '.join(LOG_FORMATS)} (default: auto, which is console on a terminal, else json)",
    ),
)
GROUPS: Final[Mapping[str, Sequence[Row]]] = {
    "listening": LISTENING,
    "security": SECURITY,
    "identity": IDENTITY,
    "announcing": ANNOUNCING,
    "admission": ADMISSION,
    "running": RUNNING,
    "logging (to standard error)": LOGGING,
}
FLAGS: Final = Flags(
    program=PROGRAM,
    description=DESCRIPTION,
    epilog=EPILOG,
    groups=GROUPS,
    repeatable=frozenset({"--tag", "--extra", "--announce", "--preload"}),
    switches=frozenset({"--insecure"}),
)
