"""caffe._caffe: the same objects as those of caffe, and the types of its blobs."""

from __future__ import annotations

from pathlib import Path

from caffe2torch import pycaffe as caffe
from caffe2torch.pycaffe import _caffe

NET = """
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 2 } } }
layer { name: "fc" type: "InnerProduct" bottom: "data" top: "fc"
        inner_product_param { num_output: 3 } }
"""


def test_its_names_are_those_of_caffe() -> None:
    assert caffe._caffe is _caffe
    both = set(_caffe.__all__) & set(caffe.__all__)
    assert {"Net", "Layer", "SGDSolver", "set_mode_cpu", "layer_type_list"} <= both
    assert all(getattr(caffe, name) is getattr(_caffe, name) for name in both)


def test_programs_compare_types_with_it(tmp_path: Path) -> None:
    (tmp_path / "net.prototxt").write_text(NET)
    net = caffe.Net(str(tmp_path / "net.prototxt"), caffe.TEST)
    assert type(net.params["fc"]) is _caffe.BlobVec
    assert isinstance(net.params["fc"][0], _caffe.Blob)
    assert isinstance(net, _caffe.Net)
