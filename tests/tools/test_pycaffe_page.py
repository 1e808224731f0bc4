"""The page of pycaffe names what Caffe has, not what our classes have besides."""

from __future__ import annotations

from tools.pycaffe_page import BLOB, page


def test_a_blob_has_the_members_of_caffes() -> None:
    rows = [line.split("`")[1] for line in page().splitlines() if line.startswith("| `Blob.")]
    assert sorted(rows) == sorted(f"Blob.{name}" for name in BLOB)
