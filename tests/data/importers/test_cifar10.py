"""CIFAR-10 in each of its forms, and broken."""

from __future__ import annotations

import pickle
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from caffe2torch.data.datum import decode
from caffe2torch.data.importers import cifar10
from caffe2torch.errors import DataError


@pytest.fixture
def cifar() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(0)
    return {
        name: (rng.integers(0, 10, 4), rng.integers(0, 256, (4, 3072), dtype=np.uint8))
        for name in [*cifar10.TRAIN, *cifar10.TEST]
    }


def written(folder: Path, cifar: Any, form: str) -> Path:
    folder.mkdir()
    for name, (labels, data) in cifar.items():
        if form == "binary":
            rows = np.hstack([labels.astype(np.uint8)[:, None], data])
            (folder / f"{name}.bin").write_bytes(rows.tobytes())
        else:
            content = {b"data": data, b"labels": labels.tolist()}
            (folder / name).write_bytes(pickle.dumps(content, protocol=2))
    return folder


@pytest.mark.parametrize("form", ["binary", "python"])
@pytest.mark.parametrize("packed", [False, True])
def test_cifar10_is_read_in_each_of_its_forms(
    cifar: Any, tmp_path: Path, form: str, packed: bool
) -> None:
    path = written(tmp_path / "cifar", cifar, form)
    if packed:
        with tarfile.open(tmp_path / "c.tar.gz", "w:gz") as archive:
            archive.add(path, "cifar-10-batches")
        path = tmp_path / "c.tar.gz"
    train = list(cifar10.records(path, train=True))
    assert [key for key, _ in train] == [b"%05d" % i for i in range(20)]  # convert_cifar_data.cpp
    pixels, label = decode(train[5][1])
    labels, data = cifar["data_batch_2"]
    assert label == labels[1]
    assert (pixels.ravel() == data[1]).all()
    assert len(list(cifar10.records(path, train=False))) == 4


def test_a_cifar_batch_that_is_missing_cut_off_or_evil_is_refused(
    cifar: Any, tmp_path: Path
) -> None:
    path = written(tmp_path / "cifar", cifar, "binary")
    (path / "test_batch.bin").write_bytes(b"\0" * 100)
    with pytest.raises(DataError, match="test_batch.bin is cut off"):
        list(cifar10.records(path, train=False))
    (path / "test_batch.bin").unlink()
    with pytest.raises(DataError, match="holds no test_batch.bin"):
        list(cifar10.records(path, train=False))
    (path / "test_batch").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(DataError, match="names os.system, which is not run"):
        list(cifar10.records(path, train=False))
