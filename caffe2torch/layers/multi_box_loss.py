"""MultiBoxLoss: the loss of SSD, with matching and hard negative mining."""

from __future__ import annotations

from typing import Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import ShapeError
from caffe2torch.layers._boxes import (
    decode_boxes,
    split_priors,
)
from caffe2torch.layers._loss import normalization
from caffe2torch.layers._multibox_image import losses_of_image
from caffe2torch.layers._multibox_match import objects_of_images
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.detection_output import check_priors
from caffe2torch.layers.lazy import torch

EXAMPLE = "multibox_loss_param { num_classes: 3 code_type: CENTER_SIZE %s }"
BOTTOMS = ((2, 16), (2, 12), (1, 2, 16), (1, 1, 2, 8))


class MultiBoxLoss(Layer):
    """Localization and confidence loss of boxes matched with objects, over the matches.

    Shape:    location (N, P * 4 * L), confidence (N, P * num_classes), priors (1, 2, P * 4),
              truth (1, 1, G, 8)[, RefineDet: confidence (N, P * 2) and location (N, P * 4) of
              the first stage] -> (). L is 1 with share_location, else num_classes
    Params:   loc_loss_type [SMOOTH_L1]; conf_loss_type [SOFTMAX]; loc_weight [1]; num_classes;
              share_location [true]; match_type [PER_PREDICTION]; overlap_threshold [0.5];
              use_prior_for_matching [true]; background_label_id [0]; use_difficult_gt [true];
              neg_pos_ratio [3]; neg_overlap [0.5]; code_type [CORNER];
              encode_variance_in_target [false]; map_object_to_agnostic [false];
              ignore_cross_boundary_bbox [false]; bp_inside [false]; mining_type [MAX_NEGATIVE];
              nms_param; sample_size [64]; use_prior_for_nms [false]; objectness_score [0.01];
              loss_param normalization [VALID] over the matches, FULL over N*P, BATCH_SIZE over N
    Weights:  none
    Differs:  of equal losses the first prior is mined (SSD leaves it to the sort). With
              encode_variance_in_target the gradient leaves the variances out, as SSD's does.
              LOGISTIC without mining is right for batches too (SSD writes targets elsewhere).
    Raises:   ShapeError if the sizes do not fit or mining comes without share_location;
              ValueError in forward for a label that is no object's
    Source:   Liu et al., SSD (2016), section 2.2; SSD's caffe multibox_loss_layer.cpp
    """

    type = "MultiBoxLoss"
    origin = "ssd"
    bottoms = (4, 6)
    loss = True
    object_bottom = 3
    no_gradient = {2: "cannot run backward to its priors", 3: "cannot run backward to its labels"}
    param_field = "multibox_loss_param"
    examples = (
        Example(EXAMPLE % "", bottoms=BOTTOMS, low=1.0, high=1.9),
        Example(EXAMPLE % "mining_type: NONE", bottoms=BOTTOMS, low=1.0, high=1.9),
    )

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.multibox_loss_param
        check_priors(x, param.num_classes, param.share_location, self.param_field)
        if x.bottoms[3][-1] != 8:
            raise ShapeError(
                f"truth of shape {x.bottoms[3]} does not have 8 columns", field="bottom"
            )
        mined = param.mining_type != param.NONE
        if mined and not param.share_location:
            raise ShapeError(
                "mining needs share_location: true",
                field="multibox_loss_param.mining_type",
                hint="set mining_type: NONE",
            )
        if param.HasField("do_neg_mining") and param.do_neg_mining != mined:
            raise ShapeError(
                "do_neg_mining and mining_type say different things",
                field="multibox_loss_param.do_neg_mining",
                hint="remove do_neg_mining, which is out of use",
            )
        softmax = param.conf_loss_type == param.SOFTMAX
        if softmax and not 0 <= param.background_label_id < param.num_classes:
            raise ShapeError(
                f"background_label_id {param.background_label_id} is not one of "
                f"{param.num_classes} classes",
                field="multibox_loss_param.background_label_id",
            )
        return [()]

    def code(self, x: Site) -> Code:
        param = x.param.multibox_loss_param
        nms = param.nms_param
        return op(
            multibox_loss,
            classes=param.num_classes,
            background=param.background_label_id,
            difficult=param.use_difficult_gt,
            objectness=param.objectness_score,
            weights=_weights(x),
            normalization=normalization(x),
            code=pb.PriorBoxParameter.CodeType.Name(param.code_type),
            in_target=param.encode_variance_in_target,
            l2=param.loc_loss_type == param.L2,
            logistic=param.conf_loss_type == param.LOGISTIC,
            agnostic=param.map_object_to_agnostic,
            rule=(
                param.match_type == param.PER_PREDICTION,
                param.overlap_threshold,
                param.ignore_cross_boundary_bbox,
            ),
            by_prior=param.use_prior_for_matching,
            bp_inside=param.bp_inside,
            mining=param.MiningType.Name(param.mining_type),
            negatives=(param.neg_pos_ratio, param.neg_overlap),
            sample_size=param.sample_size,
            nms=(nms.nms_threshold, nms.top_k) if param.HasField("nms_param") else None,
            nms_by_prior=param.use_prior_for_nms,
        )


def _weights(x: Site) -> tuple[float, float]:
    """Weights of the two losses; propagate_down: false takes a loss out, value and gradient."""
    down = list(x.param.propagate_down) or [True] * 4
    return (x.param.multibox_loss_param.loc_weight if down[0] else 0.0, float(down[1]))


def multibox_loss(
    location: torch.Tensor,
    confidence: torch.Tensor,
    prior: torch.Tensor,
    truth: torch.Tensor,
    *first_stage: torch.Tensor,
    classes: int,
    difficult: bool,
    objectness: float,
    weights: tuple[float, float],
    normalization: str,
    **choice: Any,
) -> torch.Tensor:
    """Weighted localization and confidence loss of a batch; `choice` goes to each image."""
    boxes, spread = split_priors(prior)
    offsets = location.reshape(len(location), len(boxes), -1, 4)
    n, p = offsets.shape[:2]
    objects = objects_of_images(truth, n, classes, choice["background"], difficult)
    scores = confidence.reshape(n, p, classes)
    mined: list[torch.Tensor | None] = [None] * n
    if first_stage:
        mined = list(first_stage[0].reshape(n, p, 2)[..., 1] >= objectness)
    boxes = boxes.expand(n, p, 4)
    if len(first_stage) > 1:
        scale = torch.ones_like(spread) if choice["in_target"] else spread
        boxes = decode_boxes(first_stage[1].detach().reshape(n, p, 4), boxes, scale, choice["code"])
    images = [
        losses_of_image(offsets[i], scores[i], boxes[i], spread, *objects[i], mined[i], **choice)
        for i in range(n)
    ]
    locations, confidences, matches = zip(*images, strict=True)
    counts = {"VALID": sum(matches), "FULL": n * p, "BATCH_SIZE": n}
    total = weights[0] * sum(locations) + weights[1] * sum(confidences)
    return total / max(1, counts.get(normalization, 1))
