"""Python: a module file that depends on torch alone."""

from __future__ import annotations

from pathlib import Path

from caffe2torch.atomic import replacing
from caffe2torch.convert.check_preprocess import check_preprocess
from caffe2torch.convert.conversion import Conversion, named, run

SUFFIX = ".py"


def write(conversion: Conversion, path: Path) -> str:
    """Write the source; say how far its outputs are from the graph's."""
    with replacing(path) as aside:
        aside.write_text(conversion.source.text, encoding="utf-8")
    module, graph = conversion.module, conversion.graph
    checked = conversion.check(lambda: named(graph, run(module, conversion.inputs)))
    lines = conversion.source.text.count("\n")
    images = f"; {check_preprocess(conversion, path)}" if conversion.prepared else ""
    return f"{lines} lines; {checked}{images}"
