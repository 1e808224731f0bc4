"""Layers that Caffe defines in its own way, against torch's nearest operator of the same size.

Forward and backward where a net trains through the layer, forward alone where it gives detections.
Caffe's semantics may need more than the operator beside it: the goal is within 1.5 times.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from caffe2torch.convert.loading import load
from caffe2torch.format.schema import parse_message
from caffe2torch.format.upgrade import net_from_message
from tools.benchmarks.pairs import Ratio, in_turn

try:
    from torchvision import ops
except (ImportError, RuntimeError):  # it is not there, or was made for another torch
    ops = None

GOAL = 1.5
RUNS, PAUSE = 9, 0.02
DETECTIONS = 0.010
"""Seconds that a picture's detections may take."""


@dataclass(frozen=True)
class Case:
    """A layer, and what does nearly the same.

    text:   the layer's prototxt, with bottoms x0, x1, ...
    theirs: takes the same tensors
    learns: whether the gradient of the first input is part of what is timed
    """

    title: str
    text: str
    inputs: Callable[[], list[Tensor]]
    theirs: Callable[..., Tensor]
    against: str
    learns: bool = True


def noise(*shape: int) -> Callable[[], list[Tensor]]:
    return lambda: [torch.randn(shape, generator=torch.Generator().manual_seed(0))]


def rois(count: int, height: int, width: int, batch: int = 1) -> Tensor:
    """Boxes (image, x1, y1, x2, y2) in pixels of a picture 16 times the map."""
    generator = torch.Generator().manual_seed(1)
    size = torch.tensor([width, height, width, height]) * 16.0
    corners = torch.rand(count, 2, 2, generator=generator).sort(1).values.reshape(count, 4)
    image = torch.randint(batch, (count, 1), generator=generator)
    return torch.cat([image, corners * size], 1)


def sequences(steps: int, batch: int, width: int) -> list[Tensor]:
    """Inputs of a recurrent layer, of sequences that begin at step 0 and go on."""
    (x,) = noise(steps, batch, width)()
    cont = torch.ones(steps, batch)
    cont[0] = 0
    return [x, cont]


def boxes_of_rpn() -> list[Tensor]:
    """Scores, steps and size that a region proposal network gives for 600 x 1000 pixels."""
    generator = torch.Generator().manual_seed(2)
    scores = torch.rand(1, 18, 38, 63, generator=generator)
    steps = torch.randn(1, 36, 38, 63, generator=generator) * 0.3
    return [scores, steps, torch.tensor([[600.0, 1000.0, 1.0]])]


def best_boxes(scores: Tensor, steps: Tensor, size: Tensor) -> Tensor:
    """What Proposal does at least: sort 21,546 scores, suppress among 6,000 boxes."""
    generator = torch.Generator().manual_seed(3)
    flat = scores[:, 9:].flatten()
    first = flat.topk(6000)
    corners = torch.rand(6000, 4, generator=generator) * 400
    corners[:, 2:] += corners[:, :2]
    return ops.nms(corners, first.values, 0.7)[:300]


class Recurrent(nn.Module):
    """torch's own LSTM or RNN, without what begins a sequence in its midst."""

    def __init__(self, kind: type[nn.LSTM | nn.RNN], width: int, hidden: int) -> None:
        super().__init__()
        self.net = kind(width, hidden)

    def forward(self, x: Tensor, cont: Tensor) -> Tensor:
        out: Tensor = self.net(x)[0]
        return out


RECURRENT = 'recurrent_param { num_output: 256 weight_filler { type: "xavier" } }'

CASES = (
    Case(
        "LRN, 32x96x55x55",
        'type: "LRN" lrn_param { local_size: 5 alpha: 0.0001 }',
        noise(32, 96, 55, 55), partial(F.local_response_norm, size=5), "F.local_response_norm",
    ),
    Case(
        "LRN within channels, 32x32x32x32",
        'type: "LRN" lrn_param { local_size: 3 norm_region: WITHIN_CHANNEL }',
        noise(32, 32, 32, 32),
        lambda x: x * (1 + F.avg_pool2d(x * x, 3, 1, 1)) ** -0.75, "F.avg_pool2d and a power",
    ),
    Case(
        "MAX pooling with a clipped last window, 32x96x55x55",
        'type: "Pooling" pooling_param { kernel_size: 3 stride: 2 }',
        noise(32, 96, 56, 56), partial(F.max_pool2d, kernel_size=3, stride=2, ceil_mode=True),
        "F.max_pool2d",
    ),
    Case(
        "AVE pooling with a clipped last window, 32x64x32x32",
        'type: "Pooling" pooling_param { pool: AVE kernel_size: 3 stride: 2 }',
        noise(32, 64, 32, 32), partial(F.avg_pool2d, kernel_size=3, stride=2, ceil_mode=True),
        "F.avg_pool2d",
    ),
    Case(
        "MAX pooling, windows apart and padded, 32x96x55x55",
        'type: "Pooling" pooling_param { kernel_size: 2 stride: 3 pad: 1 }',
        noise(32, 96, 55, 55),
        partial(F.max_pool2d, kernel_size=2, stride=3, padding=1, ceil_mode=True), "F.max_pool2d",
    ),
    Case(
        "MVN, 32x64x56x56", 'type: "MVN"', noise(32, 64, 56, 56), F.instance_norm,
        "F.instance_norm",
    ),
    Case(
        "MVN across channels, 32x64x56x56", 'type: "MVN" mvn_param { across_channels: true }',
        noise(32, 64, 56, 56), partial(F.layer_norm, normalized_shape=(64, 56, 56)),
        "F.layer_norm",
    ),
    Case(
        "LSTM, 32 steps of 16 sequences, 256 wide",
        f'type: "LSTM" {RECURRENT}',
        partial(sequences, 32, 16, 256), Recurrent(nn.LSTM, 256, 256), "nn.LSTM",
    ),
    Case(
        "RNN, 32 steps of 16 sequences, 256 wide",
        f'type: "RNN" {RECURRENT}',
        partial(sequences, 32, 16, 256), Recurrent(nn.RNN, 256, 256), "nn.RNN",
    ),
    Case(
        "ROIPooling of 128 boxes, 1x512x38x63",
        'type: "ROIPooling" roi_pooling_param { pooled_h: 7 pooled_w: 7 spatial_scale: 0.0625 }',
        lambda: [*noise(1, 512, 38, 63)(), rois(128, 38, 63)],
        lambda x, boxes: ops.roi_pool(x, boxes, 7, 0.0625), "torchvision.ops.roi_pool",
    ),
    Case(
        "Proposal of 21,546 anchors",
        'type: "Proposal" proposal_param { feat_stride: 16 }',
        boxes_of_rpn, best_boxes, "torch.topk and torchvision.ops.nms", learns=False,
    ),
)  # fmt: skip


def module(text: str, tensors: list[Tensor]) -> nn.Module:
    """The torch module of a net of one layer."""
    lines = []
    for i, tensor in enumerate(tensors):
        dims = " ".join(f"dim: {n}" for n in tensor.shape)
        lines.append(f'layer {{ name: "x{i}" type: "Input" top: "x{i}" '
                     f"input_param {{ shape {{ {dims} }} }} }}")  # fmt: skip
    bottoms = " ".join(f'bottom: "x{i}"' for i in range(len(tensors)))
    lines.append(f'layer {{ name: "y" {bottoms} top: "y" {text} }}')
    message = parse_message("\n".join(lines), "NetParameter", "benchmark").message
    return load(net_from_message(message, "benchmark"), seed=0)


def measure() -> Iterator[Ratio]:
    for case in CASES:
        if ops is None and "torchvision" in case.against:
            print(f"{case.title}: left out: torchvision cannot be imported here", file=sys.stderr)
            continue
        yield time_case(case)
    yield detections()


def time_case(case: Case) -> Ratio:
    """Time a layer and what stands beside it, in turn."""
    tensors = case.inputs()
    ours = module(case.text, tensors)
    sides = {
        "ours": partial(step, ours, tensors, case.learns),
        "theirs": partial(step, case.theirs, tensors, case.learns),
    }
    times = in_turn(sides, RUNS, pause=PAUSE)
    return Ratio.of(case.title, times["ours"], times["theirs"], GOAL, case.against)


def step(net: Callable[..., Tensor], tensors: list[Tensor], learns: bool) -> None:
    """Forward, and backward to the first input and the weights."""
    first, *others = tensors
    if not learns:
        with torch.no_grad():
            net(first, *others)
        return
    x = first.detach().requires_grad_()
    y = net(x, *others)
    y.backward(torch.ones_like(y))


SSD = (
    'type: "DetectionOutput" detection_output_param { num_classes: 21 share_location: true '
    "background_label_id: 0 nms_param { nms_threshold: 0.45 top_k: 400 } "
    "code_type: CENTER_SIZE keep_top_k: 200 confidence_threshold: 0.01 }"
)


def ssd_inputs(priors: int = 8732, classes: int = 21) -> list[Tensor]:
    """Steps, confidences and priors of an SSD300 that is sure of some 400 boxes a class."""
    generator = torch.Generator().manual_seed(4)
    centre = torch.rand(priors, 2, generator=generator)
    half = torch.rand(priors, 2, generator=generator) * 0.15 + 0.02
    corners = torch.cat([centre - half, centre + half], 1).reshape(1, 1, -1)
    variances = torch.tensor([0.1, 0.1, 0.2, 0.2]).repeat(priors).reshape(1, 1, -1)
    steps = torch.randn(1, priors * 4, generator=generator) * 0.5
    scores = torch.randn(1, priors, classes, generator=generator) * 1.2
    scores[..., 0] += 6
    confidences = scores.softmax(2).reshape(1, -1)
    return [steps, confidences, torch.cat([corners, variances], 1)]


def detections() -> Ratio:
    """A picture's detections against the 10 ms that they may take."""
    tensors = ssd_inputs()
    ours = module(SSD, tensors)
    times = in_turn({"ours": partial(step, ours, tensors, False)}, RUNS, pause=PAUSE)["ours"]
    limit = [DETECTIONS] * len(times)
    return Ratio.of("DetectionOutput of SSD300", times, limit, 1.0, "10 ms")
