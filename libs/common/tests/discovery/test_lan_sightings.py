"""What is remembered of what was heard on the network."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from wool_common.discovery.lan_sightings import (
    MOST,
    MOST_ADDRESSES,
    MachineAddress,
    Service,
    Sightings,
    Text,
)


@dataclass(slots=True)
class Clock:
    """A clock that stands until it is moved."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def service(ttl: float = 15) -> Service:
    """Return the word that w listens on m:50051."""
    return Service("w", "m", 50051, ttl)


def at(address: str, ttl: float = 15) -> MachineAddress:
    """Return the word that m has *address*."""
    return MachineAddress("m", ip_address(address), ttl)


def addresses(sightings: Sightings) -> set[str]:
    """Return what w can be dialled by."""
    sighting = sightings.get("w")
    return set() if sighting is None else {str(one) for one in sighting.addresses}


def test_records_in_any_order_make_a_sighting() -> None:
    """Packets that tell of one worker may arrive in any order."""
    sightings = Sightings(Clock())

    sightings.hear([at("10.0.0.1")])
    sightings.hear([Text("w", b"text", 15)])
    assert sightings.get("w") is None

    assert sightings.hear([service()]) == {"w"}
    assert sightings.get("w") == (b"text", 50051, (ip_address("10.0.0.1"),))


def test_silence_ends_a_sighting() -> None:
    """A worker is gone once its time is over, and not before; each sign of life renews it."""
    clock = Clock()
    sightings = Sightings(clock)
    sightings.hear([service(), Text("w", b"", 15)])

    clock.now += 14
    sightings.hear([service()])
    clock.now += 14
    assert sightings.lapse() == []
    clock.now += 2

    assert sightings.lapse() == ["w"]
    assert sightings.get("w") is None


def test_a_farewell_ends_a_sighting_at_once() -> None:
    """A record with no time to live takes back what was told."""
    sightings = Sightings(Clock())
    sightings.hear([service(), Text("w", b"", 15)])

    assert sightings.hear([service(ttl=0)]) == {"w"}
    assert sightings.get("w") is None
    assert not sightings.has("w")


def test_late_answers_do_not_bring_the_dead_back() -> None:
    """What was answered before a farewell may arrive after it; what is new counts at once."""
    clock = Clock()
    sightings = Sightings(clock)
    old, new = [service(), Text("w", b"1", 15)], [service(), Text("w", b"2", 15)]
    farewell = [service(ttl=0), Text("w", b"1", 0)]
    sightings.hear(old)
    sightings.hear(farewell)

    assert sightings.hear(old) == set()
    assert sightings.hear([service()]) == set()
    assert sightings.hear(new) == {"w"}
    assert sightings.hear(farewell) == set()
    known = sightings.get("w")
    assert known is not None
    assert known.data == b"2"


def test_what_is_said_long_after_a_farewell_counts() -> None:
    """A worker may come back with the very same words."""
    clock = Clock()
    sightings = Sightings(clock)
    words = [service(), Text("w", b"1", 15)]
    sightings.hear(words)
    sightings.hear([service(ttl=0), Text("w", b"1", 0)])

    clock.now += 3
    sightings.hear(words)

    assert sightings.has("w")


def test_addresses_told_together_replace_those_before() -> None:
    """A machine that moved is not dialled where it was; its other family is untouched."""
    clock = Clock()
    sightings = Sightings(clock)
    sightings.hear([service(), Text("w", b"", 15), at("10.0.0.1"), at("10.0.0.2"), at("fd00::1")])
    assert addresses(sightings) == {"10.0.0.1", "10.0.0.2", "fd00::1"}

    clock.now += 5
    sightings.hear([at("10.0.0.3"), at("10.0.0.4")])

    assert addresses(sightings) == {"10.0.0.3", "10.0.0.4", "fd00::1"}


def test_questions_are_frequent_first_and_then_follow_the_time_to_live() -> None:
    """Whoever begins asks four times within three seconds, then as records age."""
    clock = Clock()
    sightings = Sightings(clock, eagerness=1 / 3)
    asked: list[float] = []
    while clock.now < 115:
        clock.now = max(clock.now, sightings.ask_at())
        sightings.asked()
        asked.append(clock.now - 100)
        sightings.hear([service(), Text("w", b"", 15)])

    assert asked == [0, 0.25, 1, 3, 8, 13, 18]


def test_answers_to_others_put_the_question_off() -> None:
    """Readers share the answers, and ask for themselves after a long time all the same."""
    clock = Clock()
    sightings = Sightings(clock, eagerness=1 / 3)
    for _ in range(4):
        clock.now = max(clock.now, sightings.ask_at())
        sightings.asked()

    begin = clock.now
    while clock.now < sightings.ask_at():
        sightings.hear([service(), Text("w", b"", 15)])
        clock.now += 4

    assert clock.now - begin == 32


def test_silent_workers_are_asked_for_several_times_before_they_are_given_up() -> None:
    """A lost packet or two cost no worker."""
    clock = Clock()
    sightings = Sightings(clock, eagerness=1 / 3)
    for _ in range(4):
        clock.now = max(clock.now, sightings.ask_at())
        sightings.asked()
    sightings.hear([service()])

    questions = 0
    while not sightings.lapse():
        clock.now = min(sightings.ask_at(), clock.now + 1)
        if clock.now >= sightings.ask_at():
            sightings.asked()
            questions += 1

    assert questions == 5


def test_claims_of_a_short_life_do_not_make_readers_noisy() -> None:
    """However short the life others claim, there is half a second between questions."""
    clock = Clock()
    sightings = Sightings(clock)
    for _ in range(50):
        clock.now = max(clock.now, sightings.ask_at())
        sightings.asked()
        sightings.hear([service(ttl=0.01)])

    assert clock.now - 100 >= 25 - 1


def test_what_strangers_invent_is_bounded() -> None:
    """Neither names nor addresses without end fill the memory, and they are forgotten."""
    clock = Clock()
    sightings = Sightings(clock)

    sightings.hear(Service(f"w{n}", f"m{n}", 1, 1e9) for n in range(MOST + 10))
    sightings.hear(Text(f"w{n}", b"", 1e9) for n in range(MOST + 10))
    sightings.hear(MachineAddress("m1", ip_address(n), 1e9) for n in range(MOST_ADDRESSES + 10))

    assert len(sightings.names()) == MOST
    assert sightings.get(f"w{MOST + 1}") is None
    known = sightings.get("w1")
    assert known is not None
    assert len(known.addresses) == MOST_ADDRESSES
    clock.now += 121
    assert len(sightings.lapse()) == MOST
    assert sightings.names() == []
