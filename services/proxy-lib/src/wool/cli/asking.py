"""Ask the worker at one address."""

from __future__ import annotations

import click

from wool.cli.roster import shortened
from wool.cli.sighting import Sighting
from wool_common.credentials import CredentialsLike
from wool_common.describe import describe
from wool_common.discovery.addresses import checked_address
from wool_common.errors import WoolError


def dialled(address: str) -> str:
    """
    Return *address* with its port.

    Raises:
        click.UsageError: it is none.
    """
    try:
        return checked_address(address)
    except (ValueError, TypeError) as exc:
        raise click.UsageError(str(exc)) from exc


async def asked(address: str, credentials: CredentialsLike | None, timeout: float) -> Sighting:
    """Return what the worker at *address* says of itself, or why it does not."""
    target = dialled(address)
    try:
        description = await describe(target, credentials, timeout)
    except (WoolError, OSError, ValueError) as exc:
        return Sighting(address=target, sources=(), problem=shortened(exc, timeout))
    return Sighting(address=target, sources=(), description=description)
