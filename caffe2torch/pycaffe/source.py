"""The PyTorch source that layer types declare, executed for one layer at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch

from caffe2torch.graph.model import Node
from caffe2torch.layers.code import Code, Late
from caffe2torch.module.build import execute
from caffe2torch.module.emit import helper_source

IMPORTS = """\
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn
"""


class Scope:
    """Where the expressions of layers are evaluated: torch and the layers' helpers by name."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = dict(vars(execute(IMPORTS)))

    def provide(self, helpers: Iterable[Any]) -> None:
        """Execute the text of helpers that are not there yet, those that they need first."""
        for helper in helpers:
            name = getattr(helper, "__name__", str(helper))
            if name not in self.names:
                self.provide(getattr(helper, "needs", ()))
                text = "from __future__ import annotations\n" + helper_source(helper)
                exec(compile(text, f"<caffe2torch {name}>", "exec"), self.names)

    def call(self, code: Code, bottoms: int) -> Callable[..., Any]:
        """Return a function of the module and the bottoms that gives the tops."""
        self.provide(code.helpers)
        names = [f"b{i}" for i in range(bottoms)]
        body = code.call.format(*names, self="module", bottoms=", ".join(names))
        return self._lambda(["module", *names], body)

    def rule(self, late: Late) -> Callable[..., Any]:
        """Return the function of g, b, t and x that a layer declares for its late gradient."""
        self.provide(late.helpers)
        return self._lambda(["g", "b", "t", "x"], late.rule)

    def _lambda(self, names: list[str], body: str) -> Callable[..., Any]:
        function: Callable[..., Any] = eval(f"lambda {', '.join(names)}: {body}", self.names)
        return function

    def module(self, code: Code, node: Node) -> Any:
        """Return the submodule of a layer, its parameters without memory; None if it has none."""
        if not code.init:
            return None
        self.provide(code.helpers)
        with torch.device("meta"):
            module = eval(code.init, self.names)
        return module.train(node.site.train)
