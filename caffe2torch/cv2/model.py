"""A Caffe net as OpenCV 4 listed it, and as ONNX up to any of its layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch import layers
from caffe2torch.cv2 import cache
from caffe2torch.cv2.source import Source
from caffe2torch.errors import GraphError, missing_package
from caffe2torch.format.upgrade import Net, net_from_message
from caffe2torch.graph import build_graph
from caffe2torch.graph.filtering import filter_layers
from caffe2torch.layers.base import Shape

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import nn

    from caffe2torch.graph.model import Graph

STATE = pb.NetState(phase=pb.TEST)


@dataclass
class Model:
    """The net of a source, in TEST.

    replaced: layer name -> parameter blobs in place of those of the weights
    """

    source: Source
    replaced: dict[str, list[NDArray[np.float32]]] = field(default_factory=dict)

    @cached_property
    def net(self) -> Net:
        return self.source.net()

    @cached_property
    def layers(self) -> list[pb.LayerParameter]:
        """The layers of TEST in the order of the file, those that bring data left out."""
        return [layer for layer in self._all if not _is_source(layer)]

    @cached_property
    def _all(self) -> list[pb.LayerParameter]:
        return [layer for _, layer in filter_layers(self.net, STATE)]

    @cached_property
    def inputs(self) -> list[str]:
        """The blobs that come from outside."""
        return [top for layer in self._all if _is_source(layer) for top in layer.top]

    @cached_property
    def index(self) -> dict[str, int]:
        """Layer name -> its position in `layers`; of several with one name the first."""
        return {layer.name: i for i, layer in reversed(list(enumerate(self.layers)))}

    @cached_property
    def ends(self) -> list[int]:
        """Positions of the layers none of whose tops another layer reads."""
        return [
            i
            for i, layer in enumerate(self.layers)
            if not any(set(layer.top) & set(later.bottom) for later in self.layers[i + 1 :])
        ]

    def find(self, name: str) -> int:
        """The position of a layer by its name, or by the name of a blob: its last writer.

        Raises: GraphError if there is neither.
        """
        if name in self.index:
            return self.index[name]
        writers = [i for i, layer in enumerate(self.layers) if name in layer.top]
        if not writers:
            raise GraphError(f'Requested layer "{name}" not found', hint="see getLayerNames()")
        return writers[-1]

    def graph(self, shapes: Mapping[str, Shape], end: int | None = None) -> Graph:
        """The graph for inputs of these shapes, up to the layer at position `end` if one is given.

        Raises: GraphError where the net does not take these shapes.
        """
        net = self.net if end is None else net_from_message(self._up_to(end), self.net.file)
        tops = {top for layer in net.message.layer for top in layer.top}
        wanted = {blob: shape for blob, shape in shapes.items() if blob in tops}
        return build_graph(net, STATE, input_shapes=wanted, assume=True)

    def _up_to(self, end: int) -> pb.NetParameter:
        """The net of the layers that the one at `end` hangs on, itself the last."""
        last = self.layers[end]
        needed, taken = set(last.bottom), [last]
        position = next(i for i, layer in enumerate(self._all) if layer is last)
        for layer in reversed(self._all[:position]):
            if needed.intersection(layer.top):
                needed.update(layer.bottom)
                taken.append(layer)
        out = pb.NetParameter()
        out.CopyFrom(self.net.message)
        del out.layer[:]
        out.layer.extend(reversed(taken))
        return out

    def onnx(self, shapes: Mapping[str, Shape], end: int | None = None) -> bytes:
        """The ONNX model of that graph, from the cache where it has been made before."""
        listed = ";".join(f"{blob}={shape}" for blob, shape in sorted(shapes.items()))
        arrays = [array.tobytes().hex() for name in self.replaced for array in self.replaced[name]]
        changed = cache.digest(*self.replaced, *arrays)
        key = cache.digest(self.source.digest, listed, str(end), changed)
        return cache.kept(key, lambda: self._converted(self.graph(shapes, end)))

    def _converted(self, graph: Graph) -> bytes:
        if find_spec("onnx") is None:
            raise missing_package("onnx", "OpenCV 5 gets nets of Caffe as ONNX, which")
        from caffe2torch.convert.onnx.model import onnx_model

        content: bytes = onnx_model(graph, self.module(graph)).SerializeToString()
        return content

    def module(self, graph: Graph) -> nn.Module:
        """The torch module of a graph with the weights of the source."""
        from caffe2torch.convert.loading import put
        from caffe2torch.module.build import build
        from caffe2torch.module.limits import check_memory

        check_memory(graph, "run")
        module = build(graph, seed=0)
        with self.source.weights_path() as path:
            if path is not None and any(node.params for node in graph.nodes):
                put(module, path)
        self._replace(module, graph)
        return module

    def _replace(self, module: nn.Module, graph: Graph) -> None:
        from caffe2torch.module.blobs import set_blobs

        for node in graph.nodes:
            if node.name in self.replaced:
                set_blobs(module, node, self.replaced[node.name])

    def blobs(self, name: str) -> list[NDArray[Any]]:
        """The parameter blobs of a layer. Raises: GraphError, WeightsError."""
        from caffe2torch.weights import read_weights

        if name in self.replaced:
            return list(self.replaced[name])
        with self.source.weights_path() as path:
            stored = read_weights(path) if path is not None else {}
        arrays: Sequence[Any] = stored.get(name, [])
        return [array for array in arrays if array is not None]


def _is_source(layer: pb.LayerParameter) -> bool:
    kind = layers.known(layer)
    return kind is not None and kind.source and not layer.bottom
