"""Bad records are left out, each named once, and one too many ends the run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from caffe2torch.data.feeds.base import LayerFeed
from caffe2torch.data.skips import ENVIRONMENT, Skips, first_good
from caffe2torch.errors import C2TError, DataError
from tests.data.one_feed import datum, feed, write

GOOD = [0, 2, 3, 5, 6]
"""Records of `mixed` that are good; 1, 4 and 7 are bad, each in a way of its own."""


@pytest.fixture
def mixed(tmp_path: Path) -> str:
    """Eight records (1, 2, 2) whose pixels and labels are their number, three of them bad."""
    records = [datum(np.full((1, 2, 2), i, np.uint8), i) for i in range(8)]
    records[1].data = b"\xff\xd8\xff broken \xff\xd9"
    records[1].encoded = True
    records[4] = datum(np.zeros((1, 3, 2), np.uint8), 4)
    records[7] = datum(np.full((1, 2, 2), np.nan, np.float32), 7)
    return write(tmp_path / "db", records)


def labels(source: LayerFeed, batches: int) -> list[int]:
    return [int(label) for _ in range(batches) for label in source.next_batch()[1]]


def data(path: str, batch: int) -> str:
    return f'type: "Data" data_param {{ source: "{path}" batch_size: {batch} backend: LMDB }}'


@pytest.mark.parametrize("batch", [2, 3, 7])
def test_bad_records_are_left_out_and_named_once(
    mixed: str, batch: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(ENVIRONMENT, "3")
    source = feed(data(mixed, batch))
    assert labels(source, 10) == (GOOD * 10 * batch)[: 10 * batch]
    told = capsys.readouterr().err.splitlines()
    source.close()
    assert [line[:9] for line in told] == ["left out:"] * 3
    for line, (key, words) in zip(
        told, [(1, "decoded"), (4, "comes to 1x3x2, and the net takes 1x2x2"), (7, "nan")],
        strict=True,
    ):  # fmt: skip
        assert f'record "0000000{key}": ' in line and words in line


def test_one_too_many_ends_it_by_its_own_error(mixed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT, "1")
    source = feed(data(mixed, 2))
    assert labels(source, 1) == GOOD[:2]
    with pytest.raises(DataError, match=r'"00000004": comes to .* \(after 1 others that were left'):
        labels(source, 2)
    source.close()


def test_none_is_left_out_unless_that_is_asked_for(mixed: str) -> None:
    source = feed(data(mixed, 2))
    with pytest.raises(DataError, match="00000001"):
        source.next_batch()
    source.close()


def test_a_run_goes_on_where_it_stood(mixed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT, "3")
    first, second = feed(data(mixed, 2)), feed(data(mixed, 2))
    labels(first, 3)
    second.restore(first.state())
    assert labels(second, 4) == labels(first, 4)
    first.close()
    second.close()


def test_a_database_whose_first_records_are_bad_has_the_shape_of_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [datum(np.full((1, 2, 2), i, np.uint8), i) for i in range(3)]
    records[0].data = b"x"
    path = write(tmp_path / "db", records)
    with pytest.raises(DataError, match="00000000"):
        feed(data(path, 2))
    monkeypatch.setenv(ENVIRONMENT, "1")
    source = feed(data(path, 2))
    assert labels(source, 2) == [1, 2, 1, 2]
    source.close()


def test_a_database_of_bad_records_ends_in_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENVIRONMENT, "9")
    bad = datum(np.zeros((1, 2, 2), np.uint8))
    bad.data = b"x"
    path = write(tmp_path / "db", [bad, bad])
    with pytest.raises(DataError, match="00000000"):
        feed(data(path, 2))
    skips = Skips(9, lambda _line: None)
    with pytest.raises(DataError):
        skips.good([1, 2], lambda count: [1] * count, _refuse, int)


def _refuse(number: int) -> None:
    raise DataError(f"number {number}")


def test_files_of_a_list_are_left_out_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for i in range(4):
        Image.new("L", (3, 3 + (i == 2)), i).save(tmp_path / f"{i}.png")
    (tmp_path / "1.png").write_bytes(b"broken")
    lines = "".join(f"{i}.png {i}\n" for i in (0, 1, 2, 3, 9))
    (tmp_path / "list.txt").write_text(lines)
    text = (
        f'type: "ImageData" image_data_param {{ source: "{tmp_path}/list.txt" batch_size: 3 '
        f'is_color: false root_folder: "{tmp_path}/" }}'
    )
    monkeypatch.setenv(ENVIRONMENT, "3")
    assert labels(feed(text), 2) == [0, 3, 0, 3, 0, 3]
    told = capsys.readouterr().err
    for line, words in ((2, "1.png"), (3, "comes to 1x4x3"), (5, "9.png")):
        assert f"line {line}: " in told and words in told
    monkeypatch.setenv(ENVIRONMENT, "2")
    with pytest.raises(C2TError, match="line 5: .*does not exist"):
        labels(feed(text), 2)


def test_the_first_good_one_is_looked_for_as_far_as_is_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def read(number: int) -> int:
        if number < 2:
            raise DataError(f"number {number}")
        return number

    with pytest.raises(DataError, match="number 0"):
        first_good(range(9), read)
    monkeypatch.setenv(ENVIRONMENT, "1")
    with pytest.raises(DataError, match="number 0"):
        first_good(range(9), read)
    monkeypatch.setenv(ENVIRONMENT, "2")
    assert first_good(range(9), read) == 2


def test_one_of_several_processes_tells_on_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Skips(1).leave_out("a", DataError("a is bad"))
    monkeypatch.setenv("RANK", "1")
    Skips(1).leave_out("b", DataError("b is bad"))
    assert capsys.readouterr() == ("left out: b is bad\n", "left out: a is bad\n")
