"""What the benchmarks compare is the same on both sides."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from caffe2torch.format.upgrade import net_from_message
from caffe2torch.graph import build_graph
from caffe2torch.graph.filtering import net_state
from caffe2torch.module.blobs import graph_of
from caffe2torch.module.build import build, run
from tools.benchmarks import infer, kernels, page, scale
from tools.benchmarks.nets import NETS, described, handwritten
from tools.benchmarks.pairs import Ratio


@pytest.mark.parametrize("name", NETS)
def test_both_forms_of_a_net_have_the_same_weights(name: str) -> None:
    net = net_from_message(described(name, 2), name)
    graph = build_graph(net, net_state(net, "TRAIN"))
    with torch.device("meta"):
        theirs = handwritten(name)
    learned = (node for node in graph.nodes if node.type != "BatchNorm")  # whose blobs are buffers
    ours = sorted(tuple(ref.shape) for node in learned for ref in node.params)
    assert ours == sorted(tuple(p.shape) for p in theirs.parameters())


@pytest.mark.parametrize("name", ["LeNet", "CIFAR10-quick"])
def test_both_forms_compute_the_same(name: str) -> None:
    net = net_from_message(described(name, 2), name)
    ours = build(build_graph(net, net_state(net, "TRAIN")), seed=1)
    theirs = handwritten(name)
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        other.data = mine.detach().view(other.shape)
    graph = graph_of(ours)
    data, label = torch.rand(graph.shapes["data"]), torch.zeros(2)
    logits = next(node.bottoms[0] for node in graph.nodes if node.layer.loss)
    blobs = run(ours, {"data": data, "label": label}, [logits])
    torch.testing.assert_close(blobs[logits], theirs(data), rtol=1e-5, atol=1e-5)


def test_a_batch_is_timed_in_every_engine() -> None:
    pytest.importorskip("onnxruntime", reason="the package onnxruntime is not installed")
    engine, own = infer.measure_net("LeNet", 1)
    assert "the fastest engine" in engine.against and "torch" in own.against
    assert min(engine.ours, engine.theirs, own.theirs) > 0


@pytest.mark.parametrize("title", ["MVN across channels", "RNN", "AVE pooling"])
def test_a_layer_computes_what_the_operator_beside_it_does(title: str) -> None:
    (case,) = (case for case in kernels.CASES if case.title.startswith(title))
    tensors = case.inputs()
    ours = kernels.module(case.text, tensors)
    assert ours(*tensors).shape == case.theirs(*tensors).shape
    if title != "RNN":  # whose weights are random
        torch.testing.assert_close(ours(*tensors), case.theirs(*tensors), rtol=1e-4, atol=1e-4)


def test_the_detections_that_are_timed_are_many() -> None:
    tensors = kernels.ssd_inputs()
    assert len(kernels.module(kernels.SSD, tensors)(*tensors)[0, 0]) == 200


def test_the_page_marks_what_misses_its_goal_and_shows_growth() -> None:
    figures = [
        ("train", Ratio("a step", 0.2, 0.1, 2.0, 1.0, "another")),
        ("scale", Ratio("layers", 0.2, 0.2, 1.0, 1.3, "twice the half")),
    ]
    text = page.text({"processor": "one"}, figures)
    assert "| a step | 2.00 (misses) | 1 | another | 200.0 ms | 100.0 ms |" in text
    assert "| layers | 1.00 | 1.3 |" in text
    assert text.index(page.PLOT) < text.index("Tried without profit")


def test_growth_is_drawn(tmp_path: Path) -> None:
    curves = scale.curves(parts=(3000, 1500))
    assert [points[0][0] for points in curves.values()] == [5, 5, 2, 20]
    page.draw(curves, tmp_path / "growth.svg")
    drawn = (tmp_path / "growth.svg").read_text()
    assert "layers in a chain" in drawn and "seconds" in drawn
