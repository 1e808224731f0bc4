"""HDF5Data: files one after the other, shuffled within and among them, dealt to processes."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from caffe2torch.data.feeds.hdf5_data import HDF5Data
from caffe2torch.data.probe import top_shapes
from caffe2torch.errors import DataError, ShapeError
from tests.data.one_feed import feed, layer


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Three files of 4, 3 and 2 rows; label k is the k-th row of all, data is 100 k."""
    start = 0
    for number, rows in enumerate((4, 3, 2)):
        label = np.arange(start, start + rows)
        with h5py.File(tmp_path / f"{number}.h5", "w") as file:
            file["label"] = label.astype(np.int32)
            file["data"] = np.repeat(100.0 * label, 6).reshape(rows, 2, 3)
        start += rows
    (tmp_path / "list.txt").write_text("".join(f"{tmp_path}/{i}.h5\n" for i in range(3)))
    return tmp_path


def text(folder: Path, fields: str = "batch_size: 4") -> str:
    return f'type: "HDF5Data" hdf5_data_param {{ source: "{folder}/list.txt" {fields} }}'


def labels(source: HDF5Data, batches: int) -> list[int]:
    return [int(x) for _ in range(batches) for x in source.next_batch()[1]]


def test_rows_come_in_order_across_files_and_wrap(files: Path) -> None:
    source = feed(text(files))
    data, first = source.next_batch()
    assert data.dtype == first.dtype == np.float32
    assert data.shape == (4, 2, 3)
    assert data[:, 0, 0].tolist() == [0, 100, 200, 300]
    assert labels(source, 2) == [4, 5, 6, 7, 8, 0, 1, 2]


def test_shuffling_keeps_files_together(files: Path) -> None:
    source = feed(text(files, "batch_size: 9 shuffle: true"), seed=1)
    owners = [0, 0, 0, 0, 1, 1, 1, 2, 2]
    orders, sequences = set(), set()
    for _ in range(12):
        epoch = labels(source, 1)
        assert sorted(epoch) == list(range(9))
        runs = [owners[label] for label in epoch]
        sequence = tuple(dict.fromkeys(runs))
        assert runs == [i for i in sequence for _ in range(owners.count(i))]
        orders.add(tuple(epoch))
        sequences.add(sequence)
    assert len(orders) == 12
    assert len(sequences) > 2


def test_processes_are_dealt_rows_in_turn_even_when_shuffled(files: Path) -> None:
    for fields in ("batch_size: 3", "batch_size: 3 shuffle: true"):
        whole = feed(text(files, fields), train=True, seed=4)
        sequence = labels(whole, 4)
        for rank in range(2):
            part = feed(text(files, fields), train=True, seed=4, rank=rank, world=2)
            assert labels(part, 2) == sequence[rank::2]


def test_a_restored_feed_goes_on_exactly(files: Path) -> None:
    source = feed(text(files, "batch_size: 4 shuffle: true"), seed=9)
    labels(source, 5)
    state = source.state()
    expected = labels(source, 6)
    again = feed(text(files, "batch_size: 4 shuffle: true"), seed=9)
    again.restore(state)
    assert labels(again, 6) == expected
    with pytest.raises(DataError, match="rows, and the saved run stopped before row 50"):
        again.restore({"visits": 0, "row": 50})


def test_shapes_come_from_the_first_file(files: Path) -> None:
    assert top_shapes("HDF5Data", layer(text(files)), "TRAIN") == [(4, 2, 3), (4,)]


def test_transform_param_is_refused(files: Path) -> None:
    with pytest.raises(ShapeError, match="does not transform") as caught:
        top_shapes("HDF5Data", layer(text(files) + "transform_param { }"), "TRAIN")
    assert caught.value.field == "transform_param"


def test_a_missing_dataset_lists_those_that_are_there(files: Path) -> None:
    with pytest.raises(DataError, match='has no dataset "wrong"') as caught:
        feed(text(files) + 'top: "wrong"')
    assert '"data", "label"' in str(caught.value.hint)


def test_bad_files_are_named(files: Path) -> None:
    (files / "1.h5").write_bytes(b"nothing")
    source = feed(text(files))
    source.next_batch  # noqa: B018 - the first file is fine
    with pytest.raises(DataError, match=r'1.h5" is no HDF5 file'):
        source.next_batch()
    (files / "0.h5").unlink()
    with pytest.raises(DataError, match=r'0.h5" does not exist'):
        feed(text(files))


def test_datasets_must_agree_in_rows_and_be_numbers(files: Path) -> None:
    with h5py.File(files / "0.h5", "a") as file:
        file["short"] = np.zeros(2)
        file["text"] = "words"
    with pytest.raises(DataError, match='same number of rows.*"data" 4, "short" 2'):
        feed(text(files) + 'top: "data" top: "short"')
    with pytest.raises(DataError, match='dataset "text"'):
        feed(text(files) + 'top: "text"')


def test_files_with_rows_of_different_shape_are_refused(files: Path) -> None:
    with h5py.File(files / "1.h5", "w") as file:
        file["data"], file["label"] = np.zeros((3, 5)), np.zeros(3)
    source = feed(text(files, "batch_size: 5"))
    with pytest.raises(DataError, match="rows of different shape"):
        source.next_batch()


def test_an_empty_list_is_refused(files: Path) -> None:
    (files / "list.txt").write_text("\n \n")
    with pytest.raises(DataError, match="names no HDF5 file"):
        feed(text(files))


def test_samples_end_with_the_labels(tmp_path: Path) -> None:
    import h5py

    from caffe2torch.data.feeds.hdf5_data import _samples

    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["data"], file["label"] = np.zeros((4, 3), "f4"), np.arange(3, dtype="f4")
    taken = list(_samples([str(tmp_path / "a.h5")], ["data", "label"], None, 10))
    assert [sample.label for sample in taken] == [0, 1, 2]
