"""The net runs somebody's Python code.

What it does: lists the Python layers, and the module and class that each names.

Why: a Python layer imports a module by name and runs it, with all rights of whoever starts the
training. A prototxt from elsewhere is then a program from elsewhere. caffe2torch asks for
--allow-python-layers; lint never runs them, and behind one it knows no shapes, so that much of the
net stays unchecked.
Source: Caffe include/caffe/layers/python_layer.hpp.

Bad::

    layer { type: "Python" python_param { module: "downloaded" layer: "Loader" } ... }

Good::

    layer { type: "Data" ... }
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.lint import naming
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding

SEVERITY = "info"
RANK = 72


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding a net file, at its first Python layer."""
    for net in c.nets:
        where = [i for i, layer in enumerate(net.message.layer) if layer.type == "Python"]
        if not where:
            continue
        params = [net.message.layer[i].python_param for i in where]
        code = ", ".join(dict.fromkeys(f"{p.module}.{p.layer}" for p in params))
        layers = naming.counted(where, "Python layer")
        yield Finding(
            f"{layers} run{'s' if len(where) == 1 else ''} code of this project",
            net.span(where[0]),
            hint="read that code before --allow-python-layers",
            about=net.file,
            why=f"{code}: shapes behind it are unknown, and the checks that need them were left "
            "out",
        )
