"""Do the labels belong to the images? A net that has learned a few batches is shown others."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from caffe2torch.graph.model import Node
from caffe2torch.health.history import LabelTest
from caffe2torch.health.probe.trial import Clock, Trial
from caffe2torch.module.runner import Runner

BATCHES, MOST, SHUFFLES = 4, 400, 20
LEARNED = 0.2


def label_test(trial: Trial, clock: Clock) -> LabelTest | None:
    """Train on a few batches, over and over, then compare labels on as many new ones.

    None where the net has no class labels, or the time does not suffice.
    """
    train = trial.running.train
    node, label = labelled(train)
    if node is None or not learn(trial, [train.batch() for _ in range(BATCHES)], clock):
        return None
    train.repeated = None
    others = [train.batch() for _ in range(BATCHES)]
    mixed = [shuffled(others, label, seed) for seed in range(SHUFFLES)]
    return LabelTest(
        learned=newest(trial),
        given=mean_loss(train, others),
        shuffled=_spread([mean_loss(train, batches) for batches in mixed]),
        share=BATCHES * train.images / max(1, node.layer.classes(node.site)),
    )


def labelled(runner: Runner) -> tuple[Node | None, str]:
    """Return the first loss whose labels, class numbers, a data layer gives, and their blob."""
    graph = runner.graph
    origin = {top: top for node in graph.sources for top in node.tops}
    for node in graph.nodes:
        if node.type == "Split" and node.bottoms[0] in origin:
            origin.update(dict.fromkeys(node.tops, origin[node.bottoms[0]]))
        bottom = node.layer.label_bottom
        classified = bottom is not None and node.layer.applies == "Softmax"
        if any(node.loss_weights) and classified and node.bottoms[bottom or 0] in origin:
            return node, origin[node.bottoms[bottom or 0]]
    return None, ""


def learn(trial: Trial, batches: list[dict[str, Tensor]], clock: Clock) -> bool:
    """Train on batches in turn until they are learned; whether there was time to begin."""
    while len(trial.losses) < MOST and not (trial.failed or clock.over):
        trial.running.train.repeated = batches[len(trial.losses) % len(batches)]
        trial.running.step(1)
        if len(trial.losses) >= BATCHES and newest(trial) < LEARNED * (trial.chance or 1.0):
            break
    return len(trial.losses) >= BATCHES and not trial.failed


def newest(trial: Trial) -> float:
    """Return the mean loss of the last round over the batches."""
    return sum(trial.losses[-BATCHES:]) / BATCHES


def shuffled(batches: list[dict[str, Tensor]], label: str, seed: int) -> list[dict[str, Tensor]]:
    """Return the batches with their labels shuffled among all their images."""
    labels = torch.cat([batch[label] for batch in batches])
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    parts = torch.split(labels[order.to(labels.device)], [len(b[label]) for b in batches])
    return [{**batch, label: part} for batch, part in zip(batches, parts, strict=True)]


@torch.no_grad()
def mean_loss(runner: Runner, batches: list[dict[str, Tensor]]) -> float:
    """Return the mean loss of batches in train mode, with the same random numbers each time."""
    losses = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for batch in batches:
            inputs = [value.clone() for value in batch.values()]
            losses.append(float(runner.loss(runner.forward(*inputs))))
    return sum(losses) / len(losses)


def _spread(values: list[float]) -> tuple[float, float]:
    return float(np.mean(values)), float(np.std(values))
