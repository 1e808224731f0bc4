"""Sets Caffe's messages from text or binary files, and says where a value does not fit.

The values follow google.protobuf.text_format: a message that is read here equals what protobuf
itself reads from the same text (a test compares them on the whole corpus).
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from google.protobuf import text_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError, Message

from caffe2torch import caffe_pb2 as pb
from caffe2torch import inputs
from caffe2torch.atomic import replacing
from caffe2torch.errors import C2TError, ParseError, SchemaError, Span, nearest
from caffe2torch.format import strings, text
from caffe2torch.format.values import CONVERTERS, enum_converter

PROTOBUF_LIMIT = 2**31 - 1
WHOLE_FILES = ("NetParameter", "SolverParameter")
UNREPRODUCED = 12000
"""From this number on, a field or enum value is of proto/forks.proto: read, without effect here."""

V1_TYPE = "caffe.V1LayerParameter.type"
FORKS_FIELD = (
    "a fork's field is read with --proto FORK/caffe.proto; `c2t convert --stubs` writes the rest "
    "of the net"
)


class SeveralSchemaError(SchemaError):
    """Several fields at fault in one file: acts as the first of them, prints all."""

    def __init__(self, errors: Sequence[C2TError]) -> None:
        first = errors[0]
        super().__init__(first.message, span=first.span, hint=first.hint)
        self.errors = list(errors)

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)


@dataclass
class Parsed:
    """A message and where it was read; `document` is None for a binary file.

    unknown: what was left out of the message, where a file was read leniently
    """

    message: Any
    file: str
    document: text.Document | None = None
    unknown: list[SchemaError] = dataclasses.field(default_factory=list)


def read(path: str | os.PathLike[str], type_name: str, lenient: bool = False) -> Parsed:
    """Read a message of Caffe's schema from a file, text or binary by its content.

    lenient: leave out fields and enum values that the messages inside do not have, and list them
             in `unknown`.

    Raises: ParseError if the file cannot be read or is neither; SchemaError for what does not
    fit the message.
    """
    file = os.fspath(path)
    try:
        data = inputs.read(file)
    except OSError as error:
        raise ParseError(f"{file} cannot be read: {error.strerror}") from None
    if is_text(data):
        return parse_message(decode(data, file), type_name, file, lenient)
    return Parsed(parse_binary(data, type_name, file), file)


def is_text(data: bytes) -> bool:
    """Say whether the bytes are text: no control characters but white space.

    A binary message has some at its start or end: the tags of Caffe's fields and short lengths
    are such bytes. The floats between them may all look like letters.
    """
    ends = data[: 1 << 16] + data[-(1 << 12) :]
    return ends.translate(None, _CONTROL) == ends and not data.startswith(_UTF16)


_CONTROL = bytes(set(range(32)) - set(b"\t\n\v\f\r") | {127})
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_OTHER_FORMATS = {
    b"\x89HDF": "an HDF5 file",
    b"PK\x03\x04": "a zip archive (a PyTorch checkpoint is one)",
    b"\x1f\x8b": "compressed with gzip",
    b"\x80\x02": "a Python pickle",
    b"\x93NUMPY": "a NumPy array",
    _UTF16[0]: "UTF-16 text",
    _UTF16[1]: "UTF-16 text",
}
_NOT_PROTOTXT = {
    "version https://git-lfs": "a Git LFS pointer: the file itself was not fetched",
    "<!DOCTYPE": "a web page",
    "<html": "a web page",
}


def other_format(data: bytes) -> str:
    """Say what a file is that begins with these bytes, if it is a known format but not Caffe's."""
    for magic, what in _OTHER_FORMATS.items():
        if data.startswith(magic):
            return what
    head = data[:200].decode("utf-8", "replace").lstrip().lower()
    for start, what in _NOT_PROTOTXT.items():
        if head.startswith(start.lower()):
            return what
    return ""


def decode(data: bytes, file: str) -> str:
    """Return the text of a file; bytes that are not UTF-8 survive for writing it back.

    Raises: ParseError if it is another kind of text.
    """
    what = other_format(data)
    if what:
        raise ParseError(f"{file} is not prototxt but {what}")
    return data.decode("utf-8", "surrogateescape")


def parse_binary(data: bytes, type_name: str, file: str) -> Any:
    """Return the message that binary data holds.

    Raises: ParseError if it holds none, or is larger than protobuf takes.
    """
    if len(data) > PROTOBUF_LIMIT:
        raise ParseError(
            f"{file} has {len(data)} bytes, protobuf reads at most {PROTOBUF_LIMIT}",
            hint="weights of any size can be read with caffe2torch.read_weights",
        )
    message = message_class(type_name)()
    what = other_format(data)
    try:
        message.ParseFromString(b"" if what else strings.from_wire(data, message.DESCRIPTOR))
    except DecodeError:
        what = "damaged, cut short, or another kind of file"
    if what:
        raise ParseError(f"{file} is not a binary {type_name}: it is {what}")
    if data and not message.ListFields():
        raise ParseError(f"{file} holds no field of {type_name}: it is another kind of file")
    return message


def parse_message(source: str, type_name: str, file: str, lenient: bool = False) -> Parsed:
    """Read a message from prototxt; `lenient` as in read.

    Raises: ParseError if the text is not prototxt; SeveralSchemaError for all fields at fault.
    """
    document = text.parse(source, file)
    message = message_class(type_name)()
    setter = _Setter(document)
    setter.set_block(message, document.root)
    setter.check_required(message)
    if setter.errors or (setter.unknown and not lenient):
        errors = [*setter.errors, *setter.unknown]
        errors.sort(key=lambda error: error.span.start if error.span else 0)
        if not (setter.errors or errors[-1].hint) and "not a field" in errors[-1].message:
            errors[-1].hint = FORKS_FIELD
        raise SeveralSchemaError(errors)
    return Parsed(message, file, document, setter.unknown)


def message_class(type_name: str) -> type[Any]:
    """Return the class of a message by its name without package, such as "NetParameter"."""
    message: type[Any] = getattr(pb, type_name)
    return message


def write_text(message: Message, path: str | os.PathLike[str]) -> None:
    """Write a message as prototxt that Caffe reads, in place of what `path` holds.

    Raises: C2TError if the file cannot be written.
    """
    _write(to_text(message).encode("utf-8"), path)


def write_binary(message: Message, path: str | os.PathLike[str]) -> None:
    """Write a message in protobuf's binary format, in place of what `path` holds.

    Raises: C2TError if the file cannot be written or the message is over 2 GB.
    """
    try:
        data = serialized(message)
    except (ValueError, DecodeError) as error:
        raise C2TError(f"{os.fspath(path)} cannot be written: {error}") from None
    _write(data, path)


def to_text(message: Message) -> str:
    """Return a message as prototxt; floats are the shortest that read back the same."""
    return strings.octal(text_format.MessageToString(message, as_utf8=True))


def serialized(message: Message) -> bytes:
    """Return a message in protobuf's binary format, its strings as they were in their file."""
    return strings.to_wire(message.SerializeToString(deterministic=True), message.DESCRIPTOR)


def _write(data: bytes, path: str | os.PathLike[str]) -> None:
    try:
        with replacing(path) as aside:
            aside.write_bytes(data)
    except OSError as error:
        raise C2TError(f"{os.fspath(path)} cannot be written: {error.strerror}") from None


@dataclass(frozen=True, slots=True)
class _Entry:
    """What setting one field needs, looked up once for a message type."""

    descriptor: FieldDescriptor
    name: str
    repeated: bool
    convert: Callable[[str], Any] | None
    kind: str


@cache
def _entries(descriptor: Descriptor) -> dict[str, _Entry]:
    return {f.name: _entry(f) for f in descriptor.fields}


def _entry(field: FieldDescriptor) -> _Entry:
    convert, kind = CONVERTERS.get(field.type, (None, "a message"))
    if field.enum_type is not None:
        convert = enum_converter(field, field.enum_type)
    return _Entry(field, field.name, is_repeated(field), convert, kind)


def is_repeated(field: FieldDescriptor) -> bool:
    """Say whether a field may stand several times, whatever the protobuf version."""
    # protobuf 7 has no `label` any more, protobuf 5 no `is_repeated`
    repeated = getattr(field, "is_repeated", None)
    return bool(getattr(field, "label", 0) == 3 if repeated is None else repeated)


class _Setter:
    """Sets a message from a block and collects what does not fit."""

    def __init__(self, document: text.Document) -> None:
        self.document = document
        self.errors: list[SchemaError] = []
        self.unknown: list[SchemaError] = []

    def set_block(self, message: Any, block: text.Block) -> None:
        """Set all fields of a block; recursion is as deep as the schema, not as the text."""
        entries = _entries(message.DESCRIPTOR)
        first: dict[str, text.Field] = {}
        for field in block.fields:
            entry = entries.get(field.name)
            if entry is None:
                self._unknown(message.DESCRIPTOR, field)
                continue
            if field.brackets and not entry.repeated:  # as Intel's kernel_size, TSN's device_id
                entry = entries.get(f"{field.name}_3d", entry)
                entry = entries.get(f"{field.name}_list", entry)
            earlier = first.setdefault(field.name, field)
            if earlier is not field:  # again, as resize_param of a YOLO fork
                entry = entries.get(f"more_{field.name}", entry)
            if not entry.repeated and (earlier is not field or field.brackets):
                self._repeated(message.DESCRIPTOR, field, earlier)
            elif isinstance(field.value, text.Block):
                self._set_message(message, entry, field, field.value)
            else:
                self._set_scalar(message, entry, field, field.value)

    def _set_message(
        self, message: Any, entry: _Entry, field: text.Field, block: text.Block
    ) -> None:
        if entry.convert is not None:
            span = self.document.span_at(block.open, block.open + 1)
            owner = message.DESCRIPTOR.name
            self._add(f'"{entry.name}" of {owner} is {entry.kind}, not a message', span)
            return
        inner = getattr(message, entry.name)
        if entry.repeated:
            inner = inner.add()
        else:
            inner.SetInParent()
        self.set_block(inner, block)

    def _set_scalar(
        self, message: Any, entry: _Entry, field: text.Field, value: text.Scalar
    ) -> None:
        if value.raw == "[]":
            return
        if entry.convert is None:
            name = entry.name
            hint = f"write {name} {{ ... }}"
            self._add(f'"{name}" is a message, not {value.raw}', self.document.span(value), hint)
            return
        try:
            converted = entry.convert(value.raw)
        except (ValueError, UnicodeError) as error:
            self._bad_value(entry, value, error)
            return
        if entry.repeated:
            getattr(message, entry.name).append(converted)
        else:
            setattr(message, entry.name, converted)

    def _bad_value(self, entry: _Entry, value: text.Scalar, error: Exception) -> None:
        span = self.document.span(value)
        enum = entry.descriptor.enum_type
        if enum is not None:
            names = [v.name for v in enum.values if v.number < UNREPRODUCED]
            close = _did_you_mean(value.raw, names)
            if entry.descriptor.full_name == V1_TYPE and not close:
                return  # a fork's type: the upgrade names it as the text does
            hint = f"{close + ' ' if close else ''}it is one of {', '.join(names)}"
            what = f'{value.raw} is not a value of "{entry.name}"'
            self.unknown.append(SchemaError(what, span=span, hint=hint))
            return
        if value.raw[0] in "$@":
            what = f'"{entry.name}" is left open: {value.raw} stands for {entry.kind}'
            hint = "it is a template: write a value there"
            self.unknown.append(SchemaError(what, span=span, hint=hint))
            return
        reason = str(error) if "outside" in str(error) or "backslash" in str(error) else ""
        what = f"{value.raw} ({reason})" if reason else value.raw
        wrong = f'"{entry.name}" takes {entry.kind}, not {what}'
        if value.raw.isidentifier() and entry.kind != "a quoted string":  # of a template: cls3x
            self.unknown.append(SchemaError(wrong, span=span))
            return
        self._add(wrong, span)

    def _repeated(self, owner: Descriptor, field: text.Field, earlier: text.Field) -> None:
        span = self.document.span(field)
        if field.brackets and field.brackets == earlier.brackets and field is not earlier:
            return  # said once, for the first element of the list
        if field is earlier:
            message = f'"{field.name}" of {owner.name} takes one value, not a list'
            self._add(message, span, "keep one of them")
            return
        line = self.document.span(earlier).line
        message = f'"{field.name}" of {owner.name} is given twice, first in line {line}'
        self._add(message, span, "keep one of them")

    def _unknown(self, owner: Descriptor, field: text.Field) -> None:
        message = f'"{field.name}" is not a field of {owner.name}'
        span = self.document.span_at(field.start, field.end)
        many = len(self.errors) + len(self.unknown) >= SUGGESTED
        hint = None if many else suggestion(owner, field.name)
        error = SchemaError(message, span=span, hint=hint)
        broken = owner.name in WHOLE_FILES or _is_misspelt(owner, field.name)
        (self.errors if broken else self.unknown).append(error)

    def check_required(self, message: Any) -> None:
        """Refuse required fields that are missing, such as both bounds of clip_param."""
        for path in message.FindInitializationErrors():
            *outer, name = path.split(".")
            block = _block_at(self.document.root, outer)
            span = self.document.span(block) if block.end else self.document.span_at(0)
            self._add(f'"{name}" is missing in {".".join(outer) or "the file"}', span)

    def _add(self, message: str, span: Span, hint: str | None = None) -> None:
        self.errors.append(SchemaError(message, span=span, hint=hint))


def _block_at(block: text.Block, path: list[str]) -> text.Block:
    """Follow a path such as ["layer[1]", "clip_param"] as far as the blocks go."""
    for part in path:
        name, _, index = part.rstrip("]").partition("[")
        field = block.find(name, int(index or 0))
        if field is None or not isinstance(field.value, text.Block):
            break
        block = field.value
    return block


@cache
def _plain_fields(owner: Descriptor) -> list[str]:
    return [f.name for f in owner.fields if not f.name.endswith("_param")]


def _is_misspelt(owner: Descriptor, name: str) -> bool:
    """Whether a field is one of a layer's own (name, type, top, ...) with a letter wrong."""
    if not owner.name.endswith("LayerParameter") or name.endswith("_param"):
        return False
    plain = _plain_fields(owner)
    # One letter wrong leaves the first or the last as it was; a net can have 60,000 such fields.
    near = [known for known in plain if known[0] == name[0] or known[-1] == name[-1]]
    near = [known for known in near if abs(len(known) - len(name)) <= 2]
    if not near:
        return False
    from difflib import get_close_matches

    return bool(get_close_matches(name, near, 1, 0.85))


SUGGESTED = 100
"""For so many unknown fields of a file it is looked up what was meant; nobody reads more."""


def suggestion(owner: Descriptor, name: str) -> str | None:
    """Say what may have been meant by a field that a message does not have."""
    close = _did_you_mean(name, [f.name for f in owner.fields if f.number < UNREPRODUCED])
    if close:
        return close
    inside = [f.name for f in owner.fields if f.message_type and name in _entries(f.message_type)]
    if len(inside) == 1:
        return f"{name} is a field of {inside[0]}: write {inside[0]} {{ {name}: ... }}"
    if 1 < len(inside) <= 4:
        return f"{name} is a field of {', '.join(inside)}"
    return None


def _did_you_mean(name: str, names: list[str]) -> str | None:
    # what most names end in says nothing about how near they are
    folded = {known.lower().removesuffix("_param"): known for known in names}
    close = nearest(name.lower().removesuffix("_param"), folded)
    return f'did you mean "{folded[close[0]]}"?' if close else None
