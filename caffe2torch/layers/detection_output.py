"""DetectionOutput: boxes, scores and priors to detections (SSD, RefineDet)."""

from __future__ import annotations

from typing import Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import ShapeError, UnsupportedError
from caffe2torch.layers._boxes import box_overlap, decode_boxes, split_priors
from caffe2torch.layers._nms import keep_apart, keep_boxes
from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch

EXAMPLE = "nms_param { nms_threshold: 0.45 top_k: 5 } code_type: CENTER_SIZE keep_top_k: 1"


class DetectionOutput(Layer):
    """Decodes the boxes of each class, suppresses overlapping ones and keeps the best of all.

    Shape:    location (N, P * 4 * L), confidence (N, P * num_classes), priors (1, 2, P * 4)
              [, RefineDet: confidence (N, P * 2) and location (N, P * 4) of the first stage];
              or, of YOLO v2's ports, one map of cells alone, of which only the shape is known
              -> (1, 1, K, 7): image, label, score, xmin, ymin, xmax, ymax as fractions. K is
              known only after the suppression; the rule says 1
    Params:   num_classes; share_location [true]: L is 1, else num_classes; background_label_id
              [0]; nms_param: nms_threshold [0.3], top_k boxes of a class, eta [1]; code_type
              [CORNER]; variance_encoded_in_target [false]; keep_top_k [-1] boxes of an image;
              confidence_threshold; objectness_score [0.01]
    Weights:  none
    Differs:  save_output_param and visualize do nothing here, with a note. Without a detection
              there is one row of -1 per image, as in SSD.
    Raises:   ShapeError if the sizes do not fit; UnsupportedError for soft_nms, output_logits
    Source:   Liu et al., SSD (2016); SSD's caffe detection_output_layer.cpp
    """

    type = "DetectionOutput"
    origin = "ssd"
    bottoms = (1, 5)
    roles = frozenset({Role.RESULT})
    backward = "cannot run backward"
    param_field = "detection_output_param"
    examples = (
        Example(
            f"detection_output_param {{ num_classes: 3 {EXAMPLE} }}",
            bottoms=[(1, 16), (1, 12), (1, 2, 16)], low=0.1, phase="TEST",
        ),
    )  # fmt: skip

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.detection_output_param
        if len(x.bottoms) < 3:
            return self._of_cells(x)
        check_priors(x, param.num_classes, param.share_location, "detection_output_param")
        for asked, field in ((param.nms_param.soft_nms, "nms_param.soft_nms"),
                             (param.output_logits, "output_logits")):  # fmt: skip
            if asked:
                raise UnsupportedError(f"{field} of one fork is not reproduced; leave it out")
        if param.save_output_param.output_directory or param.visualize:
            x.notes.append("detections are neither written to files nor shown")
        return [(1, 1, 1, 7)]

    def _of_cells(self, x: Site) -> list[Shape]:
        """The shape of YOLO v2's detections, from a single bottom with anchors."""
        if len(x.bottoms) != 1 or not x.param.detection_output_param.biases:
            raise ShapeError(
                "takes locations, confidences and priors",
                field="bottom",
                hint="write all three bottoms; one alone is of YOLO v2's, with biases",
            )
        return [(1, 1, 1, 7)]

    def code(self, x: Site) -> Code:
        if len(x.bottoms) < 3:
            refuse_to_run(x, "YOLO v2's detections by one bottom are not reproduced")
        param = x.param.detection_output_param
        code = op(
            detection_output,
            classes=param.num_classes,
            background=param.background_label_id,
            code=pb.PriorBoxParameter.CodeType.Name(param.code_type),
            in_target=param.variance_encoded_in_target,
            least=param.confidence_threshold if param.HasField("confidence_threshold") else None,
            nms=(param.nms_param.nms_threshold, param.nms_param.eta),
            top_k=param.nms_param.top_k if param.nms_param.HasField("top_k") else -1,
            keep_top_k=param.keep_top_k,
            objectness=param.objectness_score,
        )  # fmt: skip
        call = "{self}({0}, {1}, {2})" if param.visualize else code.call
        return Code(code.init, call)


def check_priors(x: Site, classes: int, share: bool, field: str) -> None:
    """Raise ShapeError unless locations and confidences fit the number of priors."""
    if classes < 1:
        raise ShapeError("num_classes is missing", field=field, hint="count the background too")
    location, confidence, prior = x.bottoms[:3]
    if len(prior) < 3 or prior[1] != 2:
        raise ShapeError(
            f"priors of shape {prior} are not (1, 2, P * 4): boxes and their variances",
            field="bottom",
            hint="the third bottom comes from PriorBox, or from a Concat of them along axis 2",
        )
    n_priors = prior[2] // 4
    per_prior = {"location": 4 if share else 4 * classes, "confidence": classes}
    for (what, values), shape in zip(per_prior.items(), (location, confidence), strict=True):
        channels = shape[1] if len(shape) > 1 else 0
        if channels != n_priors * values or shape[:1] != location[:1]:
            raise ShapeError(
                f"{what} of shape {shape} does not fit {n_priors} priors of shape {prior}: "
                f"axis 1 should be {n_priors} * {values}",
                field="bottom",
                hint="priors are counted as SSD's PriorBox makes them; a fork may make more of a "
                "min_size (FaceBoxes' makes 16 of 32, and 4 of 64)",
            )


def detection_output(
    location: torch.Tensor,
    confidence: torch.Tensor,
    prior: torch.Tensor,
    *first_stage: torch.Tensor,
    classes: int,
    code: str,
    in_target: bool,
    objectness: float,
    **choice: Any,
) -> torch.Tensor:
    """Detections (1, 1, K, 7) of all images; `choice` goes to `detections_of_image`."""
    boxes, variance = split_priors(prior)
    variance = torch.ones_like(variance) if in_target else variance
    n = len(location)
    scores = confidence.detach().reshape(n, len(boxes), classes)
    if first_stage:
        empty = first_stage[0].reshape(n, len(boxes), 2)[..., 1:] < objectness
        scores = torch.where(empty, scores.new_tensor([1.0] + [0.0] * (classes - 1)), scores)
    if len(first_stage) > 1:
        boxes = decode_boxes(first_stage[1].reshape(n, -1, 4), boxes, variance, code)
    offsets = location.detach().reshape(n, scores.shape[1], -1, 4)
    decoded = decode_boxes(offsets, boxes.detach().unsqueeze(-2), variance[:, None], code)
    rows = [detections_of_image(decoded[i], scores[i], **choice) for i in range(n)]
    image = [row.new_full((len(row), 1), i) for i, row in enumerate(rows)]
    detected = torch.cat([torch.cat(pair, dim=1) for pair in zip(image, rows, strict=True)])
    if len(detected) == 0:
        detected = detected.new_full((n, 7), -1)
        detected[:, 0] = torch.arange(n)
    return detected[None, None]


def detections_of_image(
    boxes: torch.Tensor,
    scores: torch.Tensor,
    background: int,
    least: float | None,
    nms: tuple[float, float],
    top_k: int,
    keep_top_k: int,
) -> torch.Tensor:
    """Rows (K, 6) of label, score and corners from boxes (P, L, 4) and scores (P, classes)."""
    label, prior = likeliest(scores, background, least, top_k)
    score, box = scores[prior, label], boxes[prior, label if boxes.shape[1] > 1 else 0]
    if keep_top_k > -1 and nms[1] >= 1:
        order = score.argsort(descending=True, stable=True)
        best = keep_apart(
            torch.cat((box, label[:, None].to(box.dtype)), 1)[order],
            lambda a, b: (box_overlap(a[:, :4], b[:, :4]) > nms[0]) & (a[:, 4:] == b[:, 4]),
            keep_top_k,
        )
        kept = order[best].sort().values
    else:
        kept = kept_of_classes(label, score, box, nms)
        if -1 < keep_top_k < len(kept):
            best = score[kept].argsort(descending=True, stable=True)[:keep_top_k]
            kept = kept[best.sort().values]
    return torch.cat((label[kept, None].to(box.dtype), score[kept, None], box[kept]), dim=1)


def kept_of_classes(
    label: torch.Tensor, score: torch.Tensor, box: torch.Tensor, nms: tuple[float, float]
) -> torch.Tensor:
    """Which rows stay, in order, where those of a label stand together, the likeliest first."""
    kept, start = [label[:0]], 0
    for count in label.unique_consecutive(return_counts=True)[1].tolist():
        rows = slice(start, start + count)
        kept.append(keep_boxes(box[rows], score[rows], *nms) + start)
        start += count
    return torch.cat(kept)


def likeliest(
    scores: torch.Tensor, background: int, least: float | None, top_k: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Classes and priors of detections from scores (P, classes): by class, the likeliest first.

    Of each class but the background those above `least`, `top_k` of them unless that is negative;
    equal ones in the order of the priors. Only what can be among them is sorted.
    """
    of_class = scores.t().contiguous()
    candidate = torch.ones_like(of_class, dtype=torch.bool) if least is None else of_class > least
    if 0 <= background < len(of_class):
        candidate[background] = False
    if 0 < top_k < of_class.shape[1]:
        lowest = of_class.where(candidate, -torch.inf).topk(top_k, dim=1).values[:, -1:]
        candidate &= of_class >= lowest
    label, prior = candidate.nonzero(as_tuple=True)
    order = of_class[label, prior].argsort(descending=True, stable=True)
    order = order[label[order].argsort(stable=True)]
    label, prior = label[order], prior[order]
    if top_k < 0:
        return label, prior
    counts = candidate.sum(1)
    rank = torch.arange(len(label), device=label.device) - (counts.cumsum(0) - counts)[label]
    return label[rank < top_k], prior[rank < top_k]
