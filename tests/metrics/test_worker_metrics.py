"""What a worker program tells Prometheus."""

from __future__ import annotations

import asyncio
import signal
import urllib.error
from pathlib import Path

import metered_routines as r
import pytest
from scraped import fetched, scraped, worker

import wool

OWN = "grpc_service=wool.worker.v1.WorkerService"
SESSION = f"grpc_method=Session,{OWN},grpc_type=bidi_stream"
DESCRIBE = f"grpc_method=Describe,{OWN},grpc_type=unary"


async def test_a_worker_tells_of_tasks_sessions_and_calls(tmp_path: Path) -> None:
    """Tasks by outcome and routine, refusals, values, sessions, loops, calls, versions."""
    async with worker(tmp_path) as program:
        await program.event("worker_ready")
        found = wool.StaticDiscovery(program.address)
        async with wool.WorkerPool(discovery=found):
            for number in range(5):
                assert await r.echo(number) == number
            with pytest.raises(LookupError):
                await r.fail()
            assert [number async for number in r.count(3)] == [0, 1, 2]
            during = await scraped(program.url)
        program.process.send_signal(signal.SIGTERM)
        await program.process.wait()

    routine = "routine=metered_routines"
    assert during[f"wool_task_seconds_count{{outcome=returned,{routine}.echo}}"] == 5
    assert during[f"wool_task_seconds_count{{outcome=raised,{routine}.fail}}"] == 1
    assert during[f"wool_task_seconds_count{{outcome=returned,{routine}.count}}"] == 1
    assert during["wool_sessions{side=worker}"] == 1
    assert during["wool_tasks_active{side=worker}"] == 0
    assert during["wool_payload_bytes_count{direction=received}"] >= 7
    assert during["wool_payload_bytes_count{direction=sent}"] == 9
    assert "wool_refusals_total{reason=draining}" in during
    assert {"wool_loop_lag_seconds{loop=main}", "wool_loop_lag_seconds{loop=routines}"} <= set(
        during
    )
    assert during[f"grpc_server_started_total{{{SESSION}}}"] == 1
    assert during[f"grpc_server_handled_total{{grpc_code=OK,{DESCRIBE}}}"] >= 1
    assert during[f"grpc_server_msg_received_total{{{SESSION}}}"] >= 7
    assert f"grpc_server_handled_total{{grpc_code=Unavailable,{SESSION}}}" in during
    assert any(name.startswith("wool_build_info{") for name in during)
    assert program.process.returncode == 0


async def test_a_worker_measures_the_calls_of_its_routines(tmp_path: Path) -> None:
    """A routine that calls routines makes its worker a client, too."""
    async with worker(tmp_path) as one, worker(tmp_path) as other:
        for program in (one, other):
            await program.event("worker_ready")
        found = wool.StaticDiscovery(one.address, other.address)
        async with wool.WorkerPool(discovery=found, quorum=2):
            for number in range(8):
                assert await r.echo_there(number) == number
            told = [await scraped(program.url) for program in (one, other)]

    returned = "wool_dispatch_total{outcome=returned,routine=metered_routines.echo}"
    assert sum(found[returned] for found in told) == 8
    assert sum(found[f"grpc_client_started_total{{{SESSION}}}"] for found in told) >= 1


async def test_refusals_are_counted_by_reason(tmp_path: Path) -> None:
    """A task that is not let in counts as refused and not as a task."""
    async with worker(tmp_path, "--max-tasks", "1") as program:
        await program.event("worker_ready")
        async with wool.WorkerPool(discovery=wool.StaticDiscovery(program.address)):
            resting = asyncio.create_task(r.rest(60))
            while not (await scraped(program.url))["wool_tasks_active{side=worker}"]:
                pass
            with pytest.raises(wool.NoWorkersAvailable), wool.RuntimeContext(dispatch_timeout=1.0):
                await r.echo(1)
            told = await scraped(program.url)
            resting.cancel()
            await asyncio.wait([resting])

    refused = {name: n for name, n in told.items() if name.startswith("wool_refusals_total") and n}
    assert sum(refused.values()) == 1
    assert not any(name.startswith("wool_task_seconds") for name in told)


async def test_a_port_that_is_taken_ends_the_worker(tmp_path: Path) -> None:
    """A worker that cannot be measured as it was told does not serve, and says why."""
    async with worker(tmp_path) as first:
        await first.event("worker_ready")
        port = int(first.url.split(":")[2].split("/")[0])
        async with worker(tmp_path / "..", port=port, WOOL_LOG_FORMAT="console") as second:
            assert second.process.stderr is not None
            said = await second.process.stderr.read()
            code = await second.process.wait()

    assert code == 1
    assert f"cannot serve metrics on 127.0.0.1:{port}: Address already in use" in said.decode()


async def test_one_variable_turns_a_workers_metrics_off(tmp_path: Path) -> None:
    """The flag may stay; nothing is served, and the log says why."""
    async with worker(tmp_path, WOOL_METRICS="off") as program:
        off = await program.event("metrics_off")
        await program.event("worker_ready")
        with pytest.raises(urllib.error.URLError, match="refused"):
            fetched(program.url)

    assert off["variable"] == "WOOL_METRICS"


async def test_metrics_are_for_this_machine_unless_told_otherwise(tmp_path: Path) -> None:
    """`--metrics-host`, or its variable, says where to listen."""
    async with worker(tmp_path, WOOL_METRICS_HOST="127.0.0.2") as program:
        served = await program.event("metrics_served")
        await program.event("worker_ready")
        with pytest.raises(urllib.error.URLError, match="refused"):
            fetched(program.url)
        there = await scraped(program.url.replace("127.0.0.1", "127.0.0.2"))

    assert served["url"].startswith("http://127.0.0.2:")
    assert "wool_sessions{side=worker}" in there
