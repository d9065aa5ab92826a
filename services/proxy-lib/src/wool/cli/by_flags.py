"""Say in flags what the library advises in Python."""

from __future__ import annotations

from typing import Final

FLAGS: Final = {
    "give credentials=WorkerCredentials.from_files(...)": "give --cert, --key and --ca",
    "give the credentials identity= a name it bears": "give --identity a name it bears",
    "the identity in this side's credentials": "which --identity asks for",
    "or leave the credentials out": "or leave --cert, --key and --ca out",
    "give both sides the same ca_path": "give both sides the same --ca",
}


def by_flags(text: str) -> str:
    """Return *text* with advice that can be typed."""
    for said, flags in FLAGS.items():
        text = text.replace(said, flags)
    return text
