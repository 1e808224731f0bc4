"""Tar shards: samples a stem, fed to nets as databases are."""

from __future__ import annotations

import tarfile
from pathlib import Path

import numpy as np
import pytest

from caffe2torch.data.datum import decode
from caffe2torch.data.importers.shards import write_shards
from caffe2torch.data.sources import open_source
from caffe2torch.errors import DataError
from tests.data.importers.copied import records
from tests.data.one_feed import datum, feed, write


def test_shards_hold_a_sample_a_stem_and_feed_a_net_as_the_database_does(
    db: str, tmp_path: Path
) -> None:
    pattern = str(tmp_path / "out" / "%06d.tar")
    assert write_shards(pattern, records(db), 3) == 3
    with tarfile.open(pattern % 0) as archive:
        assert archive.getnames()[:3] == ["00000000.png", "00000000.cls", "00000001.png"]
    transform = 'type: "Data" transform_param { crop_size: 4 mirror: true mean_value: 9 }'
    batches = []
    for source in (db, f"{tmp_path}/out/*.tar"):
        text = f'{transform} data_param {{ source: "{source}" batch_size: 5 backend: LMDB }}'
        one = feed(text, train=True, seed=1)
        batches.append([one.next_batch() for _ in range(3)])
        one.close()
    for a, b in zip(*batches, strict=True):
        assert (a[0] == b[0]).all()
        assert (a[1] == b[1]).all()
    with pytest.raises(DataError, match="exists already"):
        write_shards(pattern, records(db))
    with pytest.raises(DataError, match="is no pattern"):
        write_shards(str(tmp_path / "x.tar"), records(db))


def test_fewer_shards_replace_all_of_those_before(db: str, tmp_path: Path) -> None:
    pattern = str(tmp_path / "%03d.tar")
    assert write_shards(pattern, records(db), 2) == 4
    (tmp_path / "other.tar").write_bytes(b"")
    (tmp_path / "0001.tar").write_bytes(b"")
    assert write_shards(pattern, records(db), 4, force=True) == 2
    assert sorted(p.name for p in tmp_path.glob("*.tar")) == [
        "000.tar", "0001.tar", "001.tar", "other.tar",
    ]  # fmt: skip


def test_shards_appear_together_or_not_at_all(db: str, tmp_path: Path) -> None:
    def broken():
        yield from records(db)
        raise DataError("the last one is broken")

    with pytest.raises(DataError, match="the last one"):
        write_shards(str(tmp_path / "new" / "%d.tar"), broken(), 2)
    assert not (tmp_path / "new").exists()
    with pytest.raises(DataError, match="not one record"):
        write_shards(str(tmp_path / "new" / "%d.tar"), [], 2)


@pytest.mark.parametrize("name", ["x.tar", "%d/x.tar", "%d/%d.tar", "%s%s.tar", "%q.tar", "%.tar"])
def test_what_numbers_no_files_is_no_pattern(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="is no pattern → write out/%06d.tar"):
        write_shards(str(tmp_path / name), [(b"k", b"v")])


def test_keys_that_would_be_one_name_stay_apart(tmp_path: Path) -> None:
    value = datum(np.zeros((1, 2, 2), np.uint8), 1).SerializeToString()
    write_shards(str(tmp_path / "%d.tar"), [(b"a.b", value), (b"a_b", value), (b"a/b", value)])
    with tarfile.open(tmp_path / "0.tar") as archive:
        assert archive.getnames() == [
            "a_b.png", "a_b.cls", "a_b_2.png", "a_b_2.cls", "a_b_3.png", "a_b_3.cls",
        ]  # fmt: skip


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # leaves it open
def test_webdataset_reads_the_shards(db: str, tmp_path: Path, images: list[np.ndarray]) -> None:
    import webdataset

    write_shards(str(tmp_path / "%d.tar"), records(db), 100)
    data = webdataset.WebDataset(str(tmp_path / "0.tar"), shardshuffle=False)
    pairs = list(data.decode("rgb8").to_tuple("png", "cls"))
    assert [label for _, label in pairs] == list(range(7))
    for (pixels, _), image in zip(pairs, images, strict=True):
        assert (pixels.transpose(2, 0, 1)[::-1] == image).all()


def test_floats_survive_shards(tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(size=(2, 3, 4)).astype(np.float32)
    path = write(tmp_path / "floats", [datum(values, 3)])
    write_shards(str(tmp_path / "%d.tar"), records(path))
    source = open_source(str(tmp_path / "0.tar"))
    pixels, label = decode(source.get(0))
    assert label == 3
    assert (pixels == values).all()
