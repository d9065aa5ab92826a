"""
Generate the Python package `wool_protocol` from the schemas in `proto/`.

A plugin for buf, run by `task proto`. The schemas live under `wool/`; in Python they must not, or two distributions
would own the package `wool`. So the descriptors' paths are moved to `wool_protocol/` before protoc sees them; the names
on the wire, `wool.worker.v1.*`, stay as they are.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest, CodeGeneratorResponse
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_typing import typing_of

SCHEMA_ROOT = "wool/"
PYTHON_ROOT = "wool_protocol/"
DOCSTRING = '"""Generated from `proto/` by `task proto`; not to be edited."""\n'


def moved(path: str) -> str:
    """Return where Python looks for the schema at *path*."""
    if path.startswith(SCHEMA_ROOT):
        return PYTHON_ROOT + path.removeprefix(SCHEMA_ROOT)
    return path


def move(file: FileDescriptorProto) -> None:
    """Rename *file* and what it imports."""
    file.name = moved(file.name)
    file.dependency[:] = [moved(path) for path in file.dependency]


def run_protoc(files: Iterable[FileDescriptorProto], wanted: Sequence[str], out: Path) -> None:
    """Write messages, their types and the services' stubs below *out*."""
    descriptors = out / "descriptors.binpb"
    descriptors.write_bytes(FileDescriptorSet(file=files).SerializeToString())
    options = [f"--{kind}_out={out}" for kind in ("python", "pyi", "grpc_python")]
    protoc = [sys.executable, "-m", "grpc_tools.protoc", f"--descriptor_set_in={descriptors}"]
    # buf reads the answer from stdout; nothing else may get there.
    subprocess.run([*protoc, *options, *wanted], stdout=sys.stderr, check=True)
    descriptors.unlink()


def finish(files: Iterable[FileDescriptorProto], wanted: Sequence[str], out: Path) -> None:
    """Drop the stubs of files without a service, type the others, and mark the packages."""
    for file in files:
        if file.name not in wanted:
            continue
        stub = out / file.name.replace(".proto", "_pb2_grpc.py")
        if file.service:
            stub.with_suffix(".pyi").write_text(typing_of(file, files))
        else:
            stub.unlink()
    for folder in [path for path in out.rglob("*") if path.is_dir()]:
        (folder / "__init__.py").write_text(DOCSTRING)
    (out / PYTHON_ROOT / "py.typed").touch()


def generate(request: CodeGeneratorRequest) -> CodeGeneratorResponse:
    """Answer *request* with every file of the package, named from its root."""
    for file in request.proto_file:
        move(file)
    wanted = [moved(path) for path in request.file_to_generate]
    response = CodeGeneratorResponse(
        supported_features=CodeGeneratorResponse.FEATURE_PROTO3_OPTIONAL
    )
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        run_protoc(request.proto_file, wanted, out)
        finish(request.proto_file, wanted, out)
        for path in sorted(path for path in out.rglob("*") if path.is_file()):
            name = PurePosixPath(path.relative_to(out)).relative_to(PYTHON_ROOT)
            response.file.add(name=str(name), content=path.read_text())
    return response


if __name__ == "__main__":
    asked = CodeGeneratorRequest.FromString(sys.stdin.buffer.read())
    sys.stdout.buffer.write(generate(asked).SerializeToString())
