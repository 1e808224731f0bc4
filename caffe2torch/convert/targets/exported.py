"""exported: a torch.export program, which runs without any source."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import torch

from caffe2torch.atomic import replacing
from caffe2torch.convert.conversion import Conversion, forget, named, run
from caffe2torch.errors import UnsupportedError
from caffe2torch.module.limits import check_layers

SUFFIX = ".pt2"


def program(conversion: Conversion) -> tuple[torch.export.ExportedProgram, bool]:
    """The program of the emitted module, and whether it takes batches of any size.

    Raises: UnsupportedError if torch cannot trace it whole; GraphError if it is too large.
    """
    check_layers(conversion.graph, 700, "are exported", steps=100)  # 10 ms each
    forget(conversion.module)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _of_any_batch(conversion), True
        except Exception:  # noqa: BLE001  torch raises its own kinds for what it cannot trace
            forget(conversion.module)
        try:
            return torch.export.export(conversion.module, tuple(conversion.inputs)), False
        except Exception as error:
            reason = str(error).partition("\n")[0]
            raise UnsupportedError(f"torch.export cannot trace this net: {reason}") from error


def _of_any_batch(conversion: Conversion) -> torch.export.ExportedProgram:
    """The program for N items in all inputs that have one; torch wants to see two of them."""
    size = len(conversion.inputs[0])
    counted = [value.dim() > 0 and len(value) == size for value in conversion.inputs]
    pairs = zip(conversion.inputs, counted, strict=True)
    two = tuple(torch.cat([value, value])[:2] if many else value for value, many in pairs)
    batch = torch.export.Dim("N", min=1)
    dynamic = tuple({0: batch} if many else None for many in counted)
    return torch.export.export(conversion.module, two, dynamic_shapes=dynamic)


def write(conversion: Conversion, path: Path) -> str:
    """Write the program; say how far its outputs are from the graph's, and for which batches."""
    exported, any_batch = program(conversion)
    whole = io.BytesIO()  # on a full disk torch itself says nothing that helps
    torch.export.save(exported, whole)
    with replacing(path) as aside:
        aside.write_bytes(whole.getbuffer())
    graph = conversion.graph
    checked = conversion.check(lambda: named(graph, run(exported.module(), conversion.inputs)))
    batch = "any batch size" if any_batch else f"a batch of {len(conversion.inputs[0])} alone"
    return f"{checked}; {batch}"
