"""Statistics of a dataset, on data whose statistics are known."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from caffe2torch.data.stats import sample
from caffe2torch.errors import DataError
from tests.data.one_feed import datum, layer, write


def data_layer(path: str) -> object:
    return layer(f'type: "Data" data_param {{ source: "{path}" batch_size: 1 backend: LMDB }}')


def test_range_mean_and_spread_of_each_channel(tmp_path: Path) -> None:
    pixels = np.stack([np.array([[0, 10]]), np.array([[255, 255]])]).astype(np.uint8)
    found = sample(data_layer(write(tmp_path / "db", [datum(pixels, 3)] * 4)), True)
    assert found is not None
    assert (found.count, found.sampled, found.dtype, found.encoded) == (4, 4, "uint8", False)
    assert found.shapes == {(2, 1, 2): 4}
    assert found.channels == 2
    assert found.mean.tolist() == [5, 255]
    assert found.std.tolist() == [5, 0]
    assert (found.low.tolist(), found.high.tolist()) == ([0, 255], [10, 255])
    assert found.labels == {3: 4}
    assert found.runs == 4


def test_runs_tell_a_sorted_database_from_a_shuffled_one(tmp_path: Path) -> None:
    pixels = np.zeros((1, 1, 1), np.uint8)
    sort = sample(
        data_layer(write(tmp_path / "a", (datum(pixels, i // 10) for i in range(50)))), True
    )
    mixed = sample(
        data_layer(write(tmp_path / "b", (datum(pixels, i % 5) for i in range(50)))), True
    )
    assert sort is not None and mixed is not None
    assert sort.labels == mixed.labels == dict.fromkeys(range(5), 10)
    assert (sort.runs, mixed.runs) == (10, 1)


def test_floats_and_mixed_sizes_are_seen(tmp_path: Path) -> None:
    records = [datum(np.full((1, 1, n + 1), 0.5, np.float32)) for n in range(3)]
    found = sample(data_layer(write(tmp_path / "db", records)), True)
    assert found is not None
    assert found.dtype == "float32"
    assert len(found.shapes) == 3
    assert found.high.tolist() == [0.5]


def test_a_large_database_is_sampled(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    records = (datum(rng.integers(0, 256, (1, 4, 4), dtype=np.uint8), i % 10) for i in range(900))
    found = sample(data_layer(write(tmp_path / "db", records)), True, limit=80)
    assert found is not None
    assert (found.count, found.sampled) == (900, 80)
    assert abs(found.mean[0] - 127.5) < 15  # 1280 pixels: six standard errors are 12.4
    assert found.runs == 1


def test_lists_of_images_give_all_labels(tmp_path: Path) -> None:
    for i in range(4):
        Image.new("RGB", (3, 2), (200, 100, 0)).save(tmp_path / f"{i}.png")
    (tmp_path / "list.txt").write_text("".join(f"{i % 4}.png {i}\n" for i in range(100)))
    images = layer(
        f'type: "ImageData" image_data_param {{ source: "list.txt" root_folder: "{tmp_path}/" }}'
    )
    found = sample(images, True, str(tmp_path), limit=10)
    assert found is not None
    assert found.count == 100
    assert len(found.labels) == 100
    assert found.encoded
    assert found.mean.tolist() == [0, 100, 200]


def test_hdf5_rows_count_as_channels(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["data"] = np.array([[1.0, 2.0], [3.0, 6.0]])
        file["label"] = np.array([1, 2])
    (tmp_path / "list.txt").write_text(f"{tmp_path}/a.h5")
    found = sample(layer('type: "HDF5Data" hdf5_data_param { source: "list.txt" batch_size: 1 }'),
                   True, str(tmp_path))  # fmt: skip
    assert found is not None
    assert (found.count, found.labels) == (2, {1: 1, 2: 1})
    assert found.mean.tolist() == [2, 4]


def test_layers_without_stored_data_have_no_statistics() -> None:
    assert sample(layer('type: "MemoryData"'), True) is None
    assert sample(layer('type: "Input"'), True) is None


def test_a_missing_database_is_an_error() -> None:
    with pytest.raises(DataError, match="does not exist"):
        sample(data_layer("no_such_lmdb"), True)


def test_torch_stays_out(tmp_path: Path) -> None:
    path = write(tmp_path / "db", [datum(np.zeros((1, 2, 2), np.uint8))])
    program = (
        "import sys; from caffe2torch import caffe_pb2 as pb; from caffe2torch.data import stats, "
        "probe; p = pb.LayerParameter(type='Data', top=['a', 'b']); p.data_param.batch_size = 1; "
        f"p.data_param.source = {path!r}; p.data_param.backend = 1; stats.sample(p, True); "
        "probe.top_shapes('Data', p, 'TRAIN'); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[2])
