"""C2T409 batchnorm-without-scale."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T409"


def net(depth: int, scale: bool = False, param: str = "") -> str:
    text = chain(depth)
    for i in range(1, depth + 1):
        blobs = f'bottom: "conv{i}" top: "conv{i}"'
        norm = f'layer {{ name: "bn{i}" type: "BatchNorm" {blobs} {param} }}\n'
        if scale:
            norm += f'layer {{ name: "scale{i}" type: "Scale" {blobs} }}\n'
        text = text.replace(f'layer {{ name: "act{i}"', f'{norm}layer {{ name: "act{i}"')
    return text


def test_several(folder: Folder) -> None:
    fires(folder.write(net=net(3)), CODE, "3 layers (bn1, bn2, bn3)", severity="info")


def test_one_is_an_info(folder: Folder) -> None:
    fires(folder.write(net=net(1)), CODE, 'layer "bn1"', severity="info")


def test_with_scale(folder: Folder) -> None:
    check_noop(folder.write(net=net(3, scale=True)), CODE)


def test_scale_inside(folder: Folder) -> None:
    check_noop(folder.write(net=net(2, param="batch_norm_param { scale_bias: true }")), CODE)


def test_intel_has_it_inside(folder: Folder) -> None:
    check_noop(folder.write(net=net(2, param="batch_norm_param { engine: MKL2017 }")), CODE)


def test_fix(folder: Folder) -> None:
    texts = check_fixed(folder.write(net=net(2)), CODE)
    assert texts["train_val.prototxt"].count('type: "Scale"') == 2
