"""Records what OpenCV 4's own Caffe reader answers, for the tests of caffe2torch.cv2.

    python -m tools.golden.opencv DIR

with an OpenCV 4 in DIR, as `pip install --target DIR opencv-python-headless==4.12.0.88` puts it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from caffe2torch.convert.compare import randomize
from caffe2torch.convert.loading import load
from caffe2torch.module.blobs import export_blobs, graph_of
from caffe2torch.weights import write_caffemodel
from tests.predict import nets

FOLDER = Path(__file__).parents[2] / "tests" / "cv2" / "opencv4"
NET = """\
name: "opencv4"
input: "data"
input_shape { dim: 1 dim: 3 dim: 16 dim: 12 }
layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
        convolution_param { num_output: 8 kernel_size: 3 pad: 1 } }
layer { name: "bn1" type: "BatchNorm" bottom: "conv1" top: "conv1" }
layer { name: "scale1" type: "Scale" bottom: "conv1" top: "conv1" scale_param { bias_term: true } }
layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
layer { name: "norm1" type: "LRN" bottom: "conv1" top: "norm1"
        lrn_param { local_size: 3 alpha: 0.5 beta: 0.75 } }
layer { name: "pool1" type: "Pooling" bottom: "norm1" top: "pool1"
        pooling_param { kernel_size: 3 stride: 2 } }
layer { name: "halves" type: "Slice" bottom: "pool1" top: "one" top: "two"
        slice_param { axis: 1 slice_point: 3 } }
layer { name: "conv2" type: "Convolution" bottom: "one" top: "conv2"
        convolution_param { num_output: 5 kernel_size: 1 } }
layer { name: "sum" type: "Eltwise" bottom: "conv2" bottom: "two" top: "sum" }
layer { name: "both" type: "Concat" bottom: "sum" bottom: "one" top: "both" }
layer { name: "gap" type: "Pooling" bottom: "both" top: "gap"
        pooling_param { pool: AVE global_pooling: true } }
layer { name: "drop" type: "Dropout" bottom: "gap" top: "gap" }
layer { name: "fc" type: "InnerProduct" bottom: "gap" top: "scores"
        inner_product_param { num_output: 4 } }
layer { name: "prob" type: "Softmax" bottom: "scores" top: "prob" }
layer { name: "map" type: "Sigmoid" bottom: "two" top: "map" }
"""
ASKED = """
import json, sys
sys.path.insert(0, sys.argv[1])
import cv2
import numpy as np
folder = sys.argv[2]
def read():
    net = cv2.dnn.readNetFromCaffe(f"{folder}/net.prototxt", f"{folder}/net.caffemodel")
    net.enableFusion(False)  # joined with a layer in place, what comes before it is overwritten
    net.enableWinograd(False)
    return net
net = read()
answers = {
    "version": cv2.__version__,
    "names": net.getLayerNames(),
    "types": net.getLayerTypes(),
    "unconnected": net.getUnconnectedOutLayers().tolist(),
    "unconnected_names": net.getUnconnectedOutLayersNames(),
    "ids": {name: net.getLayerId(name) for name in (*net.getLayerNames(), "_input", "lost")},
}
values = {}
for shape in ((1, 3, 16, 12), (2, 3, 20, 9)):
    data = np.random.RandomState(1).randn(*shape).astype(np.float32)
    for name in ("", *net.getLayerNames()):
        net = read()
        net.setInput(data)
        values[f"{shape[0]}/{name}"] = net.forward(name) if name else net.forward()
net = read()
net.setInput(data, "data", 0.5, (1, 2, 3))
values["scaled/prob"] = net.forward("prob")
net = read()
net.setInput(data, "data", 0.5, (1, 2, 3))
((values["halves/0"], values["halves/1"]),) = net.forwardAndRetrieve(["halves"])
np.savez_compressed(f"{folder}/values.npz", **values)
print(json.dumps(answers, indent=1))
"""

MODELS = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import numpy as np
from tests.cv2.asked import answers
folder = Path(sys.argv[2])
np.savez_compressed(folder / "models.npz", **answers(folder))
"""


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    write("net", NET)
    command = [sys.executable, "-c", ASKED, sys.argv[1], str(FOLDER)]
    answers = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    (FOLDER / "answers.json").write_text(json.dumps(json.loads(answers), indent=1) + "\n")
    found = nets.BOXES.replace(
        "num_classes", "share_location: true background_label_id: 0 num_classes"
    )
    write("boxes", found)
    write("few", found.replace("-100", "-0.5"))
    write("nothing", found.replace("-100", "1000"))
    write("classes", nets.CLASSES)
    write("pixels", nets.PIXELS)
    command = [sys.executable, "-c", MODELS, sys.argv[1], str(FOLDER)]
    subprocess.run(command, check=True, cwd=FOLDER.parents[2])


def write(name: str, text: str) -> None:
    """A net and random weights of it."""
    prototxt = FOLDER / f"{name}.prototxt"
    prototxt.write_text(text)
    module = load(prototxt)
    randomize(module)
    blobs = export_blobs(module)
    write_caffemodel(FOLDER / f"{name}.caffemodel", graph_of(module).filtered, blobs)


if __name__ == "__main__":
    main()
