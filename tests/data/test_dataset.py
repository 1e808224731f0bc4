"""A database as a torch Dataset."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

import caffe2torch
from caffe2torch.data.sources import open_source
from caffe2torch.errors import DataError
from tests.conftest import GOLDEN


def database() -> Path:
    found = sorted(path.parent for path in (GOLDEN / "solvers" / "db").rglob("data.mdb"))
    return found[0]


def test_records_come_as_images_and_labels() -> None:
    from caffe2torch.data.datum import decode

    path = database()
    data = caffe2torch.LMDBDataset(path)
    source = open_source(str(path))
    assert len(data) == len(source) > 1
    for i in (0, len(data) - 1, 1):  # not in order
        pixels, label = decode(source.get(i))
        image, found = data[i]
        assert image.dtype == torch.uint8
        np.testing.assert_array_equal(image.numpy(), pixels)
        assert found == label
    assert torch.equal(data[-1][0], data[len(data) - 1][0])
    with pytest.raises(IndexError):
        data[len(data)]
    source.close()


@pytest.mark.parametrize("workers", [0, 2])
def test_a_loader_shuffles_and_transforms(workers: int) -> None:
    data = caffe2torch.LMDBDataset(database(), transform=_mean)
    order = torch.Generator().manual_seed(0)
    loader = DataLoader(data, batch_size=4, shuffle=True, num_workers=workers, generator=order)
    means, labels = zip(*loader, strict=True)
    expected = sorted(float(data[i][0]) for i in range(len(data)))
    assert sorted(torch.cat(means).tolist()) == pytest.approx(expected)
    assert len(torch.cat(labels)) == len(data)


def _mean(image: torch.Tensor) -> torch.Tensor:
    return image.float().mean()


def test_it_can_be_sent_to_another_process() -> None:
    data = caffe2torch.LMDBDataset(database())
    again = pickle.loads(pickle.dumps(data))
    assert torch.equal(again[1][0], data[1][0])


def test_a_missing_database_is_explained(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        caffe2torch.LMDBDataset(tmp_path / "nowhere")
