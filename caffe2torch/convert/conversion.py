"""A net on its way out of Caffe: its graph, its weights, its source, and the module of that."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from caffe2torch.convert.compare import describe, difference, inputs
from caffe2torch.convert.grouped import Source
from caffe2torch.convert.loading import put
from caffe2torch.convert.onnx.options import Options
from caffe2torch.convert.state import state
from caffe2torch.errors import C2TError
from caffe2torch.graph.model import Graph
from caffe2torch.module import build
from caffe2torch.module.blobs import assign_tensors
from caffe2torch.module.emit import emit
from caffe2torch.module.names import class_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from caffe2torch.config.preprocessing import Preprocessing

ROUNDING = 1e-3
"""More than this is no rounding, however deep the net."""


@dataclass
class Conversion:
    """What every target is written from.

    source:  the text of the converted file, and the class in it
    weights: file of trained weights; None for the fillers' values, which `seed` draws
    notes:   what the user should be told; building adds some
    failed:  whether a written file computes something else
    prepared: how the source prepares images; None where the net takes none
    onnx:    how an ONNX model is written
    """

    graph: Graph
    source: Source
    weights: Path | None = None
    seed: int = 0
    notes: list[str] = field(default_factory=list)
    failed: bool = False
    prepared: Preprocessing | None = None
    onnx: Options = field(default_factory=Options)

    @cached_property
    def built(self) -> nn.Module:
        """The flat module of the graph, with its weights."""
        net = build.build(self.graph, seed=self.seed)
        if self.weights:
            self.notes += put(net, self.weights).notes(str(self.weights))
        elif any(node.params for node in self.graph.nodes):
            self.notes.append(f"no --weights: they are the fillers' first values, seed {self.seed}")
        return net

    @property
    def mean_image(self) -> NDArray[Any] | None:
        """The mean (C, H, W) of each pixel that the source subtracts from an image."""
        image = self.prepared is not None and self.prepared.is_mean_image
        return self.prepared.mean if self.prepared and image else None

    @property
    def stem(self) -> str:
        """The name of the files: the net's, or that of its own file."""
        name = self.graph.name or Path(self.graph.net.file).stem or "net"
        return re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower() or "net"

    @cached_property
    def module(self) -> nn.Module:
        """The class of the source, made and given its weights, in the phase of the graph."""
        namespace = build.execute(self.source.text)
        with torch.device("meta"):
            net: nn.Module = getattr(namespace, self.source.class_name)()
        assign_tensors(net, state(self.built, self.source, net.state_dict()))
        return net.train(self.graph.train)

    @cached_property
    def state(self) -> dict[str, Tensor]:
        """The weights of the source's module, each tensor by itself."""
        return state(self.built, self.source, self.module.state_dict())

    @cached_property
    def inputs(self) -> list[Tensor]:
        """Values to try the net on, a few items of a batch."""
        few = inputs(self.graph, batch=2)
        return few if _runs(self.built, few) else inputs(self.graph)

    def take_whole(self) -> None:
        """Try the net on as many items as it is written for: some files take no others."""
        self.inputs = inputs(self.graph)
        self.__dict__.pop("expected", None)

    @cached_property
    def expected(self) -> dict[str, Tensor]:
        """The graph's outputs for `inputs`."""
        return named(self.graph, run(self.built, self.inputs))

    def check(
        self, outputs: Callable[[], Mapping[str, Tensor]],
        expected: Mapping[str, Tensor] | None = None, rounding: float | None = None,
        parts: Callable[[], float] | None = None,
    ) -> str:  # fmt: skip
        """How far outputs are from the graph's, in words; why not, where neither can run.

        expected: the graph's, where they are not those of `inputs`
        rounding: the largest difference that is rounding [ROUNDING]
        parts:    how far the parts around choices by rank are, which rounding turns
        """
        acting = [node.name for node in self.graph.nodes if node.layer.side_effects]
        if acting:
            return f'not checked: layer "{acting[0]}" does more than compute'
        try:
            gap = difference(outputs(), self.expected if expected is None else expected)
            apart = parts() if parts is not None and gap > (rounding or ROUNDING) else gap
        except (RuntimeError, IndexError, ValueError, C2TError) as error:
            reason = str(error).partition("\n")[0]
            return f"not checked: {reason}"
        most = rounding or ROUNDING
        if apart <= most < gap:
            return f"each part within {apart:.1e} of the graph; what is chosen by rank may turn"
        self.failed = self.failed or gap > most
        text = describe(gap)
        return text if gap <= most else f"{text}; c2t verify names the layer at fault"


def run(net: nn.Module, values: list[Tensor]) -> object:
    """Forward without gradients, from the start: random numbers and kept states are the same."""
    forget(net)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        return net(*(value.clone() for value in values))


def forget(net: nn.Module) -> None:
    """Let layers that count or remember begin anew; they go on where the last batch ended."""
    for module in net.modules():
        if hasattr(module, "state"):
            module.state = None  # type: ignore[assignment]


def named(graph: Graph, result: object) -> dict[str, Tensor]:
    """What a module gives, by output blob."""
    if isinstance(result, Tensor):
        result = dict.fromkeys(graph.outputs, result)
    assert isinstance(result, dict)
    return result


def _runs(net: nn.Module, values: list[Tensor]) -> bool:
    """Whether the net takes this batch; some Reshapes fix the batch to what the file says."""
    try:
        run(net, values)
    except (RuntimeError, IndexError, ValueError, C2TError):
        return False
    return True


def flat(graph: Graph) -> Source:
    """The source that training runs, as it is."""
    return Source(emit(graph), class_name(graph), {})
