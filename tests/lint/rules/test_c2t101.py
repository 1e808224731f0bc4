"""C2T101 mean-unit-mismatch."""

from __future__ import annotations

import numpy as np

from caffe2torch.weights import write_blob
from tests.lint.checks import Folder, check_fixed, check_noop, fires

CODE = "C2T101"
MEAN = 'mean_file: "mean.binaryproto"'


def test_mean_value_of_another_framework(folder: Folder) -> None:
    finding = fires(folder.net({MEAN: "mean_value: 0.485"}), CODE, "next to nothing")
    assert finding.severity == "warning"
    assert finding.span is not None
    assert finding.span.line == 12


def test_mean_file_divided_by_255(folder: Folder) -> None:
    write_blob(folder.path / "mean.binaryproto", np.full((1, 1, 8, 8), 0.4, np.float32))
    fires(folder, CODE, "average 0.4", "rescale-mean mean.binaryproto --to-unit 255")


def test_mean_of_pixels_on_data_in_unit_range(folder: Folder) -> None:
    images = np.zeros((20, 1, 8, 8), np.float32) + 0.5
    labels = np.arange(20) % 10
    _float_database(folder, images, labels)
    fires(folder.net({MEAN: "mean_value: 120"}), CODE, "every image becomes −120", severity="error")


def test_its_own_mean_is_fine(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_no_mean_is_another_matter(folder: Folder) -> None:
    check_noop(folder.net({MEAN: ""}), CODE)


def test_mean_value_in_the_unit_of_the_pixels(folder: Folder) -> None:
    check_noop(folder.net({MEAN: "mean_value: 78"}), CODE)


def test_fix(folder: Folder) -> None:
    texts = check_fixed(folder.net({MEAN: "mean_value: 0.5"}), CODE)
    assert "mean_value: 127" in texts["train_val.prototxt"] or "128" in texts["train_val.prototxt"]


def _float_database(folder: Folder, images: np.ndarray, labels: np.ndarray) -> None:
    """Replace both databases by one of float_data."""
    import shutil

    import lmdb

    from caffe2torch import caffe_pb2 as pb

    for name in ("digits_train_lmdb", "digits_test_lmdb"):
        shutil.rmtree(folder.path / name)
        with (
            lmdb.open(str(folder.path / name), map_size=1 << 24) as env,
            env.begin(write=True) as txn,
        ):
            for i, (image, label) in enumerate(zip(images, labels, strict=True)):
                datum = pb.Datum(channels=1, height=8, width=8, label=int(label))
                datum.float_data.extend(map(float, image.ravel()))
                txn.put(f"{i:08d}".encode(), datum.SerializeToString())
