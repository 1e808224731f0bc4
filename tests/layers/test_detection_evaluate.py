"""DetectionEvaluate against a case worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from caffe2torch.errors import ShapeError
from tests.layers.one_layer import one_graph, one_net, run_layer, run_net, top_shapes

TEXT = "detection_evaluate_param {{ num_classes: 3 {} }}"
A, B, C = [0.0, 0.0, 0.4, 0.4], [0.5, 0.5, 0.9, 0.9], [0.0, 0.5, 0.4, 0.9]
NEAR_A = [0.0, 0.0, 0.4, 0.35]


def blob(rows: list[list[float]]) -> torch.Tensor:
    return torch.tensor(rows)[None, None]


DETECTIONS = blob(
    [
        [0, 1, 0.5, *A],
        [0, 1, 0.9, *NEAR_A],
        [0, 1, 0.8, *B],
        [0, 2, 0.7, *A],
        [1, 1, 0.6, *C],
        [1, 2, 0.3, *B],
    ]
)
TRUTH = blob(
    [[0, 1, 0, *A, 0], [0, 1, 1, *C, 0], [1, 1, 0, *C, 1], [-1, 0, 0, *A, 0], [1, 2, 0, *B, 0]]
)


def evaluate(fields: str = "") -> list[list[float]]:
    (top,) = run_layer("DetectionEvaluate", TEXT.format(fields), DETECTIONS, TRUTH, phase="TEST")
    assert top.shape == (1, 1, 8, 5)
    rows: list[list[float]] = top[0, 0].tolist()
    return [pytest.approx(row) for row in rows]


def test_true_and_false_positives() -> None:
    # objects after the row of -1 do not count: class 2 has none
    assert evaluate() == [
        [-1, 1, 3, -1, -1],
        [-1, 2, 0, -1, -1],
        [0, 1, 0.9, 1, 0],
        [0, 1, 0.8, 0, 1],
        [0, 1, 0.5, 0, 1],
        [0, 2, 0.7, 0, 1],
        [1, 1, 0.6, 1, 0],
        [1, 2, 0.3, 0, 1],
    ]


def test_difficult_objects_can_count_neither_way() -> None:
    rows = evaluate("evaluate_difficult_gt: false")
    assert rows[0] == [-1, 1, 2, -1, -1]
    assert rows[6] == [1, 1, 0.6, 0, 0]


def test_the_threshold_is_the_least_overlap() -> None:
    # NEAR_A overlaps A by 0.875
    assert evaluate("overlap_threshold: 0.88")[2] == [0, 1, 0.9, 0, 1]
    assert evaluate("overlap_threshold: 0.87")[2] == [0, 1, 0.9, 1, 0]


def test_rows_without_a_detection_are_left_out() -> None:
    nothing = blob([[0, -1, -1, -1, -1, -1, -1], [1, -1, -1, -1, -1, -1, -1]])
    (top,) = run_layer("DetectionEvaluate", TEXT.format(""), nothing, TRUTH, phase="TEST")
    assert top[0, 0].tolist() == [[-1, 1, 3, -1, -1], [-1, 2, 0, -1, -1]]


def test_sizes_of_the_images_make_it_compare_pixels(tmp_path: Path) -> None:
    sizes = tmp_path / "sizes.txt"
    sizes.write_text("a 10 10\nb c 1000 1000\n")
    text = TEXT.format(f'name_size_file: "{sizes}" overlap_threshold: 0.51')
    box, other = [0.0, 0.0, 0.5, 1.0], [0.0, 0.0, 1.0, 1.0]
    found = blob([[0, 1, 0.5, *box], [1, 1, 0.5, *box]])
    truth = blob([[0, 1, 0, *other, 0], [1, 1, 0, *other, 0]])
    net = one_net("DetectionEvaluate", text, [(1, 1, 2, 7), (1, 1, 2, 8)])
    for _ in range(2):
        (top,) = run_net(net, found, truth)
        # 6 * 11 of 11 * 11 pixels is 0.545, 501 * 1001 of 1001 * 1001 is 0.5005
        assert top[0, 0, 2:, 3].tolist() == [1, 0]


def test_a_missing_size_file_is_noted() -> None:
    text = TEXT.format('name_size_file: "nowhere.txt"')
    graph = one_graph("DetectionEvaluate", text, [(1, 1, 2, 7), (1, 1, 2, 8)])
    assert "nowhere.txt is missing" in graph.notes[0]


def test_the_background_is_no_label() -> None:
    found = blob([[0, 0, 0.5, *A]])
    with pytest.raises(ValueError, match="label 0 is the background"):
        run_layer("DetectionEvaluate", TEXT.format(""), found, TRUTH)


def test_bad_input_is_refused() -> None:
    with pytest.raises(ShapeError, match="not \\(1, 1, rows, 8\\)"):
        top_shapes("DetectionEvaluate", TEXT.format(""), [(1, 1, 4, 7), (1, 1, 4, 7)])


def test_without_num_classes_the_classes_of_the_truth_are_counted() -> None:
    detections = torch.tensor([[0.0, 2, 0.9, 0.1, 0.1, 0.5, 0.5]])[None, None]
    truth = torch.tensor([[0.0, 2, 0, 0.1, 0.1, 0.5, 0.5, 0], [0.0, 5, 0, 0.6, 0.6, 0.9, 0.9, 0]])[
        None, None
    ]
    (rows,) = run_layer("DetectionEvaluate", "", detections, truth, phase="TEST")
    assert rows[0, 0, :, :3].tolist() == [
        [-1, 2, 1], [-1, 5, 1], [0, 2, pytest.approx(0.9)],
    ]  # fmt: skip
    assert rows[0, 0, 2, 3:].tolist() == [1, 0]
