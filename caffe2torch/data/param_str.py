"""The param_str of Python layers: a Python literal or plain YAML, read without running anything."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from caffe2torch.errors import ShapeError

if TYPE_CHECKING:
    from caffe2torch import caffe_pb2 as pb


def values(param: pb.LayerParameter) -> dict[str, Any]:
    """The param_str of a layer as a dict: a Python literal or plain YAML, of which nothing runs.

    Raises: ShapeError if it is neither.
    """
    text = param.python_param.param_str.strip()
    if not text:
        return {}
    for form in (text, f"{{{text}}}"):
        value = _literal(form)
        if isinstance(value, dict):
            return {str(key): item for key, item in value.items()}
    table = {}
    for line in text.strip("{}").replace(",\n", "\n").splitlines() if "\n" in text else [text]:
        key, colon, value = line.partition(":")
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not colon:
            raise ShapeError(
                f"param_str {text!r} is neither a Python literal nor plain YAML",
                field="python_param.param_str",
                hint="write 'key': value, as the layer's own project does",
            )
        table[key.strip().strip("\"'")] = _scalar(value.strip())
    return table


def _scalar(text: str) -> Any:
    value = _literal(text.removeprefix("!!python/tuple").strip())
    words = {"true": True, "false": False, "null": None}
    return words.get(text.lower(), text.strip("\"'")) if value is None else value


def _literal(text: str) -> Any:
    """A Python literal; a list, tuple or number of YAML looks the same. None if it is none."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
