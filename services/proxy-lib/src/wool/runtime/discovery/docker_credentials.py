"""Hand credentials to a private process by files that nobody else can read."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from wool_common.credentials import WorkerCredentials

FLAGS: Final = ("--ca", "--key", "--cert")


class HandedOver:
    """
    Files with *credentials*, for as long as it is not closed.

    They are in memory alone where that is possible, else in *folder*, which must be private.
    """

    def __init__(self, credentials: WorkerCredentials, folder: Path) -> None:
        self._shown = credentials
        self._folder = folder
        self.descriptors: tuple[int, ...] = ()
        """What the process must inherit."""
        make: Callable[[str, int], int] | None = getattr(os, "memfd_create", None)
        if make is not None and sys.platform == "linux":
            self.descriptors = tuple(make("wool", os.MFD_CLOEXEC) for _ in FLAGS)
        self._write()

    def arguments(self) -> list[str]:
        """Return the flags that name them."""
        shown = self._shown
        made = [part for pair in zip(FLAGS, self._paths(), strict=True) for part in pair]
        if not shown.mutual:
            made.append("--no-mutual")
        if shown.identity is not None:
            made += ["--identity", shown.identity]
        return made

    def renew(self, credentials: WorkerCredentials) -> None:
        """Replace what they hold, where it has changed."""
        if credentials != self._shown:
            self._shown = credentials
            self._write()

    def close(self) -> None:
        """Forget them; may be called twice."""
        descriptors, self.descriptors = self.descriptors, ()
        for descriptor in descriptors:
            os.close(descriptor)

    def _paths(self) -> list[str]:
        if self.descriptors:
            return [f"/proc/self/fd/{descriptor}" for descriptor in self.descriptors]
        return [str(self._folder / flag.strip("-")) for flag in FLAGS]

    def _write(self) -> None:
        shown = self._shown
        contents = (shown.ca_cert, shown.worker_key, shown.worker_cert)
        if self.descriptors:
            for descriptor, content in zip(self.descriptors, contents, strict=True):
                os.pwrite(descriptor, content, 0)
                os.ftruncate(descriptor, len(content))
            return
        for path, content in zip(self._paths(), contents, strict=True):
            part = Path(f"{path}.part")
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as f:
                f.write(content)
            part.replace(path)
