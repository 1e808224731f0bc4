"""A net in TEST whose blobs an inference engine computes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from caffe2torch.convert.choosing import AUTO, Choice, check_engine, choose
from caffe2torch.graph.model import Graph
from caffe2torch.module.blobs import graph_of


class Optimized(nn.Module):
    """A module of a graph, computed without gradients by an engine, exact to 1e-5.

    net:     the module; its weights are read when inputs of a shape come for the first time
    engine:  "auto" for the fastest that is installed, "torch", "onnxruntime" or "openvino"
    returns: blobs that `net` returns, None for its outputs
    say:     takes a line for the user where an engine is chosen, or cannot be used

    `forward` takes and returns float32 as that of `net`. In train mode, on other devices than the
    CPU, and for inputs that require gradients, `net` itself computes.
    Raises: UnsupportedError for an engine that is not known or not installed.
    """

    def __init__(
        self, net: nn.Module, engine: str = AUTO, returns: Sequence[str] | None = None,
        say: Callable[[str], object] | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        check_engine(engine)
        self.net, self.engine, self.say = net, engine, say
        self.returns = list(returns) if returns else None
        self.choices: dict[tuple[Any, ...], Choice] = {}
        self.train(net.training)

    @property
    def graph(self) -> Graph:
        """The graph of the net."""
        return graph_of(self.net)

    def forward(self, *inputs: Tensor) -> Any:
        """What the net returns."""
        if self.training or any(one.requires_grad or one.device.type != "cpu" for one in inputs):
            return self.net(*inputs)
        tops = [top for node in self.graph.sources for top in node.tops]
        names = self.returns or self.graph.outputs
        blobs = self.blobs(dict(zip(tops, inputs, strict=True)), names)
        return blobs[names[0]] if self.returns is None and len(names) == 1 else blobs

    def blobs(self, given: Mapping[str, Tensor], names: Sequence[str]) -> dict[str, Tensor]:
        """The named blobs, any of the net's; given: top of each source layer -> tensor."""
        key = (*names, *((top, tuple(value.shape)) for top, value in given.items()))
        if key not in self.choices:
            choice = self.choices[key] = choose(self.net, list(names), given, self.engine)
            for line in (*choice.refused, f"engine: {choice.engine}"):
                if self.say:
                    self.say(line)
        return self.choices[key].compute(given)

    def __getstate__(self) -> dict[str, Any]:
        """Without the engines' sessions, which another process makes anew."""
        return {**self.__dict__, "choices": {}, "say": None}
