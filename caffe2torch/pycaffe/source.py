"""The PyTorch source that layer types declare, executed for one layer at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch

from caffe2torch.graph.memory import leaves
from caffe2torch.graph.model import Node
from caffe2torch.layers.code import Code, Late
from caffe2torch.module.build import execute
from caffe2torch.module.helpers import Helper, code_helpers, file_of, helper_source, helpers_of

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

    def provide(self, helpers: Iterable[Helper]) -> None:
        """Execute the text of helpers that are not there yet, each behind those that it needs."""
        for helper in helpers:
            name = helper.__name__
            if name not in self.names:
                text = "from __future__ import annotations\n" + helper_source(helper)
                exec(compile(text, f"<caffe2torch {name}>", "exec"), self.names)

    def call(self, code: Code, node: Node) -> Callable[..., Any]:
        """Return a function of the module and the bottoms that gives the tops."""
        self.provide(code_helpers(code, file_of(node.layer)))
        names = [f"b{i}" for i in range(len(node.bottoms))]
        body = code.call.format(*names, self="module", bottoms=", ".join(names))
        return self._lambda(["module", *names], body)

    def rule(self, late: Late, node: Node) -> Callable[..., Any]:
        """Return the function of g, b, t, x and n that a layer declares for its late gradient."""
        self.provide(helpers_of([late.rule], file_of(node.layer)))
        return self._lambda(["g", "b", "t", "x", "n"], late.rule)

    def residue(self, node: Node) -> Callable[..., Any] | None:
        """Return the function of the bottoms that gives what forward leaves as a gradient."""
        expression, count = node.layer.residue(node.site), len(node.bottoms)
        if not expression:
            return None
        self.provide(helpers_of([expression.format(*["_"] * count)], file_of(node.layer)))
        names = [f"b{i}" for i in range(count)]
        return self._lambda(names, expression.format(*names))

    def leftover(self, node: Node) -> Callable[..., Any] | None:
        """Return the function of g and b that gives what backward leaves unasked."""
        rule = leaves(node) if node.need_backward else ""
        return self._lambda(["g", "b"], rule) if rule else None

    def _lambda(self, names: list[str], body: str) -> Callable[..., Any]:
        function: Callable[..., Any] = eval(f"lambda {', '.join(names)}: {body}", self.names)
        return function

    def module(self, code: Code, node: Node) -> Any:
        """Return the submodule of a layer, its parameters without memory; None if it has none."""
        if not code.init:
            return None
        self.provide(code_helpers(code, file_of(node.layer)))
        with torch.device("meta"):
            module = eval(code.init, self.names)
        return module.train(node.site.train)
