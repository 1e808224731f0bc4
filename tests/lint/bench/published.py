"""More well-known configs: those whose data or loss is not that of a classifier."""
# ruff: noqa: E501  prototxt in strings

from __future__ import annotations

from collections.abc import Callable

from tests.lint.bench.config import Config
from tests.lint.bench.healthy import filling

PUBLISHED: list[Callable[[], Config]] = []


def published(make: Callable[[], Config]) -> Callable[[], Config]:
    """Register a config."""
    PUBLISHED.append(make)
    return make


def layer(name: str, kind: str, bottoms: str, tops: str = "", body: str = "") -> str:
    """A layer's text."""
    lines = [f'name: "{name}"', f'type: "{kind}"']
    lines += [f'bottom: "{blob}"' for blob in bottoms.split()]
    lines += [f'top: "{blob}"' for blob in (tops or name).split() if tops != "-"]
    lines += [body] if body else []
    return "layer {\n" + "".join(f"  {line}\n" for line in lines) + "}\n"


def config(name: str, solver: str, layers: list[str], argv: str = "") -> Config:
    """A config; the solver's lines have ";" between them."""
    usual = f'net: "train_val.prototxt";display: 20;snapshot: 5000;snapshot_prefix: "{name}"'
    lines = tuple(line.strip() for line in f"{usual};{solver}".split(";"))
    lines += ("random_seed: 7", "solver_mode: CPU")
    return Config(name, lines, tuple(layers), "none", head=f'name: "{name}"\n',
                  argv=tuple(argv.split()))  # fmt: skip


def fc(name: str, bottom: str, n: int, filler: str, *, params: str = "") -> str:
    """An inner product."""
    params = params or "param { lr_mult: 1 decay_mult: 1 } param { lr_mult: 1 decay_mult: 0 }"
    body = (
        f"{params}\n  inner_product_param {{ num_output: {n} weight_filler {{ {filler} }} "
        'bias_filler { type: "constant" } }'
    )
    return layer(name, "InnerProduct", bottom, name, body)


@published
def autoencoder() -> Config:
    """Hinton and Salakhutdinov's, with sparse gaussian fillers of std 1."""
    layers = [
        layer("data", "Data", "", "data",
              f"include {{ phase: {phase} {stage} }} transform_param {{ scale: 0.0039215684 }} "
              f'data_param {{ source: "examples/mnist/mnist_{name}_lmdb" batch_size: 100 '
              "backend: LMDB }")
        for phase, stage, name in (
            ("TRAIN", "", "train"), ("TEST", 'stage: "test-on-train"', "train"),
            ("TEST", 'stage: "test-on-test"', "test"),
        )
    ]  # fmt: skip
    layers.append(layer("flat", "Flatten", "data"))
    at, sparse = "flat", 'type: "gaussian" std: 1 sparse: 15'
    for i, n in enumerate((1000, 500, 250, 30, 250, 500, 1000), 1):
        layers.append(fc(f"fc{i}", at, n, sparse))
        at = f"fc{i}"
        if n != 30:
            layers.append(layer(f"sig{i}", "Sigmoid", at, f"sig{i}"))
            at = f"sig{i}"
    layers.append(fc("decode", at, 784, sparse))
    layers.append(layer("loss", "SigmoidCrossEntropyLoss", "decode flat", "ce", "loss_weight: 1"))
    layers.append(layer("out", "Sigmoid", "decode"))
    layers.append(layer("l2", "EuclideanLoss", "out flat", "l2", "loss_weight: 0"))
    return config(
        "autoencoder",
        'test_state { stage: "test-on-train" };test_iter: 500;test_state { stage: "test-on-test" };'
        'test_iter: 100;test_interval: 500;test_compute_loss: true;base_lr: 0.01;lr_policy: "step";'
        "gamma: 0.1;stepsize: 10000;max_iter: 65000;momentum: 0.9;weight_decay: 0.0005",
        layers,
    )


@published
def siamese() -> Config:
    """Two nets that share their weights, on pairs in one blob of two channels."""
    layers = [
        layer("pair", "Data", "", "pair sim",
              f"include {{ phase: {phase} }} transform_param {{ scale: 0.00390625 }} "
              f'data_param {{ source: "examples/siamese/mnist_siamese_{name}_leveldb" '
              f"batch_size: {size} }}")
        for phase, name, size in (("TRAIN", "train", 64), ("TEST", "test", 100))
    ]  # fmt: skip
    layers.append(layer("slice", "Slice", "pair", "data data_p", "slice_param { slice_point: 1 }"))
    for p in ("", "_p"):
        layers += _tower(p)
    layers.append(layer("loss", "ContrastiveLoss", "feat feat_p sim", "loss",
                        "contrastive_loss_param { margin: 1 }"))  # fmt: skip
    return config(
        "siamese",
        'test_iter: 100;test_interval: 500;base_lr: 0.01;lr_policy: "inv";gamma: 0.0001;'
        "power: 0.75;max_iter: 50000;momentum: 0.9;weight_decay: 0",
        layers,
    )


def _tower(p: str) -> list[str]:
    def params(name: str) -> str:
        return f'param {{ name: "{name}_w" lr_mult: 1 }} param {{ name: "{name}_b" lr_mult: 2 }}'

    def conv(name: str, bottom: str, n: int) -> str:
        body = (
            f"{params(name)}\n  convolution_param {{ num_output: {n} kernel_size: 5 weight_filler {{ "
            'type: "xavier" } bias_filler { type: "constant" } }'
        )
        return layer(name + p, "Convolution", bottom + p, name + p, body)

    pool = "pooling_param { pool: MAX kernel_size: 2 stride: 2 }"
    xavier = 'type: "xavier"'
    made = [
        conv("conv1", "data", 20), layer("pool1" + p, "Pooling", "conv1" + p, "pool1" + p, pool),
        conv("conv2", "pool1", 50), layer("pool2" + p, "Pooling", "conv2" + p, "pool2" + p, pool),
    ]  # fmt: skip
    at = "pool2" + p
    for name, n in (("ip1", 500), ("ip2", 10), ("feat", 2)):
        made.append(fc(name + p, at, n, xavier, params=params(name)))
        at = name + p
        if name == "ip1":
            made.append(layer("relu1" + p, "ReLU", at, at))
    return made


def _conv(name: str, bottom: str, n: int, k: int, more: str = "", filler: str = "") -> str:
    filler = f" weight_filler {{ {filling(filler)} }}" if filler else ""
    body = (
        "param { lr_mult: 1 decay_mult: 1 } param { lr_mult: 2 decay_mult: 0 }\n"
        f"  convolution_param {{ num_output: {n} kernel_size: {k} {more}{filler} }}"
    )
    return layer(name, "Convolution", bottom, name, body)


@published
def fcn32s() -> Config:
    """Long, Shelhamer and Darrell: heavy momentum, a loss that is not normalised, frozen bilinear."""
    layers = []
    mean = "transform_param { mean_value: 104 mean_value: 117 mean_value: 123 }"
    for phase, name in (("TRAIN", "train"), ("TEST", "val")):
        for top, rules in (("data", mean), ("label", "")):
            layers.append(layer(top, "Data", "", top,
                                f"include {{ phase: {phase} }} {rules} data_param {{ source: "
                                f'"pascal_{top}_{name}_lmdb" batch_size: 1 backend: LMDB }}'))  # fmt: skip
    at = "data"
    for block, (width, depth) in enumerate(((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)), 1):
        for i in range(1, depth + 1):
            name, pad = f"conv{block}_{i}", 100 if (block, i) == (1, 1) else 1
            layers += [
                _conv(name, at, width, 3, f"pad: {pad}"),
                layer(f"relu{block}_{i}", "ReLU", name, name),
            ]
            at = name
        pool = "pooling_param { pool: MAX kernel_size: 2 stride: 2 }"
        layers.append(layer(f"pool{block}", "Pooling", at, f"pool{block}", pool))
        at = f"pool{block}"
    for name, k in (("fc6", 7), ("fc7", 1)):
        layers += [_conv(name, at, 4096, k), layer(f"relu_{name}", "ReLU", name, name),
                   layer(f"drop_{name}", "Dropout", name, name, "dropout_param { dropout_ratio: 0.5 }")]  # fmt: skip
        at = name
    layers.append(_conv("score_fr", at, 21, 1))
    layers.append(layer("upscore", "Deconvolution", "score_fr", "upscore",
                        "param { lr_mult: 0 }\n  convolution_param { num_output: 21 group: 21 kernel_size: 64 "
                        'stride: 32 bias_term: false weight_filler { type: "bilinear" } }'))  # fmt: skip
    layers.append(
        layer("score", "Crop", "upscore data", "score", "crop_param { axis: 2 offset: 19 }")
    )
    layers.append(layer("loss", "SoftmaxWithLoss", "score label", "loss",
                        "loss_param { ignore_label: 255 normalization: NONE }"))  # fmt: skip
    return config(
        "fcn32s",
        'test_iter: 736;test_interval: 4000;base_lr: 1e-10;lr_policy: "fixed";momentum: 0.99;'
        "max_iter: 100000;weight_decay: 0.0005;test_initialization: false;average_loss: 20",
        layers, "--weights vgg16-fcn.caffemodel",
    )  # fmt: skip


@published
def captions() -> Config:
    """An LSTM on words, clipped, as LRCN trains it."""
    layers = [
        layer("data", "HDF5Data", "", "cont input target",
              f'include {{ phase: {phase} }} hdf5_data_param {{ source: "{name}.txt" batch_size: 20 }}')
        for phase, name in (("TRAIN", "train"), ("TEST", "val"))
    ]  # fmt: skip
    uniform = 'type: "uniform" min: -0.08 max: 0.08'
    layers.append(layer("embed", "Embed", "input", "embed",
                        "embed_param { bias_term: false input_dim: 8801 num_output: 1000 "
                        f"weight_filler {{ {uniform} }} }}"))  # fmt: skip
    layers.append(layer("lstm", "LSTM", "embed cont", "lstm",
                        f"recurrent_param {{ num_output: 1000 weight_filler {{ {uniform} }} "
                        'bias_filler { type: "constant" value: 0 } }'))  # fmt: skip
    body = (
        "param { lr_mult: 1 decay_mult: 1 } param { lr_mult: 2 decay_mult: 0 }\n"
        f"  inner_product_param {{ num_output: 8801 axis: 2 weight_filler {{ {uniform} }} }}"
    )
    layers.append(layer("predict", "InnerProduct", "lstm", "predict", body))
    layers.append(layer("loss", "SoftmaxWithLoss", "predict target", "loss",
                        "loss_weight: 20\n  loss_param { ignore_label: -1 } softmax_param { axis: 2 }"))  # fmt: skip
    return config(
        "captions",
        'test_iter: 25;test_interval: 1000;base_lr: 0.01;lr_policy: "step";gamma: 0.5;stepsize: 20000;'
        "max_iter: 110000;momentum: 0.9;weight_decay: 0;clip_gradients: 10;average_loss: 100",
        layers,
    )


@published
def many_labels() -> Config:
    """Twenty yes-or-no questions about features in HDF5."""
    layers = [
        layer("data", "HDF5Data", "", "data label",
              f'include {{ phase: {phase} }} hdf5_data_param {{ source: "{name}.txt" batch_size: 32 }}')
        for phase, name in (("TRAIN", "train"), ("TEST", "test"))
    ]  # fmt: skip
    layers += [fc("fc1", "data", 256, 'type: "xavier"'), layer("relu1", "ReLU", "fc1", "fc1"),
               fc("fc2", "fc1", 20, 'type: "xavier"'),
               layer("loss", "SigmoidCrossEntropyLoss", "fc2 label", "loss")]  # fmt: skip
    return config(
        "many_labels",
        'test_iter: 50;test_interval: 1000;base_lr: 0.01;lr_policy: "step";gamma: 0.1;stepsize: 10000;'
        "max_iter: 30000;momentum: 0.9;weight_decay: 0.0005",
        layers,
    )


@published
def regression() -> Config:
    """Face points: a small net, EuclideanLoss, tanh."""
    layers = [
        layer("data", "HDF5Data", "", "data points",
              f'include {{ phase: {phase} }} hdf5_data_param {{ source: "{name}.txt" batch_size: 64 }}')
        for phase, name in (("TRAIN", "train"), ("TEST", "test"))
    ]  # fmt: skip
    pool = "pooling_param { pool: MAX kernel_size: 2 stride: 2 }"
    at = "data"
    for i, n in enumerate((16, 48, 64), 1):
        layers += [_conv(f"conv{i}", at, n, 3, filler="xavier"), layer(f"relu{i}", "ReLU", f"conv{i}", f"conv{i}"),
                   layer(f"pool{i}", "Pooling", f"conv{i}", f"pool{i}", pool)]  # fmt: skip
        at = f"pool{i}"
    layers += [fc("fc1", at, 100, 'type: "xavier"'), layer("tanh", "TanH", "fc1", "fc1"),
               fc("fc2", "fc1", 10, 'type: "xavier"'),
               layer("loss", "EuclideanLoss", "fc2 points", "loss")]  # fmt: skip
    return config(
        "regression",
        'test_iter: 50;test_interval: 1000;base_lr: 0.005;lr_policy: "inv";gamma: 0.0001;power: 0.75;'
        "max_iter: 30000;momentum: 0.9;weight_decay: 0.0005",
        layers,
    )


@published
def unet() -> Config:
    """Maps in, maps out: shortcuts over upsampling that is trained."""
    layers = []
    for phase, name in (("TRAIN", "train"), ("TEST", "val")):
        for top in ("data", "label"):
            rules = "transform_param { scale: 0.00390625 }" if top == "data" else ""
            layers.append(layer(top, "Data", "", top,
                                f"include {{ phase: {phase} }} {rules} data_param {{ source: "
                                f'"{top}_{name}_lmdb" batch_size: 4 backend: LMDB }}'))  # fmt: skip
    at, kept = "data", []
    pool = "pooling_param { pool: MAX kernel_size: 2 stride: 2 }"

    def double(name: str, n: int) -> None:
        nonlocal at
        for part in ("a", "b"):
            layers.append(_conv(f"{name}{part}", at, n, 3, "pad: 1", "msra"))
            layers.append(layer(f"relu_{name}{part}", "ReLU", f"{name}{part}", f"{name}{part}"))
            at = f"{name}{part}"

    for level, n in enumerate((32, 64, 128), 1):
        double(f"down{level}", n)
        kept.append(at)
        layers.append(layer(f"pool{level}", "Pooling", at, f"pool{level}", pool))
        at = f"pool{level}"
    double("middle", 256)
    for level, n in ((3, 128), (2, 64), (1, 32)):
        body = (f"convolution_param {{ num_output: {n} kernel_size: 2 stride: 2 "
                'weight_filler { type: "msra" } }')  # fmt: skip
        layers.append(layer(f"up{level}", "Deconvolution", at, f"up{level}", body))
        layers.append(layer(f"relu_up{level}", "ReLU", f"up{level}", f"up{level}"))
        layers.append(layer(f"cat{level}", "Concat", f"up{level} {kept[level - 1]}"))
        at = f"cat{level}"
        double(f"join{level}", n)
    layers.append(_conv("score", at, 2, 1, filler="xavier"))
    layers.append(layer("loss", "SoftmaxWithLoss", "score label", "loss"))
    return config(
        "unet",
        'test_iter: 50;test_interval: 1000;base_lr: 0.001;lr_policy: "step";gamma: 0.1;stepsize: 20000;'
        'max_iter: 50000;momentum: 0.9;weight_decay: 0.0005;type: "Adam";momentum2: 0.999',
        layers,
    )
