"""Scores that are summed over batches, also where their number changes."""

from __future__ import annotations

import torch

from caffe2torch.train.sums import Sums, numbered


def test_values_that_all_batches_have_are_summed() -> None:
    notes: list[str] = []
    sums = Sums(notes.append)
    sums.add(torch.tensor([1.0, 10.0, 20.0, 5.0]), ["acc", "p", "p", "loss"])
    sums.add(torch.tensor([1.0, 10.0, 20.0, 30.0, 5.0]), ["acc", "p", "p", "p", "loss"])
    sums.add(torch.tensor([0.0, 11.0, 6.0]), ["acc", "p", "loss"])
    sums.add(torch.tensor([1.0, 12.0, 20.0, 7.0]), ["acc", "p", "p", "loss"])
    assert sums.names == ["acc", "p", "loss"]
    assert sums.values.tolist() == [3.0, 43.0, 23.0]
    assert notes == [
        'test output "p" has another number of values from batch to batch: '
        "those that all batches have are averaged"
    ]


def test_names_that_come_several_times_are_numbered() -> None:
    names = ["accuracy", "loss", "accuracy", "top5"]
    assert numbered(names) == ["accuracy[0]", "loss", "accuracy[1]", "top5"]
    assert numbered([]) == []
