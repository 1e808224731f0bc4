"""C2T423 untrained-test-layer."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires, only
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


def test_a_batch_norm_of_another_name_in_each_phase(folder: Folder) -> None:
    act, train = 'layer { name: "act1"', "include { phase: TRAIN }"
    other = NORM.format(train, "").replace('"norm"', '"train_norm"')
    folder.write(net=normed(TEST, "use_global_stats: true").replace(act, other + act))
    finding = fires(folder, CODE, '"norm" (BatchNorm) is in TEST only', severity="error")
    assert "multiplies by 1/sqrt(1e-05) = 316, in every test" in finding.why
    assert "without use_global_stats" in finding.hint
    check_noop(folder, "C2T422")


def test_a_batch_norm_that_train_lacks_is_said_once(folder: Folder) -> None:
    found = folder.write(net=normed(TEST)).lint()
    assert not only(found, CODE)
    assert any(CODE in also for also in only(found, "C2T426")[0].also)


def score_of_each_phase(fields: str = "") -> str:
    """The last layer twice, under a name of its own in each phase."""
    text = chain(1)
    start = text.index('layer {\n  name: "score"')
    end = text.index('layer { name: "loss"')
    score = text[start:end].replace('top: "score"', f'top: "score" {fields}')
    test = score.replace('name: "score"', f'name: "test_score" {TEST}')
    train = score.replace('name: "score"', 'name: "score" include { phase: TRAIN }')
    return text[:start] + train + test + text[end:]


def test_all_that_is_measured_behind_it(folder: Folder) -> None:
    folder.write(net=score_of_each_phase())
    fires(folder, CODE, '"test_score"', "all that the test measures", severity="error")


def test_a_twin_gets_the_name_of_the_trained_layer(folder: Folder) -> None:
    check_fixed(folder.write(net=score_of_each_phase()), CODE)


def test_a_layer_of_other_sizes_is_no_twin(folder: Folder) -> None:
    head, test, tail = score_of_each_phase().partition('name: "test_score"')
    wider = tail.replace("num_output: 10", "num_output: 12", 1)
    assert wider != tail
    assert fires(folder.write(net=head + test + wider), CODE).fix is None


def test_what_is_never_to_be_trained(folder: Folder) -> None:
    """Bilinear upsampling for the test alone, with lr_mult 0."""
    frozen = "param { lr_mult: 0 } param { lr_mult: 0 }"
    check_noop(folder.write(net=score_of_each_phase(frozen)), CODE)


def test_a_batch_norm_in_both_phases(folder: Folder) -> None:
    check_noop(folder.write(net=normed("")), CODE)


def test_pretrained_weights_may_hold_it(folder: Folder) -> None:
    folder.write(net=normed(TEST)).solver({"": '\nweights: "w.caffemodel"\n'})
    check_noop(folder, CODE)


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)
