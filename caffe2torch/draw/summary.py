"""The parameters of a layer in a few words, in Caffe's names; any type, known or not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from caffe2torch import caffe_pb2 as pb
from caffe2torch import layers
from caffe2torch.draw.lettering import label
from caffe2torch.format.schema import is_repeated
from caffe2torch.layers.code import number

WINDOW = {"kernel_size": "kernel", "pad": "pad", "stride": "stride", "dilation": "dilation"}
AXES = ("d", "h", "w")
QUIET = {"pad": (0,), "stride": (1,), "dilation": (1,)}  # what needs no word
PATHS = ("source", "root_folder", "mean_file", "module")
NOT_SHOWN = {"engine", "bias_term", "rand_skip", "prefetch", "axis", "use_global_stats"}
MOST = 6


def type_text(param: pb.LayerParameter) -> str:
    """Return the type, with the mode of those that have one, as Caffe draws it: Pooling MAX."""
    words = [label(param.type)]
    layer = layers.known(param)
    mode = _mode(param)
    if layer is not None and mode:
        message = getattr(param, layer.param_field)
        words.append(_value(message.DESCRIPTOR.fields_by_name[mode], getattr(message, mode)))
    return " ".join(words)


def _mode(param: pb.LayerParameter) -> str:
    """The field that the line of the type says as well, "" for none."""
    layer = layers.known(param)
    return layer.mode if layer is not None else ""


def parts(param: pb.LayerParameter) -> list[str]:
    """Return what to say of a layer: ["kernel 7×7", "stride 2", "pad 3", "num_output 64"]."""
    words: list[str] = []
    for field, value in param.ListFields():
        message = field.name.endswith("_param") and field.message_type and not is_repeated(field)
        if message and field.name not in ("transform_param", "loss_param"):
            words += [*_window(value), *_fields(value, {*NOT_SHOWN, _mode(param)})]
    words = words[:MOST]
    if any(param.loss_weight):
        words.append("loss_weight " + ", ".join(map(number, param.loss_weight)))
    statistics = param.type == "BatchNorm"  # which nobody learns
    if param.param and not statistics and all(spec.lr_mult == 0 for spec in param.param):
        words.append("lr_mult 0")
    shared = [spec.name for spec in param.param if spec.name]
    if shared:
        words.append("param " + label(", ".join(shared), 28))
    return words


def _window(message: Message) -> Iterator[str]:
    """Kernel, pad, stride and dilation, whichever way they are written."""
    for name, word in WINDOW.items():
        sizes = _sizes(message, name, word)
        if len(sizes) == 1 and word == "kernel":
            sizes *= 2
        if sizes and (len(set(sizes)) > 1 or sizes[:1] != QUIET.get(word)):
            same = len(set(sizes)) == 1 and word != "kernel"
            yield f"{word} {'×'.join(map(str, sizes[:1] if same else sizes))}"


def _sizes(message: Message, name: str, word: str) -> tuple[int, ...]:
    """The sizes that are written, as one number or one an axis."""
    known = message.DESCRIPTOR.fields_by_name
    if name in known and _is_set(message, name):
        value = getattr(message, name)
        return (value,) if isinstance(value, int) else tuple(map(int, value))
    axes = [f"{word}_{axis}" for axis in AXES if f"{word}_{axis}" in known]
    if any(_is_set(message, axis) for axis in axes):
        return tuple(getattr(message, axis) or QUIET.get(word, (0,))[0] for axis in axes)
    return ()


def _is_set(message: Message, name: str) -> bool:
    field: Any = message.DESCRIPTOR.fields_by_name[name]
    return bool(getattr(message, name)) if is_repeated(field) else message.HasField(name)


def _fields(message: Message, without: set[str]) -> Iterator[str]:
    windows = {f"{word}_{axis}" for word in WINDOW.values() for axis in AXES} | set(WINDOW)
    for field, value in message.ListFields():
        if field.name in windows or field.name in without:
            continue
        if field.message_type is None:
            yield f"{field.name} {_values(field, value)}"
        elif field.message_type.name == "BlobShape" and not is_repeated(field):
            yield f"{field.name} {'×'.join(map(str, value.dim))}"


def _values(field: FieldDescriptor, value: Any) -> str:
    """Return one value, or the first of several."""
    several = list(value) if is_repeated(field) else [value]
    shown = ", ".join(_value(field, v) for v in several[:4])
    return shown + (", …" if len(several) > 4 else "")


def _value(field: FieldDescriptor, value: Any) -> str:
    if field.enum_type is not None:
        return str(field.enum_type.values_by_number[value].name)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number(value)
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    if field.name in PATHS:
        text = text.rstrip("/").rpartition("/")[2] or text
    return label(text, 28)
