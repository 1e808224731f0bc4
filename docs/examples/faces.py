"""MTCNN's three nets find the faces in a photo; scikit-image ships one of its own.

python faces.py [FOLDER] [PHOTO]

FOLDER holds det1, det2 and det3 as .prototxt and .caffemodel, as the authors published them.
Without it the same nets are made here, with made-up weights: they run, and find nothing of sense.

Zhang et al., Joint Face Detection and Alignment using Multi-task Cascaded Convolutional Networks,
2016. The authors' weights were trained on pictures that lie on their side: x comes before y.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
import torch
from skimage.data import astronaut

import caffe2torch
from caffe2torch.pycaffe import layers as L
from caffe2torch.pycaffe import net_spec

THRESHOLDS = (0.6, 0.7, 0.8)
SMALLEST, SHRINK, CELL, STRIDE = 60, 0.709, 12, 2


def made_up(size: int, widths: list[int], pools: list[int], inner: int) -> str:
    """A net of MTCNN's family: convolutions, poolings, and a score and a box for each place."""
    n = net_spec.NetSpec()
    n.data = L.Input(shape={"dim": [1, 3, size, size]})
    top = n.data
    for i, (width, pool) in enumerate(zip(widths, pools, strict=True)):
        kernel = 3 if i < 3 else 2
        top = L.Convolution(
            top, num_output=width, kernel_size=kernel, weight_filler={"type": "msra"}
        )
        top = L.PReLU(top, in_place=True)
        top = L.Pooling(top, kernel_size=pool, stride=2) if pool else top
    outputs = {"num_output": 2}, {"num_output": 4}
    filler = {"weight_filler": {"type": "xavier"}}
    if inner:
        top = L.PReLU(L.InnerProduct(top, num_output=inner, **filler), in_place=True)
        n.score, n.box = (L.InnerProduct(top, **o, **filler) for o in outputs)
    else:
        n.score, n.box = (L.Convolution(top, kernel_size=1, **o, **filler) for o in outputs)
    n.prob = L.Softmax(n.score)
    return str(n.to_proto())


def nets(folder: Path | None) -> list[torch.nn.Module]:
    """The three nets, from a folder or made up."""
    if folder:
        paths = [folder / f"det{i}" for i in (1, 2, 3)]
        return [caffe2torch.load(f"{p}.prototxt", weights=f"{p}.caffemodel") for p in paths]
    texts = [
        made_up(12, [10, 16, 32], [2, 0, 0], 0),
        made_up(24, [28, 48, 64], [3, 3, 0], 128),
        made_up(48, [32, 64, 64, 128], [3, 3, 2, 0], 256),
    ]
    for i, text in enumerate(texts):
        Path(f"made_up{i}.prototxt").write_text(text)
    return [caffe2torch.load(f"made_up{i}.prototxt", seed=i) for i in range(3)]


def prepared(images: list[np.ndarray]) -> torch.Tensor:
    """RGB images (H, W, 3) as the nets want them: (N, 3, W, H), -1 to 1."""
    stacked = torch.from_numpy(np.stack(images)).float()
    return (stacked.permute(0, 3, 2, 1) - 127.5) / 128


def answers(net: torch.nn.Module, inputs: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """The score of a face and the shift of the box, by how many channels an output has."""
    with torch.no_grad():
        outputs = {value.shape[1]: value.numpy() for value in net(inputs).values()}
    return outputs[2][:, 1], outputs[4]


def shifted(boxes: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """Boxes (N, 4) of x1 y1 x2 y2, moved by shares of their sides."""
    sides = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    return boxes + shifts * sides


def square(boxes: np.ndarray) -> np.ndarray:
    """The boxes as squares around the same centres, in whole pixels."""
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).max(1, keepdims=True) / 2
    return np.hstack([centres - half, centres + half]).round().astype(int)


def best(boxes: np.ndarray, scores: np.ndarray, overlap: float) -> np.ndarray:
    """Indices of the boxes that stay when weaker ones that overlap are left out."""
    widths = np.hstack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]])
    kept = cv2.dnn.NMSBoxes(widths.tolist(), scores.tolist(), 0.0, overlap)
    return np.asarray(kept, int).reshape(-1)


def proposals(net: torch.nn.Module, photo: np.ndarray) -> np.ndarray:
    """Square boxes that the first net finds worth a look, over a pyramid of sizes."""
    found, scored = [np.zeros((0, 4))], [np.zeros(0)]
    scale = CELL / SMALLEST
    while min(photo.shape[:2]) * scale >= CELL:
        small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        scores, shifts = answers(net, prepared([small]))
        x, y = np.nonzero(scores[0] >= THRESHOLDS[0])  # x first: the picture lies on its side
        corners = np.stack([x * STRIDE, y * STRIDE, x * STRIDE + CELL, y * STRIDE + CELL], 1)
        boxes, values = corners / scale, scores[0][x, y]
        if len(boxes):
            kept = best(boxes, values, 0.5)
            found.append(shifted(boxes[kept], shifts[0][:, x, y].T[kept]))
            scored.append(values[kept])
        scale *= SHRINK
    boxes, scores = np.concatenate(found), np.concatenate(scored)
    return square(boxes[best(boxes, scores, 0.7)]) if len(boxes) else boxes


def cut(photo: np.ndarray, box: np.ndarray, size: int) -> np.ndarray:
    """A part of the photo, black where it lies outside, resized to a square."""
    x1, y1, x2, y2 = box
    pad = max(0, -x1, -y1, x2 - photo.shape[1], y2 - photo.shape[0])
    wide = cv2.copyMakeBorder(photo, pad, pad, pad, pad, cv2.BORDER_CONSTANT)
    return cv2.resize(wide[y1 + pad : y2 + pad, x1 + pad : x2 + pad], (size, size))


def refined(
    net: torch.nn.Module, photo: np.ndarray, boxes: np.ndarray, stage: int
) -> tuple[np.ndarray, np.ndarray]:
    """The boxes that a later net agrees with, moved to where it sees the face; their scores."""
    boxes = boxes[(boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])][:200]
    if not len(boxes):
        return boxes, np.zeros(0)
    scores, shifts = answers(net, prepared([cut(photo, b, (24, 48)[stage - 1]) for b in boxes]))
    sure = scores >= THRESHOLDS[stage]
    boxes, scores = shifted(boxes[sure].astype(float), shifts[sure]), scores[sure]
    kept = best(boxes, scores, 0.7) if len(boxes) else np.zeros(0, int)
    return boxes[kept], scores[kept]


def main(folder: Path | None, photo: np.ndarray) -> None:
    first, second, third = nets(folder)
    boxes = proposals(first, photo)
    print(f"the first net proposes {len(boxes)} places")
    boxes, _ = refined(second, photo, boxes, 1)
    print(f"the second keeps {len(boxes)}")
    boxes, scores = refined(third, photo, square(boxes), 2)
    whole = (boxes[:, 2:] > boxes[:, :2]).all(1)
    boxes, scores = boxes[whole], scores[whole]
    kept = best(boxes, scores, 0.3) if len(boxes) else []
    print(f"the third finds {len(kept)}")
    for box, score in zip(boxes[kept], scores[kept], strict=True):
        print(f"face at {box.round().astype(int).tolist()}, score {score:.3f}")


if __name__ == "__main__":
    named = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    image = cv2.imread(sys.argv[2])[:, :, ::-1] if len(sys.argv) > 2 else astronaut()
    main(named, np.ascontiguousarray(image))
