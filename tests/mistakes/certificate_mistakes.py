"""Get certificates, and the files they are in, wrong."""

from __future__ import annotations

from mistake import Area, wrong

CERTIFICATES = Area(
    title="Certificates",
    words="""\
`wool certs ours` and `wool certs theirs` were said in the current directory. Beside what
they made, `old.pem` is a certificate of ours that expired, with the key `old-key.pem`,
`locked-key.pem` is a key with a passphrase, `half.pem` is the first half of a certificate,
and `words.txt` holds a few words.""",
    given="""\
OURS = ("ours/ca.pem", "ours/worker-key.pem", "ours/worker.pem")
from_files = wool.WorkerCredentials.from_files
""",
    mistakes=(
        wrong(
            "a file that is not there",
            'from_files("ca.pem", *OURS[1:])',
            "FileNotFoundError",
            "ca_path cannot be read: No such file or directory",
            "'ca.pem'",
        ),
        wrong(
            "a directory",
            'from_files("ours", *OURS[1:])',
            "IsADirectoryError",
            "ca_path cannot be read: Is a directory",
            "'ours'",
        ),
        wrong(
            "what is no path",
            "from_files(3, *OURS[1:])",
            "TypeError",
            "ca_path must be a path, not 3",
        ),
        wrong(
            "key and certificate swapped",
            "from_files(OURS[0], OURS[2], OURS[1])",
            "ValueError",
            "key_path: ours/worker.pem holds no private key but a certificate: are two of them swapped?",
        ),
        wrong(
            "words in place of a certificate",
            'from_files("words.txt", *OURS[1:])',
            "ValueError",
            "ca_path: words.txt holds no certificate in PEM form",
        ),
        wrong(
            "a certificate that is cut off",
            'from_files(*OURS[:2], "half.pem")',
            "ValueError",
            "cert_path: half.pem holds",
        ),
        wrong(
            "the key of another certificate",
            'from_files(OURS[0], "theirs/worker-key.pem", OURS[2])',
            "ValueError",
            "key_path: theirs/worker-key.pem holds a key that",
            "ours/worker.pem",
        ),
        wrong(
            "a key with a passphrase",
            'from_files(OURS[0], "locked-key.pem", OURS[2])',
            "ValueError",
            "key_path: locked-key.pem holds a key that is protected by a passphrase",
            "openssl pkey -in KEY -out PLAIN",
        ),
        wrong(
            "an expired certificate",
            'from_files(OURS[0], "old-key.pem", "old.pem")',
            "ValueError",
            "cert_path: old.pem holds a certificate that has expired on",
        ),
        wrong(
            "a word for no",
            'from_files(*OURS, mutual="no")',
            "TypeError",
            "mutual must be True or False, not 'no'",
        ),
        wrong(
            "an address for a name",
            'from_files(*OURS, identity="worker:50051")',
            "ValueError",
            "identity must be a name as it stands in certificates, not 'worker:50051'",
        ),
        wrong(
            "a name that is no text",
            "from_files(*OURS, identity=7)",
            "TypeError",
            "identity must be a name in certificates, not 7",
        ),
        wrong(
            "paths in place of what is in them",
            "wool.WorkerCredentials(*OURS)",
            "TypeError",
            "ca_cert must be bytes in PEM form, not str",
        ),
        wrong(
            "what makes credentials makes something else",
            "wool.WorkerCredentialsProvider(lambda: OURS)",
            "TypeError",
            "factory must return WorkerCredentials, and at once, not tuple",
        ),
        wrong(
            "credentials in place of what makes them",
            "wool.WorkerCredentialsProvider(from_files(*OURS))",
            "TypeError",
            "factory must be callable, not WorkerCredentials",
        ),
        wrong(
            "fresh for less than no time",
            "wool.WorkerCredentialsProvider(lambda: from_files(*OURS), fresh_for=-1)",
            "ValueError",
            "fresh_for must be a number of seconds, 0 or more, not -1",
        ),
        wrong(
            "a provider of files that are not there",
            'wool.WorkerCredentialsProvider.from_files("ca.pem", *OURS[1:])',
            "FileNotFoundError",
            "ca_path cannot be read",
            "'ca.pem'",
        ),
    ),
)
