"""C2T506 unknown-field."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires, only

CODE = "C2T506"


def test_misspelt(folder: Folder) -> None:
    folder.net({"kernel_size: 3": "kernal_size: 3"})
    finding = fires(folder, CODE, '"kernal_size" is not a field of ConvolutionParameter')
    assert finding.severity == "error"
    assert 'did you mean "kernel_size"?' in finding.hint
    assert not only(folder.lint(), "C2T002"), "said twice"


def test_all_of_them(folder: Folder) -> None:
    folder.net({"num_output: 10": "num_outputs: 10"}).solver({"display:": "dispaly:"})
    assert len(only(folder.lint(), CODE)) == 2


def test_one_finding_for_a_field_that_is_written_often(folder: Folder) -> None:
    folder.net({"weight_filler": "weight_fillr"})
    assert "(written 2 times)" in fires(folder, CODE, "ConvolutionParameter").why
    assert len(only(folder.lint(), CODE)) == 2
    assert "weight_fillr" not in check_fixed(folder, CODE)["train_val.prototxt"]


def test_in_the_wrong_message(folder: Folder) -> None:
    folder.net({'type: "Pooling"': 'type: "Pooling" kernel_size: 2'})
    finding = fires(folder, CODE, '"kernel_size" is not a field of LayerParameter')
    assert (finding.hint, finding.fix) == ("it belongs in pooling_param", None)


def test_where_it_has_no_home(folder: Folder) -> None:
    folder.net({'type: "Pooling"': 'type: "Pooling" shrink_by: 2'})
    assert fires(folder, CODE, '"shrink_by" is not a field of LayerParameter').hint == "remove it"


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_a_bad_value_is_another_matter(folder: Folder) -> None:
    check_noop(folder.solver({"base_lr: 0.02": 'base_lr: "much"'}), CODE)


def test_fix(folder: Folder) -> None:
    folder.net({"kernel_size: 3": "kernal_size: 3 # small"})
    assert "kernel_size: 3 # small" in check_fixed(folder, CODE)["train_val.prototxt"]
