"""Copies: order, size, encoding; to shards that webdataset's layout names, and back unchanged."""

from __future__ import annotations

import tarfile
from pathlib import Path

import numpy as np
import pytest

from caffe2torch.caffe_pb2 import Datum
from caffe2torch.data.datum import decode
from caffe2torch.data.importers import database
from caffe2torch.data.importers.copies import Changes, copied, export
from caffe2torch.data.importers.shards import write_shards
from caffe2torch.data.sources import open_source
from caffe2torch.errors import DataError
from tests.data.one_feed import datum, feed, write


@pytest.fixture
def images() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (3, 8, 9), dtype=np.uint8) for _ in range(7)]


@pytest.fixture
def db(tmp_path: Path, images: list[np.ndarray]) -> str:
    return write(tmp_path / "db", [datum(image, i) for i, image in enumerate(images)])


def records(path: str, **changes: object) -> list[tuple[bytes, bytes]]:
    source = open_source(path)
    out = list(copied(source, Changes(**changes), lambda _line: None))  # type: ignore[arg-type]
    source.close()
    return out


def test_nothing_asked_for_copies_every_byte(db: str) -> None:
    source = open_source(db)
    assert records(db) == list(source)
    source.close()


def test_shuffling_keeps_all_and_is_the_same_each_time(db: str) -> None:
    once = records(db, shuffle=True)
    assert once == records(db, shuffle=True) != records(db, shuffle=True, seed=2)
    labels = [decode(value)[1] for _, value in once]
    assert sorted(labels) == list(range(7)) != labels
    assert [key for key, _ in once] == sorted(key for key, _ in once)
    assert len(records(db, subset=3)) == len(records(db, subset=3, shuffle=True)) == 3


def test_encoding_and_decoding_give_the_pixels_back(db: str, images: list[np.ndarray]) -> None:
    encoded = records(db, encode="png")
    assert all(Datum.FromString(value).encoded for _, value in encoded)
    assert all((decode(v)[0] == image).all() for (_, v), image in zip(encoded, images, strict=True))
    resized = records(db, size=(4, 5))
    assert decode(resized[0][1])[0].shape == (3, 4, 5)


def test_a_bad_record_is_an_error_or_reported(tmp_path: Path) -> None:
    path = write(tmp_path / "bad", [Datum(channels=1, height=2, width=2, data=b"a"),
                                    datum(np.zeros((1, 2, 2), np.uint8), 5)])  # fmt: skip
    with pytest.raises(DataError, match='record "00000000": holds 1 bytes'):
        records(path, encode="png")
    source, said = open_source(path), list[str]()
    assert len(list(copied(source, Changes(encode="png", skip=1), said.append))) == 1
    assert 'record "00000000"' in said[0]
    source.close()


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


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # leaves it open
def test_webdataset_reads_the_shards(db: str, tmp_path: Path, images: list[np.ndarray]) -> None:
    import webdataset

    write_shards(str(tmp_path / "%d.tar"), records(db), 100)
    data = webdataset.WebDataset(str(tmp_path / "0.tar"), shardshuffle=False)
    pairs = list(data.decode("rgb8").to_tuple("png", "cls"))
    assert [label for _, label in pairs] == list(range(7))
    for (pixels, _), image in zip(pairs, images, strict=True):
        assert (pixels.transpose(2, 0, 1)[::-1] == image).all()


def test_an_incomplete_sample_is_named(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        member = tarfile.TarInfo("lonely.png")
        archive.addfile(member)
    with pytest.raises(DataError, match='sample "lonely" has no label'):
        open_source(str(tmp_path / "a.tar"))
    (tmp_path / "b.tar").write_bytes(b"no tar" * 200)
    with pytest.raises(DataError, match="no tar file"):
        open_source(str(tmp_path / "b.tar"))


def test_floats_survive_shards(tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(size=(2, 3, 4)).astype(np.float32)
    path = write(tmp_path / "floats", [datum(values, 3)])
    write_shards(str(tmp_path / "%d.tar"), records(path))
    source = open_source(str(tmp_path / "0.tar"))
    pixels, label = decode(source.get(0))
    assert label == 3
    assert (pixels == values).all()


def test_export_writes_files_that_images_imports_again(
    db: str, tmp_path: Path, images: list[np.ndarray]
) -> None:
    from caffe2torch.data.importers.images import Options, convert

    source = open_source(db)
    assert export(source, tmp_path / "out", ["zero"], force=False) == 7
    assert (tmp_path / "out" / "zero" / "00000000.png").is_file()
    with pytest.raises(DataError, match="exists already"):
        export(source, tmp_path / "out", [], force=False)
    source.close()
    convert(f"{tmp_path}/out/", f"{tmp_path}/out/list.txt", tmp_path / "again", Options(), print)
    again = open_source(str(tmp_path / "again"))
    for (_, value), image in zip(again, images, strict=True):
        assert (decode(value)[0] == image).all()
    again.close()


def test_export_leaves_nothing_behind_when_a_record_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "bad"
    database.write(path, [(b"0", datum(np.zeros((1, 2, 2), np.uint8)).SerializeToString()),
                          (b"1", b"\xff\xff")])  # fmt: skip
    source = open_source(str(path))
    with pytest.raises(DataError, match='record "1"'):
        export(source, tmp_path / "out", [], force=False)
    source.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad"]
