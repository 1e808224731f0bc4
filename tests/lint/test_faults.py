"""Failures as findings: each fault once, and no error that rests on sizes which were guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.lint import engine
from caffe2torch.lint.finding import Finding
from tests.lint.checks import Folder, only

LOSS = 'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "a" bottom: "label" }\n'
WEIGHTS = 'weight_filler { type: "msra" }'


def source(phase: str = "", crop: str = "", top: str = 'top: "label"') -> str:
    """A Data layer whose database is not there."""
    return (
        f'layer {{ name: "data" type: "Data" top: "data" {top} {phase} '
        f'data_param {{ source: "gone" batch_size: 8 }} transform_param {{ {crop} }} }}\n'
    )


def conv(param: str, name: str = "a", bottom: str = "data") -> str:
    return (
        f'layer {{ name: "{name}" type: "Convolution" bottom: "{bottom}" top: "{name}" '
        f"convolution_param {{ {WEIGHTS} {param} }} }}\n"
    )


def summed(other: str) -> str:
    """A sum of two convolutions, the second with another `param`, and a loss."""
    return (
        conv("num_output: 4 kernel_size: 3", "b")
        + conv(other, "c")
        + 'layer { name: "a" type: "Eltwise" bottom: "b" bottom: "c" top: "a" }\n'
        + 'layer { name: "pool" type: "Pooling" bottom: "a" top: "p" '
        + "pooling_param { global_pooling: true } }\n"
        + LOSS.replace('"a"', '"p"')
    )


def lint(tmp_path: Path, text: str) -> list[Finding]:
    file = tmp_path / "net.prototxt"
    file.write_text(text, encoding="utf-8")
    return engine.lint_file(file)


def refused(tmp_path: Path, text: str) -> list[tuple[str, str]]:
    """Severities and messages of C2T003."""
    return [(f.severity, f.message) for f in only(lint(tmp_path, text), "C2T003")]


def test_sizes_that_are_guessed_make_no_error(tmp_path: Path) -> None:
    apart = summed("num_output: 4 kernel_size: 1")
    ((severity, message),) = refused(tmp_path, source() + apart)
    assert severity == "info"
    assert 'if the data that are not here are "data" (8, 3, 224, 224)' in message


def test_sizes_that_a_crop_gives_do(tmp_path: Path) -> None:
    apart = summed("num_output: 4 kernel_size: 1")
    ((severity, message),) = refused(tmp_path, source(crop="crop_size: 40") + apart)
    assert severity == "error"
    assert "not here" not in message


def test_sizes_that_images_are_warped_to_do(tmp_path: Path) -> None:
    warp = "resize_param { height: 40 width: 40 resize_mode: WARP }"
    ((severity, _),) = refused(tmp_path, source(crop=warp) + summed("num_output: 4 kernel_size: 1"))
    assert severity == "error"


def test_a_parameter_that_is_wrong_anyway_is_an_error(tmp_path: Path) -> None:
    slices = 'layer { name: "s" type: "LRN" bottom: "data" top: "s" lrn_param { local_size: 4 } }\n'
    ((severity, message),) = refused(tmp_path, source() + slices + LOSS.replace('"a"', '"s"'))
    assert severity == "error"
    assert "local_size is 4" in message


def test_what_is_wrong_with_any_size_is_an_error(tmp_path: Path) -> None:
    ((severity, message),) = refused(tmp_path, source() + conv("kernel_size: 3") + LOSS)
    assert severity == "error"
    assert "num_output is 0 or missing" in message


def test_nothing_is_wrong_where_the_guess_fits(tmp_path: Path) -> None:
    assert not refused(tmp_path, source() + summed("num_output: 4 kernel_size: 3"))


@pytest.mark.parametrize("phase", ["TRAIN", "TEST"])
def test_a_net_alone_may_be_made_for_one_phase(tmp_path: Path, phase: str) -> None:
    head = source(f"include {{ phase: {phase} }}", "crop_size: 3")
    found = lint(tmp_path, head + conv("num_output: 4 kernel_size: 3") + LOSS)
    assert not [f.text for f in found if f.code.startswith("C2T00")]


def test_a_net_alone_whose_blob_nobody_makes_is_refused(tmp_path: Path) -> None:
    found = refused(tmp_path, source() + conv("num_output: 4", bottom="dota") + LOSS)
    assert [severity for severity, _ in found] == ["error"]


def test_a_solver_says_which_phases_there_are(folder: Folder) -> None:
    text = folder.net_file.read_text(encoding="utf-8")
    test_only = text.replace("phase: TRAIN", "phase: TEST")
    refusals = [f for f in folder.write(net=test_only).lint() if f.code == "C2T003"]
    assert {f.severity for f in refusals} == {"error"}
    assert any("rules leave it out here" in f.hint for f in refusals)


def test_a_list_where_one_value_belongs_is_one_finding(folder: Folder) -> None:
    found = folder.solver({"": "stepsize: [10, 20]\n"}).lint()
    assert [f.code for f in found if f.severity == "error"] == ["C2T002"]


def test_the_same_fault_of_many_layers_is_one_finding(tmp_path: Path) -> None:
    twice = "pooling_param { pool: MAXIMUM stride: 2 } }\n"
    text = source() + "".join(
        f'layer {{ name: "p{i}" type: "Pooling" bottom: "data" top: "p{i}" {twice}' for i in "123"
    )
    errors = [f for f in lint(tmp_path, text) if f.severity == "error"]
    assert [f.code for f in errors] == ["C2T002"], "the missing kernel is no second fault"
    assert 'MAXIMUM is not a value of "pool" (line 3, 4 too)' in errors[0].message


def test_a_type_of_the_old_form_is_refused_once(tmp_path: Path) -> None:
    old = 'layers { name: "x" type: LRN_MAP top: "x" }\n'
    errors = [f for f in lint(tmp_path, old) if f.severity == "error"]
    assert len(errors) == 1


@pytest.mark.parametrize("text", ["", "# nothing yet\n", 'name: "x"\n'])
def test_a_file_without_layers_is_said_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "net.prototxt").write_text(text)
    (finding,) = engine.lint_file(tmp_path / "net.prototxt")
    assert finding.code == "C2T003"
    assert "has no layers" in finding.message
