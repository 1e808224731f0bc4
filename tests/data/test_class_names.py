"""Names of classes come from lists and labelmaps; what is no text names none."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.data.class_names import read_class_names
from caffe2torch.errors import DataError


def test_labels_are_lines_or_a_labelmap(tmp_path: Path) -> None:
    lines = tmp_path / "labels.txt"
    lines.write_text("cat\nbig dog\n")
    assert read_class_names(lines) == ["cat", "big dog"]
    mapped = tmp_path / "labelmap.prototxt"
    mapped.write_text(
        'item { name: "none" label: 0 display_name: "background" }\n'
        'item { name: "x" label: 2 display_name: "sheep" }'
    )
    assert read_class_names(mapped) == ["background", "class 1", "sheep"]
    lines.write_text("\n")
    with pytest.raises(DataError, match="names no class"):
        read_class_names(lines)


def test_other_encodings_are_texts_and_binaries_are_not(tmp_path: Path) -> None:
    file = tmp_path / "labels.txt"
    file.write_bytes("猫\r\n狗\r\n".encode("gb18030"))
    assert len(read_class_names(file)) == 2
    for data in (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"\x0a\x03abc\x12\x01x"):
        file.write_bytes(data)
        with pytest.raises(DataError, match="is no text, and should name classes"):
            read_class_names(file)
