"""C2T503 unknown-layer-type."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires, only

CODE = "C2T503"
CONV = 'type: "Convolution"'


def test_misspelt(folder: Folder) -> None:
    folder.net({CONV: 'type: "Convolutional"'})
    fires(folder, CODE, '("conv1", "conv2")', 'did you mean "Convolution"?', severity="error")
    assert not only(folder.lint(), "C2T003"), "said twice"


def test_nobody_knows(folder: Folder) -> None:
    folder.net({"": 'layer { name: "q" type: "QuantumLoss" bottom: "ip2" }'})
    finding = fires(folder, CODE, 'unknown layer type "QuantumLoss" ("q")', severity="error")
    assert finding.fix is None


def test_no_type(folder: Folder) -> None:
    folder.net({"": 'layer { name: "q" bottom: "ip2" top: "q" }'})
    fires(folder, CODE, 'no layer type ("q")', severity="error")


def test_of_a_fork(folder: Folder) -> None:
    folder.net({"": 'layer { name: "p" type: "Permute" bottom: "conv1" top: "p" }'})
    fires(folder, CODE, "BVLC Caffe does not have: Permute (ssd)", severity="info")


def test_known(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_another_case_is_another_rule(folder: Folder) -> None:
    check_noop_or_cause(folder.net({CONV: 'type: "convolution"'}))


def test_not_in_this_net(folder: Folder) -> None:
    stage = 'include { stage: "never" }'
    check_noop(folder.net({"": f'layer {{ name: "q" type: "Quantum" top: "q" {stage} }}'}), CODE)


def test_fix(folder: Folder) -> None:
    text = check_fixed(folder.net({CONV: 'type: "Convolutional"'}), CODE)["train_val.prototxt"]
    assert text.count(CONV) == 2


def check_noop_or_cause(folder: Folder) -> None:
    """It is mentioned by its cause only."""
    findings = folder.lint()
    assert not only(findings, CODE)
    assert only(findings, "C2T508")


def test_another_name_of_a_known_type(folder: Folder) -> None:
    fires(folder.net({'"SoftmaxWithLoss"': '"SoftmaxLoss"'}), CODE, "SoftmaxLoss", severity="info")
