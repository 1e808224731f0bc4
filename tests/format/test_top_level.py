"""What a prototxt is, by the fields at its top level."""

from __future__ import annotations

import pytest

from caffe2torch.format import top_level


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('net: "a.prototxt"', True),
        ("base_lr: 0.1  # layer { }", True),
        ('random_seed: 3 type: "Adam"', True),
        ("net_param { layer { } }", True),
        ("debug_info: true", False),
        ('layer { name: "net: x" type: "Python" python_param { param_str: "base_lr: 1" } }', False),
        ('# net: "a.prototxt"\nname: "x" layer { }', False),
        ("", False),
        ('net: "a.prototxt"\nmax_iter 10', True),
        ("dog 0\ncat 1\nnet: 3", False),
        ('layer {\n  name: "x"\n', False),
    ],
)
def test_which_is_a_solver(source: str, expected: bool) -> None:
    assert top_level.is_solver(top_level.fields(source, "x.prototxt")) == expected
    assert top_level.holds_solver(source, "x.prototxt") == expected


def test_the_fields_of_a_broken_net_are_found_at_any_level() -> None:
    assert top_level.fields("layer {\n  name: 1\n", "x") == {"layer", "name"}
    assert top_level.fields("dog 0\nname: 1", "x") == frozenset()
