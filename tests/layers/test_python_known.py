"""Known Python layers: found by module and class, run without anybody's code, right numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from caffe2torch.errors import DataError, ShapeError, UnsupportedError
from caffe2torch.format.upgrade import parse_net
from caffe2torch.graph import build_graph
from caffe2torch.layers import python_known
from caffe2torch.layers._boxes import pixel_overlap
from caffe2torch.layers.python_known._anchors import (
    box_offsets,
    has_own_anchors,
)
from caffe2torch.layers.python_known.anchor_target_layer import anchor_targets
from caffe2torch.layers.python_known.base import settings
from caffe2torch.layers.python_known.proposal_target_layer import proposal_targets
from caffe2torch.module import build

PYTHON = """layer {{ name: "l" type: "Python" {bottoms} {tops}
    python_param {{ module: "{module}" layer: "{layer}" param_str: "{param}" }} }}"""


def one(module: str, layer: str, bottoms: list[Any], tops: int = 1, param: str = "", phase="TEST"):
    """The graph of one Python layer over Input layers."""
    inputs = "".join(
        f'layer {{ name: "i{i}" type: "Input" top: "b{i}" '
        f"input_param {{ shape {{ {' '.join(f'dim: {d}' for d in shape)} }} }} }}\n"
        for i, shape in enumerate(bottoms)
    )
    text = PYTHON.format(
        bottoms=" ".join(f'bottom: "b{i}"' for i in range(len(bottoms))),
        tops=" ".join(f'top: "t{i}"' for i in range(tops)),
        module=module, layer=layer, param=param,
    )  # fmt: skip
    return build_graph(parse_net(inputs + text), phase=phase, assume=True)


def run(graph: Any, *values: torch.Tensor) -> list[torch.Tensor]:
    net = build.build(graph, seed=0)
    blobs = {f"b{i}": value for i, value in enumerate(values)}
    result = build.run(net, blobs, graph.node("l").tops)
    return [result[top] for top in graph.node("l").tops]


def overlap(a: Any, b: Any) -> float:
    """Intersection over union of two boxes whose last pixels count."""
    w = min(a[2], b[2]) - max(a[0], b[0]) + 1
    h = min(a[3], b[3]) - max(a[1], b[1]) + 1
    if w <= 0 or h <= 0:
        return 0.0
    area = [(box[2] - box[0] + 1) * (box[3] - box[1] + 1) for box in (a, b)]
    return w * h / (area[0] + area[1] - w * h)


def offsets(box: Any, target: Any) -> list[float]:
    w, h = box[2] - box[0] + 1, box[3] - box[1] + 1
    tw, th = target[2] - target[0] + 1, target[3] - target[1] + 1
    dx = (target[0] + tw / 2 - box[0] - w / 2) / w
    dy = (target[1] + th / 2 - box[1] - h / 2) / h
    return [dx, dy, math.log(tw / w), math.log(th / h)]


# The nine anchors that py-faster-rcnn prints in lib/rpn/generate_anchors.py.
PUBLISHED = [
    (-84, -40, 99, 55), (-176, -88, 191, 103), (-360, -184, 375, 199),
    (-56, -56, 71, 71), (-120, -120, 135, 135), (-248, -248, 263, 263),
    (-36, -80, 51, 95), (-80, -168, 95, 183), (-168, -344, 183, 359),
]  # fmt: skip


def test_the_anchors_are_the_published_ones() -> None:
    graph = one("rpn.proposal_layer", "ProposalLayer", [(1, 18, 1, 1), (1, 36, 1, 1), (1, 3)])
    from caffe2torch.layers.python_known._anchors import anchors_of

    assert anchors_of(graph.node("l").site) == tuple(PUBLISHED)


def test_proposals_are_those_of_a_loop() -> None:
    rng = np.random.default_rng(0)
    h, w, stride = 3, 4, 16
    scores = rng.random((1, 18, h, w)).astype(np.float32)
    moves = (rng.random((1, 36, h, w)).astype(np.float32) - 0.5) * 0.4
    size = (200.0, 260.0, 1.5)
    boxes = []
    for y in range(h):
        for x in range(w):
            for a, anchor in enumerate(PUBLISHED):
                box = [anchor[k] + stride * (x, y)[k % 2] for k in range(4)]
                d = moves[0, 4 * a : 4 * a + 4, y, x]
                bw, bh = box[2] - box[0] + 1, box[3] - box[1] + 1
                cx, cy = box[0] + bw / 2 + d[0] * bw, box[1] + bh / 2 + d[1] * bh
                bw, bh = math.exp(d[2]) * bw, math.exp(d[3]) * bh
                box = [cx - bw / 2, cy - bh / 2, cx + bw / 2, cy + bh / 2]
                box = [min(max(v, 0), (size[1], size[0])[k % 2] - 1) for k, v in enumerate(box)]
                if min(box[2] - box[0], box[3] - box[1]) + 1 >= 16 * size[2]:
                    boxes.append((scores[0, 9 + a, y, x], box))
    boxes.sort(key=lambda pair: -pair[0])
    kept: list[Any] = []
    for score, box in boxes:
        if all(overlap(box, other) <= 0.7 for _, other in kept):
            kept.append((score, box))
    graph = one("rpn.proposal_layer", "ProposalLayer", [(1, 18, h, w), (1, 36, h, w), (1, 3)], 2)
    assert graph.shapes["t0"] == (300, 5)
    regions, likely = run(graph, torch.tensor(scores), torch.tensor(moves), torch.tensor([size]))
    assert len(regions) == len(kept)
    np.testing.assert_allclose(regions[:, 1:], [box for _, box in kept], rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(likely[:, 0], [score for score, _ in kept])


def test_no_proposal_of_the_least_size_is_no_error() -> None:
    graph = one("rpn.proposal_layer", "ProposalLayer", [(1, 18, 1, 1), (1, 36, 1, 1), (1, 3)])
    zeros = torch.zeros(1, 36, 1, 1)
    (regions,) = run(graph, torch.ones(1, 18, 1, 1), zeros, torch.tensor([[10.0, 10.0, 1.0]]))
    assert regions.shape == (0, 5)


def test_overlaps_and_offsets_are_those_of_loops() -> None:
    rng = np.random.default_rng(1)
    low = rng.integers(0, 40, (6, 2))
    boxes = np.concatenate((low, low + rng.integers(5, 40, (6, 2))), 1).astype(np.float32)
    a, b = torch.tensor(boxes[:4]), torch.tensor(boxes[4:])
    wanted = [[overlap(x, y) for y in boxes[4:]] for x in boxes[:4]]
    np.testing.assert_allclose(pixel_overlap(a, b), wanted, rtol=1e-5)
    pairs = zip(boxes[:3], boxes[3:], strict=True)
    found = box_offsets(torch.tensor(boxes[:3]), torch.tensor(boxes[3:]))
    np.testing.assert_allclose(found, [offsets(x, y) for x, y in pairs], rtol=1e-4, atol=1e-6)


def test_anchor_targets_are_those_of_a_loop_while_nothing_is_drawn() -> None:
    anchors = ((0.0, 0.0, 15.0, 15.0), (-8.0, 0.0, 23.0, 15.0))
    objects = torch.tensor([[2.0, 1.0, 19.0, 16.0, 1.0], [33.0, 30.0, 50.0, 44.0, 2.0]])
    h, w, size = 4, 5, (64.0, 72.0)
    torch.manual_seed(0)
    labels, targets, inside, outside = anchor_targets(
        torch.zeros(1, 4, h, w), objects, torch.tensor([[*size, 1.0]]), anchors, 16, 0
    )
    assert labels.shape == (1, 1, 2 * h, w)
    rows = {}
    for y in range(h):
        for x in range(w):
            for a, anchor in enumerate(anchors):
                box = [anchor[k] + 16 * (x, y)[k % 2] for k in range(4)]
                if min(box) >= 0 and box[2] < size[1] and box[3] < size[0]:
                    rows[a, y, x] = (box, [overlap(box, o[:4].tolist()) for o in objects])
    best = [max(over[g] for _, over in rows.values()) for g in range(2)]
    wanted = {}
    for place, (_, over) in rows.items():
        label = 0 if max(over) < 0.3 else -1
        if any(abs(over[g] - best[g]) < 1e-6 for g in range(2)) or max(over) >= 0.7:
            label = 1
        wanted[place] = label
    used = sum(label >= 0 for label in wanted.values())
    for (a, y, x), label in wanted.items():
        assert labels[0, 0, a * h + y, x] == label
        box, over = rows[a, y, x]
        goal = offsets(box, objects[int(np.argmax(over)), :4].tolist())
        np.testing.assert_allclose(targets[0, 4 * a : 4 * a + 4, y, x], goal, rtol=1e-4, atol=1e-5)
        assert (inside[0, 4 * a : 4 * a + 4, y, x] == (label == 1)).all()
        np.testing.assert_allclose(outside[0, 4 * a, y, x], (label >= 0) / used, rtol=1e-5)
    others = 2 * h * w - len(rows)
    assert (labels == -1).sum() == others + sum(label < 0 for label in wanted.values())


def test_of_many_anchors_128_objects_and_128_others_are_drawn() -> None:
    anchors = ((0.0, 0.0, 15.0, 15.0),)
    objects = torch.tensor([[16.0 * x, 16.0 * y, 16 * x + 15, 16 * y + 15, 1.0]
                            for x in range(20) for y in range(10)])  # fmt: skip
    torch.manual_seed(0)
    size = torch.tensor([[640.0, 640.0, 1.0]])
    labels = anchor_targets(torch.zeros(1, 2, 40, 40), objects, size, anchors, 16, 0)[0]
    assert ((labels == 1).sum(), (labels == 0).sum()) == (128, 128)


def test_targets_of_drawn_regions() -> None:
    objects = torch.tensor([[10.0, 10.0, 29.0, 29.0, 2.0]])
    regions = torch.tensor([[0.0, 12, 10, 31, 29], [0.0, 60, 60, 79, 79]])
    torch.manual_seed(0)
    kept, labels, targets, inside, outside = proposal_targets(regions, objects, 3)
    assert labels.flatten().tolist() == [2, 2, 0]  # the moved one and the object itself, then none
    rows = {tuple(box[1:].tolist()): i for i, box in enumerate(kept)}
    i = rows[12, 10, 31, 29]
    wanted = np.array(offsets((12, 10, 31, 29), (10, 10, 29, 29))) / (0.1, 0.1, 0.2, 0.2)
    np.testing.assert_allclose(targets[i, 8:], wanted, rtol=1e-5, atol=1e-6)
    assert (targets[i, :8] == 0).all() and (inside[i] == torch.tensor([0.0] * 8 + [1.0] * 4)).all()
    assert (inside[2] == 0).all() and torch.equal(inside, outside)


def test_text_proposals_are_those_of_a_loop() -> None:
    rng = np.random.default_rng(2)
    moves = (rng.random((1, 20, 2, 3)).astype(np.float32) - 0.5) * 0.5
    scores = rng.random((1, 20, 2, 3)).astype(np.float32)
    shapes = [(1, 20, 2, 3), (1, 20, 2, 3), (1, 3)]
    graph = one("layers.text_proposal_layer", "ProposalLayer", shapes, 2, "'feat_stride': 16")
    boxes, likely = run(
        graph, torch.tensor(scores), torch.tensor(moves), torch.tensor([[300.0, 40.0, 1.0]])
    )
    # the anchor of height 33, the fourth: from int(7.5 - 16) to int(7.5 + 16)
    row, d = (1 * 3 + 2) * 10 + 3, moves[0, 6:8, 1, 2]
    high = 23 + 8 + 1
    tall = math.exp(d[1]) * high
    top = d[0] * high + (-8 + 23) / 2 + 16 - tall / 2
    wanted = [32, max(top, 0), 39, min(top + tall, 299)]
    np.testing.assert_allclose(boxes[row], wanted, rtol=1e-4)
    assert likely[row, 0] == scores[0, 13, 1, 2]


def test_whole_channels_are_dropped_by_the_phase_of_the_param_str() -> None:
    x = torch.ones(2, 200, 2, 2)
    shapes, name = [(2, 200, 2, 2)], ("spatial_dropout", "SpatialDropoutLayer")
    (y,) = run(one(*name, shapes, param="{'phase': 'TRAIN', 'p': '0.25'}"), x)
    assert sorted(y.unique().tolist()) == pytest.approx([0, 1 / 0.75])
    assert torch.equal(y, y[:, :, :1, :1].expand_as(y))
    (y,) = run(one(*name, shapes, param="{'phase': 'TEST', 'p': '0.25'}"), x)
    np.testing.assert_allclose(y, np.full(y.shape, 1 / 0.75), rtol=1e-6)
    with pytest.raises(ShapeError, match="p of param_str is 1.5"):
        one(*name, shapes, param="{'phase': 'TRAIN', 'p': 1.5}")


def test_small_ones() -> None:
    x, y = torch.randn(3, 4), torch.randn(3, 4)
    (loss,) = run(one("pyloss", "EuclideanLossLayer", [(3, 4), (3, 4)]), x, y)
    np.testing.assert_allclose(loss, [((x - y) ** 2).sum() / 6], rtol=1e-6)
    (rows,) = run(one("norm2layer", "Norm2Layer", [(3, 4)]), x)
    np.testing.assert_allclose(rows.norm(dim=1), [1, 1, 1], rtol=1e-6)
    (ten,) = run(one("test_python_layer", "SimpleLayer", [(3, 4)]), x)
    assert torch.equal(ten, 10 * x)
    pairs = torch.tensor([0.1, 0.9, 0.8, 0.2, 0.3, 0.7]).reshape(1, 6, 1, 1)
    (count,) = run(one("ordinal_decode_layer", "OrdinalDecodeLayer", [(1, 6, 1, 1)]), pairs)
    assert count.tolist() == [[[[2.0]]]]
    (flags,) = run(one("ds2_cont_filler_layer", "DS2ContFillerLayer", [(3, 4)]), x)
    assert flags[0].tolist() == [0, 1, 1, 1] and flags.shape == (3, 4)


def test_triplets_have_the_gradient_of_their_project() -> None:
    a, p, n = (torch.randn(5, 3, requires_grad=True) for _ in range(3))
    graph = one("tripletlosslayer", "TripletLayer", [(5, 3)] * 3)
    (loss,) = run(graph, a, p, n)
    short = [1 + ((a[i] - p[i]) ** 2).sum().item() - ((a[i] - n[i]) ** 2).sum().item()
             for i in range(5)]  # fmt: skip
    np.testing.assert_allclose(loss.item(), sum(max(0, s) for s in short) / 10, rtol=1e-5)
    loss.sum().backward()
    for i, s in enumerate(short):
        wanted = (n[i] - p[i]) / 5 if s > 0 else torch.zeros(3)
        np.testing.assert_allclose(a.grad[i], wanted.detach(), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("layer", python_known.every(), ids=lambda layer: type(layer).__name__)
def test_each_says_what_it_is(layer: Any) -> None:
    assert layer.names and layer.type == "Python"
    text = type(layer).__doc__ or ""
    for word in ("Shape:", "Params:", "Weights:", "Differs:", "Raises:", "Source:"):
        assert word in text


def test_one_class_name_in_two_projects() -> None:
    find = python_known.known
    shapes = [(1, 20, 1, 1), (1, 20, 1, 1), (1, 3)]
    net = one("layers.text_proposal_layer", "ProposalLayer", shapes, 2).net
    assert type(find(net.message.layer[3])).__name__ == "TextProposalLayer"
    net.message.layer[3].python_param.module = "rpn.proposal_layer"
    assert type(find(net.message.layer[3])).__name__ == "ProposalLayer"
    net.message.layer[3].python_param.module = "somebody.proposal"
    assert find(net.message.layer[3]) is None


@pytest.mark.parametrize(
    ("module", "layer", "shapes", "tops", "expected"),
    [
        ("SSH.layers.proposal_layer", "ProposalLayer", [(1, 4, 2, 3), (1, 8, 2, 3), (1, 3)], 2,
         [(300, 5), (300, 1)]),
        ("rotation.rproposal_layer", "ProposalLayer", [(1, 4, 2, 3), (1, 10, 2, 3), (1, 3)], 1,
         [(300, 6)]),
        ("rotation.anchor_target_layer", "AnchorTargetLayer", [(1, 4, 2, 3), (1, 6), (1, 3)], 4,
         [(1, 1, 4, 3), *[(1, 10, 2, 3)] * 3]),
        ("ssh.proposal_target_layer", "ProposalTargetLayer", [(9, 5), (2, 5)], 5,
         [(128, 5), (128, 1, 1, 1), *[(128, 84)] * 3]),
        ("rpn.proposal_layer", "ProposalLayer", [(1, 6, 2, 3), (1, 12, 2, 3), (1, 3)], 1,
         [(300, 5)]),
        ("rpn.anchor_target_layer", "AnchorTargetLayer", [(1, 6, 2, 3), (1, 5), (1, 3)], 4,
         [(1, 1, 6, 3), *[(1, 12, 2, 3)] * 3]),
    ],
)  # fmt: skip
def test_what_other_projects_changed_has_shapes_and_does_not_run(
    module: str, layer: str, shapes: list[Any], tops: int, expected: list[Any]
) -> None:
    """Other modules, or anchors of a project's own: nothing says what they compute."""
    graph = one(module, layer, shapes, tops)
    assert graph.node("l").top_shapes == expected
    with pytest.raises(UnsupportedError, match="project's own"):
        build.build(graph)


def test_a_known_source_is_assumed_and_does_not_run() -> None:
    text = """layer { name: "d" type: "Python" top: "data" top: "im_info" top: "gt_boxes"
        python_param { module: "roi_data_layer.layer" layer: "RoIDataLayer"
                       param_str: "'num_classes': 21" } }"""
    graph = build_graph(parse_net(text), phase="TRAIN", assume=True)
    assert graph.shapes == {"data": (1, 3, 600, 1000), "im_info": (1, 3), "gt_boxes": (1, 5)}


@pytest.mark.parametrize("layer", ["MNCDataLayer", "CFMDataLayer", "RoIDataDALayer"])
def test_the_data_of_other_projects_are_assumed_and_never_read(layer: str) -> None:
    text = f"""layer {{ name: "d" type: "Python" top: "data" top: "im_info"
        python_param {{ module: "pylayer.data" layer: "{layer}"
                       param_str: "'num_classes': 21" }} }}"""
    graph = build_graph(parse_net(text), phase="TRAIN", assume=True)
    assert graph.shapes == {"data": (1, 3, 600, 1000), "im_info": (1, 3)}
    with pytest.raises(DataError, match="masks and domains of a project's own cannot be read"):
        build_graph(parse_net(text), phase="TRAIN")


def test_a_layer_that_is_not_known_is_refused_as_before() -> None:
    with pytest.raises(UnsupportedError, match="Python layers run somebody's code"):
        one("mine", "Mine", [(1, 2)])
    with pytest.raises(ShapeError, match="feat_stride of param_str is 'x'"):
        graph = one("rpn.proposal_layer", "ProposalLayer",
                    [(1, 18, 1, 1), (1, 36, 1, 1), (1, 3)], param="'feat_stride': 'x'")  # fmt: skip
        build.build(graph)


def test_a_tuple_of_yaml_is_read_as_a_list() -> None:
    """CTPN and others write Python's own tag, which a safe reader of YAML refuses."""
    param = "'feat_stride': 8\\nscales: !!python/tuple [2, 4]\\nratios: [0.5, 1, 2, 3]"
    shapes = [(1, 16, 1, 1), (1, 32, 1, 1), (1, 3)]
    graph = one("rpn.proposal_layer", "ProposalLayer", shapes, param=param)
    known = python_known.known(graph.node("l").param)
    assert settings(graph.node("l").site) == {
        "feat_stride": 8, "scales": [2, 4], "ratios": [0.5, 1, 2, 3],
    }  # fmt: skip
    assert known is not None and not has_own_anchors(graph.node("l").site)
    one_line = one(
        "rpn.proposal_layer", "ProposalLayer", [(1, 6, 1, 1), (1, 12, 1, 1), (1, 3)],
        param="scales: !!python/tuple [4]",
    )  # fmt: skip
    assert settings(one_line.node("l").site) == {"scales": [4]}
    assert not has_own_anchors(one_line.node("l").site)
    hostile = one(
        "rpn.proposal_layer", "ProposalLayer", [(1, 18, 1, 1), (1, 36, 1, 1), (1, 3)],
        param="feat: !!python/object/apply:os.system ['exit 1']",
    )  # fmt: skip
    assert isinstance(settings(hostile.node("l").site)["feat"], str)


def test_hard_regions_have_the_published_number() -> None:
    regions = [(300, 84), (300, 84), (300, 5), (300,), (300, 84), (300, 84), (300, 84)]
    graph = one("roi_data_layer.layer", "OHEMDataLayer", regions, 5, "'num_classes': 21")
    assert graph.node("l").top_shapes == [(128, 5), (128,), *[(128, 84)] * 3]
    with pytest.raises(UnsupportedError):
        build.build(graph)


def test_rons_boxes_and_targets_have_one_row_an_anchor() -> None:
    bottoms = [(2, 20, 5, 6), (2, 201, 5, 6), (2, 40, 5, 6)]
    graph = one("ron_layer.det_layer", "DetLayer", bottoms, 2)
    assert graph.node("l").top_shapes == [(2, 300, 4), (2, 300, 21)]
    graph = one("ron_layer.det_target_layer", "DetTargetLayer", [(2, 20, 5, 6), (4, 6), (2, 3)])
    assert graph.node("l").top_shapes == [(2, 1, 50, 6)]
    with pytest.raises(UnsupportedError):
        build.build(graph)
