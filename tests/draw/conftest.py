"""Two scenes that every kind of file must hold."""

from __future__ import annotations

import json
import re

import pytest

from caffe2torch.draw.scene import Scene, lay_out
from tests.draw.formats.hostile import HOSTILE
from tests.draw.one_picture import LENET, drawn


@pytest.fixture(scope="module")
def lenet(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return lay_out(drawn(tmp_path_factory.mktemp("lenet"), LENET), "TB")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """A chain of layers whose names, types and blobs are the hostile texts."""
    quoted = [json.dumps(text, ensure_ascii=False) for text in HOSTILE]
    quoted = [re.sub(r"\\u00(..)", r"\\x\1", text) for text in quoted]
    text, last = f"name: {quoted[0]}\n", '"start"'
    for name in quoted:
        text += f"layer {{ name: {name} type: {name} bottom: {last} top: {name} }}\n"
        last = name
    return lay_out(drawn(tmp_path_factory.mktemp("hostile"), text), "LR")
