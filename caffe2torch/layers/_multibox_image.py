"""SSD's loss of one image: match, mine, and sum the losses of what is left."""

from __future__ import annotations

from caffe2torch.layers._boxes import decode_boxes, encode_boxes
from caffe2torch.layers._multibox_match import match_boxes
from caffe2torch.layers._multibox_mine import confidence_losses, hardest
from caffe2torch.layers.lazy import F, torch


def match_classes(
    boxes: torch.Tensor,
    decoded: torch.Tensor,
    labels: torch.Tensor,
    corners: torch.Tensor,
    background: int,
    by_prior: bool,
    rule: tuple[bool, float, bool],
) -> tuple[torch.Tensor, torch.Tensor]:
    """Object of each prior and location class (P, L), and largest overlaps (P,) of L = 1.

    boxes: priors (P, 4); decoded: predictions (P, L, 4), matched instead unless `by_prior`.
    labels (G,), corners (G, 4): the objects. rule: see `match_boxes`. With L > 1 an object
    belongs to the location class that is its label.
    Source: SSD's caffe bbox_util.cpp, FindMatches
    """
    count = decoded.shape[1]
    if not len(labels):
        return torch.full(decoded.shape[:2], -1, device=boxes.device), boxes[:, 0] * 0
    if count == 1:
        match, best = match_boxes(boxes if by_prior else decoded[:, 0], corners, *rule)
        return match[:, None], best
    if by_prior:
        match, best = match_boxes(boxes, corners, *rule)
        same_label = labels[match.clamp(min=0), None] == torch.arange(count, device=labels.device)
        return match[:, None].where(same_label & (match >= 0)[:, None], -1), best
    columns = []
    for label in range(count):
        index = (labels == label).nonzero()[:, 0]
        match, best = match_boxes(decoded[:, label], corners[index], *rule)
        known = match.new_full((len(match),), -1) if not len(index) else index[match.clamp(min=0)]
        columns.append(
            torch.where((match >= 0) & (label != background), known, match.clamp(max=-1))
        )
    return torch.stack(columns, dim=1), best


def location_losses(
    offset: torch.Tensor,
    corners: torch.Tensor,
    boxes: torch.Tensor,
    spread: torch.Tensor,
    outside: torch.Tensor | None,
    code: str,
    in_target: bool,
    l2: bool,
) -> torch.Tensor:
    """Loss (K,) of predicted offsets for matched objects, priors and variances, all (K, 4).

    outside: mask (K, 4) of coordinates that get neither loss nor gradient; None for none.
    Source: SSD's caffe bbox_util.cpp, EncodeLocPrediction
    """
    target = encode_boxes(corners, boxes, torch.ones_like(spread) if in_target else spread, code)
    if outside is not None:
        offset = torch.where(outside, target, offset)
    if in_target:
        offset = offset + (offset / spread - offset).detach()
        target = target / spread
    if l2:
        return 0.5 * (offset - target).square().sum(dim=1)
    return F.smooth_l1_loss(offset, target, reduction="none").sum(dim=1)


def losses_of_image(
    offsets: torch.Tensor,
    scores: torch.Tensor,
    boxes: torch.Tensor,
    spread: torch.Tensor,
    labels: torch.Tensor,
    corners: torch.Tensor,
    mined: torch.Tensor | None,
    background: int,
    agnostic: bool,
    code: str,
    in_target: bool,
    l2: bool,
    logistic: bool,
    by_prior: bool,
    rule: tuple[bool, float, bool],
    bp_inside: bool,
    mining: str,
    negatives: tuple[float, float],
    sample_size: int,
    nms: tuple[float, int] | None,
    nms_by_prior: bool,
) -> tuple[torch.Tensor, torch.Tensor, int]:
    """Localization loss, confidence loss and number of matches of one image.

    offsets (P, L, 4), scores (P, classes); boxes and spread (P, 4): priors and variances;
    labels (G,), corners (G, 4): objects; mined (P,): which priors may be negatives, None for all.
    """
    scale = torch.ones_like(spread) if in_target else spread
    decoded = decode_boxes(offsets.detach(), boxes[:, None], scale[:, None], code)
    match, best = match_classes(boxes, decoded, labels, corners, background, by_prior, rule)
    prior, column = (match >= 0).nonzero(as_tuple=True)
    reference = boxes[prior] if by_prior else decoded[prior, column]
    outside = (reference < 0) | (reference > 1) if bp_inside else None
    objects = match[prior, column]
    location = location_losses(
        offsets[prior, column], corners[objects], boxes[prior], spread[prior], outside,
        code, in_target, l2,
    )  # fmt: skip
    label = torch.full((len(boxes),), background, device=boxes.device)
    label[prior] = background + 1 if agnostic else labels[objects]
    if mining == "NONE":
        label = torch.where((match >= 0).any(dim=1) | (not logistic), label, -1)
        confidence = confidence_losses(scores, label, background, logistic)
        return location.sum(), confidence.sum(), len(prior)
    if not len(labels):
        return location.sum(), scores[:0].sum(), 0
    loss = confidence_losses(scores.detach(), label, 0, logistic)
    free = match[:, 0] == -1
    if mining == "HARD_EXAMPLE":
        loss = loss.index_add(0, prior, location.detach())
        eligible, count = torch.ones_like(free), sample_size
    else:
        eligible, count = free & (best < negatives[1]), int(len(prior) * negatives[0])
    eligible = eligible if mined is None else eligible & mined
    candidates = boxes if nms_by_prior else decoded[:, 0]
    threshold, top_k = nms or (0.0, -1)
    chosen = hardest(loss, eligible, count, candidates if threshold > 0 else None, threshold, top_k)
    stays = chosen[prior] if mining == "HARD_EXAMPLE" else torch.ones_like(prior, dtype=torch.bool)
    counted = chosen & free
    counted[prior[stays]] = True
    confidence = confidence_losses(scores[counted], label[counted], background, logistic)
    return location[stays].sum(), confidence.sum(), int(stays.sum())
