"""What a known Python layer declares beside a layer type: its module, class and param_str."""

from __future__ import annotations

from typing import Any, ClassVar

from caffe2torch.data import param_str
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
    """The param_str of a layer as a dict. Raises: ShapeError if it is none."""
    return param_str.values(x.param)


def integer(x: Site, key: str, default: int) -> int:
    """One whole number of the param_str. Raises: ShapeError for anything else."""
    value = settings(x).get(key, default)
    try:
        return int(value)
    except (TypeError, ValueError):
        raise ShapeError(
            f"{key} of param_str is {value!r}, not a whole number", field="python_param.param_str"
        ) from None
