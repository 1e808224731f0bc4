"""Statistics of data whose statistics are known, from records taken all over a database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from caffe2torch.data.importers import database
from caffe2torch.data.sources import open_source
from caffe2torch.data.stats import between, sample, stretches
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


def taken(path: Path, keys: list[bytes], limit: int) -> list[tuple[int, bytes]]:
    database.write(path, ((key, b"x") for key in keys))
    source = open_source(str(path))
    found = [(stretch, key) for stretch, key, _ in stretches(source, limit)]
    source.close()
    return found


def test_a_small_database_is_one_stretch_of_everything(tmp_path: Path) -> None:
    keys = [b"%03d" % i for i in range(20)]
    assert taken(tmp_path / "db", keys, 20) == [(0, key) for key in keys]


def test_a_large_one_gives_eight_stretches_of_neighbours(tmp_path: Path) -> None:
    keys = [b"%08d_n%d.jpg" % (i, i % 7) for i in range(1000)]
    found = taken(tmp_path / "db", keys, 40)
    positions = [keys.index(key) for _, key in found]
    starts = positions[::5]
    assert len(found) == len(set(found)) == 40
    assert all(positions[i] == positions[i - 1] + 1 for i in range(40) if i % 5)
    assert all(abs(start - 125 * i) <= 2 for i, start in enumerate(starts))


@pytest.mark.parametrize(
    "keys",
    [
        [b"%d" % i for i in range(300)],
        [b"abc%c%c" % (97 + i // 20, 97 + i % 20) for i in range(300)],
        [b"%x" % (i * 7919 % 4096) for i in range(300)],
        [b"k" * i for i in range(1, 300)],
    ],
    ids=["unpadded", "letters", "hex", "longer and longer"],
)
def test_no_record_comes_twice_whatever_the_keys(tmp_path: Path, keys: list[bytes]) -> None:
    found = [key for _, key in taken(tmp_path / "db", keys, 64)]
    assert 0 < len(found) == len(set(found)) <= 64


@pytest.mark.parametrize(
    ("first", "last", "share", "expected"),
    [
        (b"00000000_a.jpg", b"00001000_z.jpg", 0.25, b"00000250"),
        (b"0010", b"0020", 0.0, b"0010"),
        (b"a", b"c", 0.5, b"b" + bytes(15)),
    ],
)
def test_between(first: bytes, last: bytes, share: float, expected: bytes) -> None:
    assert between(first, last, share) == expected
