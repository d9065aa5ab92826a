"""The dashboard of those who call."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.boards import INSTANCE, JOB, ROUTINE_DISPATCHED, board
from dashboards.panels import Panel, columns, figure, heat, lines
from dashboards.queries import (
    CHOSEN,
    IS_WORKER,
    QUANTILES,
    ROUTINES,
    WINDOW,
    Query,
    quantile,
    quantiles,
    rate,
    summed,
    total,
)

CALLS: Final = f"wool_dispatch_total{{{ROUTINES}}}"
FAILED: Final = f'wool_dispatch_total{{{ROUTINES},outcome=~"refused|lost|cancelled"}}'
BUCKETS: Final = f"wool_dispatch_seconds_bucket{{{ROUTINES}}}"
TOTAL: Final = f'wool_dispatch_seconds_bucket{{{ROUTINES},phase="total"}}'
ATTEMPTS: Final = f"wool_dispatch_attempts_total{{{CHOSEN}}}"


def dispatch() -> Dashboard:
    """Return it."""
    return board(
        "Dispatch",
        "How calls of routines fare, as those who call them see it.",
        [JOB, INSTANCE, ROUTINE_DISPATCHED],
        {
            "Now": _now(),
            "How long calls take": _latency(),
            "How calls end": _outcomes(),
            "Attempts and refusals": _attempts(),
            "Nested calls": _nested(),
        },
    )


def _now() -> list[Panel]:
    return [
        figure(
            "Calls per second",
            "Calls that have ended. Lower than usual: look whether they wait, or nobody calls.",
            Query(total(CALLS)),
            unit="ops",
        ),
        figure(
            "Unanswered",
            "Share of calls that were refused, lost or cancelled. High: “How calls end” tells "
            "which of them; then see “Refusals by reason”, or restarts on the dashboard Workers.",
            Query(f"{total(FAILED)} / {total(CALLS)}"),
            unit="percentunit",
            warn=0.01,
            alarm=0.05,
        ),
        figure(
            "p99 of all calls",
            "99 of 100 calls take less. High: “Where the time goes” tells which phase to look at.",
            Query(quantile(0.99, TOTAL)),
            unit="s",
        ),
        figure(
            "Waiting for a worker",
            "Calls that have not been sent to any worker. Above zero for long: there are too few "
            "workers, or all refuse. Add some, or see “Refusals by reason”.",
            Query(summed(f'wool_tasks_waiting{{{CHOSEN},side="client"}}')),
            warn=1,
            alarm=100,
        ),
        figure(
            "Under way",
            "Calls that a worker has and that have not ended.",
            Query(summed(f'wool_tasks_active{{{CHOSEN},side="client"}}')),
        ),
        figure(
            "Workers ready",
            "Workers that the pools of one process can use, of the process that has most. Zero "
            "while calls wait: see the dashboard Discovery, and “Workers, as pools see them”.",
            Query(f'max(wool_pool_workers{{{CHOSEN},state="ready"}})'),
        ),
    ]


def _latency() -> list[Panel]:
    return [
        lines(
            "All calls",
            "From the call to its result. High: the phases below tell where the time goes.",
            *quantiles(TOTAL),
            unit="s",
            log=True,
            exemplars=True,
        ),
        heat(
            "All calls, by how long they took",
            "Two bands are two kinds of calls. A band that climbs is a queue that grows: add "
            "workers, or call less at a time.",
            Query(summed(f"increase({TOTAL}[{WINDOW}])", "le"), "{{le}}"),
            unit="s",
        ),
        *_phases(),
        *_routines(),
        lines(
            "Where the time goes",
            "The mean of each phase; together they are the mean of all calls. The largest is "
            "worth work first.",
            Query(
                f"{total(_phase('sum'), 'phase')} / {total(_phase('count'), 'phase')}",
                "{{phase}}",
            ),
            unit="s",
            stacked=True,
        ),
        _each_routine(),
    ]


def _phases() -> list[Panel]:
    return [
        lines(
            f"Phases, {name}",
            "High “pick”: calls wait for a worker, add some. High “wait”: the network, or workers "
            "whose loops are late. High “run”: the routine itself. High “serialize” or "
            "“deserialize”: arguments or results are large.",
            Query(quantile(share, BUCKETS, "phase"), "{{phase}}"),
            unit="s",
            width=8,
            log=True,
        )
        for name, share in QUANTILES.items()
    ]


def _routines() -> list[Panel]:
    return [
        lines(
            f"Routines, {name}",
            "High for one routine: look at what it does. High for all: look at the phases.",
            Query(quantile(share, TOTAL, "routine"), "{{routine}}"),
            unit="s",
            width=8,
            log=True,
        )
        for name, share in QUANTILES.items()
    ]


def _each_routine() -> Panel:
    return columns(
        "Routines",
        "Each routine at the end of the shown time. A high share of failures: what the "
        "routine raises is in the caller's log; the rest is under “How calls end”.",
        {
            "calls/s": Query(total(CALLS, "routine")),
            "p50": Query(quantile(0.5, TOTAL, "routine")),
            "p95": Query(quantile(0.95, TOTAL, "routine")),
            "p99": Query(quantile(0.99, TOTAL, "routine")),
            "not returned": Query(
                f"1 - {total(_outcome('returned'), 'routine')} / {total(CALLS, 'routine')}"
            ),
        },
        units={
            "calls/s": "ops",
            "p50": "s",
            "p95": "s",
            "p99": "s",
            "not returned": "percentunit",
        },
        sort="calls/s",
    )


def _outcomes() -> list[Panel]:
    return [
        lines(
            "Calls by routine",
            "Calls that have ended.",
            Query(total(CALLS, "routine"), "{{routine}}"),
            unit="ops",
            width=8,
            stacked=True,
        ),
        lines(
            "Calls by how they ended",
            "“raised” is the routine's own error. “refused”: no worker took the task, add workers "
            "or raise their limits. “lost”: a worker died or was cut off, see its log and memory. "
            "“cancelled”: the caller gave up, or its timeout was over.",
            Query(total(CALLS, "outcome"), "{{outcome}}"),
            unit="ops",
            width=8,
        ),
        lines(
            "What did not return, by routine",
            "One routine alone: look at it. All routines: look at the workers.",
            Query(
                f"{total(_outcome('returned', '!='), 'routine', 'outcome')} > 0",
                "{{routine}} {{outcome}}",
            ),
            unit="ops",
            width=8,
        ),
    ]


def _attempts() -> list[Panel]:
    refused = f'wool_dispatch_attempts_total{{{CHOSEN},outcome="refused"}}'
    return [
        lines(
            "Attempts by what came of them",
            "Each worker that was sent a task is an attempt. “refused”: full or draining, another "
            "is tried. “unreached”: the worker had gone, which is normal while some are replaced. "
            "“lost”: the task may have run.",
            Query(total(ATTEMPTS, "outcome"), "{{outcome}}"),
            unit="ops",
            width=8,
        ),
        lines(
            "Refusals by reason",
            "“max-tasks”, “max-memory”, “max-loop-lag”: workers are at their limits; add some. "
            "“backpressure” and “other” are what an admission hook says, “hook-” what it failed "
            "in. “draining”: the worker is being stopped. “too-large”: the arguments are.",
            Query(total(refused, "reason"), "{{reason}}"),
            unit="ops",
            width=8,
        ),
        lines(
            "Attempts per call",
            "1 where the first worker takes it. High: calls go from worker to worker, so most are "
            "full.",
            Query(f"{total(ATTEMPTS)} / {summed(rate(_every_call()))}", "attempts"),
            width=8,
        ),
        lines(
            "Waiting and under way",
            "Waiting rises while under way does not: the workers are full.",
            Query(
                summed(f'wool_tasks_active{{{CHOSEN},side="client"}}', "job"), "{{job}} under way"
            ),
            Query(
                summed(f'wool_tasks_waiting{{{CHOSEN},side="client"}}', "job"), "{{job}} waiting"
            ),
        ),
        lines(
            "Lateness of the callers' loops",
            "How late the event loop is on which calls are made. High: the application computes, "
            "or blocks, in async code; its calls wait meanwhile.",
            Query(
                f'max by (instance) (wool_loop_lag_seconds{{{CHOSEN},loop="home"}})',
                "{{instance}}",
            ),
            unit="s",
        ),
    ]


def _nested() -> list[Panel]:
    return [
        lines(
            "Nested calls by how they ended",
            "Calls that routines make on workers. “refused” here while the outer ones wait is a "
            "pool that waits for itself: give nested routines workers of their own.",
            Query(summed(f"{rate(CALLS)} and {IS_WORKER}", "outcome"), "{{outcome}}"),
            unit="ops",
            width=8,
        ),
        lines(
            "p95 of nested and of outer calls",
            "Nested ones slower than outer ones: workers wait for each other.",
            Query(quantile(0.95, TOTAL, only=f"and {IS_WORKER}"), "nested"),
            Query(quantile(0.95, TOTAL, only=f"unless {IS_WORKER}"), "outer"),
            unit="s",
            width=8,
            log=True,
        ),
        lines(
            "Nested calls by worker",
            "Calls that each worker makes. One alone: its routines call more, or it has more to "
            "do.",
            Query(summed(f"{rate(CALLS)} and {IS_WORKER}", "instance"), "{{instance}}"),
            unit="ops",
            width=8,
        ),
    ]


def _phase(part: str) -> str:
    return f'wool_dispatch_seconds_{part}{{{ROUTINES},phase!="total"}}'


def _outcome(outcome: str, operator: str = "=") -> str:
    return f'wool_dispatch_total{{{ROUTINES},outcome{operator}"{outcome}"}}'


def _every_call() -> str:
    return f"wool_dispatch_total{{{CHOSEN}}}"
