"""The estimate of what training holds, against what autograd keeps of a real forward."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.format import upgrade
from caffe2torch.graph import build_graph
from caffe2torch.graph.filtering import net_state
from caffe2torch.graph.model import Graph
from caffe2torch.inspect.memory import training
from caffe2torch.module.build import build
from tests.conftest import GOLDEN, ROOT


def graph(path: str, batch: int) -> Graph:
    net = upgrade.read_net(ROOT / path)
    for layer in net.message.layer:
        if layer.HasField("data_param"):
            layer.data_param.batch_size = batch
    return build_graph(net, net_state(net, "TRAIN"), assume=True)


def kept(graph: Graph) -> int:
    """Bytes of all storages that a forward saves for backward, parameters left out."""
    net = build(graph, seed=0)
    tops = [(shape, len(shape) > 1) for node in graph.sources for shape in node.top_shapes]
    values = [torch.randn(shape) if image else torch.zeros(shape) for shape, image in tops]
    own = {p.untyped_storage().data_ptr() for p in net.parameters()}
    saved: dict[int, torch.Tensor] = {}  # holds them, so that no address is given out twice

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        saved[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        net(*values)
    return sum(t.untyped_storage().nbytes() for at, t in saved.items() if at not in own)


@pytest.mark.parametrize(
    ("path", "batch", "slack"),
    [
        ("solvers/mnist_lenet/train_val.prototxt", 8, 0.01),
        ("solvers/cifar10_quick/train_val.prototxt", 4, 0.01),
        ("tests/golden/nets/inception.prototxt", 0, 0.15),  # a Concat keeps no bottom
        ("tests/golden/nets/residual.prototxt", 0, 0.25),  # neither does a sum
    ],
)
def test_activations_are_what_autograd_keeps(path: str, batch: int, slack: float) -> None:
    wired = graph(path, batch)
    estimate, real = training(wired, "SGD").parts["activations"], kept(wired)
    assert real * 0.99 <= estimate <= real * (1 + slack)


def test_history_and_gradients_leave_out_what_is_frozen() -> None:
    wired = build_graph(upgrade.read_net(GOLDEN / "nets" / "frozen.prototxt"), phase="TRAIN")
    parts = training(wired, "Adam").parts
    # All of `a` is frozen, and the bias of `b`.
    trained = 3 * 3 * 9 + 2 * (5 * 12 + 5)
    assert parts["parameters"] == 4 * (trained + 3 * 2 * 9 + 3 + 3)
    assert parts["gradients"] == 4 * trained
    assert parts["history"] == 2 * 4 * trained
