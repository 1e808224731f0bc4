"""Two files of weights, layer by layer: averages, folded BatchNorms, and what keeps them apart."""

from __future__ import annotations

from math import inf, nan
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from caffe2torch.convert import weights_diff
from caffe2torch.convert.weights_diff import Row, compare


def tensors(folder: Path, name: str, **values: object) -> Path:
    path = folder / f"{name}.safetensors"
    arrays = {key.replace("__", "."): np.array(value, np.float32) for key, value in values.items()}
    save_file(arrays, str(path))
    return path


def rows(tmp_path: Path, one: dict[str, object], other: dict[str, object]) -> list[Row]:
    return compare(tensors(tmp_path, "one", **one), tensors(tmp_path, "other", **other))


def test_differences_are_over_all_blobs_of_a_layer(tmp_path: Path) -> None:
    one = {"a__weight": [[0, 0], [0, 0]], "a__bias": [1, 1], "b__weight": [1]}
    other = {"a__weight": [[0, 0.5], [0, -1]], "a__bias": [1, 1], "c__weight": [1]}
    a, b, c = rows(tmp_path, one, other)
    assert (a.layer, a.shapes, a.largest, a.mean) == ("a", ((2, 2), (2,)), 1, 0.25)
    assert (b.why, c.why) == ("only in one.safetensors", "only in other.safetensors")
    assert not any(row.equal for row in (a, b, c))


def test_equal_layers_are_equal_and_those_of_other_sizes_are_not(tmp_path: Path) -> None:
    (same,) = rows(tmp_path, {"a__weight": [1, 2]}, {"a__weight": [[1], [2]]})
    assert same.equal  # a shape of equal count is no difference
    (other,) = rows(tmp_path, {"a__weight": [1, 2]}, {"a__weight": [1, 2, 3]})
    assert other.why == "shapes [(2,)] and [(3,)]" and not other.equal
    (fewer,) = rows(tmp_path, {"a__weight": [1], "a__bias": [1]}, {"a__weight": [1]})
    assert fewer.why == "shapes [(1,), (1,)] and [(1,)]"


def test_what_is_no_number_is_infinitely_far(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, {"a__weight": [nan, 1]}, {"a__weight": [1, 1]})
    assert row.largest == inf


def test_sums_of_a_batchnorm_are_compared_as_averages(tmp_path: Path) -> None:
    """Sums 2, 4 and 6, 8 over a factor of 2 are torch's averages 1, 2 and 3, 4."""
    caffe = {"bn__mean": [2, 4], "bn__variance": [6, 8], "bn__factor": [2]}
    torch = {"bn__running_mean": [1, 2], "bn__running_var": [3, 4], "bn__num_batches_tracked": [9]}
    (row,) = rows(tmp_path, caffe, torch)
    assert row.equal and row.shapes == ((2,), (2,))
    (empty,) = rows(tmp_path, caffe | {"bn__factor": [0]}, torch)  # Caffe divides by nothing then
    assert empty.largest == 4


def test_a_folded_scale_is_given_back_to_the_nearest_layer(tmp_path: Path) -> None:
    folded = {"bn__running_mean": [1, 2], "bn__running_var": [3, 4],
              "bn__weight": [5, 6], "bn__bias": [7, 8]}  # fmt: skip
    apart = {"bn__running_mean": [1, 2], "bn__running_var": [3, 4],
             "far__weight": [0, 0], "far__bias": [0, 0],
             "sc__weight": [5, 6], "sc__bias": [7, 8]}  # fmt: skip
    found = {row.layer: row for row in rows(tmp_path, folded, apart)}
    assert found["bn"].equal and found["sc"].equal
    assert found["far"].why == "only in other.safetensors"


@pytest.mark.parametrize(
    ("head", "alone"),
    [
        (b"PK\x03\x04", True),
        (b"\x80\x02pickle", True),
        (b"\x00" * 8 + b"{", True),
        (b"\n\x01n", False),
    ],
)
def test_files_that_carry_no_net_are_known_by_their_head(
    tmp_path: Path, head: bytes, alone: bool
) -> None:
    (tmp_path / "w").write_bytes(head)
    assert weights_diff.carries_no_net(tmp_path / "w") == alone
