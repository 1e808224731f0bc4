"""Which prior belongs to which object, as SSD's loss decides it."""

from __future__ import annotations

from caffe2torch.layers._boxes import box_overlap
from caffe2torch.layers.lazy import torch


def objects_of_images(
    truth: torch.Tensor, images: int, classes: int, background: int, difficult: bool
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Labels (G,) and corners (G, 4) of the objects in each image, from rows (..., 8).

    A row is image (-1 for none), label, instance, corners, difficult. `difficult` keeps the
    difficult ones. With two classes every label above 1 means 1, as in RefineDet.
    Raises: ValueError for an object that has the label of the background, or none of the classes.
    """
    rows = truth.detach().reshape(-1, 8)
    if not difficult:
        rows = rows[rows[:, 7] == 0]
    rows = rows[rows[:, 0] != -1]
    label = rows[:, 1].long()
    label = label.clamp(max=1) if classes == 2 else label
    if ((label == background) | (label < 0) | (label >= classes)).any():
        raise ValueError(
            f"MultiBoxLoss: labels of objects must lie in 0..{classes - 1} and differ from the "
            f"background's {background}; found {label.min().item()} to {label.max().item()}"
        )
    return [(label[rows[:, 0] == i], rows[rows[:, 0] == i, 3:7]) for i in range(images)]


def match_boxes(
    boxes: torch.Tensor, objects: torch.Tensor, every: bool, threshold: float, inside: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Match boxes (P, 4) with objects (G, 4): index of the object (P,), largest overlap (P,).

    First each object takes the box that overlaps it most, the best pair first; with `every`,
    each other box then takes its best object if they overlap by `threshold` or more.
    The index is -1 for no object, -2 for a box that is left out: with `inside`, one that
    crosses the border of the image.
    Source: SSD's caffe bbox_util.cpp, MatchBBox
    """
    match = torch.full((len(boxes),), -1, device=boxes.device)
    if inside:
        match[((boxes < 0) | (boxes > 1)).any(dim=1)] = -2
    if not len(objects):
        return match, boxes.new_zeros(len(boxes))
    overlap = box_overlap(boxes, objects)
    overlap = overlap * (overlap > 1e-6) * (match != -2)[:, None]
    best, index = overlap.max(dim=1)
    free = overlap.clone()
    for _ in range(len(objects)):
        box, taken = divmod(int(free.argmax()), len(objects))
        if free[box, taken] <= 0:
            break
        match[box] = taken
        free[box], free[:, taken] = -1, -1
    if every:
        match = torch.where((match == -1) & (best > 0) & (best >= threshold), index, match)
    return match, best
