"""Well-known nets as people train them, in own words: what must not be called wrong.

None of their data is here, as for anybody who lints a config that was found somewhere; what the
data is follows from the paths.
"""
# ruff: noqa: E501  prototxt in strings

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from tests.lint.bench.config import Config
from tests.lint.bench.healthy import Builder, inceptions
from tests.lint.bench.published import PUBLISHED


def data(
    source: str, batch: int, test: int, transform: str = "", *, kind: str = "Data", more: str = ""
) -> Iterator[str]:
    """The data layers of TRAIN and TEST."""
    field = {"Data": "data_param", "ImageData": "image_data_param", "HDF5Data": "hdf5_data_param"}
    backend = " backend: LMDB" if kind == "Data" else ""
    for phase, name, size in (("TRAIN", "train", batch), ("TEST", "val", test)):
        rules = transform if phase == "TRAIN" else transform.replace("mirror: true", "")
        body = f"  transform_param {{ {rules} }}\n" if rules else ""
        yield (
            f'layer {{\n  name: "data"\n  type: "{kind}"\n  top: "data"\n  top: "label"\n'
            f"  include {{ phase: {phase} }}\n{body}"
            f'  {field[kind]} {{ source: "{source.format(name)}" batch_size: {size}{backend} {more} }}\n}}\n'
        )


def start(*layers: str) -> Builder:
    """A builder behind these data layers."""
    builder = Builder("digits", 1, 0, 1)
    builder.layers = list(layers)
    return builder


def end(b: Builder, name: str, solver: str, *, loss: str = "SoftmaxWithLoss") -> Config:
    """Loss and accuracy of what the builder is at, and a solver."""
    scores = b.at
    b.add("loss", loss, bottoms=f"{scores} label")
    test = "include { phase: TEST }"
    if loss == "SoftmaxWithLoss":
        b.add("accuracy", "Accuracy", test, bottoms=f"{scores} label")
    return config(name, solver, b.layers)


def config(name: str, solver: str, layers: list[str], argv: str = "") -> Config:
    """A config whose solver is lines with ";" between them, and a net."""
    usual = f'net: "train_val.prototxt";display: 20;snapshot: 5000;snapshot_prefix: "{name}"'
    lines = tuple(line.strip() for line in f"{usual};{solver}".split(";"))
    lines += ("random_seed: 7", "solver_mode: CPU")
    return Config(name, lines, tuple(layers), "none", head=f'name: "{name}"\n',
                  argv=tuple(argv.split()))  # fmt: skip


ORIGINALS: list[Callable[[], Config]] = []


def original(make: Callable[[], Config]) -> Callable[[], Config]:
    """Register a config."""
    ORIGINALS.append(make)
    return make


MNIST = "examples/mnist/mnist_{}_lmdb"
CIFAR = "examples/cifar10/cifar10_{}_lmdb"
IMAGENET = "examples/imagenet/ilsvrc12_{}_lmdb"
BGR = "mean_value: 104 mean_value: 117 mean_value: 123"
SGD = "momentum: 0.9;weight_decay: 0.0005"


def _lenet(name: str, solver: str, loss: str = "SoftmaxWithLoss") -> Config:
    b = start(*data(MNIST, 64, 100, "scale: 0.00390625"))
    b.conv("conv1", 20, 5, filler="xavier", relu=False)
    b.pool("pool1", 2)
    b.conv("conv2", 50, 5, filler="xavier", relu=False)
    b.pool("pool2", 2)
    b.fc("ip1", 500, filler="xavier")
    b.fc("ip2", 10, filler="xavier", relu=False)
    return end(b, name, f"test_iter: 100;test_interval: 500;max_iter: 10000;{solver}", loss=loss)


@original
def lenet_inv() -> Config:
    return _lenet("lenet_inv", f'base_lr: 0.01;lr_policy: "inv";gamma: 0.0001;power: 0.75;{SGD}')


@original
def lenet_adam() -> Config:
    return _lenet(
        "lenet_adam",
        'type: "Adam";base_lr: 0.001;lr_policy: "fixed";momentum: 0.9;momentum2: 0.999',
    )


@original
def lenet_rmsprop() -> Config:
    return _lenet(
        "lenet_rmsprop",
        'type: "RMSProp";base_lr: 0.001;lr_policy: "inv";gamma: 0.0001;power: 0.75;rms_decay: 0.98;'
        "weight_decay: 0.0005",
    )


@original
def lenet_adadelta() -> Config:
    return _lenet(
        "lenet_adadelta",
        'type: "AdaDelta";base_lr: 1.0;lr_policy: "fixed";momentum: 0.95;delta: 1e-6;'
        "weight_decay: 0.0005",
    )


@original
def lenet_hinge() -> Config:
    """Measured: a LeNet learns with either norm of the hinge loss at the rate of the softmax."""
    inv = f'base_lr: 0.01;lr_policy: "inv";gamma: 0.0001;power: 0.75;{SGD}'
    return _lenet("lenet_hinge", inv, loss="HingeLoss")


@original
def regression() -> Config:
    """One number for a picture."""
    b = start(*data("faces_{}_age_lmdb", 64, 100, "scale: 0.00390625 mean_value: 128"))
    b.conv("conv1", 32, 5)
    b.pool("pool1", 2)
    b.fc("ip1", 128)
    b.fc("age", 1, filler="xavier", relu=False)
    step = 'base_lr: 0.0001;lr_policy: "step";gamma: 0.1;stepsize: 4000'
    return end(
        b, "regression", f"test_iter: 10;test_interval: 500;max_iter: 10000;{step};{SGD}",
        loss="EuclideanLoss",
    )  # fmt: skip


@original
def siamese() -> Config:
    """Pairs of digits in two channels, two branches of one set of weights (Hadsell et al. 2006)."""
    b = start(*data("examples/siamese/pairs_{}_lmdb", 64, 100, "scale: 0.00390625"))
    b.add("pair", "Slice", "slice_param { slice_dim: 1 slice_point: 1 }", top="left")
    b.layers[-1] = b.layers[-1].replace('top: "left"', 'top: "left"\n  top: "right"')
    for branch, side in (("", "left"), ("_p", "right")):
        b.at = side
        b.conv(f"conv1{branch}", 20, 5, filler="xavier", relu=False)
        b.pool(f"pool1{branch}", 2)
        b.fc(f"ip1{branch}", 500, filler="xavier")
        b.fc(f"feat{branch}", 2, filler="xavier", relu=False)
    names = {"conv1": "c", "ip1": "i", "feat": "f"}
    for at, text in enumerate(b.layers):
        for layer, short in names.items():
            if f'name: "{layer}"' in text or f'name: "{layer}_p"' in text:
                b.layers[at] = _shared(text, short)
    b.add("loss", "ContrastiveLoss", "contrastive_loss_param { margin: 1 }",
          bottoms="feat feat_p label")  # fmt: skip
    inv = 'base_lr: 0.01;lr_policy: "inv";gamma: 0.0001;power: 0.75;momentum: 0.9'
    return config("siamese", f"test_iter: 100;test_interval: 500;max_iter: 50000;{inv}", b.layers)


def _shared(text: str, short: str) -> str:
    """A layer whose two parameters have names."""
    names = iter(("w", "b"))
    return re.sub(
        r"param \{ lr_mult", lambda m: f'param {{ name: "{short}_{next(names)}" lr_mult', text
    )


@original
def lenet_nesterov() -> Config:
    return _lenet(
        "lenet_nesterov",
        'type: "Nesterov";base_lr: 0.01;lr_policy: "multistep";gamma: 0.5;stepvalue: 5000;'
        f"stepvalue: 8000;{SGD}",
    )


def _cifar(name: str, wide: str, norm: bool) -> Builder:
    b = start(*data(CIFAR, 100, 100, 'mean_file: "examples/cifar10/mean.binaryproto"'))
    b.conv("conv1", 32, 5, pad=2, filler="gaussian 0.0001", relu=False)
    b.pool("pool1", 3)
    b.relu("pool1")
    if norm:
        b.add(
            "norm1",
            "LRN",
            "lrn_param { local_size: 3 alpha: 5e-05 beta: 0.75 norm_region: WITHIN_CHANNEL }",
        )
    b.conv("conv2", 32, 5, pad=2, filler="gaussian 0.01")
    b.pool("pool2", 3, how="AVE")
    if norm:
        b.add(
            "norm2",
            "LRN",
            "lrn_param { local_size: 3 alpha: 5e-05 beta: 0.75 norm_region: WITHIN_CHANNEL }",
        )
    b.conv("conv3", 64, 5, pad=2, filler="gaussian 0.01")
    b.pool("pool3", 3, how="AVE")
    return b


@original
def cifar10_quick() -> Config:
    b = _cifar("cifar10_quick", "", norm=False)
    b.fc("ip1", 64, filler="gaussian 0.1", relu=False)
    b.fc("ip2", 10, filler="gaussian 0.1", relu=False)
    return end(
        b, "cifar10_quick",
        'base_lr: 0.001;lr_policy: "fixed";momentum: 0.9;weight_decay: 0.004;max_iter: 4000;'
        "test_iter: 100;test_interval: 500",
    )  # fmt: skip


@original
def cifar10_full() -> Config:
    b = _cifar("cifar10_full", "", norm=True)
    b.fc("ip1", 10, filler="gaussian 0.01", relu=False)
    return end(
        b, "cifar10_full",
        'base_lr: 0.001;lr_policy: "fixed";momentum: 0.9;weight_decay: 0.004;max_iter: 60000;'
        "test_iter: 100;test_interval: 1000",
    )  # fmt: skip


def _caffenet(b: Builder, last: tuple[str, int, str] = ("fc8", 1000, "1 2")) -> Builder:
    b.conv("conv1", 96, 11, stride=4, filler="gaussian 0.01")
    b.pool("pool1", 3)
    b.lrn("norm1")
    b.conv("conv2", 256, 5, pad=2, group=2, filler="gaussian 0.01", bias=1)
    b.pool("pool2", 3)
    b.lrn("norm2")
    b.conv("conv3", 384, 3, pad=1, filler="gaussian 0.01")
    b.conv("conv4", 384, 3, pad=1, group=2, filler="gaussian 0.01", bias=1)
    b.conv("conv5", 256, 3, pad=1, group=2, filler="gaussian 0.01", bias=1)
    b.pool("pool5", 3)
    b.fc("fc6", 4096, filler="gaussian 0.005", bias=1, drop=0.5)
    b.fc("fc7", 4096, filler="gaussian 0.005", bias=1, drop=0.5)
    name, classes, rates = last
    weight, bias = rates.split()
    b.fc(name, classes, filler="gaussian 0.01", relu=False)
    b.layers[-1] = (
        b.layers[-1]
        .replace("lr_mult: 2", f"lr_mult: {bias}")
        .replace("lr_mult: 1 ", f"lr_mult: {weight} ")
    )
    return b


MEAN = 'mirror: true crop_size: 227 mean_file: "data/ilsvrc12/imagenet_mean.binaryproto"'


@original
def caffenet() -> Config:
    b = _caffenet(start(*data(IMAGENET, 256, 50, MEAN)))
    return end(
        b, "caffenet",
        'base_lr: 0.01;lr_policy: "step";gamma: 0.1;stepsize: 100000;max_iter: 450000;'
        f"test_iter: 1000;test_interval: 1000;{SGD}",
    )  # fmt: skip


@original
def flickr_style() -> Config:
    """Fine-tuning: a new last layer that learns ten times as fast."""
    layers = data("data/flickr_style/{}.txt", 50, 50, MEAN, kind="ImageData",
                  more="new_height: 256 new_width: 256")  # fmt: skip
    b = _caffenet(start(*layers), ("fc8_flickr", 20, "10 20"))
    made = end(
        b, "flickr_style",
        'base_lr: 0.001;lr_policy: "step";gamma: 0.1;stepsize: 20000;max_iter: 100000;'
        f"test_iter: 100;test_interval: 1000;{SGD}",
    )  # fmt: skip
    return config(made.name, ";".join(made.solver[4:-2]), list(made.layers),
                  "--weights models/bvlc_reference_caffenet.caffemodel")  # fmt: skip


@original
def nin_imagenet() -> Config:
    b = start(*data(IMAGENET, 64, 89, MEAN.replace("227", "224")))
    for i, (n, k, stride, pad) in enumerate(
        ((96, 11, 4, 0), (256, 5, 1, 2), (384, 3, 1, 1), (1024, 3, 1, 1)), 1
    ):
        b.conv(
            f"conv{i}",
            n,
            k,
            stride=stride,
            pad=pad,
            filler="gaussian 0.05" if i != 1 else "gaussian 0.01",
        )
        b.conv(f"cccp{2 * i - 1}", n, 1, filler="gaussian 0.05")
        if i < 4:
            b.conv(f"cccp{2 * i}", n, 1, filler="gaussian 0.05")
            b.pool(f"pool{i}", 3)
    b.conv("cccp8", 1000, 1, filler="gaussian 0.01")
    b.pool("pool4", 0, how="AVE")
    return end(
        b, "nin_imagenet",
        'base_lr: 0.01;lr_policy: "step";gamma: 0.1;stepsize: 200000;max_iter: 450000;'
        f"test_iter: 562;test_interval: 1000;{SGD}",
    )  # fmt: skip


@original
def googlenet_quick() -> Config:
    """xavier, biases of 0.2, side losses, raw pixels."""
    b = start(*data(IMAGENET, 32, 50, f"mirror: true crop_size: 224 {BGR}"))
    b.conv("conv1", 64, 7, stride=2, pad=3, filler="xavier", bias=0.2)
    b.pool("pool1", 3)
    b.lrn("norm1")
    b.conv("conv2_reduce", 64, 1, filler="xavier", bias=0.2)
    b.conv("conv2", 192, 3, pad=1, filler="xavier", bias=0.2)
    b.lrn("norm2")
    b.pool("pool2", 3)
    for name in inceptions(b, "xavier", 0.2):
        if name in ("4a", "4d"):
            _side(b, f"side_{name}")
    b.pool("pool5", 0, how="AVE")
    b.add("drop5", "Dropout", "dropout_param { dropout_ratio: 0.4 }", top=b.at)
    b.fc("score", 1000, filler="xavier", relu=False)
    return end(
        b, "googlenet_quick",
        'base_lr: 0.01;lr_policy: "poly";power: 0.5;max_iter: 2400000;momentum: 0.9;'
        "weight_decay: 0.0002;test_iter: 1000;test_interval: 4000;test_initialization: false;"
        "average_loss: 40",
    )  # fmt: skip


def _side(b: Builder, name: str) -> None:
    """A side loss of weight 0.3."""
    here = b.at
    b.pool(f"{name}_pool", 5, 3, how="AVE")
    b.conv(f"{name}_conv", 128, 1, filler="xavier", bias=0.2)
    b.fc(f"{name}_fc", 1024, filler="xavier", bias=0.2, drop=0.7)
    b.fc(f"{name}_score", 1000, filler="xavier", relu=False)
    b.add(f"{name}_loss", "SoftmaxWithLoss", "loss_weight: 0.3", bottoms=f"{b.at} label")
    b.at = here


@original
def resnet18_imagenet() -> Config:
    b = start(*data(IMAGENET, 256, 50, f"mirror: true crop_size: 224 {BGR}"))
    _residual(b, 64, 7, (64, 128, 256, 512), 2)
    b.pool("pool5", 0, how="AVE")
    b.fc("fc1000", 1000, filler="msra", relu=False)
    return end(
        b, "resnet18_imagenet",
        'base_lr: 0.1;lr_policy: "multistep";gamma: 0.1;stepvalue: 150000;stepvalue: 300000;'
        "max_iter: 600000;momentum: 0.9;weight_decay: 0.0001;test_iter: 1000;test_interval: 5000;"
        "test_initialization: false",
    )  # fmt: skip


@original
def resnet20_cifar() -> Config:
    b = start(*data(CIFAR, 128, 100, 'mirror: true crop_size: 28 mean_file: "mean.binaryproto"'))
    _residual(b, 16, 3, (16, 32, 64), 3)
    b.pool("pool", 0, how="AVE")
    b.fc("fc", 10, filler="msra", relu=False)
    return end(
        b, "resnet20_cifar",
        'base_lr: 0.1;lr_policy: "multistep";gamma: 0.1;stepvalue: 32000;stepvalue: 48000;'
        "max_iter: 64000;momentum: 0.9;weight_decay: 0.0001;test_iter: 100;test_interval: 1000;"
        "test_initialization: false",
    )  # fmt: skip


def _residual(b: Builder, first: int, k: int, widths: tuple[int, ...], blocks: int) -> None:
    b.conv("conv1", first, k, stride=2 if k == 7 else 1, pad=k // 2, norm=True)
    if k == 7:
        b.pool("pool1", 3)
    for stage, width in enumerate(widths, 2):
        for block in range(blocks):
            here, name = b.at, f"res{stage}{'abc'[block]}"
            stride = 2 if stage > 2 and not block else 1
            short = (
                b.conv(f"{name}_1x1", width, 1, stride=stride, norm=True, relu=False)
                if stride > 1
                else here
            )
            b.at = here
            b.conv(f"{name}_1", width, 3, stride=stride, pad=1, norm=True)
            b.conv(f"{name}_2", width, 3, pad=1, norm=True, relu=False)
            b.add(name, "Eltwise", bottoms=f"{short} {b.at}")
            b.relu(name)


@original
def vgg16_raw() -> Config:
    """xavier on pixels that are not scaled: what the published nets do."""
    b = start(*data(IMAGENET, 64, 50, f"mirror: true crop_size: 224 {BGR}"))
    for block, (width, depth) in enumerate(((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)), 1):
        for i in range(1, depth + 1):
            b.conv(f"conv{block}_{i}", width, 3, pad=1, filler="xavier")
        b.pool(f"pool{block}", 2)
    b.fc("fc6", 4096, filler="xavier", drop=0.5)
    b.fc("fc7", 4096, filler="xavier", drop=0.5)
    b.fc("fc8", 1000, filler="xavier", relu=False)
    return end(
        b, "vgg16_raw",
        'base_lr: 0.01;lr_policy: "step";gamma: 0.1;stepsize: 100000;max_iter: 370000;'
        f"test_iter: 1000;test_interval: 5000;{SGD}",
    )  # fmt: skip


@original
def squeezenet() -> Config:
    b = start(*data(IMAGENET, 32, 25, f"crop_size: 227 {BGR}"))
    b.conv("conv1", 64, 3, stride=2, filler="xavier")
    b.pool("pool1", 3)
    for i, (s, e) in enumerate(
        ((16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256)), 2
    ):
        b.conv(f"fire{i}_s", s, 1, filler="xavier")
        here = b.at
        left = b.conv(f"fire{i}_e1", e, 1, filler="xavier")
        b.at = here
        b.conv(f"fire{i}_e3", e, 3, pad=1, filler="xavier")
        b.add(f"fire{i}", "Concat", bottoms=f"{left} {b.at}")
        if i in (3, 5):
            b.pool(f"pool{i}", 3)
    b.add("drop9", "Dropout", "dropout_param { dropout_ratio: 0.5 }", top=b.at)
    b.conv("conv10", 1000, 1, filler="gaussian 0.01")
    b.pool("pool10", 0, how="AVE")
    return end(
        b, "squeezenet",
        'base_lr: 0.04;lr_policy: "poly";power: 1.0;max_iter: 170000;iter_size: 16;momentum: 0.9;'
        "weight_decay: 0.0002;test_iter: 2000;test_interval: 1000;test_initialization: false;"
        "average_loss: 40",
    )  # fmt: skip


@original
def mobilenet() -> Config:
    b = start(*data(IMAGENET, 64, 50, "scale: 0.017 mirror: true crop_size: 224 "
                    "mean_value: 103.94 mean_value: 116.78 mean_value: 123.68"))  # fmt: skip
    b.conv("conv1", 32, 3, stride=2, pad=1, norm=True)
    width = 32
    for i, (n, stride) in enumerate(
        ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1),
         (512, 1), (512, 1), (1024, 2), (1024, 1)), 2
    ):  # fmt: skip
        b.conv(f"conv{i}_dw", width, 3, stride=stride, pad=1, group=width, norm=True)
        b.conv(f"conv{i}_sep", n, 1, norm=True)
        width = n
    b.pool("pool6", 0, how="AVE")
    b.conv("fc7", 1000, 1, relu=False)
    return end(
        b, "mobilenet",
        'base_lr: 0.05;lr_policy: "poly";power: 1.0;max_iter: 500000;momentum: 0.9;'
        "weight_decay: 0.0001;test_iter: 1000;test_interval: 5000;test_initialization: false",
    )  # fmt: skip


ALL = (*ORIGINALS, *PUBLISHED)
