"""Get the arguments of workers wrong."""

from __future__ import annotations

from mistake import Area, wrong
from settings import taken_port

WORKERS = Area(
    title="Local workers",
    words="`taken` is a port on which another program listens.",
    setting=taken_port,
    mistakes=(
        wrong(
            "a tag that is no text",
            "wool.LocalWorker(1)",
            "TypeError",
            "a tag must be a string, not int: 1",
        ),
        wrong(
            "a tag that is blank", 'wool.LocalWorker(" ")', "ValueError", "a tag must not be empty"
        ),
        wrong(
            "tags by name",
            'wool.LocalWorker(tags=["gpu"])',
            "TypeError",
            "tags must be a string, not list: ['gpu']",
            "it is no argument of LocalWorker",
            "a fact that clients are told",
        ),
        wrong(
            "a fact that is no text",
            "wool.LocalWorker(cores=4)",
            "TypeError",
            "cores must be a string, not int: 4",
            "a fact that clients are told",
        ),
        wrong(
            "an identity outside of the credentials",
            'wool.LocalWorker(identity="worker")',
            "TypeError",
            "identity is no argument of LocalWorker",
            "it belongs to the credentials",
        ),
        wrong(
            "a host that is no text",
            "wool.LocalWorker(host=127)",
            "TypeError",
            "host must be a string, not int: 127",
        ),
        wrong(
            "a port without a host",
            "wool.LocalWorker(port=50051)",
            "ValueError",
            "port needs host: without one, the worker listens on a Unix socket",
        ),
        wrong(
            "a port that is none",
            'wool.LocalWorker(host="127.0.0.1", port=70000)',
            "ValueError",
            "port must be from 0 to 65535, not 70000",
        ),
        wrong(
            "a port as a text",
            'wool.LocalWorker(host="127.0.0.1", port="50051")',
            "TypeError",
            "port must be a number, not '50051'",
        ),
        wrong(
            "a network without credentials",
            'wool.LocalWorker(host="0.0.0.0")',
            "InsecureWorkerWarning",
            "anyone who reaches 0.0.0.0 can run code in this worker",
            "give credentials",
            "leave host out",
        ),
        wrong(
            "a network where strangers are answered",
            'wool.LocalWorker(host="0.0.0.0", credentials=from_files(*OURS, mutual=False))',
            "InsecureWorkerWarning",
            "mutual=True",
        ),
        wrong(
            "credentials that are none",
            "wool.LocalWorker(credentials=OURS)",
            "TypeError",
            "credentials must be WorkerCredentials or a WorkerCredentialsProvider, not tuple",
        ),
        wrong(
            "a hook that cannot be called",
            "wool.LocalWorker(backpressure=4)",
            "TypeError",
            "backpressure must be callable, not 4",
        ),
        wrong(
            "a hook that cannot be pickled",
            "import threading\nlock = threading.Lock()\nasync with wool.LocalWorker(backpressure=lambda context: lock.locked()): pass",
            "SerializationError",
            "backpressure cannot be pickled",
            "lock",
        ),
        wrong(
            "less than no grace",
            "wool.LocalWorker(shutdown_grace_period=-1)",
            "ValueError",
            "shutdown_grace_period must not be negative, not -1",
        ),
        wrong(
            "grace as a text",
            'wool.LocalWorker(shutdown_grace_period="10")',
            "TypeError",
            "shutdown_grace_period is a number of seconds, not '10'",
        ),
        wrong(
            "options as a mapping",
            'wool.LocalWorker(options={"max_ping_strikes": 2})',
            "TypeError",
            "options must be WorkerOptions, not {",
        ),
        wrong(
            "started again",
            "async with wool.LocalWorker() as worker: await worker.start()",
            "RuntimeError",
            "a worker is used once",
        ),
        wrong(
            "stopped before it was started",
            "await wool.LocalWorker().stop()",
            "RuntimeError",
            "this worker was not started",
        ),
        wrong(
            "no time to start",
            "await wool.LocalWorker().start(timeout=0)",
            "ValueError",
            "timeout must be positive, not 0",
        ),
        wrong(
            "too little time to start",
            "await wool.LocalWorker().start(timeout=0.001)",
            "WorkerStartError",
            "the worker was not ready within 0.001 s",
        ),
        wrong(
            "a port that is taken",
            'async with wool.LocalWorker(host="127.0.0.1", port=taken): pass',
            "WorkerStartError",
            "cannot listen on 127.0.0.1:PORT",
        ),
        wrong(
            "a host that is not this machine's",
            'async with wool.LocalWorker(host="192.0.2.1", credentials=from_files(*OURS)): pass',
            "WorkerStartError",
            "cannot listen on 192.0.2.1:0",
        ),
        wrong(
            "a log level that there is not",
            'import os\nos.environ["WOOL_LOG_LEVEL"] = "loud"\nasync with wool.LocalWorker(): pass',
            "WorkerStartError",
            "WOOL_LOG_LEVEL must be one of",
            "'loud'",
        ),
        wrong(
            "pings that the server does not tolerate",
            "wool.WorkerOptions(channel=wool.ChannelOptions(keepalive_time_ms=1000), http2_min_recv_ping_interval_without_data_ms=5000)",
            "ValueError",
            "keepalive_time_ms (1000) must be at least http2_min_recv_ping_interval_without_data_ms (5000)",
        ),
        wrong(
            "messages of no length",
            "wool.ChannelOptions(max_receive_message_length=0)",
            "ValueError",
            "max_receive_message_length must be positive, not 0",
        ),
    ),
)
