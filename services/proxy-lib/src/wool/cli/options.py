"""The options that commands share."""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from wool.cli.sources import Source
    from wool_common.credentials import CredentialsLike

Command = TypeVar("Command", bound=Callable[..., Any])

DEFAULT_ADDRESS: Final = "localhost:50051"
"""Where a worker listens that was started without flags."""

LOCAL_SECONDS: Final = 0.3
DNS_PORT: Final = 50051
LAN_SECONDS: Final = 2.0
DOCKER_SECONDS: Final = 3.0

FILE: Final = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


class Seconds(click.FloatRange):
    """A number of seconds, *least* or more; `inf` only where it may be *endless*."""

    name = "number of seconds"

    def __init__(self, least: float = 0, *, endless: bool = False) -> None:
        super().__init__(min=least)
        self._endless = endless

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return *value* as a float."""
        seconds = super().convert(value, param, ctx)
        if math.isnan(seconds) or (math.isinf(seconds) and not self._endless):
            self.fail(f"{value!r} is no {self.name}", param, ctx)
        return seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where to look for workers, and how to speak to them."""

    local: tuple[str, ...]
    lan: str | None
    dns: tuple[str, ...]
    static: tuple[str, ...]
    docker: str | None
    timeout: float
    credentials: CredentialsLike | None

    @property
    def is_default(self) -> bool:
        """True where nothing was said."""
        return not (self.local or self.dns or self.static) and self.lan is self.docker is None

    def sources(self) -> list[Source]:
        """
        Return what knows addresses of workers.

        Raises:
            click.UsageError: an address or a name cannot be one.
        """
        from wool.cli.finders import sources_of

        try:
            return sources_of(self)
        except (ValueError, TypeError) as exc:
            raise click.UsageError(str(exc)) from exc


def looking(command: Command) -> Command:
    """Give *command* the options that say where workers are; it takes them as `where`."""

    @functools.wraps(command)
    def wrapper(
        *args: Any,
        local: tuple[str, ...],
        lan: str | None,
        dns: tuple[str, ...],
        static: tuple[str, ...],
        docker: str | None,
        timeout: float,
        credentials: CredentialsLike | None,
        **others: Any,
    ) -> object:
        where = Where(
            local=local,
            lan=lan,
            dns=dns,
            static=_separated(static),
            docker=docker,
            timeout=timeout,
            credentials=credentials,
        )
        return command(*args, where=where, **others)

    return _with(SOURCES, dialling(wrapper))  # pyright: ignore[reportReturnType]


def dialling(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give *command* the options of speaking to workers, as `credentials` and `timeout`."""

    @functools.wraps(command)
    def wrapper(
        *args: Any,
        cert: Path | None,
        key: Path | None,
        ca: Path | None,
        identity: str | None,
        **others: Any,
    ) -> object:
        # gRPC's own lines would go across what is drawn.
        os.environ.setdefault("GRPC_VERBOSITY", "NONE")
        return command(*args, credentials=credentials_of(cert, key, ca, identity), **others)

    return _with(DIALLING, wrapper)


def credentials_of(
    cert: Path | None, key: Path | None, ca: Path | None, identity: str | None
) -> CredentialsLike | None:
    """
    Return what to show workers, None where nothing is to be shown.

    Raises:
        click.UsageError: something is missing, or a file does not hold what it should.
    """
    files = {"--cert": cert, "--key": key, "--ca": ca}
    missing = [flag for flag, file in files.items() if file is None]
    if len(missing) == len(files) and identity is None:
        return None
    if cert is None or key is None or ca is None:
        given = [flag for flag in files if flag not in missing] or ["--identity"]
        raise click.UsageError(f"{given[0]}: needs {', '.join(missing)} too")
    from wool_common.flag_security import by_flag
    from wool_common.providers import WorkerCredentialsProvider

    try:
        return WorkerCredentialsProvider.from_files(ca, key, cert, True, identity)
    except (ValueError, OSError) as exc:
        raise click.UsageError(by_flag(exc, str)) from exc


def as_json(command: Command) -> Command:
    """Give *command* the option `--json`, which it takes as `as_json`."""
    option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
    return option(command)


def _with(
    options: Sequence[Callable[[Any], Any]], command: Callable[..., Any]
) -> Callable[..., Any]:
    for option in reversed(options):
        command = option(command)
    return command


def _file(name: str, text: str, variable: str) -> Callable[[Any], Any]:
    """Return an option that takes a file."""
    return click.option(
        name, type=FILE, metavar="FILE", envvar=variable, show_envvar=True, help=text
    )


def _separated(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the addresses in *texts*, of which each may hold several."""
    addresses = tuple(part for text in texts for part in text.split(",") if part)
    if texts and not addresses:
        raise click.UsageError("--static: no address was given")
    return addresses


def _docker_address(
    ctx: click.Context, parameter: click.Parameter, value: str | None
) -> str | None:
    return os.environ.get("WOOL_DOCKER_DISCOVERY", "") if value == "" else value


SOURCES: Final = (
    click.option(
        "--static",
        metavar="ADDRESS",
        multiple=True,
        help=f"Workers at host:port or unix:/path; repeatable, or with commas."
        f" [default, where nothing is said: {DEFAULT_ADDRESS}]",
    ),
    click.option(
        "--dns",
        metavar="NAME[:PORT]",
        multiple=True,
        help="Workers at every address of a name, as Compose and Kubernetes give them; repeatable.",
    ),
    click.option(
        "--local",
        metavar="NAMESPACE",
        multiple=True,
        help="Workers announced on this machine; repeatable.",
    ),
    click.option(
        "--lan",
        metavar="[NAMESPACE]",
        is_flag=False,
        flag_value="",
        help="Workers announced on the local network.",
    ),
    click.option(
        "--docker",
        metavar="[ADDRESS]",
        is_flag=False,
        flag_value="",
        callback=_docker_address,
        help="Workers in containers, as the discovery service at ADDRESS knows them, or this"
        " machine's Engine. [env var: WOOL_DOCKER_DISCOVERY]",
    ),
)
DIALLING: Final = (
    _file("--cert", "This client's certificate, PEM.", "WOOL_CERT"),
    _file("--key", "The certificate's private key, PEM.", "WOOL_KEY"),
    _file("--ca", "Certificate of the authority of the workers', PEM.", "WOOL_CA"),
    click.option(
        "--identity",
        metavar="NAME",
        envvar="WOOL_IDENTITY",
        show_envvar=True,
        help="Name that workers' certificates must bear.",
    ),
    click.option(
        "--timeout",
        metavar="SECONDS",
        type=Seconds(0.001),
        default=3.0,
        show_default=True,
        help="How long a worker has to answer.",
    ),
)
