"""The likeliest mistakes of users: a folder that is right, and one change that makes it wrong.

A case is the words of a command and changes (file, old text, new text). "" as the old text writes
the file anew, None as the new one removes it.
"""

from __future__ import annotations

Change = tuple[str, str, "str | None"]

NET = """\
name: "small"
layer {
  name: "data"
  type: "DummyData"
  top: "data"
  top: "label"
  dummy_data_param {
    shape { dim: 4 dim: 1 dim: 8 dim: 8 }
    shape { dim: 4 }
  }
}
layer {
  name: "conv1"
  type: "Convolution"
  bottom: "data"
  top: "conv1"
  convolution_param {
    num_output: 4
    kernel_size: 3
    weight_filler { type: "xavier" }
  }
}
layer {
  name: "relu1"
  type: "ReLU"
  bottom: "conv1"
  top: "conv1"
}
layer {
  name: "ip"
  type: "InnerProduct"
  bottom: "conv1"
  top: "ip"
  inner_product_param {
    num_output: 3
    weight_filler { type: "xavier" }
  }
}
layer {
  name: "loss"
  type: "SoftmaxWithLoss"
  bottom: "ip"
  bottom: "label"
  top: "loss"
}
"""
SOLVER = """\
net: "net.prototxt"
base_lr: 0.01
lr_policy: "fixed"
max_iter: 2
random_seed: 1
solver_mode: CPU
snapshot_prefix: "small"
"""
N, S = "net.prototxt", "solver.prototxt"
INSPECT, LINT, TRAIN = (
    "inspect net.prototxt",
    "lint solver.prototxt",
    "train solver.prototxt --no-lint",
)


def data(kind: str, param: str) -> Change:
    """The net's data from another source."""
    dummy = NET[NET.index("  dummy_data_param") : NET.index('}\nlayer {\n  name: "conv1"')]
    return (N, f'  type: "DummyData"\n  top: "data"\n  top: "label"\n{dummy}',
            f'  type: "{kind}"\n  top: "data"\n  top: "label"\n  {param}\n')  # fmt: skip


DATABASE = data("Data", 'data_param { source: "db" batch_size: 4 backend: LMDB }')
IMAGES = data("ImageData", 'image_data_param { source: "l.txt" batch_size: 4 }')
ARRAYS = data("HDF5Data", 'hdf5_data_param { source: "h.txt" batch_size: 4 }')
TWO_FILLERS = "shape { dim: 4 } data_filler { value: 0 } data_filler { value: 5 }"

CASES: dict[str, tuple[str, list[Change]]] = {
    # the command line
    "no command": ("trian solver.prototxt", []),
    "no file named": ("train", []),
    "an unknown option": ("lint solver.prototxt --fixit", []),
    "a missing file": ("lint absent.prototxt", []),
    "a missing net to inspect": ("inspect absent.prototxt", []),
    "a missing solver to train": ("train absent.prototxt --no-lint", []),
    "a folder in place of a solver": ("train . --no-lint", []),
    "a net in place of a solver": ("train net.prototxt --no-lint", []),
    "a device": ("inspect /dev/zero", []),
    "a missing weights file": ("train solver.prototxt --no-lint --weights w.caffemodel", []),
    "a missing snapshot": ("train solver.prototxt --no-lint --snapshot s.solverstate", []),
    "no snapshot to go on from": ("train solver.prototxt --no-lint --snapshot latest", []),
    "snapshot and weights": (
        "train solver.prototxt --no-lint --snapshot s.solverstate --weights w.caffemodel",
        [],
    ),
    "a prototxt as weights": ("train solver.prototxt --no-lint --weights net.prototxt", []),
    "an unknown device": ("train solver.prototxt --no-lint --device gpu7", []),
    "an unknown layer type to show": ("layers Convlution", []),
    "an unknown target": ("convert net.prototxt --to tensorflow -o o", []),
    "test without weights": ("test net.prototxt", []),
    "a text file as a mean": ("rescale-mean net.prototxt --to-values", []),
    "a database that is not there": ("stats db", []),
    "a log that is none": ("parse-log net.prototxt", []),
    # the text
    "an empty net": (INSPECT, [(N, "", "")]),
    "a brace missing": (INSPECT, [(N, '  top: "loss"\n}\n', '  top: "loss"\n')]),
    "a brace too many": (INSPECT, [(N, '  top: "loss"\n}\n', '  top: "loss"\n}}\n')]),
    "a quote missing": (INSPECT, [(N, 'name: "conv1"', 'name: "conv1')]),
    "no quotes": (INSPECT, [(N, 'name: "conv1"', "name: conv1")]),
    "a colon missing": (INSPECT, [(N, "num_output: 4", "num_output 4")]),
    "an unknown field": (INSPECT, [(N, "kernel_size: 3", "kernal_size: 3")]),
    "a field of another message": (INSPECT, [(N, '  bottom: "data"\n', "  num_output: 4\n")]),
    "a number in place of a name": (INSPECT, [(N, 'name: "ip"', "name: 7")]),
    "a word in place of a number": (TRAIN, [(N, "num_output: 4", "num_output: four")]),
    "a fraction in place of a whole number": (INSPECT, [(N, "num_output: 4", "num_output: 4.5")]),
    "a negative number": (INSPECT, [(N, "num_output: 4", "num_output: -4")]),
    "an unknown enum": (TRAIN, [(N, 'type: "ReLU"', 'type: "ReLU" include { phase: TRIAN }')]),
    "a field written twice": (INSPECT, [(N, "num_output: 4", "num_output: 4 num_output: 5")]),
    "a web page": (INSPECT, [(N, "", "<!DOCTYPE html>\n<html></html>\n")]),
    "a Git LFS pointer": (INSPECT, [(N, "", "version https://git-lfs.github.com/spec/v1\n")]),
    "a truth that is a word": (TRAIN, [(N, "num_output: 4", "num_output: 4 bias_term: yes")]),
    # the net
    "an unknown layer type": (TRAIN, [(N, '"Convolution"', '"Convlution"')]),
    "an unknown bottom": (INSPECT, [(N, 'bottom: "ip"', 'bottom: "pi"')]),
    "a bottom that comes later": (INSPECT, [(N, 'bottom: "data"', 'bottom: "ip"')]),
    "a top made twice": (INSPECT, [(N, 'top: "ip"', 'top: "conv1"')]),
    "a bottom missing": (INSPECT, [(N, '  bottom: "label"\n', "")]),
    "a bottom too many": (
        INSPECT,
        [(N, '  bottom: "data"\n', '  bottom: "data" bottom: "label"\n')],
    ),
    "no kernel_size": (INSPECT, [(N, "    kernel_size: 3\n", "")]),
    "no num_output": (INSPECT, [(N, "    num_output: 3\n", "")]),
    "a kernel larger than the image": (INSPECT, [(N, "kernel_size: 3", "kernel_size: 30")]),
    "a group that does not divide": (INSPECT, [(N, "kernel_size: 3", "kernel_size: 3 group: 3")]),
    "an unknown filler": (INSPECT, [(N, '"xavier"', '"xaiver"')]),
    "labels of another number": (INSPECT, [(N, "shape { dim: 4 }", "shape { dim: 5 }")]),
    "an axis that does not exist": (INSPECT, [(N, "num_output: 3", "num_output: 3 axis: 7")]),
    "a loss weight too many": (
        INSPECT,
        [(N, '  top: "loss"\n', '  top: "loss"\n  loss_weight: [1, 2]\n')],
    ),
    "a Python layer": (TRAIN, [(N, '"ReLU"', '"Python" python_param { module: "m" layer: "L" }')]),
    "a uniform filler turned round": (
        INSPECT,
        [(N, 'type: "xavier"', 'type: "uniform" min: 2 max: 1')],
    ),
    "a blob of 2^31 values": (INSPECT, [(N, "num_output: 4", "num_output: 99999999")]),
    "a label that is no class": (TRAIN, [(N, "shape { dim: 4 }", TWO_FILLERS)]),
    # the data
    "a missing database": (TRAIN, [DATABASE]),
    "no database named": (TRAIN, [data("Data", "data_param { batch_size: 4 backend: LMDB }")]),
    "no batch_size": (TRAIN, [data("Data", 'data_param { source: "db" backend: LMDB }')]),
    "a missing list of images": (TRAIN, [IMAGES]),
    "an empty list": (TRAIN, [IMAGES, ("l.txt", "", "")]),
    "a missing image": (TRAIN, [IMAGES, ("l.txt", "", "a.png 0\n")]),
    "an image that is none": (TRAIN, [IMAGES, ("l.txt", "", "net.prototxt 0\n")]),
    "a missing list of HDF5 files": (TRAIN, [ARRAYS]),
    "a missing HDF5 file": (TRAIN, [ARRAYS, ("h.txt", "", "a.h5\n")]),
    # the solver
    "no net": (TRAIN, [(S, 'net: "net.prototxt"\n', "")]),
    "a net that is not there": (TRAIN, [(S, "net.prototxt", "nett.prototxt")]),
    "no policy": (TRAIN, [(S, 'lr_policy: "fixed"\n', "")]),
    "an unknown policy": (TRAIN, [(S, '"fixed"', '"fixd"')]),
    "a step without stepsize": (TRAIN, [(S, '"fixed"', '"step"')]),
    "an unknown solver type": (TRAIN, [(S, "max_iter: 2", 'max_iter: 2 type: "Adaam"')]),
    "a test without its length": (
        TRAIN,
        [(S, "max_iter: 2", 'max_iter: 2 test_interval: 1 test_net: "net.prototxt"')],
    ),
    "a snapshot folder that is not there": (TRAIN, [(S, '"small"', '"models/small"')]),
    "a snapshot outside": (TRAIN, [(S, '"small"', '"../small"')]),
    "an unknown solver field": (TRAIN, [(S, "max_iter", "maxiter")]),
    "a file of another kind in the way": (TRAIN, [("small_iter_2.caffemodel", "", "precious")]),
    "a rate that is a word": (TRAIN, [(S, "0.01", '"0.01"')]),
    "the net named as its own solver": (TRAIN, [(S, '"net.prototxt"', '"solver.prototxt"')]),
    "iter_size of nothing": (TRAIN, [(S, "max_iter: 2", "max_iter: 2 iter_size: 0")]),
    "an unknown regularization": (
        TRAIN,
        [(S, "max_iter: 2", 'max_iter: 2 regularization_type: "L3"')],
    ),
    "a test that is never due": (TRAIN, [(S, "max_iter: 2", "max_iter: 2 test_iter: 1")]),
    "too many test nets": (
        TRAIN,
        [(S, "max_iter: 2", "max_iter: 2 test_interval: 1 " + "test_iter: 1 " * 21)],
    ),
}
