"""Repeated blocks are found, and folded only where no arrow is lost."""

from __future__ import annotations

from pathlib import Path

from tests.draw.one_picture import arrows, boxes, drawn, texts

START = """
layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 dim: 8 dim: 9 dim: 9 } } }
"""


def conv(name: str, bottom: str, out: int = 8, kernel: int = 3) -> str:
    return (
        f'layer {{ name: "{name}" type: "Convolution" bottom: "{bottom}" top: "{name}" '
        f"convolution_param {{ num_output: {out} kernel_size: {kernel} pad: {kernel // 2} }} }}\n"
        f'layer {{ name: "{name}_relu" type: "ReLU" bottom: "{name}" top: "{name}" }}\n'
    )


def residual(name: str, bottom: str) -> str:
    return (
        conv(f"{name}_a", bottom, 4, 1)
        + conv(f"{name}_b", f"{name}_a", 8, 3)
        + f'layer {{ name: "{name}" type: "Eltwise" bottom: "{bottom}" bottom: "{name}_b" '
        f'top: "{name}" }}\n'
    )


def stages(counts: list[int]) -> str:
    """Residual stages; each begins with a convolution of another kernel."""
    text, last = START, "x"
    for s, count in enumerate(counts):
        text += conv(f"stage{s}", last, 8, 5)
        last = f"stage{s}"
        for b in range(count):
            text += residual(f"res{s}b{b + 1}", last)
            last = f"res{s}b{b + 1}"
    return text + f'layer {{ name: "end" type: "Softmax" bottom: "{last}" top: "end" }}\n'


def test_residual_blocks_become_stacks(tmp_path: Path) -> None:
    picture = drawn(tmp_path, stages([3, 1, 36]), collapse=True)
    assert list(boxes(picture)) == [
        "in", "stage0", "res0b1 … res0b3  ×3", "stage1", "res1b1_a", "res1b1_b", "res1b1",
        "stage2", "res2b1 … res2b36  ×36", "end",
    ]  # fmt: skip
    assert boxes(picture)["res0b1 … res0b3  ×3"] == [
        "Convolution, kernel 1×1, num_output 4", "+ ReLU",
        "Convolution, kernel 3×3, pad 1", "num_output 8", "+ ReLU",
        "Eltwise SUM",
    ]  # fmt: skip
    assert {
        "stage0 -1×8×9×9-> res0b1 … res0b3  ×3",
        "res0b1 … res0b3  ×3 -1×8×9×9-> stage1",
    } <= arrows(picture)


def test_without_the_flag_every_layer_is_drawn(tmp_path: Path) -> None:
    assert len(boxes(drawn(tmp_path, stages([3])))) == 1 + 1 + 9 + 1


def test_names_of_single_layers_stand_for_themselves(tmp_path: Path) -> None:
    text = START + conv("conv1", "x") + conv("conv2", "conv1") + conv("conv3", "conv2")
    assert list(boxes(drawn(tmp_path, text, collapse=True))) == ["in", "conv1 … conv3  ×3"]


def test_a_block_that_others_read_in_the_middle_is_not_hidden(tmp_path: Path) -> None:
    text = stages([4]) + 'layer { name: "tap" type: "Power" bottom: "res0b2" top: "tap" }\n'
    picture = drawn(tmp_path, text, collapse=True)
    assert any(arrow.endswith("> tap") for arrow in arrows(picture))
    stacks = [texts(item)[0] for item in picture.items if item.stack]
    assert stacks == ["res0b1 … res0b2  ×2", "res0b3 … res0b4  ×2"]


def test_other_parameters_shapes_or_wiring_are_no_repetition(tmp_path: Path) -> None:
    wider = START + conv("a", "x", 8) + conv("b", "a", 9) + conv("c", "b", 10)
    assert not [i for i in drawn(tmp_path, wider, collapse=True).items if i.stack]
    beside = START + conv("a", "x") + conv("b", "x") + conv("c", "x")
    assert not [i for i in drawn(tmp_path, beside, collapse=True).items if i.stack]


def test_growing_channels_are_a_repetition(tmp_path: Path) -> None:
    text, last = START, "x"
    for i in range(4):
        text += conv(f"dense{i}/conv", last, 4)
        text += (
            f'layer {{ name: "dense{i}/concat" type: "Concat" bottom: "{last}" '
            f'bottom: "dense{i}/conv" top: "dense{i}/concat" }}\n'
        )
        last = f"dense{i}/concat"
    picture = drawn(tmp_path, text, collapse=True)
    assert list(boxes(picture)) == ["in", "dense0 … dense3  ×4"]
    assert boxes(picture)["dense0 … dense3  ×4"][-1] == "→ dense3/concat: 1×24×9×9"
