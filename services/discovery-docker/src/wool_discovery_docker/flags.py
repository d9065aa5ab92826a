"""The flags of the discovery service as its help shows them."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from wool_common.flags import Flags, Row
from wool_common.startup import LOG_FORMATS, LOG_LEVELS
from wool_discovery_docker.config import DEFAULT_HOST, DEFAULT_PORT, DEFAULT_WORKER_PORT

PROGRAM: Final = "wool-discovery-docker"

DESCRIPTION: Final = """\
Tell Wool's clients which workers there are: those in containers of a Docker Engine or
a Swarm, and, where asked, those on the local network or behind a name.

Whoever can announce workers to it decides where clients look for them. It therefore
listens only where this machine alone can reach it, unless it has a certificate
(--cert, --key, --ca) or is told --insecure."""

EPILOG: Final = f"""\
Each flag has an environment variable, shown in brackets; the flag wins. Variables of
repeatable flags hold a list separated by commas.

examples:
  {PROGRAM}                        for clients on this machine, port {DEFAULT_PORT}
  {PROGRAM} --socket /run/wool/d.sock --engine unix:///run/user/1000/docker.sock
  {PROGRAM} --host 0.0.0.0 --cert d.pem --key d.key --ca ca.pem --metrics-port 9095
  {PROGRAM} --source docker,lan,dns:tasks.worker
  WOOL_DISCOVERY_ENGINE=tcp://proxy:2375 {PROGRAM} --label com.example.team=render

stopping:
  SIGTERM or Ctrl-C   end
  a second one        end at once

exit codes:
  0  stopped as asked    1  could not serve    2  wrong flags or variables
  128 + n  ended at once by a second signal n"""

FINDING: Final[tuple[Row, ...]] = (
    (
        "--source",
        "WOOL_DISCOVERY_SOURCES",
        "WHERE",
        "docker, lan, lan:NAMESPACE or dns:NAME[:PORT]; several are separated by commas;"
        f" repeatable (default: docker; the port: {DEFAULT_WORKER_PORT})",
    ),
    (
        "--engine",
        "WOOL_DISCOVERY_ENGINE",
        "URL",
        "the Docker Engine: unix:///path, tcp://host:port, ssh://user@host"
        " (default: DOCKER_HOST, or this machine's)",
    ),
    (
        "--network",
        "WOOL_DISCOVERY_NETWORK",
        "NETWORK",
        "only containers on this network, at their address there",
    ),
    (
        "--label",
        "WOOL_DISCOVERY_LABELS",
        "KEY=VALUE",
        "what containers of workers carry; repeatable (default: wool.worker=true)",
    ),
)
LISTENING: Final[tuple[Row, ...]] = (
    ("--host", "WOOL_DISCOVERY_HOST", "ADDRESS", f"address to listen on (default: {DEFAULT_HOST})"),
    (
        "--port",
        "WOOL_DISCOVERY_PORT",
        "PORT",
        f"port, 0 for any free one (default: {DEFAULT_PORT})",
    ),
    (
        "--socket",
        "WOOL_DISCOVERY_SOCKET",
        "PATH",
        "listen on this Unix socket in place of host and port",
    ),
)
SECURITY: Final[tuple[Row, ...]] = (
    (
        "--cert",
        "WOOL_DISCOVERY_CERT",
        "FILE",
        "this service's certificate, shown to clients and workers, PEM",
    ),
    ("--key", "WOOL_DISCOVERY_KEY", "FILE", "the certificate's private key, PEM"),
    (
        "--ca",
        "WOOL_DISCOVERY_CA",
        "FILE",
        "certificate of the authority that clients and workers are checked by, PEM",
    ),
    (
        "--mutual",
        "WOOL_DISCOVERY_MUTUAL",
        None,
        "answer only clients with a certificate (default: yes)",
    ),
    (
        "--identity",
        "WOOL_DISCOVERY_IDENTITY",
        "NAME",
        "name that workers' certificates must bear (default: what is dialled)",
    ),
    (
        "--insecure",
        "WOOL_DISCOVERY_INSECURE",
        None,
        "answer everybody who reaches this service",
    ),
)
RUNNING: Final[tuple[Row, ...]] = (
    (
        "--metrics-port",
        "WOOL_DISCOVERY_METRICS_PORT",
        "PORT",
        "serve /metrics for Prometheus on this port of --host, in plain HTTP (default: 0, not)",
    ),
    ("--probe", "WOOL_PROBE", "NAME", "answer health checks of the container by this name"),
    (
        "--end-with-stdin",
        "WOOL_DISCOVERY_END_WITH_STDIN",
        None,
        "end when standard input does, for whoever started it is gone then",
    ),
)
LOGGING: Final[tuple[Row, ...]] = (
    (
        "--log-level",
        "WOOL_DISCOVERY_LOG_LEVEL",
        "LEVEL",
        f"{', '.join(LOG_LEVELS)} (default: WOOL_LOG_LEVEL, or info)",
    ),
    (
        "--log-format",
        "WOOL_DISCOVERY_LOG_FORMAT",
        "FORMAT",
        f"{', '.join(LOG_FORMATS)} (default: WOOL_LOG_FORMAT, or auto, which is console on a"
        " terminal, else json)",
    ),
)

FLAGS: Final = Flags(
    program=PROGRAM,
    description=DESCRIPTION,
    epilog=EPILOG,
    groups={
        "finding": FINDING,
        "listening": LISTENING,
        "security": SECURITY,
        "running": RUNNING,
        "logging (to standard error)": LOGGING,
    },
    repeatable=frozenset({"--source", "--label"}),
    switches=frozenset({"--insecure", "--end-with-stdin"}),
    shared=MappingProxyType({"--log-level": "WOOL_LOG_LEVEL", "--log-format": "WOOL_LOG_FORMAT"}),
)
