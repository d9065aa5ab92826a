"""One trace across the processes that a call passes through."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Generator
from pathlib import Path

import pytest
import traced_routines as r
from opentelemetry import trace
from span_facts import Fact
from traced_workers import Client, pool_of, spans_of, tracing_client

import wool
from wool_common.watching import WATCHING

RPC = {"rpc.system.name", "rpc.method", "server.address", "wool.routine", "wool.task.id"}


@pytest.fixture
def client() -> Generator[Client]:
    """Trace this process."""
    with tracing_client() as found:
        yield found


def named(spans: list[Fact], routine: str) -> Fact:
    """Return the one span of *routine*."""
    (found,) = [span for span in spans if span.name == f"traced_routines.{routine}"]
    return found


async def test_a_nested_call_is_one_trace_across_three_processes(
    client: Client, tmp_path: Path
) -> None:
    """Each process adds its spans below that of the one before."""
    async with pool_of(tmp_path, "a", "b"):
        with client.tracer.start_as_current_span("request"):
            assert await r.echo_at.options(worker="a")(7, "b") == 7

        outer, request = client.spans()
        at_a = await spans_of("a")
        (at_b,) = await spans_of("b")

    run, call = named(at_a, "echo_at"), named(at_a, "echo")
    below = [request, outer, run, call, at_b]
    assert [span.kind for span in below] == ["INTERNAL", "CLIENT", "SERVER", "CLIENT", "SERVER"]
    assert [span.parent for span in below] == [None, *(span.span for span in below[:-1])]
    assert len({span.trace for span in below}) == 1
    assert [span.name.rpartition(".")[2] for span in below[1:]] == [
        *("echo_at", "echo_at", "echo", "echo")
    ]


async def test_spans_tell_what_was_called_where_and_how_it_ended(
    client: Client, tmp_path: Path
) -> None:
    """By the semantic conventions, and in words of our own where these have none."""
    async with pool_of(tmp_path, "a"):
        await r.echo(1)

        (call,) = client.spans()
        (run,) = await spans_of("a")

    for span in (call, run):
        assert set(span.attributes) >= RPC
        assert span.attributes["rpc.system.name"] == "wool"
        assert span.attributes["rpc.method"] == "traced_routines.echo"
        assert span.attributes["wool.worker.id"] == "a"
        assert span.attributes["wool.outcome"] == "returned"
        assert span.attributes["server.address"] == str(tmp_path / "a")
        assert (span.status, "error.type" in span.attributes) == ("UNSET", False)
    assert call.attributes["wool.task.id"] == run.attributes["wool.task.id"]
    assert run.attributes["wool.root.id"] == run.attributes["wool.task.id"]
    assert [name for name, _ in call.events] == ["wool.attempt.taken"]
    assert call.begun <= run.begun <= run.ended <= call.ended


async def test_spans_of_routines_are_below_that_of_their_task(
    client: Client, tmp_path: Path
) -> None:
    """What a routine traces itself stands between its run and what it calls."""
    async with pool_of(tmp_path, "a", "b"):
        await r.with_own_span.options(worker="a")("b")

        at_a = await spans_of("a", "with_own_span")
        client.spans()
        (at_b,) = await spans_of("b", "echo")

    assert at_a[0].trace == at_b.trace
    assert at_b.parent is not None


async def test_concurrent_tasks_do_not_mix(client: Client, tmp_path: Path) -> None:
    """Each of many calls at once is a trace of its own, on both workers."""
    async with pool_of(tmp_path, "a", "b"):
        await asyncio.gather(*(r.echo_at.options(worker="a")(n, "b") for n in range(50)))

        calls = client.spans()
        spans = [*await spans_of("a"), *await spans_of("b")]

    traces: dict[str, list[Fact]] = {}
    for span in [*calls, *spans]:
        traces.setdefault(span.trace, []).append(span)
    assert len(traces) == 50
    assert {len(found) for found in traces.values()} == {4}
    for found in traces.values():
        roots = {span.attributes["wool.root.id"] for span in found if span.kind == "SERVER"}
        assert len(roots) == 1
        assert sorted(span.parent in {one.span for one in found} for span in found) == [
            *(False, True, True, True)
        ]


async def test_what_is_raised_is_recorded_on_both_sides(client: Client, tmp_path: Path) -> None:
    """The exception is an event, its type an attribute, and the status tells of an error."""
    async with pool_of(tmp_path, "a"):
        with pytest.raises(LookupError):
            await r.fail()

        (call,) = client.spans()
        (run,) = await spans_of("a")

    for span in (call, run):
        assert (span.status, span.attributes["error.type"]) == ("ERROR", "LookupError")
        assert span.attributes["wool.outcome"] == "raised"
        (recorded,) = [about for name, about in span.events if name == "exception"]
        assert recorded["exception.message"] == "as asked"
        assert "in fail" in recorded["exception.stacktrace"]


async def test_a_cancelled_call_has_failed_for_the_client_alone(
    client: Client, tmp_path: Path
) -> None:
    """A worker that was asked to cancel has done nothing wrong."""
    marker = tmp_path / "begun"
    async with pool_of(tmp_path, "a"):
        call = asyncio.create_task(r.rest(str(marker)))
        while not marker.exists():
            await asyncio.sleep(0.01)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

        (called,) = client.spans()
        (run,) = await spans_of("a")

    assert (called.attributes["wool.outcome"], called.status) == ("cancelled", "ERROR")
    assert called.attributes["error.type"] == "asyncio.exceptions.CancelledError"
    assert (run.attributes["wool.outcome"], run.status) == ("cancelled", "UNSET")


async def test_each_refusal_is_an_event(client: Client) -> None:
    """The span of the call covers every attempt, and tells who refused and why."""
    worker = functools.partial(wool.LocalWorker, backpressure=functools.partial(_refuse))

    async with wool.WorkerPool(size=2, worker=worker) as pool:
        with pytest.raises(wool.NoWorkersAvailable):
            await r.echo(1)
        uids = {found.uid for found in pool.workers}

    (call,) = client.spans()
    refusals = [about for name, about in call.events if name == "wool.attempt.refused"]
    assert [about["wool.attempt"] for about in refusals] == [1, 2]
    assert {about["wool.worker.id"] for about in refusals} == uids
    assert {about["wool.reason"] for about in refusals} == {"on strike"}
    assert call.status == "ERROR"
    assert call.attributes["wool.outcome"] == "refused"
    assert call.attributes["wool.attempts"] == 2
    assert call.attributes["error.type"] == "wool_common.errors.NoWorkersAvailable"


async def test_a_generator_is_one_span_linked_to_those_who_resume_it(
    client: Client, tmp_path: Path
) -> None:
    """It is called in one span and consumed in others, each linked once."""
    async with pool_of(tmp_path, "a"):
        with client.tracer.start_as_current_span("caller") as caller:
            numbers = r.count(5)
            assert await anext(numbers) == 0
            assert await anext(numbers) == 1
        with client.tracer.start_as_current_span("one"):
            assert await anext(numbers) == 2
            assert await anext(numbers) == 3
        with client.tracer.start_as_current_span("other"):
            assert [number async for number in numbers] == [4]

        found = {span.name: span for span in client.spans()}
        (run,) = await spans_of("a")

    call = found["traced_routines.count"]
    assert call.parent == found["caller"].span
    assert call.links == [found["one"].span, found["other"].span]
    assert (run.parent, run.attributes["wool.stream"]) == (call.span, True)
    assert (call.attributes["wool.outcome"], call.status) == ("returned", "UNSET")
    assert caller.is_recording() is False


async def test_a_generator_that_raises_is_recorded(client: Client, tmp_path: Path) -> None:
    """Its span ends with what it raised."""
    async with pool_of(tmp_path, "a"):
        with pytest.raises(LookupError):
            _ = [number async for number in r.count_and_fail()]

        (call,) = client.spans()

    assert (call.status, call.attributes["error.type"]) == ("ERROR", "LookupError")


async def test_a_lost_task_is_recorded(client: Client, tmp_path: Path) -> None:
    """A worker that dies under a task leaves a span of the client that tells so."""
    marker = tmp_path / "begun"
    async with pool_of(tmp_path, "a") as (worker,):
        call = asyncio.create_task(r.rest(str(marker)))
        while not marker.exists():
            await asyncio.sleep(0.01)
        worker.process.kill()
        with pytest.raises(wool.WorkerLost):
            await call

    (called,) = client.spans()
    assert called.attributes["wool.outcome"] == "lost"
    assert called.attributes["error.type"] == "wool_common.errors.WorkerLost"
    assert [name for name, _ in called.events] == ["wool.attempt.lost", "exception"]


async def test_nothing_is_left_once_it_is_closed(client: Client) -> None:
    """Who traces no more costs nothing."""
    assert WATCHING.listener is not None

    with pytest.raises(RuntimeError, match="with another provider"), tracing_client():
        pass
    with wool.traces.start(client.provider):
        pass

    assert len(WATCHING.runs) == 1
    assert not trace.get_current_span().get_span_context().is_valid


async def _refuse(context: wool.BackpressureContext) -> wool.Refusal:
    return wool.Refusal("on strike")
