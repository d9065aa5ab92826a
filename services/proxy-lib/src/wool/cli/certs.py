"""Make an authority and certificates for trying out."""

from __future__ import annotations

import ipaddress
import json
import re
import shlex
import socket
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from wool.cli.certificate_folder import AUTHORITY, CertificateFolder, Request
from wool.cli.issuing import end_of, names_of

IDENTITY: Final = "wool-worker"
"""The name that every certificate made here bears."""

EVERYWHERE: Final = (IDENTITY, "localhost", "127.0.0.1", "::1")
PAIRS: Final = ("worker", "client")
LABEL: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
LONGEST_COMMON_NAME: Final = 64


def checked_pairs(
    ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Return *values*, which become names of files."""
    for value in values:
        if not PLAIN.fullmatch(value) or len(value) > LONGEST_COMMON_NAME:
            raise click.BadParameter(f"{value!r} is no plain name of a file")
        if value == AUTHORITY or value.endswith("-key"):
            raise click.BadParameter(f"{value!r} would be taken for something else")
    return tuple(dict.fromkeys(values))


def checked_names(
    ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Return *values*, which are DNS names or IP addresses."""
    for value in values:
        if not _is_address(value) and not _is_dns_name(value.removeprefix("*.")):
            raise click.BadParameter(f"{value!r} is neither a DNS name nor an IP address")
    return values


@click.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--pair",
    "pairs",
    metavar="NAME",
    multiple=True,
    callback=checked_pairs,
    help="A certificate with its key to make, NAME.pem and NAME-key.pem; repeatable."
    f" [default: {', '.join(PAIRS)}]",
)
@click.option(
    "--name",
    "names",
    metavar="NAME",
    multiple=True,
    callback=checked_names,
    help="A DNS name or IP address the certificates are for, beside this machine's names and"
    f" {IDENTITY}; repeatable.",
)
@click.option(
    "--days",
    metavar="N",
    type=click.IntRange(1, 3650),
    default=365,
    show_default=True,
    help="How long the certificates are valid.",
)
@click.option("--force", is_flag=True, help="Make anew what is there, with the same authority.")
@click.option("--if-missing", is_flag=True, help="Leave what is there and still good.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def certs(
    directory: Path,
    pairs: tuple[str, ...],
    names: tuple[str, ...],
    days: int,
    force: bool,
    if_missing: bool,
    as_json: bool,
) -> None:
    """
    Make an authority and certificates for trying out.

    DIRECTORY gets an authority, ca.pem and ca-key.pem, unless it has one, and certificates
    for a worker and for a client of it. Their owner alone may read the keys.
    """
    if force and if_missing:
        raise click.UsageError("--force and --if-missing say opposite things")
    folder = CertificateFolder(directory)
    wanted = pairs or PAIRS
    own = [name for name in (socket.gethostname(),) if _is_dns_name(name)]
    request = Request(
        pairs=wanted,
        names=tuple(dict.fromkeys((*EVERYWHERE, *own, *names))),
        days=days,
        force=force,
        if_missing=if_missing,
    )
    try:
        made = folder.fill(request)
    except (FileExistsError, ValueError) as exc:
        raise click.ClickException(str(exc)) from exc
    click.echo(_json(folder, wanted, made) if as_json else _text(folder, wanted, made))


def _json(folder: CertificateFolder, pairs: tuple[str, ...], made: tuple[str, ...]) -> str:
    def facts(pair: str) -> dict[str, object]:
        certificate = folder.certificate(pair).read_bytes()
        return {
            "certificate": str(folder.certificate(pair)),
            "key": str(folder.key(pair)),
            "expires": end_of(certificate).isoformat(),
            "made": pair in made,
        }

    return json.dumps(
        {
            "authority": facts(AUTHORITY),
            "identity": IDENTITY,
            "pairs": {
                pair: {
                    **facts(pair),
                    "names": names_of(folder.certificate(pair).read_bytes()),
                }
                for pair in pairs
            },
        },
        indent=2,
    )


def _text(folder: CertificateFolder, pairs: tuple[str, ...], made: tuple[str, ...]) -> str:
    lines: list[str] = []
    width = max(len(str(folder.certificate(pair))) for pair in (AUTHORITY, *pairs))
    for pair in (AUTHORITY, *pairs):
        file = folder.certificate(pair)
        state = "made" if pair in made else "kept"
        lines.append(f"{state}  {file!s:{width}}  valid until {_day(file)}{_about(folder, pair)}")
    return "\n".join([*lines, "", *_next_steps(folder, pairs[0], pairs[-1])])


def _about(folder: CertificateFolder, pair: str) -> str:
    if pair == AUTHORITY:
        return f"; whoever has {folder.key(pair).name} can make more"
    return f", for {', '.join(names_of(folder.certificate(pair).read_bytes()))}"


def _day(file: Path) -> str:
    ends: datetime = end_of(file.read_bytes())
    return f"{ends:%Y-%m-%d}"


def _next_steps(folder: CertificateFolder, worker: str, client: str) -> list[str]:
    ca = folder.certificate(AUTHORITY)
    files = {
        "--ca": ca,
        "--cert": folder.certificate(worker),
        "--key": folder.key(worker),
    }
    flags = " ".join(f"{flag} {shlex.quote(str(file))}" for flag, file in files.items())
    return [
        "Start a worker:",
        "",
        f"  wool-worker --host 0.0.0.0 {flags} --identity {IDENTITY}",
        "",
        "In the application:",
        "",
        "  credentials = wool.WorkerCredentials.from_files(",
        f"      ca_path={json.dumps(str(ca))},",
        f"      key_path={json.dumps(str(folder.key(client)))},",
        f"      cert_path={json.dumps(str(folder.certificate(client)))},",
        f"      identity={json.dumps(IDENTITY)},",
        "  )",
    ]


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_dns_name(text: str) -> bool:
    return len(text) <= 253 and all(LABEL.fullmatch(label) for label in text.split("."))
