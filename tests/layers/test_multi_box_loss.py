"""MultiBoxLoss against loops that follow the definition prior by prior."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from caffe2torch.errors import GraphError, ShapeError
from tests.layers.one_layer import one_graph, one_net, run_layer, run_net, top_shapes
from tests.layers.test_boxes import jaccard, random_boxes

N, P, CLASSES = 3, 18, 4
TEXT = "multibox_loss_param {{ num_classes: {} {} }} {}"
VARIANCE = [0.1, 0.1, 0.2, 0.2]


def case(
    classes: int = CLASSES, locations: int = 1, dtype: Any = torch.float64
) -> list[torch.Tensor]:
    """Location, confidence, priors and truth; the last image has no object."""
    generator = torch.Generator().manual_seed(1)
    location = torch.randn(N, P * locations * 4, generator=generator) * 2
    confidence = torch.randn(N, P * classes, generator=generator) * 2
    boxes = random_boxes(P, 7)
    prior = torch.stack((boxes.flatten(), torch.tensor(VARIANCE * P)))[None]
    rows = []
    for k, (image, label) in enumerate([(0, 1), (0, 3), (0, 3), (1, 2), (-1, 0), (1, 1)]):
        corners = (random_boxes(P, 7)[3 * k] + 0.05).tolist()
        rows.append([image, min(label, classes - 1), 0, *corners, k % 3 == 1])
    truth = torch.tensor(rows)[None, None]
    return [tensor.to(dtype) for tensor in (location, confidence, prior, truth)]


def encode(box: list[float], prior: list[float]) -> list[float]:
    w, h = prior[2] - prior[0], prior[3] - prior[1]
    return [
        ((box[0] + box[2]) / 2 - (prior[0] + prior[2]) / 2) / w,
        ((box[1] + box[3]) / 2 - (prior[1] + prior[3]) / 2) / h,
        math.log((box[2] - box[0]) / w),
        math.log((box[3] - box[1]) / h),
    ]


def match(priors: list[Any], objects: list[Any], threshold: float, every: bool) -> list[int]:
    """Object of each prior or -1: the best pairs first, then what overlaps enough."""
    found = [-1] * len(priors)
    pool = set(range(len(objects)))
    while pool:
        pairs = [
            (jaccard(prior, objects[g]), -i, -g)
            for i, prior in enumerate(priors)
            for g in pool
            if found[i] == -1
        ]
        best, i, g = max(pairs)
        if best <= 1e-6:
            break
        found[-i] = -g
        pool.discard(-g)
    for i, prior in enumerate(priors):
        overlaps = [jaccard(prior, g) for g in objects]
        if every and found[i] == -1 and max(overlaps) >= threshold:
            found[i] = overlaps.index(max(overlaps))
    return found


def reference(
    bottoms: list[torch.Tensor],
    classes: int = CLASSES,
    every: bool = True,
    difficult: bool = True,
    ratio: float = 3.0,
    mining: str = "MAX_NEGATIVE",
    samples: int = 64,
) -> tuple[float, float, int]:
    """Localization and confidence loss before normalization, and the number of matches."""
    location, confidence, prior, truth = (bottom.tolist() for bottom in bottoms)
    priors = [prior[0][0][4 * i : 4 * i + 4] for i in range(P)]
    sums, count = [0.0, 0.0], 0
    for n in range(N):
        rows = [r for r in truth[0][0] if r[0] == n and (difficult or not r[7])]
        score = [confidence[n][classes * i : classes * i + classes] for i in range(P)]
        losses = [[math.log(sum(map(math.exp, s))) - value for value in s] for s in score]
        if not rows and mining != "NONE":
            continue
        objects = [r[3:7] for r in rows]
        found = match(priors, objects, 0.5, every) if rows else [-1] * P
        labels = [int(rows[g][1]) if g >= 0 else 0 for g in found]
        where = []
        for i, g in enumerate(found):
            coded = encode(objects[g], priors[i]) if g >= 0 else []
            offsets = [
                abs(location[n][4 * i + k] - value / VARIANCE[k]) for k, value in enumerate(coded)
            ]
            where.append(sum(0.5 * d * d if d < 1 else d - 0.5 for d in offsets))
        positive = {i for i, g in enumerate(found) if g >= 0}
        chosen = set(range(P))
        if mining == "MAX_NEGATIVE":
            free = [
                i
                for i in range(P)
                if i not in positive and max(jaccard(priors[i], g) for g in objects) < 0.5
            ]
            free.sort(key=lambda i: -losses[i][0])
            chosen = positive | set(free[: int(ratio * len(positive))])
        elif mining == "HARD_EXAMPLE":
            order = sorted(range(P), key=lambda i: -losses[i][labels[i]] - where[i])
            chosen = set(order[:samples])
            positive &= chosen
        count += len(positive)
        sums[0] += sum(where[i] for i in positive)
        sums[1] += sum(losses[i][labels[i]] for i in chosen)
    return sums[0], sums[1], count


@pytest.mark.parametrize(
    ("fields", "options"),
    [
        ("", {}),
        ("neg_pos_ratio: 1.5", {"ratio": 1.5}),
        ("match_type: BIPARTITE", {"every": False}),
        ("use_difficult_gt: false", {"difficult": False}),
        ("mining_type: NONE", {"mining": "NONE"}),
        ("mining_type: HARD_EXAMPLE sample_size: 9", {"mining": "HARD_EXAMPLE", "samples": 9}),
    ],
)
def test_equals_the_loops(fields: str, options: dict[str, Any]) -> None:
    bottoms = case()
    (loss,) = run_layer(
        "MultiBoxLoss",
        TEXT.format(CLASSES, "code_type: CENTER_SIZE loc_weight: 2 " + fields, ""),
        *bottoms,
    )
    where, what, count = reference(bottoms, **options)
    assert count >= 3
    assert loss.item() == pytest.approx((2 * where + what) / count, rel=1e-6)


@pytest.mark.parametrize(
    ("loss_param", "divisor"),
    [("FULL", N * P), ("BATCH_SIZE", N), ("NONE", 1)],
)
def test_normalization(loss_param: str, divisor: int) -> None:
    bottoms = case()
    text = TEXT.format(
        CLASSES, "code_type: CENTER_SIZE", f"loss_param {{ normalization: {loss_param} }}"
    )
    where, what, _ = reference(bottoms)
    (loss,) = run_layer("MultiBoxLoss", text, *bottoms)
    assert loss.item() == pytest.approx((where + what) / divisor, rel=1e-6)


@pytest.mark.long
@pytest.mark.parametrize(
    "fields",
    [
        "code_type: CENTER_SIZE",
        "code_type: CORNER mining_type: NONE loc_loss_type: L2",
        "code_type: CORNER_SIZE conf_loss_type: LOGISTIC",
        "code_type: CENTER_SIZE mining_type: HARD_EXAMPLE sample_size: 12",
        "code_type: CORNER bp_inside: true ignore_cross_boundary_bbox: true",
        "code_type: CENTER_SIZE nms_param { nms_threshold: 0.5 top_k: 9 } use_prior_for_nms: true",
    ],
)
def test_gradient(fields: str) -> None:
    location, confidence, prior, truth = case()
    net = one_net(
        "MultiBoxLoss", TEXT.format(CLASSES, fields, ""), [tuple(b.shape) for b in case()]
    )
    inputs = (location.requires_grad_(), confidence.requires_grad_())
    assert torch.autograd.gradcheck(lambda a, b: run_net(net, a, b, prior, truth)[0], inputs)


def test_variances_in_the_target_stay_out_of_the_gradient() -> None:
    location, confidence, prior, truth = case()
    location = location.requires_grad_()
    fields = "code_type: CORNER loc_loss_type: L2 %s"
    net_in = one_net(
        "MultiBoxLoss",
        TEXT.format(CLASSES, fields % "encode_variance_in_target: true", ""),
        [tuple(b.shape) for b in case()],
    )
    (loss,) = run_net(net_in, location, confidence, prior, truth)
    (gradient,) = torch.autograd.grad(loss, location)
    one = prior.clone()
    one[:, 1] = 1
    net = one_net(
        "MultiBoxLoss", TEXT.format(CLASSES, fields % "", ""), [tuple(b.shape) for b in case()]
    )
    (plain,) = run_net(net, location, confidence, one, truth)
    (of_plain,) = torch.autograd.grad(plain, location)
    # d/dx 0.5 ((x - t) / v)^2 would be (x - t) / v^2; SSD gives (x - t) / v
    torch.testing.assert_close(gradient, of_plain / prior[0, 1].expand_as(gradient))


def test_a_location_for_every_class_belongs_to_the_label() -> None:
    location, confidence, prior, truth = case(locations=CLASSES)
    location = location.requires_grad_()
    fields = "code_type: CENTER_SIZE share_location: false mining_type: NONE match_type: BIPARTITE"
    (loss,) = run_layer(
        "MultiBoxLoss", TEXT.format(CLASSES, fields, ""), location, confidence, prior, truth
    )
    (gradient,) = torch.autograd.grad(loss, location)
    per_class = gradient.view(N, P, CLASSES, 4).abs().sum(dim=(1, 3)) > 0
    # image 0 has labels 1 and 3, image 1 has 2 and 1, image 2 none
    assert per_class.tolist() == [
        [False, True, False, True],
        [False, True, True, False],
        [False] * 4,
    ]


def test_predictions_can_be_matched_instead_of_priors() -> None:
    prior_boxes = torch.tensor([[0.0, 0.0, 0.2, 0.2], [0.5, 0.5, 0.8, 0.8]])
    prior = torch.stack((prior_boxes.flatten(), torch.ones(8)))[None]
    truth = torch.tensor([[0.0, 1, 0, 0.5, 0.5, 0.8, 0.8, 0]])[None, None]
    # the first prediction lies on the object, the second far from it
    location = torch.tensor([[0.5, 0.5, 0.6, 0.6, -0.5, -0.5, -0.5, -0.5]])
    text = TEXT.format(2, "use_prior_for_matching: false loc_weight: 1 mining_type: NONE", "")
    (loss,) = run_layer("MultiBoxLoss", text, location, torch.zeros(1, 4), prior, truth)
    assert loss.item() == pytest.approx(2 * math.log(2), rel=1e-5)
    (loss,) = run_layer(
        "MultiBoxLoss", text.replace("false", "true", 1), location, torch.zeros(1, 4), prior, truth
    )
    assert loss.item() == pytest.approx(2 * math.log(2) + 4 * 0.125, rel=1e-5)


def test_two_classes_take_every_object_as_the_same() -> None:
    bottoms = case(classes=2)
    bottoms[3][..., 1] = torch.tensor([1, 3, 3, 2, 0, 1])
    (loss,) = run_layer("MultiBoxLoss", TEXT.format(2, "code_type: CENTER_SIZE", ""), *bottoms)
    bottoms[3][..., 1] = torch.tensor([1, 1, 1, 1, 0, 1])
    where, what, count = reference(bottoms, classes=2)
    assert loss.item() == pytest.approx((where + what) / count, rel=1e-6)


def test_the_first_stage_of_refinedet_filters_negatives() -> None:
    bottoms = case()
    text = TEXT.format(CLASSES, "code_type: CENTER_SIZE", "")
    score = torch.zeros(N, P, 2, dtype=torch.float64)
    (positives_only,) = run_layer(
        "MultiBoxLoss",
        text,
        *bottoms,
        score.view(N, -1),
        torch.zeros(N, P * 4, dtype=torch.float64),
    )
    where, what, count = reference(bottoms, ratio=0.0)
    assert positives_only.item() == pytest.approx((where + what) / count, rel=1e-6)


def test_nothing_to_match_gives_zero() -> None:
    location, confidence, prior, truth = case()
    truth[..., 0] = -1
    location = location.requires_grad_()
    (loss,) = run_layer(
        "MultiBoxLoss", TEXT.format(CLASSES, "", ""), location, confidence, prior, truth
    )
    loss.backward()
    assert loss.item() == 0
    assert location.grad is not None
    assert location.grad.abs().sum() == 0


def test_propagate_down_takes_a_loss_out() -> None:
    bottoms = case()
    down = "propagate_down: false propagate_down: true propagate_down: false propagate_down: false"
    (loss,) = run_layer(
        "MultiBoxLoss", TEXT.format(CLASSES, "code_type: CENTER_SIZE", down), *bottoms
    )
    _, what, count = reference(bottoms)
    assert loss.item() == pytest.approx(what / count, rel=1e-6)


def test_a_wrong_label_is_named() -> None:
    bottoms = case()
    bottoms[3][0, 0, 0, 1] = 0
    with pytest.raises(ValueError, match="differ from the background's 0"):
        run_layer("MultiBoxLoss", TEXT.format(CLASSES, "", ""), *bottoms)


SHAPES = [(N, P * 4), (N, P * CLASSES), (1, 2, P * 4), (1, 1, 5, 8)]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("share_location: false", "mining needs share_location"),
        ("background_label_id: 4", "background_label_id 4 is not one of 4"),
        ("do_neg_mining: false", "different things"),
    ],
)
def test_bad_fields_are_refused(fields: str, message: str) -> None:
    shapes = [(N, P * 4 * CLASSES), *SHAPES[1:]] if "share" in fields else SHAPES
    with pytest.raises(ShapeError, match=message):
        top_shapes("MultiBoxLoss", TEXT.format(CLASSES, fields, ""), shapes)


def test_bad_shapes_are_refused() -> None:
    with pytest.raises(ShapeError, match="8 columns"):
        top_shapes("MultiBoxLoss", TEXT.format(CLASSES, "", ""), [*SHAPES[:3], (1, 1, 5, 7)])
    with pytest.raises(ShapeError, match="does not fit 18 priors"):
        top_shapes("MultiBoxLoss", TEXT.format(CLASSES, "", ""), [(N, 4), *SHAPES[1:]])


def test_it_refuses_a_gradient_of_the_priors() -> None:
    graph = one_graph("MultiBoxLoss", TEXT.format(CLASSES, "", ""), SHAPES)
    node = graph.node("l")
    node.need_backward, node.bottom_need_backward = True, [True, True, True, False]
    with pytest.raises(GraphError, match="backward to its priors"):
        graph.require_backward()
