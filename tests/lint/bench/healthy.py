"""Six healthy configs, written from the published architectures, on real or photo-like data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.lint.bench.config import Config

RECORDS = {"digits": (1437, 360), "photos": (192, 96)}
MEANS = {"digits": (78.0,), "photos": (110.0, 118.0, 122.0)}


def filling(filler: str) -> str:
    """A filler's fields: "msra", or "gaussian 0.01" with its std."""
    kind, _, std = filler.partition(" ")
    return f'type: "{kind}"' + (f" std: {std}" if std else "")


@dataclass
class Builder:
    """Writes layers one behind the other; `at` is the blob that the next one reads."""

    data: str
    scale: float
    crop: int
    batch: int
    layers: list[str] = field(default_factory=list)
    at: str = "data"

    def __post_init__(self) -> None:
        for phase, name, batch in (("TRAIN", "train", self.batch), ("TEST", "test", 24)):
            values = "".join(f"    mean_value: {m:g}\n" for m in MEANS[self.data])
            mirror = "    mirror: true\n" if self.data == "photos" and phase == "TRAIN" else ""
            scale = f"    scale: {self.scale}\n" if self.scale != 1 else ""
            crop = f"    crop_size: {self.crop}\n" if self.crop else ""
            self.layers.append(
                f'layer {{\n  name: "data"\n  type: "Data"\n  top: "data"\n  top: "label"\n'
                f"  include {{ phase: {phase} }}\n"
                f"  transform_param {{\n{scale}{mirror}{crop}{values}  }}\n"
                f'  data_param {{\n    source: "../data/{self.data}_{name}_lmdb"\n'
                f"    backend: LMDB\n    batch_size: {batch}\n  }}\n}}\n"
            )

    def add(self, name: str, kind: str, body: str = "", *, bottoms: str = "", top: str = "") -> str:
        """A layer that reads `at` (or `bottoms`); returns its top, which becomes `at`."""
        read = bottoms.split() or [self.at]
        lines = "".join(f'  bottom: "{blob}"\n' for blob in read)
        body = f"  {body}\n" if body else ""
        self.at = top or name
        self.layers.append(
            f'layer {{\n  name: "{name}"\n  type: "{kind}"\n{lines}  top: "{self.at}"\n{body}}}\n'
        )
        return self.at

    def conv(
        self, name: str, n: int, k: int, *, stride: int = 1, pad: int = 0, filler: str = "msra",
        bias: float | None = 0, relu: bool = True, norm: bool = False, group: int = 1,
    ) -> str:  # fmt: skip
        """A convolution, BatchNorm with Scale if asked for, and a ReLU in place."""
        more = (f" stride: {stride}" if stride > 1 else "") + (f" pad: {pad}" if pad else "")
        more += f" group: {group}" if group > 1 else ""
        biased = bias is not None and not norm
        second = " param { lr_mult: 2 decay_mult: 0 }" if biased else ""
        tail = (
            f'bias_filler {{ type: "constant" value: {bias:g} }}' if biased else "bias_term: false"
        )
        body = (
            f"param {{ lr_mult: 1 decay_mult: 1 }}{second}\n"
            f"  convolution_param {{\n    num_output: {n} kernel_size: {k}{more}\n"
            f"    weight_filler {{ {filling(filler)} }}\n    {tail}\n  }}"
        )
        self.add(name, "Convolution", body)
        if norm:
            self.add(f"{name}_bn", "BatchNorm")
            fixed = "param { decay_mult: 0 } param { decay_mult: 0 }"
            self.add(f"{name}_scale", "Scale", f"{fixed} scale_param {{ bias_term: true }}")
        if relu:
            self.relu(name)
        return self.at

    def relu(self, name: str) -> None:
        """A ReLU in place."""
        self.add(f"relu_{name}", "ReLU", top=self.at)

    def pool(self, name: str, k: int, stride: int = 2, *, how: str = "MAX", pad: int = 0) -> str:
        """Pooling; a kernel of 0 is global."""
        size = f"kernel_size: {k} stride: {stride}" + (f" pad: {pad}" if pad else "")
        size = size if k else "global_pooling: true"
        return self.add(name, "Pooling", f"pooling_param {{ pool: {how} {size} }}")

    def fc(
        self, name: str, n: int, *, filler: str = "msra", relu: bool = True, drop: float = 0,
        bias: float = 0,
    ) -> str:  # fmt: skip
        """An inner product, ReLU and dropout."""
        body = (
            "param { lr_mult: 1 decay_mult: 1 } param { lr_mult: 2 decay_mult: 0 }\n"
            f"  inner_product_param {{\n    num_output: {n}\n"
            f"    weight_filler {{ {filling(filler)} }}\n"
            f'    bias_filler {{ type: "constant" value: {bias:g} }}\n  }}'
        )
        self.add(name, "InnerProduct", body)
        if relu:
            self.relu(name)
        if drop:
            self.add(
                f"drop_{name}", "Dropout", f"dropout_param {{ dropout_ratio: {drop} }}", top=self.at
            )
        return self.at

    def lrn(self, name: str) -> None:
        """Caffe's usual LRN."""
        self.add(name, "LRN", "lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }")

    def done(self, name: str, *, rate: float, wd: float = 0.0005, epochs: int = 30) -> Config:
        """Ten classes, loss, accuracy, and a solver for `epochs`."""
        self.fc("score", 10, filler="xavier", relu=False)
        self.layers.append(
            'layer {\n  name: "loss"\n  type: "SoftmaxWithLoss"\n  bottom: "score"\n'
            '  bottom: "label"\n  top: "loss"\n}\n'
        )
        self.layers.append(
            'layer {\n  name: "accuracy"\n  type: "Accuracy"\n  bottom: "score"\n'
            '  bottom: "label"\n  top: "accuracy"\n  include { phase: TEST }\n}\n'
        )
        train, test = RECORDS[self.data]
        steps = -(-train // self.batch) * epochs
        solver = (
            'net: "train_val.prototxt"', f"test_iter: {-(-test // 24)}",
            f"test_interval: {steps // 10}", f"base_lr: {rate}", 'lr_policy: "multistep"',
            "gamma: 0.1", f"stepvalue: {steps * 6 // 10}", f"stepvalue: {steps * 8 // 10}",
            f"max_iter: {steps}", "momentum: 0.9", f"weight_decay: {wd}", "display: 20",
            f"snapshot: {steps // 3}", f'snapshot_prefix: "{name}"', "random_seed: 1",
            "solver_mode: CPU",
        )  # fmt: skip
        return Config(name, solver, tuple(self.layers), self.data, head=f'name: "{name}"\n')


def lenet() -> Config:
    """LeCun et al. 1998, as Caffe's MNIST example has it, with ReLU behind each layer."""
    b = Builder("digits", 0.00390625, 0, 64)
    b.conv("conv1", 20, 5, filler="xavier", relu=False)
    b.pool("pool1", 2)
    b.conv("conv2", 50, 5, filler="xavier", relu=False)
    b.pool("pool2", 2)
    b.fc("ip1", 300, filler="xavier")
    return b.done("lenet", rate=0.01)


def cifar_quick() -> Config:
    """Krizhevsky's cuda-convnet quick net."""
    b = Builder("digits", 0.00390625, 0, 64)
    b.conv("conv1", 32, 5, pad=2, relu=False)
    b.pool("pool1", 3)
    b.relu("pool1")
    b.conv("conv2", 32, 5, pad=2)
    b.pool("pool2", 3, how="AVE")
    b.conv("conv3", 64, 5, pad=2)
    b.pool("pool3", 3, how="AVE")
    b.fc("ip1", 64, relu=False)
    return b.done("cifar_quick", rate=0.01)


def alexnet() -> Config:
    """Krizhevsky, Sutskever, Hinton 2012, one tower."""
    b = Builder("photos", 0.00390625, 227, 32)
    b.conv("conv1", 96, 11, stride=4)
    b.lrn("norm1")
    b.pool("pool1", 3)
    b.conv("conv2", 256, 5, pad=2)
    b.lrn("norm2")
    b.pool("pool2", 3)
    b.conv("conv3", 384, 3, pad=1)
    b.conv("conv4", 384, 3, pad=1)
    b.conv("conv5", 256, 3, pad=1)
    b.pool("pool5", 3)
    b.fc("fc6", 4096, drop=0.5)
    b.fc("fc7", 4096, drop=0.5)
    return b.done("alexnet", rate=0.001)


def vgg16_bn() -> Config:
    """Simonyan and Zisserman 2014, configuration D, with BatchNorm."""
    b = Builder("photos", 0.00390625, 224, 16)
    for block, (width, depth) in enumerate(((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)), 1):
        for i in range(1, depth + 1):
            b.conv(f"conv{block}_{i}", width, 3, pad=1, norm=True)
        b.pool(f"pool{block}", 2)
    b.fc("fc6", 4096, drop=0.5)
    b.fc("fc7", 4096, drop=0.5)
    return b.done("vgg16_bn", rate=0.001)


def googlenet() -> Config:
    """Szegedy et al. 2014, without the side losses."""
    b = Builder("photos", 0.00390625, 224, 32)
    b.conv("conv1", 64, 7, stride=2, pad=3)
    b.pool("pool1", 3)
    b.conv("conv2_reduce", 64, 1)
    b.conv("conv2", 192, 3, pad=1)
    b.pool("pool2", 3)
    for _ in inceptions(b):
        pass
    b.pool("pool5", 0, how="AVE")
    b.add("drop5", "Dropout", "dropout_param { dropout_ratio: 0.4 }", top=b.at)
    return b.done("googlenet", rate=0.003)


_INCEPTIONS = {
    "3a": (64, 96, 128, 16, 32, 32), "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64), "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64), "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128), "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}  # fmt: skip


def inceptions(b: Builder, filler: str = "msra", bias: float = 0) -> Iterator[str]:
    """GoogLeNet's nine modules and the pools between them; yields the name of each behind it."""
    for name, sizes in _INCEPTIONS.items():
        _inception(b, name, filler, bias, *sizes)
        yield name
        if name in ("3b", "4e"):
            b.pool(f"pool_{name}", 3)


def _inception(
    b: Builder, name: str, filler: str, bias: float, n1: int, r3: int, n3: int, r5: int, n5: int,
    proj: int,
) -> None:  # fmt: skip
    start, tops = b.at, []

    def conv(part: str, n: int, k: int) -> str:
        return b.conv(f"i{name}_{part}", n, k, pad=k // 2, filler=filler, bias=bias)

    tops.append(conv("1x1", n1, 1))
    b.at = start
    conv("3x3_reduce", r3, 1)
    tops.append(conv("3x3", n3, 3))
    b.at = start
    conv("5x5_reduce", r5, 1)
    tops.append(conv("5x5", n5, 5))
    b.at = start
    b.pool(f"i{name}_pool", 3, 1, pad=1)
    tops.append(conv("proj", proj, 1))
    b.add(f"i{name}", "Concat", bottoms=" ".join(tops))


def resnet18() -> Config:
    """He et al. 2015, 18 layers."""
    b = Builder("photos", 0.00390625, 224, 32)
    b.conv("conv1", 64, 7, stride=2, pad=3, norm=True)
    b.pool("pool1", 3)
    for stage, width in enumerate((64, 128, 256, 512), 2):
        for block in ("a", "b"):
            start, name = b.at, f"res{stage}{block}"
            stride = 2 if stage > 2 and block == "a" else 1
            short = start
            if stride == 2:
                short = b.conv(f"{name}_short", width, 1, stride=2, norm=True, relu=False)
                b.at = start
            b.conv(f"{name}_1", width, 3, stride=stride, pad=1, norm=True)
            b.conv(f"{name}_2", width, 3, pad=1, norm=True, relu=False)
            b.add(name, "Eltwise", bottoms=f"{short} {b.at}")
            b.relu(name)
    b.pool("pool5", 0, how="AVE")
    return b.done("resnet18", rate=0.01)


ALL = (lenet, cifar_quick, alexnet, vgg16_bn, googlenet, resnet18)
