"""Which files are run, what is kept of them, and how what goes wrong in them is told."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from caffe2torch.convert.observers import Seen, observe
from caffe2torch.errors import DataError
from tests.convert.families import head, ip
from tests.convert.one_net import converted

NET = head("n", 2, 3) + ip("a", "data", 4)


def test_results_are_copied_in_the_order_of_the_calls() -> None:
    seen, value = Seen(), torch.ones(2)
    seen.add("a", value)
    value.zero_()
    seen.add("a", value)
    seen.add("b", (value,))  # several results are of no layer by itself
    assert list(seen.layers) == ["a"]
    assert [result.tolist() for result in seen.layers["a"]] == [[1, 1], [0, 0]]


def test_an_ending_that_nobody_reads_lists_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("")
    with pytest.raises(DataError, match="is no converted net") as caught:
        observe(tmp_path / "x.txt", converted(tmp_path, NET))
    assert caught.value.hint is not None and ".onnx" in caught.value.hint
    with pytest.raises(OSError, match="No such file"):
        observe(tmp_path / "gone.onnx", converted(tmp_path, NET))


def test_what_goes_wrong_in_a_file_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("raise ValueError('bad\\n  file')\n")
    with pytest.raises(DataError, match=r"x\.py cannot be run: ValueError: bad file") as caught:
        observe(tmp_path / "x.py", converted(tmp_path, NET))
    assert caught.value.hint is not None and "net.prototxt" in caught.value.hint
