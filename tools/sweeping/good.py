"""Good files of every kind, made by c2t itself: what hostile ones are made from and stand beside."""

from __future__ import annotations

import gzip
import shutil
import struct
import sys
from collections.abc import Mapping
from pathlib import Path

import h5py
import numpy as np
from PIL import Image

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.importers import database
from tools.sweeping.nets import DUMMY, LOSS, PARTS
from tools.sweeping.run import execute

DEPLOY = 'input: "data" input_shape { dim: 1 dim: 3 dim: 8 dim: 8 }\n' + LOSS.split("\n", 1)[0] + (
    "\n  inner_product_param { num_output: 4 } }\n"
    'layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" }\n'
)  # fmt: skip
DATA = {
    "database": 'layer{{name:"d" type:"Data" top:"data" top:"label" data_param{{source:"{0}" batch_size:2 backend:LMDB}}}}\n',
    "hdf5": 'layer{{name:"d" type:"HDF5Data" top:"data" top:"label" hdf5_data_param{{source:"{0}.list" batch_size:2}}}}\n',
    "list": 'layer{{name:"d" type:"ImageData" top:"data" top:"label" image_data_param{{source:"{0}" batch_size:2 new_height:8 new_width:8}}}}\n',
    "image": 'layer{{name:"d" type:"ImageData" top:"data" top:"label" image_data_param{{source:"{0}.list" batch_size:1 new_height:8 new_width:8}}}}\n',
    "windows": 'layer{{name:"d" type:"WindowData" top:"data" top:"label" window_data_param{{source:"{0}" batch_size:4}} transform_param{{crop_size:8}}}}\n',
    "mean": 'layer{{name:"d" type:"Data" top:"data" top:"label" data_param{{source:"db" batch_size:2 backend:LMDB}} transform_param{{mean_file:"{0}"}}}}\n',
}  # fmt: skip
"""Kind of file -> the data layer that reads it."""
PROGRAM = """import sys, caffe
try:
    net = caffe.Net(sys.argv[1], *sys.argv[2:], caffe.TEST)
    net.forward()
except RuntimeError as error:
    sys.exit(f"RuntimeError: {error}")
"""
OPENCV = """import sys, cv2
try:
    net = cv2.dnn.readNetFromCaffe(*sys.argv[1:])
    print(len(net.getLayerNames()))
except cv2.error as error:
    sys.exit(f"cv2.error: {error}")
"""
"""Programs that catch what pycaffe and OpenCV raise for bad files; all else is a fault."""
KINDS: Mapping[str, str] = {
    "net": "good.prototxt", "solver": "solver.prototxt", "weights": "s_iter_1.caffemodel",
    "weights_hdf5": "s_iter_1.caffemodel.h5", "safetensors": "good.safetensors",
    "state_dict": "good.pt", "solverstate": "s_iter_1.solverstate",
    "solverstate_hdf5": "s_iter_1.solverstate.h5", "c2tstate": "s_iter_1.c2tstate",
    "mean": "mean.binaryproto", "mean_npy": "mean.npy", "database": "db/data.mdb",
    "tar": "shard.tar", "hdf5": "data.h5", "image": "photo.png", "list": "list.txt",
    "windows": "windows.txt", "idx": "images.idx", "npz": "set.npz", "log": "s_run/train.log",
    "metrics": "s_run/metrics.csv", "events": "s_run/events.jsonl", "about": "s_run/run.json",
    "onnx": "good.onnx", "exported": "good.pt2", "baseline": "base.json",
    "config": "lint.toml", "coco": "coco.json", "labels": "labels.txt", "proto": "fork.proto",
}  # fmt: skip
"""Kind -> the good file of it."""


def write(folder: Path) -> None:
    """Write good files of all kinds into a folder that is there and empty."""
    (folder / "good.prototxt").write_text(DUMMY + LOSS)
    (folder / "deploy.prototxt").write_text(DEPLOY)
    (folder / "solver.prototxt").write_text(PARTS + 'snapshot: 1 snapshot_prefix: "s" display: 1')
    (folder / "program.py").write_text(PROGRAM)
    (folder / "opencv.py").write_text(OPENCV)
    _write_data(folder)
    _write_texts(folder)
    _train(folder)
    for target in ("onnx", "exported", "state-dict", "safetensors"):
        ending = {"exported": "pt2", "state-dict": "pt"}.get(target, target)
        line = (
            f"convert deploy.prototxt --weights s_iter_1.caffemodel --to {target} -o good.{ending}"
        )
        _must(line, folder)


def _write_data(folder: Path) -> None:
    chance = np.random.default_rng(0)
    pixels = chance.integers(0, 255, (4, 3, 8, 8), dtype=np.uint8)
    records = (
        pb.Datum(channels=3, height=8, width=8, data=one.tobytes(), label=i).SerializeToString()
        for i, one in enumerate(pixels)
    )
    database.write(folder / "db", ((b"%08d" % i, record) for i, record in enumerate(records)))
    with h5py.File(folder / "data.h5", "w") as file:
        file["data"], file["label"] = pixels.astype("f4"), np.arange(4, dtype="f4")
    Image.fromarray(pixels[0].transpose(1, 2, 0)).save(folder / "photo.png")
    for name in ("a", "b"):
        (folder / "photos" / name).mkdir(parents=True)
        shutil.copy(folder / "photo.png", folder / "photos" / name / "photo.png")
    head = struct.pack(">HBBIII", 0, 8, 3, 4, 8, 8)
    (folder / "images.idx").write_bytes(head + pixels[:, 0].tobytes())
    (folder / "labels.idx").write_bytes(struct.pack(">HBBI", 0, 8, 1, 4) + bytes(range(4)))
    (folder / "images.idx.gz").write_bytes(gzip.compress((folder / "images.idx").read_bytes()))
    np.savez(folder / "set.npz", images=pixels, labels=np.arange(4))
    mean = pixels.mean(0, dtype=np.float32)
    np.save(folder / "mean.npy", mean)
    blob = pb.BlobProto(num=1, channels=3, height=8, width=8, data=mean.ravel().tolist())
    (folder / "mean.binaryproto").write_bytes(blob.SerializeToString())
    _must("copy db shard%d.tar --encode png", folder)
    (folder / next(folder.glob("shard*.tar")).name).rename(folder / "shard.tar")


def _write_texts(folder: Path) -> None:
    (folder / "list.txt").write_text("photo.png 0\nphoto.png 1\n")
    (folder / "windows.txt").write_text(
        "# 0\nphoto.png\n3\n8\n8\n2\n1 0.9 0 0 7 7\n0 0.1 1 1 5 5\n"
    )
    (folder / "labels.txt").write_text("a\nb\nc\nd\n")
    (folder / "lint.toml").write_text('[lint]\nignore = ["C2T3"]\n')
    (folder / "base.json").write_text("[]")
    _must("lint good.prototxt --write-baseline base.json --exit-zero", folder)
    (folder / "coco.json").write_text(
        '{"images":[{"id":1,"file_name":"photo.png","height":8,"width":8}],"categories":'
        '[{"id":1,"name":"a"}],"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,1,4,4]}]}'
    )
    proto = Path(__file__).parents[2] / "proto" / "caffe.proto"
    shutil.copy(proto, folder / "fork.proto")


def _train(folder: Path) -> None:
    _must("train solver.prototxt --no-lint", folder)
    text = (folder / "solver.prototxt").read_text()
    (folder / "h.prototxt").write_text(text + " snapshot_format: HDF5")
    _must("train h.prototxt --no-lint --run-dir h_run", folder)


def _must(line: str, folder: Path) -> None:
    ended = execute(line.split(), folder)
    if ended.code:
        sys.exit(f"c2t {line}: exit code {ended.code}\n{ended.errors.decode('utf-8', 'replace')}")
