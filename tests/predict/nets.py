"""Small nets with weights: one that classifies, one that finds boxes, one that scores pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from caffe2torch.convert.compare import randomize
from caffe2torch.convert.loading import load
from caffe2torch.module.blobs import export_blobs, graph_of
from caffe2torch.weights import write_caffemodel
from tests.convert.families import conv, head, layer

CLASSES = head("small", 4, 3, 8, 8) + (
    layer("InnerProduct", "fc", "data", "fc", "inner_product_param { num_output: 6 }")
    + layer("Softmax", "prob", "fc", "prob")
)
PIXELS = head("pixels", 1, 3, 32, 32) + (
    conv("score", "data", 4, k=1) + layer("Softmax", "prob", "score", "prob")
)
PRIORS = (
    "prior_box_param { min_size: 8 clip: true variance: 0.1 variance: 0.1 variance: 0.2 "
    "variance: 0.2 }"
)
LAST = "permute_param { order: 0 order: 2 order: 3 order: 1 }"
BOXES = head("boxes", 1, 3, 16, 16) + (
    conv("loc", "data", 4, k=8)
    + conv("conf", "data", 2, k=8)
    + layer("Permute", "loc_p", "loc", "loc_p", LAST)
    + layer("Flatten", "loc_f", "loc_p", "loc_f")
    + layer("Permute", "conf_p", "conf", "conf_p", LAST)
    + layer("Flatten", "conf_f", "conf_p", "conf_f")
    + 'layer { name: "priors" type: "PriorBox" bottom: "loc" bottom: "data" top: "priors" '
    + PRIORS + " }\n"
    + 'layer { name: "out" type: "DetectionOutput" bottom: "loc_f" bottom: "conf_f" '
    'bottom: "priors" top: "out" detection_output_param { num_classes: 2 code_type: CENTER_SIZE '
    "nms_param { nms_threshold: 0.3 top_k: 20 } keep_top_k: 5 confidence_threshold: -100 } }\n"
)  # fmt: skip
DATA = (
    'layer { name: "d" type: "Data" top: "data" transform_param { scale: 0.5 mean_value: 100 } '
    'data_param { source: "x" batch_size: 1 } }\n'
)


def saved(folder: Path, text: str) -> tuple[Path, Path]:
    """A net with random weights, and the data layer that prepares its images beside it."""
    net, weights = folder / "deploy.prototxt", folder / "net.caffemodel"
    net.write_text(text)
    (folder / "train_val.prototxt").write_text(DATA)
    module = load(net)
    randomize(module)
    write_caffemodel(weights, graph_of(module).filtered, export_blobs(module))
    return net, weights


def size_of(path: Path) -> tuple[int, int]:
    """Width and height of a picture."""
    from PIL import Image

    with Image.open(path) as image:
        return image.size


def picture(path: Path, rows: int = 8, columns: int = 8) -> np.ndarray:  # type: ignore[type-arg]
    """Write a PNG of noise; return its pixels (C, H, W) in the order B,G,R."""
    from PIL import Image

    rgb = np.random.RandomState(5).randint(0, 256, (rows, columns, 3)).astype(np.uint8)
    Image.fromarray(rgb).save(path)
    return rgb[:, :, ::-1].transpose(2, 0, 1)
