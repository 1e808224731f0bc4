"""exported: a torch.export program, which runs without any source."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import torch

from caffe2torch.atomic import replacing
from caffe2torch.convert.conversion import Conversion, forget, named, run
from caffe2torch.errors import UnsupportedError

SUFFIX = ".pt2"


def program(conversion: Conversion) -> torch.export.ExportedProgram:
    """The program of the emitted module, for any batch size where the net takes any.

    Raises: UnsupportedError if torch cannot trace the net whole.
    """
    values = tuple(conversion.inputs)
    batch = torch.export.Dim("N")
    dynamic = tuple({0: batch} if value.dim() > 1 and len(value) > 1 else None for value in values)
    forget(conversion.module)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return torch.export.export(conversion.module, values, dynamic_shapes=dynamic)
        except Exception:  # noqa: BLE001  torch raises its own kinds for what it cannot trace
            pass
        try:
            return torch.export.export(conversion.module, values)
        except Exception as error:
            reason = str(error).partition("\n")[0]
            raise UnsupportedError(f"torch.export cannot trace this net: {reason}") from error


def write(conversion: Conversion, path: Path) -> str:
    """Write the program; say how far its outputs are from the graph's."""
    exported = program(conversion)
    whole = io.BytesIO()  # on a full disk torch itself says nothing that helps
    torch.export.save(exported, whole)
    with replacing(path) as aside:
        aside.write_bytes(whole.getbuffer())
    graph = conversion.graph
    return conversion.check(lambda: named(graph, run(exported.module(), conversion.inputs)))
