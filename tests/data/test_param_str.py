"""The param_str of Python layers: literals and plain YAML, of which nothing runs."""

from __future__ import annotations

from typing import Any

import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data import param_str
from caffe2torch.errors import ShapeError


def values(text: str) -> dict[str, Any]:
    param = pb.LayerParameter(type="Python")
    param.python_param.param_str = text
    return param_str.values(param)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", {}),
        ("{'a': 1, 'b': (2, 3)}", {"a": 1, "b": (2, 3)}),
        ("'num_classes': 21", {"num_classes": 21}),
        ("a: 1\nb: yes it is", {"a": 1, "b": "yes it is"}),
        ("a: true\n# b: 2\nc: 'x'", {"a": True, "c": "x"}),
        ("scales: !!python/tuple [4, 8]", {"scales": [4, 8]}),
    ],
)
def test_literals_and_plain_yaml_are_read(text: str, wanted: dict[str, Any]) -> None:
    assert values(text) == wanted


def test_calls_stay_text() -> None:
    assert values("a: __import__('os').getpid()") == {"a": "__import__('os').getpid()"}


def test_other_text_is_refused() -> None:
    with pytest.raises(ShapeError, match="neither a Python literal nor plain YAML"):
        values("just words")
