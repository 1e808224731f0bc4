"""C2T501 legacy-format."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_noop, fires

CODE = "C2T501"
OLD = """layers {
  name: "d" type: DATA top: "data" top: "label"
  data_param { source: "digits_train_lmdb" backend: LMDB batch_size: 64 scale: 0.00390625 }
}
layers { name: "ip" type: INNER_PRODUCT bottom: "data" top: "ip"
  inner_product_param { num_output: 10 weight_filler { type: "xavier" } } }
layers { name: "loss" type: SOFTMAX_LOSS bottom: "ip" bottom: "label" }
"""


def test_old_layers(folder: Folder) -> None:
    finding = fires(folder.write(net=OLD), CODE, "V1 layers", severity="info")
    assert "c2t upgrade net train_val.prototxt NEW_FILE" in finding.hint
    assert finding.span is not None
    assert finding.span.line == 1


def test_input_fields(folder: Folder) -> None:
    folder.net({"": 'input: "extra" input_dim: [1, 1, 8, 8]'})
    fires(folder, CODE, "input fields", severity="info")


def test_solver_type(folder: Folder) -> None:
    finding = fires(folder.solver({"": "solver_type: NESTEROV"}), CODE, "solver_type")
    assert "c2t upgrade solver" in finding.hint


def test_present_format(folder: Folder) -> None:
    check_noop(folder, CODE)


@pytest.mark.parametrize("kind", ["SGD", "Nesterov"])
def test_type_as_a_string(folder: Folder, kind: str) -> None:
    check_noop(folder.solver({"": f'type: "{kind}"'}), CODE)
