"""What `wool top` draws."""

from __future__ import annotations

import pytest

from wool.cli.layout import plain, room
from wool.cli.sighting import Sighting
from wool.cli.top_rows import Meters, Moment, Order
from wool.cli.top_table import SORTED
from wool.cli.top_view import View, drawn
from wool_common.describe import Description, Tallies
from wool_common.frames import Load
from wool_common.metadata import WorkerId, WorkerMetadata


def said(number: int, at: float) -> Description:
    """Return what worker *number* says after *at* seconds; it does so many tasks a second."""
    ended = int(number * at)
    return Description(
        metadata=WorkerMetadata(uid=WorkerId(f"worker-{number:02}"), address=f"h{number:02}:1"),
        load=Load(100 - number, number),
        uptime=at,
        idle=0.0,
        draining=False,
        versions={},
        tallies=Tallies(
            ended={"returned": ended, "raised": 0},
            refused={"max-tasks": ended * (number == 1)},
            bounds=(0.01, 0.1),
            counts=(0, ended, 0),
            seconds=0.0,
        ),
    )


def moment(workers: int, *gone: int, problems: dict[str, str] | None = None) -> Moment:
    """Return a moment of so many workers, of which some do not answer any more."""
    meters = Meters(10.0)
    for at in (0.0, 10.0):
        sightings = [
            Sighting(
                address=f"h{number:02}:1",
                sources=("static",),
                description=said(number, at),
                problem="connection refused" if number in gone and at else None,
            )
            for number in range(1, workers + 1)
        ]
        last = meters.moment(sightings, problems or {})
    return last


def lines(of: Moment, view: View | None = None, width: int = 100, height: int = 24) -> list[str]:
    """Return the screen as text."""
    return [plain(line) for line in drawn(of, view or View(), width, height)]


def test_all_is_summed_up() -> None:
    """The first lines tell of all workers together."""
    screen = lines(moment(3))

    assert screen[0] == "wool top: 3 workers: 3 ready"
    assert screen[1].split("   ")[:3] == ["active 294", "waiting 6", "tasks/s 6.00"]
    assert "refused/s 1.00 (max-tasks)" in screen[1] + screen[2]


@pytest.mark.parametrize(
    ("order", "first"),
    [
        (Order.NAME, "h01:1"),
        (Order.RATE, "h03:1"),
        (Order.ACTIVE, "h01:1"),
        (Order.WAITING, "h03:1"),
    ],
)
def test_rows_are_sorted(order: Order, first: str) -> None:
    """The largest stands first, but for names."""
    screen = lines(moment(3), View(order=order))

    at = next(n for n, line in enumerate(screen) if line.startswith("WORKER"))
    assert screen[at + 1].split()[1] == first


def test_a_worker_that_died_stays_with_the_reason() -> None:
    """Its numbers of before are neither shown nor summed."""
    screen = lines(moment(3, 3))

    assert screen[0] == "wool top: 3 workers: 2 ready, 1 unreachable"
    assert "tasks/s 3.00" in screen[1]
    row = next(line for line in screen if line.startswith("worker-0  h03:1"))
    assert row.split()[2:5] == ["unreachable", "-", "-"]
    assert "h03:1: connection refused" in screen


def test_troubles_of_discoveries_are_told() -> None:
    """Nobody found is not nobody there."""
    screen = lines(moment(0, problems={"lan": "it broke\x1b[2J"}))

    assert screen[:3] == [
        "wool top: 0 workers",
        "active 0   waiting 0   tasks/s -",
        "lan: it broke�[2J",
    ]


@pytest.mark.parametrize("width", [20, 60, 80, 200])
@pytest.mark.parametrize("height", [5, 12, 40])
@pytest.mark.parametrize("workers", [0, 1, 30])
def test_the_screen_is_never_left(width: int, height: int, workers: int) -> None:
    """However small the window, no line is too long, and there are not too many."""
    screen = drawn(moment(workers, 1, problems={"lan": "x" * 300}), View(), width, height)

    assert len(screen) <= height
    if width >= 60:
        assert max(room(plain(line)) for line in screen if "connection" not in plain(line)) <= width


def test_the_selected_worker_is_on_screen() -> None:
    """Where there is no room for all, the table moves along."""
    screen = lines(moment(30), View(chosen="h30:1"), height=14)

    assert [line for line in screen if "h30:1" in line] != []
    assert [line for line in screen if "h01:1" in line] == []


def test_a_question_takes_the_place_of_the_keys() -> None:
    """What is asked stands where one looks; what is told, above the keys."""
    asked = lines(moment(1), View(message="drain h01:1? y/n", asks=True), width=110)
    told = lines(moment(1), View(message="h01:1 has ended"), width=110)

    assert asked[-1] == "drain h01:1? y/n"
    assert [line.partition("  ")[0] for line in told[-2:]] == ["h01:1 has ended", "q quit"]


@pytest.mark.parametrize(
    ("height", "expected"),
    [
        (24, ["wool", "active", "", "WORKER", *["worker-0"] * 9, "", "h02:1:", "", ""]),
        (14, ["wool", "active", "", "WORKER", *["worker-0"] * 6, "1", "", "h02:1:", "q"]),
        (8, ["wool", "active", "WORKER", *["worker-0"] * 4, "1"]),
        (4, ["wool", "WORKER", "worker-0", "worker-0"]),
        (2, ["wool", "WORKER"]),
    ],
)
def test_the_lower_the_window_the_more_is_left_out(height: int, expected: list[str]) -> None:
    """Workers stay longest, and it is told how many there are beside those that are shown."""
    screen = lines(moment(9, 2), width=140, height=height)

    begins = [line.partition(" ")[0] for line in screen]
    assert (len(screen), begins[: len(expected)]) == (height, expected)


def test_what_ails_a_discovery_is_told_in_whole() -> None:
    """It is broken between words in place of being cut, unless there is no room for more."""
    problem = "it cannot be followed, for reasons that take more than one line to tell"

    high = lines(moment(2, problems={"docker": problem}), width=60)
    low = lines(moment(2, problems={"docker": problem}), width=60, height=6)

    told = [line for line in high if "it cannot be" in line or "to tell" in line]
    assert " ".join(told) == f"docker: {problem}"
    assert [line for line in low if line.startswith("docker: ")] != []
    assert max(map(room, high + low)) <= 60


def test_the_column_that_is_sorted_by_is_underlined() -> None:
    """One sees what the order is."""
    titles = [
        [
            cell.text.strip()
            for line in drawn(moment(2), View(order=order), 120, 20)
            for cell in line
            if "underline" in cell.style
        ]
        for order in Order
    ]

    assert titles == [[title] for title in SORTED.values()]


def test_columns_stay_while_numbers_change() -> None:
    """There is room for the longest number and state from the start."""
    for width in (60, 80, 100, 120):
        titles = {
            next(line for line in lines(one, width=width) if "ADDRESS" in line).split()[-1]
            for one in (moment(1), moment(1, 1), Meters(10.0).moment([], {}))
        }
        assert len(titles) == 1
