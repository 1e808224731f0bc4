"""Overlap, codes and suppression of boxes against loops and by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from caffe2torch.layers._boxes import box_overlap, decode_boxes, encode_boxes
from caffe2torch.layers._nms import keep_apart, keep_boxes


def jaccard(a: list[float], b: list[float]) -> float:
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or high <= 0:
        return 0.0
    area = [(c[2] - c[0]) * (c[3] - c[1]) for c in (a, b)]
    return wide * high / (sum(area) - wide * high)


def random_boxes(count: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    corner = torch.rand(count, 2, generator=generator)
    return torch.cat((corner, corner + 0.5 * torch.rand(count, 2, generator=generator)), dim=1)


def test_overlap_equals_the_loops() -> None:
    a, b = random_boxes(12, 0), random_boxes(9, 1)
    wanted = [[jaccard(p, q) for q in b.tolist()] for p in a.tolist()]
    np.testing.assert_allclose(box_overlap(a, b).numpy(), wanted, atol=1e-6)


def test_odd_boxes_do_not_overlap() -> None:
    inside_out = torch.tensor([[0.6, 0.1, 0.2, 0.5], [0.6, 0.5, 0.2, 0.1], [0.3, 0.3, 0.3, 0.3]])
    unit = torch.tensor([[0.0, 0.0, 1.0, 1.0]])
    assert box_overlap(inside_out, unit).flatten().tolist() == [0, 0, 0]
    assert box_overlap(inside_out, inside_out).abs().sum() == 0


def test_overlap_in_whole_pixels() -> None:
    a = torch.tensor([[0.0, 0.0, 9.0, 9.0]])
    b = torch.tensor([[5.0, 0.0, 14.0, 9.0], [10.5, 0.0, 12.5, 9.0]])
    # 5 of 10 columns; boxes apart share one pixel of 100 + 3 * 10 - 1
    wanted = [50 / 150, 1 / (100 + 3 * 10 - 1)]
    assert box_overlap(a, b, 1.0)[0].tolist() == pytest.approx(wanted)


@pytest.mark.parametrize("code", ["CORNER", "CORNER_SIZE", "CENTER_SIZE"])
def test_decoding_inverts_encoding(code: str) -> None:
    box, prior = random_boxes(20, 2).double(), random_boxes(20, 3).double()
    variance = torch.tensor([0.1, 0.1, 0.2, 0.3], dtype=torch.float64)
    offset = encode_boxes(box, prior, variance, code)
    torch.testing.assert_close(decode_boxes(offset, prior, variance, code), box)


def test_codes_by_hand() -> None:
    prior, box = torch.tensor([0.2, 0.2, 0.6, 0.4]), torch.tensor([0.3, 0.1, 0.5, 0.5])
    variance = torch.tensor([0.1, 0.1, 0.2, 0.2])
    wanted = {
        "CORNER": [1, -1, -0.5, 0.5],
        "CORNER_SIZE": [0.1 / 0.4 / 0.1, -0.1 / 0.2 / 0.1, -0.1 / 0.4 / 0.2, 0.1 / 0.2 / 0.2],
        "CENTER_SIZE": [0, 0, np.log(0.2 / 0.4) / 0.2, np.log(0.4 / 0.2) / 0.2],
    }
    for code, values in wanted.items():
        got = encode_boxes(box, prior, variance, code)
        assert got.tolist() == pytest.approx(values, abs=1e-5)


def greedy(boxes: list[list[float]], threshold: float, eta: float) -> list[int]:
    kept: list[int] = []
    for i, box in enumerate(boxes):
        if all(jaccard(box, boxes[k]) <= threshold for k in kept):
            kept.append(i)
            if eta < 1 and threshold > 0.5:
                threshold *= eta
    return kept


@pytest.mark.parametrize(("threshold", "eta"), [(0.3, 1.0), (0.0, 1.0), (0.9, 0.8)])
def test_suppression_equals_the_loops(threshold: float, eta: float) -> None:
    boxes = random_boxes(80, 4)
    scores = torch.linspace(1, 0, 80)
    wanted = greedy(boxes.tolist(), threshold, eta)
    assert 5 < len(wanted) < 80
    assert keep_boxes(boxes, scores, threshold, eta).tolist() == wanted


def test_suppression_of_nothing() -> None:
    assert keep_boxes(torch.zeros(0, 4), torch.zeros(0), 0.5).tolist() == []


def test_suppression_over_several_blocks() -> None:
    boxes = torch.cat((random_boxes(450, 6), random_boxes(50, 7)[:, [2, 3, 0, 1]]))[::7].tolist()
    boxes = (boxes + random_boxes(430, 8).tolist())[:500]
    wanted = greedy(boxes, 0.3, 1.0)
    assert 100 < len(wanted) < 480
    tensor = torch.tensor(boxes)
    assert keep_boxes(tensor, torch.linspace(1, 0, 500), 0.3).tolist() == wanted
    near = keep_apart(tensor, lambda a, b: box_overlap(a, b) > 0.3, most=50)
    assert near.tolist() == wanted[:50]
