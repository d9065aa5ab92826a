"""What every source of workers can be asked, however it finds them."""

from __future__ import annotations

from typing import Protocol

from wool_discovery_docker.wishes import Wish


class Source(Protocol):
    """Puts workers into the registry while it runs."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def problem(self) -> str:
        """Why it finds nothing new now; empty where it does."""
        ...

    def is_synced(self) -> bool:
        """Tell whether everything has been found once."""
        ...

    def is_stale(self) -> bool:
        """Tell whether what it has found is too old."""
        ...

    async def run(self) -> None:
        """Find workers until cancelled, however often that fails."""
        ...

    async def settled(self, wish: Wish) -> None:
        """Wait until everything that *wish* can mean has been looked for."""
        ...
