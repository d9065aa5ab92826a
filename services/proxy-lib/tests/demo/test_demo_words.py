"""What the demonstration counts."""

from __future__ import annotations

from pathlib import Path

from wool.demo.files import standard_library
from wool.demo.words import Note, notes, words_of

SOURCE = """\
# TODO: count the sheep
def count_sheep(Sheep):  # The sheep are counted.
    return "sheep" + Sheep  # XXX slow
"""


def test_words_of_names_and_comments_are_kept_apart(tmp_path: Path) -> None:
    """Names are taken apart into words; keywords and strings are left out."""
    file = tmp_path / "sheep.py"
    file.write_text(SOURCE)

    words = words_of(str(file))

    assert words.names == {"count": 1, "sheep": 3}
    assert words.comments["sheep"] == 2
    assert words.comments["the"] == 2


async def test_notes_are_found_where_they_stand(tmp_path: Path) -> None:
    """A note is told with its file and its line."""
    file = str(tmp_path / "sheep.py")
    Path(file).write_text(SOURCE)

    found = [note async for note in notes.local([file])]

    assert found == [
        Note(file=file, line=1, text="TODO: count the sheep"),
        Note(file=file, line=3, text="XXX slow"),
    ]


def test_few_files_are_a_cross_section() -> None:
    """A limit takes files from everywhere, and no more than it says."""
    few, all_of_them = standard_library(10), standard_library(100_000)

    assert len(few.files) == 10
    assert few.files[-1] > all_of_them.files[len(all_of_them.files) // 2]
    assert few.size < all_of_them.size
