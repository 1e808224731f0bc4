"""Refuses what forks of Caffe add to common messages and cannot be reproduced here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from caffe2torch.errors import UnsupportedError


def refuse(param: Any, prefix: str, foreign: Callable[[str], bool]) -> None:
    """Raise UnsupportedError for a field of the message `param` that is set and `foreign`.

    prefix: the field of the layer that holds the message, such as "transform_param".
    """
    for field, value in param.ListFields():
        if foreign(field.name) and value != field.default_value:
            raise UnsupportedError(
                f"{prefix}.{field.name} is a fork's, and this layer cannot reproduce it",
                hint=f"remove {field.name}",
            )
