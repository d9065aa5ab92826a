"""Remove what dead publishers have left in namespaces that nobody uses any more."""

from __future__ import annotations

import os

from wool_common.discovery.local_folder import folders
from wool_common.discovery.local_publishers import bury, lives, publisher_of
from wool_common.discovery.local_records import files_of
from wool_common.errors import DiscoveryError


def sweep() -> None:
    """Remove every namespace of this user in which no publisher lives."""
    for folder in folders():
        try:
            directory = folder.open()
        except DiscoveryError:
            continue
        if directory is None:
            continue
        try:
            _bury_unless_used(directory)
        finally:
            os.close(directory)
        folder.remove()


def _bury_unless_used(directory: int) -> None:
    publishers = {publisher_of(file) for file in files_of(directory)}
    for publisher in publishers:
        if publisher is None:
            continue
        # One that lives is enough: who reads there buries the others.
        if lives(directory, publisher):
            return
        bury(directory, publisher)
