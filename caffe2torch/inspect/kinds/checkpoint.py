"""What torch.save wrote: the tensors of a state dict, read without torch."""

from __future__ import annotations

from typing import Any

from caffe2torch.inspect.head import Head
from caffe2torch.inspect.report import Options, Report, Table
from caffe2torch.inspect.statistics import faults, table


def fits(head: Head) -> bool:
    """A zip archive with a pickle, which is no sidecar of a snapshot."""
    return head.zipped("data.pkl") and not head.path.endswith(".c2tstate")


def report(head: Head, options: Options) -> Report:
    """Shapes and statistics; 1 is the code if a number is not finite.

    Raises: WeightsError if the file is damaged, or cut short.
    """
    from caffe2torch.inspect import archive

    with archive.opened(head.path) as file:
        layers = [_layer(file, name, t) for name, t in archive.tensors(file.pickled())]
    return weights_report(head, "PyTorch", layers)


def _layer(file: Any, name: str, tensor: Any) -> dict[str, Any]:
    """One tensor as the report has layers, with a single blob."""
    from caffe2torch.inspect.archive import named
    from caffe2torch.inspect.statistics import statistics

    stats = statistics(file.values(tensor)).data
    return {"name": name, "type": named(tensor.type), "blobs": [{"shape": tensor.shape, **stats}]}


def weights_report(
    head: Head, form: str, layers: list[dict[str, Any]], *lines: str, **more: Any
) -> Report:
    """The report of a file of tensors.

    lines: said of it besides, under the first line; more: values of the report besides
    """
    count = sum(layer["blobs"][0]["count"] for layer in layers)
    data = {"name": "", "format": form, "parameters": count, "layers": layers, **more}
    wrong = faults(layers)
    first = f"{head.path}: {form}: {count:,} values in {len(layers)} tensors"
    body: list[str | Table] = [first, *lines, "", table(layers), ""]
    body += wrong or ["all of them finite"]
    return Report("weights", head.path, data, body, code=int(bool(wrong)))
