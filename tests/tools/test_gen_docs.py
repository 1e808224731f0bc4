"""The generated files are what the code says now."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import gen_docs


@pytest.mark.parametrize("name", gen_docs.FILES)
def test_the_file_is_current(name: str, root: Path) -> None:
    text = (root / name).read_text(encoding="utf-8")
    assert text == gen_docs.FILES[name](), "run: python tools/gen_docs.py"


def test_every_recorded_case_passes() -> None:
    for kind, share in gen_docs.golden_cases().items():
        passed, total = share.split("/")
        assert passed == total, kind


def test_fields_of_forks_end_with_their_message() -> None:
    proto = (
        "message AParameter {\n  optional float own = 1;\n  // -- NVIDIA\n"
        "  // a remark\n  optional bool theirs = 2 [default = true];\n}\n"
        "message BParameter {\n  optional int32 own = 1;\n}\n"
    )
    assert list(gen_docs.fork_fields(proto)) == [("AParameter", "theirs", "NVIDIA")]
