"""A fork's own caffe.proto, joined with ours, so that its files are read without loss.

`--proto FILE` sets C2T_PROTO, as does `proto = "FILE"` in a caffe2torch.toml beside a file that a
command names. caffe_pb2 reads it once, when it is first imported. Where both schemas have a field
or an enum value, the fork's number and type count; what only one of them has is kept. A number of
ours that the fork uses for another field moves out of the way, above 20000.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from caffe2torch import inputs
from caffe2torch.errors import ParseError

VARIABLE = "C2T_PROTO"
CONFIG = "caffe2torch.toml"
foreign: set[str] = set()
"""Fields that only the fork's schema gives an effect to: "ConvolutionParameter.sq" and the like."""
READ_ONLY = 12000
"""From this number on, our own schema reads a field without giving it an effect."""
OURS = "_OURS"
"""Behind the name of a value of ours that a fork gives to another enum of the same scope."""
FREE = 20000
"""Numbers from here on are of fields that a fork's own field has driven out."""


def take_option(args: Sequence[str]) -> list[str]:
    """Take --proto FILE out of a command line, wherever it stands, and set the environment.

    Without it, the caffe2torch.toml beside the first file that is named may say `proto`.
    Raises: ParseError without a file, or for one that cannot be read.
    """
    rest, path, words = [], "", iter(args)
    for word in words:
        option, equals, value = word.partition("=")
        if option != "--proto":
            rest.append(word)
            continue
        path = value if equals else next(words, "")
        if not path:
            raise ParseError("--proto names no file", hint="write --proto FORK/caffe.proto")
    path = path or ("" if os.environ.get(VARIABLE) else _configured(rest))
    if path:
        choose(path)
    return rest


def choose(path: str) -> None:
    """Let this program and those it starts read files by the schema in `path`.

    Raises: ParseError if the file is not there, or another schema is in use already.
    """
    if not Path(inputs.place(path)).is_file():
        what = "is no file" if os.path.lexists(path) else "does not exist"
        raise ParseError(f"{path} {what}", hint="name a fork's caffe.proto")
    full = str(Path(inputs.place(path)).resolve())
    if "caffe2torch.caffe_pb2" in sys.modules and os.environ.get(VARIABLE) != full:
        raise ParseError(
            f"{path} comes too late: the schema is in use already",
            hint=f"set {VARIABLE}={full} before caffe2torch is imported",
        )
    os.environ[VARIABLE] = full


def _configured(args: Sequence[str]) -> str:
    for word in args:
        path = Path(word).parent / CONFIG
        if Path(word).is_file() and path.is_file():
            proto = _toml(path).get("proto", "")
            return str(path.parent / str(proto)) if proto else ""
    return ""


def _toml(path: Path) -> dict[str, Any]:
    try:
        import tomllib
    except ModuleNotFoundError:  # Python 3.10
        import tomli as tomllib
    try:
        table: dict[str, Any] = tomllib.loads(inputs.read_text(path))
    except (OSError, ValueError, RecursionError) as error:
        raise ParseError(f"{path} is no TOML: {error}") from None
    return table


def joined(ours: bytes) -> bytes:
    """The serialized schema: ours, with that of C2T_PROTO over it if it is set.

    Raises: ParseError if protobuf's compiler is missing or refuses the file.
    """
    path = os.environ.get(VARIABLE, "")
    if not path:
        return ours
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

    schema = FileDescriptorProto.FromString(ours)
    theirs = compiled(Path(path))
    _rehome(theirs, f".{theirs.package}." if theirs.package else ".", f".{schema.package}.")
    _merge(schema, theirs)
    _settle(schema, schema.package)
    return schema.SerializeToString(deterministic=True)


def compiled(path: Path) -> Any:
    """The FileDescriptorProto of a .proto file. Raises: ParseError as joined does."""
    import subprocess
    import tempfile

    from google.protobuf.descriptor_pb2 import FileDescriptorSet

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        command = [
            sys.executable, "-m", "grpc_tools.protoc", f"-I{path.resolve().parent}",
            f"--descriptor_set_out={out}", str(path.resolve()),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode == 0:
            return FileDescriptorSet.FromString(out.read_bytes()).file[0]
    if "No module named" in done.stderr:
        raise ParseError(
            f"{path} cannot be compiled without protobuf's compiler",
            hint="pip install 'caffe2torch[proto]' (grpcio-tools)",
        )
    raise ParseError(f"{path} is no schema: {done.stderr.strip()}")


def _messages(scope: Any) -> Any:
    """The messages of a file, or those inside of a message."""
    return scope.message_type if hasattr(scope, "message_type") else scope.nested_type


def _rehome(scope: Any, package: str, ours: str) -> None:
    """Let types name our package, where the fork's file names another one or none."""
    for message in _messages(scope):
        for field in message.field:
            if field.type_name.startswith(package):
                field.type_name = ours + field.type_name[len(package) :]
        _rehome(message, package, ours)


def _settle(file: Any, package: str) -> None:
    """Mend what a joined schema may not have: equal JSON names, defaults that were renamed."""
    values: dict[str, set[str]] = {}
    fields: list[Any] = []

    def visit(scope: Any, name: str) -> None:
        for enum in scope.enum_type:
            values[f".{name}.{enum.name}"] = {value.name for value in enum.value}
        for message in _messages(scope):
            fields.extend(message.field)
            visit(message, f"{name}.{message.name}")

    visit(file, package)
    for field in fields:
        field.json_name = field.name  # forks have fields that differ in case or an underscore only
        there = values.get(field.type_name)
        if there and field.HasField("default_value") and field.default_value not in there:
            field.default_value += OURS


def _merge(ours: Any, theirs: Any) -> None:
    """Put the messages and enums of one file or message over those of another."""
    _merge_enums(ours.enum_type, theirs.enum_type)
    messages = _messages(ours)
    known = {message.name: message for message in messages}
    for message in _messages(theirs):
        if message.name not in known:
            messages.add().CopyFrom(message)
            continue
        mine = known[message.name]
        _merge(mine, message)
        _merge_fields(mine, message)


def _merge_fields(mine: Any, theirs: Any) -> None:
    named = {field.name: field for field in theirs.field}
    effective = {field.name for field in mine.field if field.number < READ_ONLY}
    foreign.update(f"{mine.name}.{name}" for name in named if name not in effective)
    numbers = {field.number for field in theirs.field}
    kept = [field for field in mine.field if field.name not in named]
    free = max([FREE, *(field.number + 1 for field in kept)])
    for field in kept:
        if field.number in numbers:
            field.number, free = free, free + 1
    fields = [*kept, *theirs.field]
    copies = [type(field).FromString(field.SerializeToString()) for field in fields]
    del mine.field[:]
    mine.field.extend(copies)
    del mine.extension_range[:]


def _merge_enums(mine: Any, theirs: Any) -> None:
    known = {enum.name: enum for enum in mine}
    owners = {value.name: enum.name for enum in theirs for value in enum.value}
    for enum in mine:  # a scope has each value once: the fork's keeps its name
        for value in enum.value:
            if owners.get(value.name, enum.name) != enum.name:
                value.name += OURS
    for enum in theirs:
        if enum.name not in known:
            mine.add().CopyFrom(enum)
            continue
        target = known[enum.name]
        named = {value.name for value in enum.value}
        numbers = {value.number for value in enum.value}
        kept = [(v.name, v.number) for v in target.value if v.name not in named]
        target.CopyFrom(enum)
        free = max([FREE, *(number + 1 for _, number in kept)])
        for name, number in kept:
            if number in numbers:
                number, free = free, free + 1
            target.value.add(name=name, number=number)
