"""Each half of a session walks the conversation's table, and nothing but the table."""

from __future__ import annotations

from halves import leftovers
from hypothesis import given, settings
from hypothesis import strategies as st
from virtual_time import VirtualLoop
from walks import ClientWalk, WorkerWalk, settle

from wool.runtime.worker.calls import Lost, NotStarted
from wool_common.conversation import Phase

STEPS = st.integers(0, 40)


@given(data=st.data(), steps=STEPS)
@settings(deadline=None, max_examples=150)
def test_worker_half_keeps_to_the_table(data: st.DataObject, steps: int) -> None:
    """
    The worker hears every frame the table allows and blames the client for every other.

    It says none the table forbids, and ends each task once.
    """

    async def main() -> None:
        walk = WorkerWalk(data.draw)
        for _ in range(steps):
            await walk.step()
        await walk.finish()

        assert set(walk.transcript.phases.values()) <= {Phase.ENDED}
        assert set(walk.transcript.last_words.values()) <= {1}
        assert leftovers(walk.session, keeps=frozenset({"_defined", "_pools"})) == {}
        walk.session.close()
        await settle()
        assert leftovers(walk.half.pools, keeps=frozenset()) == {}

    assert VirtualLoop().run(main) == []


@given(data=st.data(), steps=STEPS)
@settings(deadline=None, max_examples=150)
def test_client_half_keeps_to_the_table(data: st.DataObject, steps: int) -> None:
    """
    The client hears every frame the table allows and blames the worker for every other.

    It says none the table forbids, and each call hears of one end.
    """

    async def main() -> None:
        walk = ClientWalk(data.draw)
        for _ in range(steps):
            await walk.step()
        await walk.finish()

        assert set(walk.transcript.phases.values()) <= {Phase.ENDED}
        assert [len(call.ends) for call in walk.calls] == [1] * len(walk.calls)
        assert leftovers(walk.session, keeps=frozenset({"_slots"})) == {}
        assert walk.session.active == 0

    assert VirtualLoop().run(main) == []


@given(data=st.data(), steps=STEPS)
@settings(deadline=None, max_examples=100)
def test_each_call_hears_one_end_when_the_session_is_lost(data: st.DataObject, steps: int) -> None:
    """What was said may have run; what was held back did not."""

    async def main() -> None:
        walk = ClientWalk(data.draw)
        for _ in range(steps):
            await walk.step()
        under_way = {
            call.number for call in walk.calls if walk.meant.phases[call.number] is not Phase.ENDED
        }
        walk.session.close("the worker is gone")
        walk.session.close("again")

        assert [len(call.ends) for call in walk.calls] == [1] * len(walk.calls)
        expected = Lost if walk.is_welcome else NotStarted
        ends = {call.number: type(call.end) for call in walk.calls}
        assert {ends[number] for number in under_way} <= {expected}
        assert leftovers(walk.session, keeps=frozenset({"_slots"})) == {}

    assert VirtualLoop().run(main) == []
