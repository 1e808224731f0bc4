"""DetectionOutput against a case worked out by hand and against loops."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import GraphError, ShapeError, UnsupportedError
from tests.layers.one_layer import one_graph, run_layer, top_shapes
from tests.layers.test_boxes import greedy, random_boxes

TEXT = "detection_output_param {{ num_classes: 3 {} }}"


def ssd(fields: str, *bottoms: torch.Tensor) -> torch.Tensor:
    (top,) = run_layer("DetectionOutput", TEXT.format(fields), *bottoms, phase="TEST")
    assert top.shape[:2] == (1, 1)
    assert top.shape[3] == 7
    return top[0, 0]


def priors(boxes: torch.Tensor, variance: float = 0.1) -> torch.Tensor:
    return torch.stack((boxes.flatten(), torch.full((boxes.numel(),), variance)))[None]


BOXES = torch.tensor([[0.0, 0.0, 0.5, 0.5], [0.0, 0.0, 0.5, 0.45], [0.5, 0.5, 1.0, 1.0]])
SCORES = torch.tensor([[0.1, 0.7, 0.2], [0.1, 0.8, 0.1], [0.2, 0.1, 0.7]])


def test_by_hand() -> None:
    fields = "nms_param { nms_threshold: 0.45 } confidence_threshold: 0.15"
    rows = ssd(fields, torch.zeros(1, 12), SCORES.view(1, 9), priors(BOXES))
    # class 1: box 1 suppresses box 0; class 2: box 2, and box 0, far from it
    wanted = [[0, 1, 0.8, *BOXES[1]], [0, 2, 0.7, *BOXES[2]], [0, 2, 0.2, *BOXES[0]]]
    torch.testing.assert_close(rows, torch.tensor(wanted))


def test_keep_top_k_keeps_the_best_of_all_classes_sorted_by_class() -> None:
    fields = "nms_param { nms_threshold: 0.45 } confidence_threshold: 0.15 keep_top_k: 2"
    rows = ssd(fields, torch.zeros(1, 12), SCORES.view(1, 9), priors(BOXES))
    assert rows[:, 1].tolist() == [1, 2]
    assert rows[:, 2].tolist() == pytest.approx([0.8, 0.7])


def test_top_k_counts_boxes_of_a_class_before_suppression() -> None:
    fields = "nms_param { nms_threshold: 1 top_k: 1 }"
    rows = ssd(fields, torch.zeros(1, 12), SCORES.view(1, 9), priors(BOXES))
    assert rows[:, 1].tolist() == [1, 2]


def test_no_detection_gives_a_row_of_minus_one_per_image() -> None:
    rows = ssd(
        "confidence_threshold: 2", torch.zeros(2, 12), SCORES.view(1, 9).expand(2, 9), priors(BOXES)
    )
    assert rows.tolist() == [[0, -1, -1, -1, -1, -1, -1], [1, -1, -1, -1, -1, -1, -1]]


def test_offsets_are_scaled_by_the_variance_unless_it_is_in_the_target() -> None:
    location = torch.full((1, 12), 0.5)
    fields = "nms_param { top_k: 1 } code_type: CORNER"
    rows = ssd(fields, location, SCORES.view(1, 9), priors(BOXES))
    torch.testing.assert_close(rows[0, 3:], BOXES[1] + 0.05)
    rows = ssd(
        fields + " variance_encoded_in_target: true", location, SCORES.view(1, 9), priors(BOXES)
    )
    torch.testing.assert_close(rows[0, 3:], BOXES[1] + 0.5)


def test_every_class_may_have_its_location() -> None:
    location = torch.zeros(1, 3, 3, 4)
    location[0, :, 2] = 1.0
    rows = ssd(
        "share_location: false nms_param { top_k: 1 }",
        location.view(1, 36), SCORES.view(1, 9), priors(BOXES),
    )  # fmt: skip
    torch.testing.assert_close(rows[:, 3:], torch.stack((BOXES[1], BOXES[2] + 0.1)))


def test_random_batch_equals_the_loops() -> None:
    generator = torch.Generator().manual_seed(0)
    boxes = random_boxes(40, 6)
    scores = torch.rand(2, 40, 3, generator=generator)
    rows = ssd(
        "nms_param { nms_threshold: 0.6 top_k: 30 eta: 0.9 } confidence_threshold: 0.2",
        torch.zeros(2, 160), scores.view(2, 120), priors(boxes),
    )  # fmt: skip
    wanted = []
    for image in range(2):
        for label in (1, 2):
            score = scores[image, :, label].tolist()
            order = sorted((k for k in range(40) if score[k] > 0.2), key=lambda k: -score[k])[:30]
            kept = greedy([boxes[k].tolist() for k in order], 0.6, 0.9)
            wanted += [[image, label, score[order[k]], *boxes[order[k]].tolist()] for k in kept]
    torch.testing.assert_close(rows, torch.tensor(wanted))


@pytest.mark.parametrize("keep_top_k", [-1, 25, 300])
def test_equal_scores_keep_the_order_of_the_priors(keep_top_k: int) -> None:
    generator = torch.Generator().manual_seed(1)
    boxes = random_boxes(300, 9)
    scores = torch.randint(1, 6, (300, 3), generator=generator) / 8
    fields = f"nms_param {{ nms_threshold: 0.3 top_k: 90 }} keep_top_k: {keep_top_k}"
    rows = ssd(
        f"confidence_threshold: 0.25 {fields}",
        torch.zeros(1, 1200), scores.reshape(1, 900), priors(boxes),
    )  # fmt: skip
    wanted = []
    for label in (1, 2):
        score = scores[:, label].tolist()
        order = sorted((k for k in range(300) if score[k] > 0.25), key=lambda k: -score[k])[:90]
        kept = greedy([boxes[k].tolist() for k in order], 0.3, 1.0)
        wanted += [[0, label, score[order[k]], *boxes[order[k]].tolist()] for k in kept]
    assert 25 < len(wanted) < 180
    if keep_top_k > -1:
        best = sorted(range(len(wanted)), key=lambda i: -wanted[i][2])[:keep_top_k]
        wanted = [wanted[i] for i in sorted(best)]
    torch.testing.assert_close(rows, torch.tensor(wanted))


def test_the_first_stage_of_refinedet_moves_and_filters_priors() -> None:
    first_location = torch.zeros(1, 3, 4)
    first_location[0, 1] = 0.5
    first_score = torch.tensor([[[0.0, 1.0], [0.0, 1.0], [1.0, 0.0]]])
    rows = ssd(
        "nms_param { nms_threshold: 0.9 } confidence_threshold: 0.65",
        torch.zeros(1, 12), SCORES.view(1, 9), priors(BOXES),
        first_score.view(1, 6), first_location.view(1, 12),
    )  # fmt: skip
    # box 2 is no object for the first stage, box 1 is moved by 0.05
    wanted = [[0, 1, 0.8, *(BOXES[1] + 0.05)], [0, 1, 0.7, *BOXES[0]]]
    torch.testing.assert_close(rows, torch.tensor(wanted))


@pytest.mark.parametrize(
    ("fields", "bottoms", "error", "message"),
    [
        ("", [(1, 12), (1, 8), (1, 2, 12)], ShapeError, r"confidence of shape \(1, 8\)"),
        ("", [(1, 16), (1, 9), (1, 2, 12)], ShapeError, r"location of shape \(1, 16\)"),
        (
            "nms_param { soft_nms: true }",
            [(1, 12), (1, 9), (1, 2, 12)],
            UnsupportedError,
            "soft_nms",
        ),
    ],
)
def test_bad_input_is_refused(
    fields: str, bottoms: list[tuple[int, ...]], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        top_shapes("DetectionOutput", TEXT.format(fields), bottoms)


def test_it_cannot_run_backward_and_says_what_it_leaves_out() -> None:
    fields = 'save_output_param { output_directory: "out" }'
    graph = one_graph("DetectionOutput", TEXT.format(fields), [(1, 12), (1, 9), (1, 2, 12)])
    assert "neither written" in graph.notes[0]
    graph.node("l").need_backward = True
    with pytest.raises(GraphError, match="cannot run backward"):
        graph.require_backward()
