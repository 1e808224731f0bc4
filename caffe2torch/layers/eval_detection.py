"""EvalDetection: which detections of a YOLO v2 output are right (Intel Caffe)."""

from __future__ import annotations

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import ShapeError
from caffe2torch.layers._boxes import box_overlap
from caffe2torch.layers._nms import keep_boxes
from caffe2torch.layers._yolo import check_regions, region_boxes, split_regions
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch

EXAMPLE = "eval_detection_param { side: 2 num_class: 2 num_object: 1 nms: 0.5 biases: [1, 1] }"


class EvalDetection(Layer):
    """Objects of each class, then label, score, true and false positive of each detection.

    Shape:    x (N, num_object * (5 + num_class), side, side), truth (1, 1, G, 8): image, label
              from 1, instance, corners, difficult[, image] -> (N, num_class + side^2 *
              num_object * 4), filled up with zeros
    Params:   side [7]; num_class [20]; num_object [2] anchors; biases: width and height of each
              in cells; threshold [0.5], least overlap; score_type [MULTIPLY] of OBJ, PROB and
              their product; nms [-1]: overlap of suppression, over all classes at once;
              sqrt and constriant have no effect
    Weights:  none
    Differs:  nothing: a detection that overlaps no object of its class enough is neither true
              nor false, and with nms < 0 there are no detections, as in Intel's layer
    Raises:   ShapeError if the sizes do not fit
    Source:   Intel Caffe eval_detection_layer.cpp
    """

    type = "EvalDetection"
    origin = "intel"
    bottoms = (2, 3)
    roles = frozenset({Role.METRIC})
    backward = "cannot run backward"
    param_field = "eval_detection_param"
    examples = (
        Example(EXAMPLE, bottoms=[(2, 7, 2, 2), (1, 1, 2, 8)], low=1.0, high=1.9, phase="TEST"),
    )

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.eval_detection_param
        check_regions(x, param.num_object, param.num_class, len(param.biases), self.param_field)
        if x.bottoms[0][2:] != (param.side, param.side) or x.shape(1, 1)[-1] != 8:
            raise ShapeError(
                f"bottoms {x.bottoms[0]} and {x.bottoms[1]} are not {param.side} cells a side and "
                "truth of 8 columns",
                field="eval_detection_param.side",
            )
        return [(x.bottoms[0][0], param.num_class + param.side**2 * param.num_object * 4)]

    def code(self, x: Site) -> Code:
        param = x.param.eval_detection_param
        code = op(
            evaluate_regions,
            biases=tuple(param.biases[: 2 * param.num_object]),
            threshold=param.threshold,
            score_type=pb.EvalDetectionParameter.ScoreType.Name(param.score_type),
            nms=param.nms,
        )
        call = "{self}({0}, {1})"
        return Code(code.init, call)


def evaluate_regions(
    x: torch.Tensor,
    truth: torch.Tensor,
    biases: tuple[float, ...],
    threshold: float,
    score_type: str,
    nms: float,
) -> torch.Tensor:
    """Counts and verdicts (N, C + H * W * A * 4) for x (N, A * (5 + C), H, W)."""
    cells = split_regions(x.detach(), len(biases) // 2)
    boxes = region_boxes(cells, biases).reshape(len(x), -1, 4)
    likely, label = cells[..., 5:].softmax(dim=-1).reshape(*boxes.shape[:2], -1).max(dim=-1)
    objectness = cells[..., 4].sigmoid().reshape(likely.shape)
    scores = {"OBJ": objectness, "PROB": likely}.get(score_type, objectness * likely)
    below = float(torch.nextafter(scores.new_tensor(nms), scores.new_tensor(-1.0)))
    objects = truth.detach().reshape(-1, 8)
    top = []
    for n in range(len(x)):
        order = scores[n].argsort(descending=True, stable=True)[: len(label[n]) if nms >= 0 else 0]
        order = order[keep_boxes(boxes[n, order], scores[n, order], below)]
        order = order[scores[n, order] >= 0.005]
        order = order[label[n, order].argsort(stable=True)]
        truths = objects[objects[:, 0] == n]
        kinds = torch.arange(cells.shape[-1] - 5, device=x.device)
        counts = (truths[:, 1:2].long() - 1 == kinds).sum(dim=0).to(scores.dtype)
        rows = judge_regions(boxes[n, order], label[n, order], truths, threshold)
        rows[:, 1] = scores[n, order]
        blank = rows.new_zeros(4 * len(label[n]) - rows.numel())
        top.append(torch.cat((counts, rows.flatten(), blank)))
    return torch.stack(top)


def judge_regions(
    boxes: torch.Tensor, label: torch.Tensor, objects: torch.Tensor, threshold: float
) -> torch.Tensor:
    """Label, 0, true and false positive (K, 4) of boxes (K, 4) with labels (K,) from 0."""
    rows = torch.stack((label.to(boxes.dtype), *boxes.new_zeros((3, len(boxes)))), dim=1)
    seen = set()
    for k, kind in enumerate(label.tolist()):
        index = (objects[:, 1].long() - 1 == kind).nonzero()[:, 0]
        if not len(index):
            rows[k, 3] = 1
            continue
        overlap, best = box_overlap(boxes[k : k + 1], objects[index, 3:7])[0].max(dim=0)
        if overlap >= threshold:
            nearest = int(index[best])
            rows[k, 3 if nearest in seen else 2] = 1
            seen.add(nearest)
    return rows
