"""Lines that routines log, and the tasks they are about."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

import logging_routines as r
import pytest
from logging_workers import pool_of

import wool


async def test_a_line_says_which_task_it_is_about(tmp_path: Path) -> None:
    """Those of `logging` and those of structlog look the same."""
    async with pool_of(tmp_path, "a") as (worker,):
        said = await r.say("hello")
        counted = await r.say_event(7)
        line = await worker.event("saying hello")
        other = await worker.event("counted")

    assert (line["level"], line["logger"], line["worker"]) == ("info", "app.module", "a")
    assert (line["task"], line["root"]) == (said, said)
    assert line["routine"] == "logging_routines.say"
    assert "caller" not in line
    assert UUID(line["pool"])
    assert (other["task"], other["root"], other["worker"]) == (counted, counted, "a")
    assert (other["number"], other["routine"]) == (7, "logging_routines.say_event")


async def test_nested_calls_share_a_root_across_workers(tmp_path: Path) -> None:
    """One id finds all that came of a call in the logs of every worker, in order."""
    async with pool_of(tmp_path, "a", "b", "c") as workers:
        root = await r.say_at.options(worker="a")(["b", "c", "a"], "hello")
        other = await r.say_at.options(worker="b")([], "other")
        lines = [line for worker in workers for line in worker.lines if line.get("root") == root]
        for worker in workers:
            await worker.event("saying hello")

    lines.sort(key=lambda line: line["timestamp"])
    assert [line["worker"] for line in lines] == ["a", "b", "c", "a"]
    assert [line.get("caller") for line in lines] == [None, *(x["task"] for x in lines[:-1])]
    assert len({line["task"] for line in lines}) == 4
    assert len({line["pool"] for line in lines}) == 1
    assert other != root


async def test_concurrent_tasks_and_threads_do_not_mix(tmp_path: Path) -> None:
    """Each line names the task that wrote it, whatever runs beside it."""
    async with pool_of(tmp_path, "a") as (worker,):
        names = [f"<{number}>" for number in range(20)]
        ids = await asyncio.gather(*(r.say_often(name, 5) for name in names))
        await worker.stopped()

    task_of = dict(zip(names, ids, strict=True))
    lines = [line for line in worker.lines if "<" in line["event"]]
    assert len(lines) == 20 * 5 * 2
    assert {line["task"] == task_of[line["event"].split()[-1]] for line in lines} == {True}
    assert sum("thread" in line["event"] for line in lines) == 20 * 5


async def test_generators_do_not_mix(tmp_path: Path) -> None:
    """Steps that are taken in turn are each logged for the right generator."""
    async with pool_of(tmp_path, "a") as (worker,):
        one, other = r.count("<one>", 3), r.count("<other>", 3)
        ids: dict[str, set[str]] = {"<one>": set(), "<other>": set()}
        async for mine in one:
            ids["<one>"].add(mine)
            ids["<other>"].add(await anext(other))
        await other.aclose()
        await worker.stopped()

    lines = [line for line in worker.lines if line["event"].startswith("step")]
    assert len(lines) == 6
    assert {name: len(found) for name, found in ids.items()} == {"<one>": 1, "<other>": 1}
    assert {line["task"] in ids[line["event"].split()[-1]] for line in lines} == {True}


async def test_a_line_names_the_trace_it_belongs_to(tmp_path: Path) -> None:
    """Also on a worker that traces nothing: the trace is what the task came with."""
    headers = {"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"}
    async with pool_of(tmp_path, "a") as (worker,):
        async with wool.WorkerConnection(worker.address) as connection:
            task = wool.PlacedTask(
                key=UUID(int=7).bytes,
                tag="say",
                headers=headers,
                callable=r.say.local,
                args=("hello",),
                kwargs={},
            )
            assert [one async for one in await connection.dispatch(task)] == [str(UUID(int=7))]
        line = await worker.event("saying hello")

    assert (line["trace_id"], "span_id" in line) == ("ab" * 16, False)


async def test_a_worker_that_traces_names_the_span(tmp_path: Path) -> None:
    """So that a line can be found from the span, and the span from a line."""
    variables = {"OTEL_TRACES_EXPORTER": "console"}
    async with pool_of(tmp_path, "a", flags=("--traces",), **variables) as (worker,):
        await r.say("hello")
        line = await worker.event("saying hello")
        await worker.stopped()

    assert f'"trace_id": "0x{line["trace_id"]}"' in worker.printed.decode()
    assert f'"span_id": "0x{line["span_id"]}"' in worker.printed.decode()


async def test_whatever_is_logged_is_written(tmp_path: Path) -> None:
    """Extras, levels of one's own, exceptions; what cannot be written harms nobody."""
    async with pool_of(tmp_path, "a") as (worker,):
        await r.say_with_more()
        more = await worker.event("more")
        between = await worker.event("in between")
        failed = await worker.event("failed")
        await worker.stopped()

    assert (more["order"], more["event_"], more["task_kind"]) == (7, "mine", {"a": 1})
    assert (between["level"], failed["level"]) == ("warning", "error")
    assert failed["exception"][0]["exc_type"] == "LookupError"
    assert "--- Logging error ---" in worker.raw


async def test_a_thread_of_its_own_knows_of_no_task(tmp_path: Path) -> None:
    """Python does not pass contexts on to such threads; the worker is known all the same."""
    async with pool_of(tmp_path, "a") as (worker,):
        await r.say_from_elsewhere()
        line = await worker.event("from elsewhere")

    assert (line["worker"], "task" in line) == ("a", False)


async def test_debugging_lines_tell_of_every_task(tmp_path: Path) -> None:
    """One line for each: how it ended and how long it took, or why it was not let in."""
    flags = ("--log-level", "debug", "--backpressure", "striking:refuse_second")
    async with pool_of(tmp_path, "a", flags=flags) as (worker,):
        said = await r.say("hello")
        with pytest.raises(wool.NoWorkersAvailable):
            await r.fail()
        with pytest.raises(LookupError):
            await r.fail()
        ended = await worker.event("task_ended")
        refused = await worker.event("task_refused")
        raised = await worker.line(lambda line: line.get("outcome") == "raised")

    assert (ended["task"], ended["outcome"], ended["level"]) == (said, "returned", "debug")
    assert ended["seconds"] >= ended["waited"] >= 0
    assert (refused["routine"], refused["reason"]) == ("logging_routines.fail", "on strike")
    assert refused["task"] != said
    assert raised["error"] == "LookupError('as asked')"


async def test_a_broken_hook_is_logged_with_the_task_it_was_asked_about(tmp_path: Path) -> None:
    """Lines of the worker itself name the task, too."""
    flags = ("--backpressure", "striking:broken")
    async with pool_of(tmp_path, "a", flags=flags) as (worker,):
        with pytest.raises(wool.NoWorkersAvailable):
            await r.say("hello")
        line = await worker.event("backpressure_hook_failed")

    assert line["routine"] == "logging_routines.say"
    assert UUID(line["task"]) == UUID(line["root"])
