"""One picture from the text of a net, and what can be read off it."""

from __future__ import annotations

from pathlib import Path

from caffe2torch.draw import compose, subject
from caffe2torch.draw.picture import Item, Picture

LENET = """name: "LeNet"
layer { name: "mnist" type: "Data" top: "data" top: "label" include { phase: TRAIN }
  data_param { source: "no/such/mnist_train_lmdb" batch_size: 64 backend: LMDB } }
layer { name: "mnist" type: "Data" top: "data" top: "label" include { phase: TEST }
  data_param { source: "no/such/mnist_test_lmdb" batch_size: 100 backend: LMDB } }
layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
  convolution_param { num_output: 20 kernel_size: 5 } }
layer { name: "pool1" type: "Pooling" bottom: "conv1" top: "pool1"
  pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layer { name: "conv2" type: "Convolution" bottom: "pool1" top: "conv2"
  convolution_param { num_output: 50 kernel_h: 5 kernel_w: 3 stride: 1 pad_w: 1 } }
layer { name: "pool2" type: "Pooling" bottom: "conv2" top: "pool2"
  pooling_param { pool: AVE kernel_size: 2 stride: 2 } }
layer { name: "ip1" type: "InnerProduct" bottom: "pool2" top: "ip1"
  inner_product_param { num_output: 500 } }
layer { name: "relu1" type: "ReLU" bottom: "ip1" top: "ip1" }
layer { name: "drop1" type: "Dropout" bottom: "ip1" top: "ip1"
  dropout_param { dropout_ratio: 0.4 } include { phase: TRAIN } }
layer { name: "ip2" type: "InnerProduct" bottom: "ip1" top: "ip2"
  inner_product_param { num_output: 10 } param { lr_mult: 0 } }
layer { name: "accuracy" type: "Accuracy" bottom: "ip2" bottom: "label" top: "accuracy"
  include { phase: TEST } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip2" bottom: "label" top: "loss" }
"""


def drawn(folder: Path, text: str, phase: str = "", collapse: bool = False) -> Picture:
    path = folder / "net.prototxt"
    path.write_text(text, encoding="utf-8")
    return compose.compose(subject.read(str(path), phase), collapse)


def texts(item: Item) -> list[str]:
    return [line.text for section in item.sections for line in section.lines]


def boxes(picture: Picture) -> dict[str, list[str]]:
    """Name of each box -> the other lines in it."""
    return {texts(item)[0]: texts(item)[1:] for item in picture.items if not item.tag}


def kinds(picture: Picture) -> dict[str, list[str]]:
    return {texts(i)[0]: [s.kind for s in i.sections] for i in picture.items if not i.tag}


def arrows(picture: Picture) -> set[str]:
    """Each arrow as "box -tag-> box", without tags "box -> box"."""
    items = picture.items
    found = set()
    for tail, head in picture.arrows:
        if items[head].tag:
            continue
        name, label = texts(items[tail])[0], ""
        if items[tail].tag:
            maker = items[tail].tail_of
            label = f"{name}-"
            name = "?" if maker is None else texts(items[maker])[0]
        found.add(f"{name} -{label}> {texts(items[head])[0]}")
    return found
