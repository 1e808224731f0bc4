"""Other libraries' names for the weights of a net that they have too."""

from __future__ import annotations

from collections.abc import Sequence

from caffe2torch.convert.keys import by_layer, owners, paths_of
from caffe2torch.errors import UnsupportedError
from caffe2torch.graph.model import Graph, Node


def torchvision(graph: Graph) -> dict[str, str]:
    """LAYER.KEY -> the key in torchvision's vgg11, vgg13, vgg16 or vgg19.

    torchvision numbers the modules of `features` and of `classifier`; its classifier has a
    ReLU and a Dropout after each Linear. Its nets end with scores, without a Softmax.
    Raises: UnsupportedError at the layer that torchvision's net does not have.
    """
    names: dict[str, str] = {}
    at = linears = 0
    for node in graph.nodes:
        if node.layer.source or node.layer.silent or node.type in ("Dropout", "Softmax"):
            continue
        if node.type == "InnerProduct":
            names |= _named(node, f"classifier.{3 * linears}")
            linears += 1
        elif linears and node.type != "ReLU":
            raise _other(graph, node)
        elif node.type == "Convolution" and node.params[0].shape[2:] == (3, 3):
            names |= _named(node, f"features.{at}")
        elif node.type not in ("ReLU", "Pooling"):
            raise _other(graph, node)
        at += not linears
    if linears != 3:
        raise _other(graph, graph.nodes[-1])
    return names


def _named(node: Node, place: str) -> dict[str, str]:
    return {f"{node.name}.{ref.key}": f"{place}.{ref.key}" for ref in node.params}


def _other(graph: Graph, node: Node) -> UnsupportedError:
    return UnsupportedError(
        f'layer "{node.name}" ({node.type}) is not as in torchvision\'s VGG nets',
        span=graph.span(node),
        hint="--names torchvision knows VGG-11, 13, 16 and 19",
    )


def mapping(graph: Graph, keys: Sequence[str]) -> dict[str, str]:
    """Keys of the emitted module, and LAYER.KEY alone, -> torchvision's keys."""
    names, by_path = torchvision(graph), owners(paths_of(graph, keys))
    return names | {key: names[by_layer(key, by_path)] for key in keys}
