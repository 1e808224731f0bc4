"""What Caffe refuses once it starts is an error of the lint."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, only


@pytest.mark.parametrize(
    ("field", "says", "code"),
    [
        ('train_net: "train_val.prototxt"', "more than once: net and train_net", "C2T004"),
        ('type: "AdamW"', 'did you mean "Adam"?', "C2T004"),
        ('type: "LBFGS"', "known: SGD, Nesterov", "C2T004"),
        ("average_loss: 0", "average_loss is 0", "C2T004"),
        ("iter_size: 0", "iter_size is 0", "C2T004"),
        ("gamma: -0.1", "Caffe stops at the first update", "C2T303"),
    ],
)
def test_solvers(folder: Folder, field: str, says: str, code: str) -> None:
    name = field.partition(":")[0]
    text = folder.solver_file.read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if not line.startswith(f"{name}:")]
    found = only(folder.write(solver="\n".join([*kept, field]) + "\n").lint(), code)
    assert [f.severity for f in found] == ["error"]
    assert says in found[0].text


def test_another_case_is_said_once(folder: Folder) -> None:
    folder.solver({"": 'type: "sgd"\n'})
    assert [f.code for f in folder.lint() if f.severity == "error"] == ["C2T508"]


def test_a_gradient_into_the_labels(folder: Folder) -> None:
    """A layer with weights makes the targets: SoftmaxWithLoss cannot go back there."""
    extra = """layer { name: "made" type: "Convolution" bottom: "data" top: "made"
      convolution_param { num_output: 1 kernel_size: 8 weight_filler { type: "msra" } } }
    """
    folder.net({'bottom: "ip2"\n  bottom: "label"\n  top: "loss"':
                'bottom: "ip2"\n  bottom: "made"\n  top: "loss"'})  # fmt: skip
    folder.net({'layer {\n  name: "loss"': extra + 'layer {\n  name: "loss"'})
    found = [f for f in folder.lint() if f.severity == "error"]
    assert "C2T003" in {f.code for f in found}, [f.text for f in found]


def test_healthy(folder: Folder) -> None:
    assert not [f.text for f in folder.lint() if f.severity == "error"]
