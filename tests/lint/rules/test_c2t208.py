"""C2T208 deconv-not-bilinear."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T208"


def net(param: str, mult: str = "0") -> str:
    up = (
        f'layer {{ name: "up" type: "Deconvolution" bottom: "conv1" top: "up" '
        f"param {{ lr_mult: {mult} }} "
        f"convolution_param {{ num_output: 16 kernel_size: 4 stride: 2 pad: 1 bias_term: false "
        f"{param} }} }}\n"
    )
    mark = 'layer {\n  name: "score"'
    return chain(1).replace(mark, up + mark).replace(
        'type: "InnerProduct"\n  bottom: "conv1"', 'type: "InnerProduct"\n  bottom: "up"'
    )  # fmt: skip


def test_frozen_zeros(folder: Folder) -> None:
    fires(
        folder.write(net=net("")),
        CODE,
        "upsampling with weights of 0",
        "upsamples by 2",
        severity="error",
    )


def test_bilinear_over_all_channels(folder: Folder) -> None:
    folder.write(net=net('weight_filler { type: "bilinear" }'))
    fires(folder, CODE, "group 1", "num_output 16", severity="error")


def test_trained_bilinear_over_all_channels(folder: Folder) -> None:
    folder.write(net=net('weight_filler { type: "bilinear" }', "1"))
    fires(folder, CODE, "group: 16", severity="warning")


def test_one_kernel_a_channel(folder: Folder) -> None:
    check_noop(folder.write(net=net('group: 16 weight_filler { type: "bilinear" }')), CODE)


def test_learned_is_an_info(folder: Folder) -> None:
    folder.write(net=net('weight_filler { type: "msra" }', "1"))
    fires(folder, CODE, "msra noise", "interpolation is the usual start", severity="info")


def test_frozen_noise(folder: Folder) -> None:
    folder.write(net=net('weight_filler { type: "msra" }'))
    finding = fires(folder, CODE, "lr_mult 0 keeps the noise", severity="warning")
    assert "C2T413 frozen-by-accident" in finding.also


def test_other_kernels_are_no_interpolation(folder: Folder) -> None:
    text = net('weight_filler { type: "msra" }', "1").replace("kernel_size: 4", "kernel_size: 3")
    check_noop(folder.write(net=text.replace("stride: 2", "stride: 1")), CODE)


def test_fix_of_zeros(folder: Folder) -> None:
    text = check_fixed(folder.write(net=net("")), CODE)["train_val.prototxt"]
    assert "group: 16" in text
    assert 'weight_filler { type: "bilinear" }' in text


def test_fix_of_the_group(folder: Folder) -> None:
    check_fixed(folder.write(net=net('weight_filler { type: "bilinear" }')), CODE)
