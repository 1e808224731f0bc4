"""YoloDetectionOutput: detections of a YOLO v2 output."""

from __future__ import annotations

from caffe2torch.layers._nms import keep_boxes
from caffe2torch.layers._yolo import check_regions, region_boxes, split_regions
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch

EXAMPLE = "num_classes: 2 num_box: 2 biases: [1, 1, 2, 2] nms_threshold: 0"


class YoloDetectionOutput(Layer):
    """Boxes of a YOLO v2 output whose best class is likely enough, overlapping ones suppressed.

    Shape:    x (N, num_box * (5 + C), H, W), C >= num_classes[, image] -> (1, 1, K, 7): image,
              label from 1, score, xmin, ymin, xmax, ymax in fractions. K is known only then; the
              rule says 1
    Params:   num_classes [20]; num_box [5] anchors; biases: width and height of each in cells;
              confidence_threshold [0.01]; nms_threshold [0.45], over all classes at once; side,
              coords and label_map_file have no effect
    Weights:  none
    Differs:  in a batch each image has its own suppression and index (the fork takes a batch for
              one image). Without a detection there is one row of -1 per image.
    Raises:   ShapeError if the sizes do not fit
    Source:   Redmon, Farhadi, YOLO9000 (2016); the YOLO forks' yolo_detection_output_layer.cpp
    """

    type = "YoloDetectionOutput"
    origin = "yolo"
    bottoms = (1, 2)
    roles = frozenset({Role.RESULT})
    backward = "cannot run backward"
    param_field = "yolo_detection_output_param"
    examples = (
        Example(
            f"yolo_detection_output_param {{ {EXAMPLE} }}", bottoms=[(1, 14, 1, 1)], phase="TEST"
        ),
    )

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.yolo_detection_output_param
        biases = len(param.biases)
        check_regions(x, param.num_box, param.num_classes, biases, self.param_field, more=True)
        return [(1, 1, 1, 7)]

    def code(self, x: Site) -> Code:
        param = x.param.yolo_detection_output_param
        code = op(
            yolo_detections,
            biases=tuple(param.biases[: 2 * param.num_box]),
            classes=param.num_classes,
            least=param.confidence_threshold,
            threshold=param.nms_threshold,
        )
        return Code(code.init, "{self}({0})")


def yolo_detections(
    x: torch.Tensor, biases: tuple[float, ...], classes: int, least: float, threshold: float
) -> torch.Tensor:
    """Detections (1, 1, K, 7) of a YOLO v2 output (N, A * (5 + C), H, W), C >= classes."""
    cells = split_regions(x.detach(), len(biases) // 2)
    boxes = region_boxes(cells, biases).reshape(len(x), -1, 4)
    likely, label = cells[..., 5 : 5 + classes].softmax(dim=-1).max(dim=-1)
    scores = (cells[..., 4].sigmoid() * likely).reshape(len(x), -1)
    # equal to the threshold is too much overlap here, unlike SSD's
    below = float(torch.nextafter(scores.new_tensor(threshold), scores.new_tensor(-1.0)))
    rows = []
    for n, (box, score, kind) in enumerate(
        zip(boxes, scores, label.reshape(len(x), -1), strict=True)
    ):
        order = score.argsort(descending=True, stable=True)
        order = order[score[order] >= least]
        order = order[keep_boxes(box[order], score[order], below)]
        head = torch.stack((torch.full_like(score[order], n), kind[order] + 1, score[order]), dim=1)
        rows.append(torch.cat((head, box[order]), dim=1))
    detected = torch.cat(rows)
    if len(detected) == 0:
        detected = detected.new_full((len(x), 7), -1)
        detected[:, 0] = torch.arange(len(x))
    return detected[None, None]
