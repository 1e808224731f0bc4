"""C2T423 untrained-test-layer."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T423"
TRAINED = '  top: "score"\n'
SHARED = '  top: "score"\n  param { name: "w" }\n'
PROBE = """\
layer {
  name: "probe" type: "InnerProduct" bottom: "conv1" top: "probe" param { name: "%s" } %s
  inner_product_param { num_output: 10 weight_filler { type: "xavier" } }
}
layer { name: "unread" type: "Silence" bottom: "probe" }
"""
TEST = "include { phase: TEST }"


def net(probe: str, behind: bool) -> str:
    text = chain(1).replace(TRAINED, SHARED)
    if behind:
        return text + probe
    score = 'layer {\n  name: "score"'
    return text.replace(score, probe + score)


@pytest.mark.parametrize("behind", [True, False])
def test_a_probe_in_test_only(folder: Folder, behind: bool) -> None:
    probe = PROBE % ("w", TEST)
    probe = probe.replace('bottom: "probe" }', f'bottom: "probe" {TEST} }}')
    folder.write(net=net(probe, behind))
    message = '"probe" (InnerProduct), in TEST only, shares "w" with layer "score"'
    fires(folder, CODE, message, severity="warning")


def test_a_probe_in_both_phases(folder: Folder) -> None:
    check_noop(folder.write(net=net(PROBE % ("w", ""), behind=True)), CODE)


def test_a_name_of_its_own(folder: Folder) -> None:
    probe = (PROBE % ("other", TEST)).replace('bottom: "probe" }', f'bottom: "probe" {TEST} }}')
    folder.write(net=net(probe, behind=True))
    fires(folder, CODE, "is in TEST only", "what its fillers give it", severity="warning")


NORM = (
    'layer {{ name: "norm" type: "BatchNorm" bottom: "conv1" top: "conv1" {} '
    "batch_norm_param {{ {} }} }}\n"
)


def normed(rule: str, param: str = "") -> str:
    act = 'layer { name: "act1"'
    return chain(1).replace(act, NORM.format(rule, param) + act)


def test_a_batch_norm_in_test_only(folder: Folder) -> None:
    folder.write(net=normed(TEST, "use_global_stats: true"))
    finding = fires(folder, CODE, '"norm" (BatchNorm) is in TEST only', severity="error")
    assert "multiplies by 1/sqrt(1e-05) = 316, in every test" in finding.why
    assert "without use_global_stats" in finding.hint
    check_noop(folder, "C2T422")


def test_a_batch_norm_in_both_phases(folder: Folder) -> None:
    check_noop(folder.write(net=normed("")), CODE)


def test_pretrained_weights_may_hold_it(folder: Folder) -> None:
    folder.write(net=normed(TEST)).solver({"": '\nweights: "w.caffemodel"\n'})
    check_noop(folder, CODE)


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)
