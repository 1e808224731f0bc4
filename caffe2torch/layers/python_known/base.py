"""What a known Python layer declares beside a layer type: its module, class and param_str."""

from __future__ import annotations

import ast
from typing import Any, ClassVar

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Layer, Site


class KnownLayer(Layer):
    """Base of every known Python layer.

    names:   (module, class) pairs; of the module only the last parts that are written here count,
             "" for any module
    """

    type = "Python"
    param_field = "python_param"
    names: ClassVar[tuple[tuple[str, str], ...]] = ()

    def named(self, module: str, name: str) -> int:
        """How much of a python_param's module these names say: characters, -1 for another layer."""
        dotted = f".{module}"
        fits = [len(m) for m, c in self.names if name == c and (not m or dotted.endswith(f".{m}"))]
        return max(fits, default=-1)


def settings(x: Site) -> dict[str, Any]:
    """The param_str of a layer as a dict: a Python literal or plain YAML, of which nothing runs.

    Raises: ShapeError if it is neither.
    """
    text = x.param.python_param.param_str.strip()
    if not text:
        return {}
    for form in (text, f"{{{text}}}"):
        value = _literal(form)
        if isinstance(value, dict):
            return {str(key): item for key, item in value.items()}
    values = {}
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
        values[key.strip().strip("\"'")] = _scalar(value.strip())
    return values


def integer(x: Site, key: str, default: int) -> int:
    """One whole number of the param_str. Raises: ShapeError for anything else."""
    value = settings(x).get(key, default)
    try:
        return int(value)
    except (TypeError, ValueError):
        raise ShapeError(
            f"{key} of param_str is {value!r}, not a whole number", field="python_param.param_str"
        ) from None


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
