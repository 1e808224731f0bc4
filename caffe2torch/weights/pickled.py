"""What torch.save wrote: read without running code, and without growing beyond its file.

torch unpacks whatever an archive holds, and a tensor may be one number seen 10^9 times: a file of
a few kilobytes would take the whole memory.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from typing import Any

from caffe2torch import inputs
from caffe2torch.errors import WeightsError


def load(path: str | os.PathLike[str]) -> Any:
    """Return what torch.save was given, tensors on the CPU.

    Raises: WeightsError with torch's reason; OSError as `inputs.check` does.
    """
    import torch

    inputs.check(path)
    place = inputs.place(path)
    try:
        check_packing(place)
        content = torch.load(place, map_location="cpu", weights_only=True)
        _check_sizes(content, os.stat(place).st_size)  # noqa: PTH116  the name may be of any kind
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001  torch raises many kinds for a damaged file
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise WeightsError(f"{os.fspath(path)} cannot be read: {reason}") from None
    return content


def check_packing(place: str | os.PathLike[str]) -> None:
    """Raise ValueError for an archive whose records are packed: torch itself packs none."""
    if not zipfile.is_zipfile(place):
        return
    with zipfile.ZipFile(place) as archive:
        for entry in archive.infolist():
            if entry.compress_type != zipfile.ZIP_STORED:
                raise ValueError(
                    f"its record {entry.filename} is packed, which torch.save never does"
                )


def _check_sizes(content: Any, size: int) -> None:
    """Raise ValueError for a tensor of more numbers than the file has bytes."""
    for tensor in _tensors(content):
        if tensor.numel() > size:
            shape = tuple(tensor.shape)
            raise ValueError(f"a tensor {shape} has more numbers than the file's {size:,} bytes")


def _tensors(content: Any) -> Iterator[Any]:
    """All tensors of nested lists and dicts, however deep and in whatever circles."""
    import torch

    seen: set[int] = set()
    waiting = [content]
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, torch.Tensor):
            yield value
        elif isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list | tuple):
            waiting += value
