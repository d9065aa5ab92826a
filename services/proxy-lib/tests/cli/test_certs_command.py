"""`wool certs` makes certificates that others accept."""

from __future__ import annotations

import json
import re
import shutil
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wool.cli.__main__ import main
from wool.cli.certificate_folder import CertificateFolder
from wool.cli.issuing import Authority, names_of
from wool_common.credentials import WorkerCredentials

FILES = ["ca-key.pem", "ca.pem", "client-key.pem", "client.pem", "worker-key.pem", "worker.pem"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(folder: str = "certs") -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in Path(folder).iterdir()}


def credentials(pair: str) -> WorkerCredentials:
    return WorkerCredentials.from_files(
        "certs/ca.pem", f"certs/{pair}-key.pem", f"certs/{pair}.pem", identity="wool-worker"
    )


def test_everything_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    """A directory is all that must be said; what comes out can be used as it is."""
    assert main(["certs", "certs"]) == 0

    assert sorted(contents()) == FILES
    for pair in ("worker", "client"):
        assert credentials(pair).name == "wool-worker"
        assert {"wool-worker", "localhost", "127.0.0.1", "::1"} <= set(
            names_of(contents()[f"{pair}.pem"])
        )
    assert capsys.readouterr().err == ""


def test_keys_are_their_owners_alone() -> None:
    """Nobody else may read a key; certificates are for everybody."""
    main(["certs", "certs"])

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in Path("certs").iterdir()}

    assert {modes[name] for name in FILES if "key" in name} == {0o600}
    assert {modes[name] for name in FILES if "key" not in name} == {0o644}


def test_next_steps_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """What is printed can be typed."""
    main(["certs", "some certs"])

    printed = capsys.readouterr().out
    assert (
        "  wool-worker --host 0.0.0.0 --ca 'some certs/ca.pem' --cert 'some certs/worker.pem'"
        " --key 'some certs/worker-key.pem' --identity wool-worker\n"
    ) in printed
    snippet = printed[printed.index("  credentials = ") :]
    assert compile(re.sub(r"^  ", "", snippet, flags=re.MULTILINE), "printed", "exec")
    assert 'key_path="some certs/client-key.pem"' in snippet


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
def test_openssl_accepts_them() -> None:
    """The certificates keep to the rules, also the strict ones."""
    main(["certs", "certs", "--name", "*.lab.example", "--name", "10.0.0.7"])

    for purpose in ("sslserver", "sslclient"):
        checked = subprocess.run(
            [
                *("openssl", "verify", "-x509_strict", "-purpose", purpose),
                *("-CAfile", "certs/ca.pem", "certs/worker.pem", "certs/client.pem"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )

        assert checked.stdout == "certs/worker.pem: OK\ncerts/client.pem: OK\n", checked.stderr
    for names in ("-verify_hostname gpu.lab.example", "-verify_ip 10.0.0.7"):
        command = f"openssl verify {names} -CAfile certs/ca.pem certs/worker.pem"
        subprocess.run(command.split(), capture_output=True, check=True)


def test_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Programs are told what there is, and what is new."""
    main(["certs", "certs", "--pair", "gpu", "--name", "gpu.lan", "--days", "7", "--json"])

    told = json.loads(capsys.readouterr().out)
    gpu = told["pairs"]["gpu"]
    assert (told["identity"], told["authority"]["made"]) == ("wool-worker", True)
    assert (gpu["certificate"], gpu["key"]) == ("certs/gpu.pem", "certs/gpu-key.pem")
    assert "gpu.lan" in gpu["names"]
    left = datetime.fromisoformat(gpu["expires"]) - datetime.now(UTC)
    assert timedelta(days=6) < left < timedelta(days=7)


def test_nothing_is_replaced_unasked(capsys: pytest.CaptureFixture[str]) -> None:
    """What is there stays there, and nothing else is made either."""
    main(["certs", "certs", "--pair", "one"])
    before = contents()
    capsys.readouterr()

    assert main(["certs", "certs", "--pair", "two", "--pair", "one"]) == 1

    assert contents() == before
    assert capsys.readouterr().err == (
        "wool: certs/one.pem exists: --force makes it anew, --if-missing leaves it, --pair NAME"
        " makes another one\n"
    )


def test_another_pair_has_the_same_authority() -> None:
    """A second machine joins the first."""
    main(["certs", "certs"])
    before = contents()

    assert main(["certs", "certs", "--pair", "gpu"]) == 0

    after = contents()
    assert {name: after[name] for name in before} == before
    assert credentials("gpu").ca_cert == before["ca.pem"]


def test_force_rotates() -> None:
    """New certificates come from the authority that is trusted already."""
    main(["certs", "certs"])
    before = contents()

    assert main(["certs", "certs", "--force"]) == 0

    after = contents()
    same = {name for name in FILES if before[name] == after[name]}
    assert same == {"ca.pem", "ca-key.pem"}


def test_if_missing_may_be_said_again_and_again(capsys: pytest.CaptureFixture[str]) -> None:
    """The second time nothing is done, and what is there is told."""
    for _ in range(2):
        assert main(["certs", "certs", "--if-missing"]) == 0
    before = contents()
    capsys.readouterr()
    assert main(["certs", "certs", "--if-missing"]) == 0

    assert contents() == before
    assert capsys.readouterr().out.startswith("kept  certs/ca.pem ")


def test_if_missing_makes_up_for_what_is_missing_or_no_good() -> None:
    """Half a pair, a certificate of another authority or an expired one count as missing."""
    main(["certs", "certs"])
    main(["certs", "other"])
    Path("certs/worker-key.pem").unlink()
    Path("other/client.pem").replace("certs/client.pem")
    folder = CertificateFolder(Path("certs"))
    authority = Authority.made()
    old = authority.issue("old", ["old"], 1, now=datetime(2020, 1, 1, tzinfo=UTC))
    folder.certificate("old").write_bytes(old.certificate)
    folder.key("old").write_bytes(old.key)

    arguments = ["--pair", "worker", "--pair", "client", "--pair", "old", "--if-missing"]
    assert main(["certs", "certs", *arguments]) == 0

    for pair in ("worker", "client", "old"):
        assert credentials(pair)


def test_expired_authority_is_replaced_with_all_it_issued(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nobody would accept what goes back to it."""
    main(["certs", "certs"])
    old = Authority.made(datetime(2010, 1, 1, tzinfo=UTC))
    Path("certs/ca.pem").write_bytes(old.pair.certificate)
    Path("certs/ca-key.pem").write_bytes(old.pair.key)

    assert main(["certs", "certs", "--pair", "more"]) == 1
    assert "certs/ca.pem has expired on 2019-12-30" in capsys.readouterr().err
    assert main(["certs", "certs", "--if-missing"]) == 0
    assert credentials("worker")


def test_authority_without_its_key_issues_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """The key may be kept elsewhere; what has been made is still told."""
    main(["certs", "certs"])
    Path("certs/ca-key.pem").unlink()
    capsys.readouterr()

    assert main(["certs", "certs", "--if-missing"]) == 0
    assert main(["certs", "certs", "--pair", "more"]) == 1
    assert capsys.readouterr().err == (
        "wool: certs/ca-key.pem is not there, and without it nothing can be issued\n"
    )


WRONG = [
    ((), 2, "wool certs: Missing argument 'DIRECTORY'."),
    (("certs", "--pair", "a/b"), 2, "'a/b' is no plain name of a file"),
    (("certs", "--pair", "ca"), 2, "'ca' would be taken for something else"),
    (("certs", "--pair", "ca-key"), 2, "'ca-key' would be taken for something else"),
    (("certs", "--name", "two words"), 2, "'two words' is neither a DNS name nor an IP address"),
    (("certs", "--name", ""), 2, "'' is neither a DNS name nor an IP address"),
    (("certs", "--days", "0"), 2, "0 is not in the range 1<=x<=3650"),
    (("certs", "--force", "--if-missing"), 2, "--force and --if-missing say opposite things"),
    (("file",), 2, "Directory 'file' is a file"),
]


@pytest.mark.parametrize(("arguments", "code", "words"), WRONG)
def test_wrong_words_are_told_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, words: str
) -> None:
    """The line says what was wrong, and nothing was made."""
    Path("file").touch()

    assert main(["certs", *arguments]) == code

    told = capsys.readouterr()
    assert told.out == ""
    assert words in told.err
    assert told.err.count("\n") == 1
    assert not Path("certs").exists()


def test_foreign_authority_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A key that is not the authority's issues nothing."""
    main(["certs", "certs"])
    main(["certs", "other"])
    Path("other/ca-key.pem").replace("certs/ca-key.pem")
    capsys.readouterr()

    assert main(["certs", "certs", "--pair", "more"]) == 1
    assert "the authority's key is not that of its certificate" in capsys.readouterr().err
