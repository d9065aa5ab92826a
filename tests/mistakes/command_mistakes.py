"""Get command lines wrong."""

from __future__ import annotations

from mistake import Area, wrong

WORKER = Area(
    title="wool-worker",
    mistakes=(
        wrong(
            "a flag that there is not",
            "$ wool-worker --tags gpu",
            "exit code 2",
            "unrecognized arguments: --tags gpu",
        ),
        wrong(
            "a port that is none",
            "$ wool-worker --port 70000",
            "exit code 2",
            "--port: must be a whole number from 0 to 65535, not '70000'",
        ),
        wrong(
            "a port that is none, in the environment",
            "$ WOOL_PORT=grpc wool-worker",
            "exit code 2",
            "WOOL_PORT: must be a whole number from 0 to 65535, not 'grpc'",
        ),
        wrong(
            "a network without certificates",
            "$ wool-worker --host 0.0.0.0",
            "exit code 2",
            "--host: anyone who reaches 0.0.0.0 could run code here",
            "give --cert, --key and --ca, or --insecure",
        ),
        wrong(
            "a network where strangers are answered",
            "$ wool-worker --host 0.0.0.0 --ca ours/ca.pem --cert ours/worker.pem --key ours/worker-key.pem --no-mutual",
            "exit code 2",
            "--no-mutual: anyone who reaches 0.0.0.0",
            "leave it out",
        ),
        wrong(
            "a certificate alone",
            "$ wool-worker --cert ours/worker.pem",
            "exit code 2",
            "--cert: needs --key, --ca too",
        ),
        wrong(
            "a key that is not there",
            "$ wool-worker --ca ours/ca.pem --cert ours/worker.pem --key worker-key.pem",
            "exit code 2",
            "--key: cannot read worker-key.pem: No such file or directory",
        ),
        wrong(
            "key and certificate swapped",
            "$ wool-worker --ca ours/ca.pem --cert ours/worker-key.pem --key ours/worker.pem",
            "exit code 2",
            "--key: ours/worker.pem holds no private key but a certificate: are two of them swapped?",
        ),
        wrong(
            "a name for no certificate",
            "$ wool-worker --identity wool-worker",
            "exit code 2",
            "--identity: needs --cert, --key and --ca",
        ),
        wrong(
            "a socket and a port",
            "$ wool-worker --socket wool.sock --port 50051",
            "exit code 2",
            "--port: has no meaning beside --socket",
        ),
        wrong(
            "a fact without a value",
            "$ wool-worker --extra zone",
            "exit code 2",
            "--extra: must look like KEY=VALUE, not 'zone'",
        ),
        wrong(
            "a size that is none",
            "$ wool-worker --max-value plenty",
            "exit code 2",
            "--max-value: must be a number of bytes such as 64MiB, not 'plenty'",
        ),
        wrong(
            "percent in place of a share",
            "$ wool-worker --max-memory 80",
            "exit code 2",
            "--max-memory: fraction must be above 0 and at most 1",
        ),
        wrong(
            "half a task",
            "$ wool-worker --max-tasks 1.5",
            "exit code 2",
            "--max-tasks: must be a whole number, not '1.5'",
        ),
        wrong(
            "a hook without its name",
            "$ wool-worker --backpressure hooks",
            "exit code 2",
            "--backpressure: must look like MODULE:HOOK, not 'hooks'",
        ),
        wrong(
            "a hook that is not there",
            "$ wool-worker --backpressure string:refuse",
            "exit code 2",
            "--backpressure: module string has no refuse",
        ),
        wrong(
            "a module that is not there",
            "$ wool-worker --preload torchy",
            "exit code 2",
            "--preload: cannot import torchy: ModuleNotFoundError",
        ),
        wrong(
            "a place to be announced at that there is not",
            "$ wool-worker --announce docker",
            "exit code 2",
            "--announce: must be lan, lan:NAMESPACE or local:NAMESPACE, not 'docker'",
        ),
        wrong(
            "announced where nobody reaches it",
            "$ wool-worker --announce lan",
            "exit code 2",
            "--announce: nobody on the network can reach 127.0.0.1",
            "give --host 0.0.0.0",
        ),
        wrong(
            "a time that is none",
            "$ wool-worker --grace soon",
            "exit code 2",
            "--grace: must be a number of seconds, 0 or more, or `inf`, not 'soon'",
        ),
        wrong(
            "a log level that there is not",
            "$ wool-worker --log-level loud",
            "exit code 2",
            "--log-level: must be one of",
            "'loud'",
        ),
        wrong(
            "an address that is not this machine's",
            "$ wool-worker --host 192.0.2.1 --insecure",
            "exit code 1",
            "cannot listen on 192.0.2.1:50051",
        ),
    ),
)

CERTS = Area(
    title="wool certs",
    mistakes=(
        wrong("no directory", "$ wool certs", "exit code 2", "Missing argument 'DIRECTORY'"),
        wrong(
            "certificates that are there",
            "$ wool certs ours",
            "exit code 1",
            "ours/worker.pem exists: --force makes it anew, --if-missing leaves it",
        ),
        wrong(
            "a file in place of a directory",
            "$ wool certs words.txt",
            "exit code 2",
            "'words.txt' is a file",
        ),
        wrong(
            "two wishes that exclude one another",
            "$ wool certs ours --force --if-missing",
            "exit code 2",
            "--force and --if-missing say opposite things",
        ),
        wrong(
            "valid for no day", "$ wool certs ours --days 0", "exit code 2", "--days", "1<=x<=3650"
        ),
        wrong(
            "a name with its port",
            "$ wool certs ours --name worker:50051",
            "exit code 2",
            "--name",
            "'worker:50051' is neither a DNS name nor an IP address",
        ),
        wrong(
            "a pair that would be the authority",
            "$ wool certs ours --pair ca",
            "exit code 2",
            "--pair",
            "'ca' would be taken for something else",
        ),
        wrong(
            "a command that there is not",
            "$ wool certificates",
            "exit code 2",
            "No such command 'certificates'",
        ),
    ),
)
