"""Data: order, wrapping, dealing to processes, going on exactly, errors that name the record."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from caffe2torch.caffe_pb2 import Datum
from caffe2torch.data.feeds.data import Data
from caffe2torch.data.probe import top_shapes
from caffe2torch.errors import DataError, ShapeError, UnsupportedError
from tests.data.one_feed import datum, feed, layer, numbered, write


def text(path: str, batch: int, transform: str = "") -> str:
    return (
        f'type: "Data" transform_param {{ {transform} }}'
        f'data_param {{ source: "{path}" batch_size: {batch} backend: LMDB }}'
    )


def labels(source: Data, batches: int) -> list[int]:
    return [int(x) for _ in range(batches) for x in source.next_batch()[1]]


def test_batches_follow_the_keys_and_wrap_in_mid_batch(tmp_path: Path) -> None:
    source = feed(text(numbered(tmp_path / "db", 5), 3))
    data, first = source.next_batch()
    assert data.shape == (3, 1, 2, 2)
    assert data[:, 0, 0, 0].tolist() == [0, 1, 2] == first.tolist()
    assert labels(source, 3) == [3, 4, 0, 1, 2, 3, 4, 0, 1]
    source.close()


def test_a_batch_may_be_larger_than_the_database(tmp_path: Path) -> None:
    source = feed(text(numbered(tmp_path / "db", 2), 5))
    assert labels(source, 2) == [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]
    source.close()


def test_each_return_to_the_first_record_is_logged_when_the_last_one_is_read(
    tmp_path: Path,
) -> None:
    source, logged = feed(text(numbered(tmp_path / "db", 5), 3)), []
    source.log = lambda place, text: logged.append((place, text))
    counts = [(source.next_batch(), len(logged))[1] for _ in range(5)]
    assert counts == [0, 1, 1, 2, 3]  # 3, 6, 9, 12 and 15 of 5 records are read
    assert set(logged) == {("data_layer.cpp:73", "Restarting data prefetching from start.")}
    source.close()
    source, logged = feed(text(numbered(tmp_path / "one", 1), 3)), []
    source.log = lambda place, text: logged.append((place, text))
    source.next_batch()
    assert len(logged) == 3
    source.close()


def test_training_processes_are_dealt_records_in_turn(tmp_path: Path) -> None:
    path = numbered(tmp_path / "db", 5)
    ranks = [feed(text(path, 2), train=True, rank=rank, world=3) for rank in range(3)]
    # record i goes to process i mod 3, counting on past the end (DataLayer::Skip)
    assert [labels(source, 2) for source in ranks] == [[0, 3, 1, 4], [1, 4, 2, 0], [2, 0, 3, 1]]
    for source in ranks:
        source.close()


def test_testing_processes_all_read_everything(tmp_path: Path) -> None:
    source = feed(text(numbered(tmp_path / "db", 5), 2), train=False, rank=2, world=3)
    assert labels(source, 2) == [0, 1, 2, 3]
    source.close()


def test_a_restored_feed_goes_on_exactly(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    records = (datum(rng.integers(0, 256, (3, 9, 9), dtype=np.uint8), i) for i in range(7))
    description = text(write(tmp_path / "db", records), 3, "crop_size: 4 mirror: true")
    source = feed(description, train=True, seed=5)
    for _ in range(4):
        source.next_batch()
    state = json.loads(json.dumps(source.state()))
    expected = [source.next_batch() for _ in range(3)]
    source.close()
    again = feed(description, train=True, seed=5)
    again.restore(state)
    for want in expected:
        for a, b in zip(again.next_batch(), want, strict=True):
            assert (a == b).all()
    again.close()


def test_a_place_that_is_gone_is_refused(tmp_path: Path) -> None:
    source = feed(text(numbered(tmp_path / "db", 2), 1))
    with pytest.raises(DataError, match='record "zzz" is not there any more'):
        source.restore({"batch": 3, "key": b"zzz".hex()})
    source.close()


def test_random_numbers_differ_by_seed_layer_phase_and_rank(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = write(tmp_path / "db", [datum(rng.integers(0, 256, (1, 40, 40), dtype=np.uint8))])
    description = text(path, 2, "crop_size: 4")
    places = [{"seed": 1}, {"seed": 2}, {"seed": 1, "rank": 1, "world": 2}]
    batches = []
    for place in places:
        source = feed(description, train=True, **place)
        batches.append(source.next_batch()[0])
        batches.append(source.next_batch()[0])
        source.close()
    for i, a in enumerate(batches):
        assert all((a != b).any() for b in batches[i + 1 :])


def test_a_single_top_brings_no_labels(tmp_path: Path) -> None:
    description = text(numbered(tmp_path / "db", 2), 1) + 'top: "data"'
    source = feed(description)
    assert len(source.next_batch()) == 1
    assert top_shapes("Data", layer(description), "TEST") == [(1, 1, 2, 2)]
    source.close()


def test_shapes_are_those_of_the_first_record(tmp_path: Path) -> None:
    path = numbered(tmp_path / "db", 2, (3, 6, 8))
    assert top_shapes("Data", layer(text(path, 4)), "TRAIN") == [(4, 3, 6, 8), (4,)]
    cropped = layer(text(path, 4, "crop_size: 5"))
    assert top_shapes("Data", cropped, "TEST") == [(4, 3, 5, 5), (4,)]


def test_encoded_records_decode_side_by_side_in_order(tmp_path: Path) -> None:
    def png(value: int) -> bytes:
        out = io.BytesIO()
        Image.new("RGB", (4, 3), (value, 0, 255)).save(out, "PNG")
        return out.getvalue()

    records = (Datum(data=png(i), label=i, encoded=True) for i in range(20))
    source = feed(text(write(tmp_path / "db", records), 20))
    data, _ = source.next_batch()
    assert data.shape == (20, 3, 3, 4)
    assert data[:, 2, 0, 0].tolist() == list(range(20))  # red is last
    assert (data[:, 0] == 255).all()
    source.close()


def test_a_ragged_batch_names_the_record(tmp_path: Path) -> None:
    sizes = [(3, 4, 6), (3, 5, 6)]
    path = write(tmp_path / "db", (datum(np.zeros(size, np.uint8)) for size in sizes))
    source = feed(text(path, 2))
    with pytest.raises(DataError, match='record "00000001" is 3x5x6, and the batch began with'):
        source.next_batch()
    source.close()
    one = feed(text(path, 1))
    assert [one.next_batch()[0].shape for _ in range(3)] == [
        (1, 3, 4, 6), (1, 3, 5, 6), (1, 3, 4, 6),
    ]  # fmt: skip
    one.close()


def test_a_broken_record_is_named(tmp_path: Path) -> None:
    good = datum(np.zeros((1, 2, 2), np.uint8))
    path = write(tmp_path / "db", [good, Datum(channels=1, height=2, width=2, data=b"a")])
    source = feed(text(path, 2))
    with pytest.raises(DataError, match='db", record "00000001": holds 1 bytes, but.*needs 4'):
        source.next_batch()
    source.close()


def test_a_crop_that_does_not_fit_is_refused_at_once_with_its_field(tmp_path: Path) -> None:
    description = text(numbered(tmp_path / "db", 1), 1, "crop_size: 3")
    with pytest.raises(ShapeError, match="crop_size 3 is larger") as caught:
        top_shapes("Data", layer(description), "TRAIN")
    assert caught.value.field == "transform_param.crop_size"
    with pytest.raises(ShapeError, match="crop_size 3 is larger"):
        feed(description)


def test_batch_size_must_be_set(tmp_path: Path) -> None:
    with pytest.raises(ShapeError, match="batch_size must be positive") as caught:
        top_shapes("Data", layer('type: "Data" data_param { source: "x" }'), "TRAIN")
    assert caught.value.field == "data_param.batch_size"


def test_a_forks_shuffle_is_named_in_a_note_and_what_changes_images_is_refused(
    tmp_path: Path,
) -> None:
    path = numbered(tmp_path / "db", 3)
    description = text(path, 2).replace("batch_size", "shuffle: true threads: 3 batch_size")
    source = feed(description)
    assert source.notes == ["data_param.shuffle is a fork's: records are read in key order"]
    assert labels(source, 2) == [0, 1, 2, 0]
    source.close()
    with pytest.raises(UnsupportedError, match="data_param.side is a fork's"):
        feed(text(path, 2).replace("batch_size", "side: 7 batch_size"))
