"""Nets and solvers of up to 1 MB that ask for much, or that are no nets at all, as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable

MOST = 1_000_000
"""Bytes of an input."""
HEAD = 'input: "data" input_shape { dim: 1 dim: 3 dim: 8 dim: 8 }\n'
HOSTILE = (
    "a\\033[2J", "\\033]0;owned\\007", "b\\000c", "\\010\\177", "\\342\\200\\256x", "\\302\\233",
    "__c", "__", "a__b__", "self", "import", "x\\ny", "\\377\\376", "\\310\\253", "; print(1)", "...",
    "../../x", "$(id)", "%s%n", "{0}", "²",
)  # fmt: skip
"""Names in prototxt's escapes."""
DUMMY = """layer { name: "d" type: "DummyData" top: "data" top: "label" dummy_data_param {
  shape { dim: 2 dim: 3 dim: 8 dim: 8 } shape { dim: 2 } } }
"""
LOSS = """layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
  inner_product_param { num_output: 4 } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }
"""


def layer(name: str, kind: str, bottom: str, top: str, more: str = "") -> str:
    return f'layer{{name:"{name}" type:"{kind}" bottom:"{bottom}" top:"{top}" {more}}}\n'


def chain(kind: str, count: int, more: str = "") -> str:
    blobs = ["data", *(f"t{i}" for i in range(count))]
    return "".join(layer(f"r{i}", kind, blobs[i], blobs[i + 1], more) for i in range(count))


def each(count: int, text: Callable[[int], str]) -> str:
    return "".join(map(text, range(count)))


def one(kind: str, more: str) -> str:
    return HEAD + layer("a", kind, "data", "a", more)


CONV = "convolution_param{num_output:1 kernel_size:1}"
IP = "inner_product_param{num_output:1}"
LSTM = """layer { name: "d" type: "DummyData" top: "data" top: "cont" dummy_data_param {
  shape { dim: 200000 dim: 1 dim: 2 } shape { dim: 200000 dim: 1 } } }
layer { name: "l" type: "%s" bottom: "data" bottom: "cont" top: "h" recurrent_param { num_output: 2 } }
"""

SMALL = {
    "good": DUMMY + LOSS,
    "groups": 'input: "data" input_shape { dim: 1 dim: 1000000 dim: 1 dim: 1 }'
    + layer("a", "Convolution", "data", "a", "convolution_param{num_output:1000000 kernel_size:1 group:1000000}"),
    "bigip": one("InnerProduct", "inner_product_param{num_output:11000000}"),
    "bigconv": one("Convolution", "convolution_param{num_output:10000000 kernel_size:8}"),
    "kernel": one("Convolution", "convolution_param{num_output:1 kernel_size:2147483647 pad:1073741823}"),
    "dilation": one("Convolution", "convolution_param{num_output:1 kernel_size:3 dilation:2147483647}"),
    "stride": one("Deconvolution", "convolution_param{num_output:1 kernel_size:1 stride:2147483647}"),
    "deconv": one("Deconvolution", "convolution_param{num_output:1 kernel_size:1 stride:3000}"),
    "pad": one("Pooling", "pooling_param{kernel_size:30000 pad:29999 stride:1}"),
    "window": one("Pooling", "pooling_param{pool:AVE kernel_size:2147483647 pad:1}"),
    "lrn": one("LRN", "lrn_param{local_size:2147483647}"),
    "lrn_within": one("LRN", "lrn_param{local_size:20001 norm_region:WITHIN_CHANNEL}"),
    "tile": one("Tile", "tile_param{tiles:2147483647}"),
    "embed": one("Embed", "embed_param{input_dim:2147483647 num_output:2147483647}"),
    "spp": one("SPP", "spp_param{pyramid_height:30}"),
    "im2col": one("Im2col", "convolution_param{kernel_size:5000 pad:5000}"),
    "reshape": one("Reshape", "reshape_param{shape{dim:-1 dim:2147483647 dim:9223372036854775807}}"),
    "dropout": one("Dropout", "dropout_param{dropout_ratio:nan}"),
    "bilinear": one("Deconvolution", 'convolution_param{num_output:3 group:3 kernel_size:4000 weight_filler{type:"bilinear"}}'),
    "filler": one("InnerProduct", 'inner_product_param{num_output:1000000 weight_filler{type:"xavier" variance_norm:AVERAGE}}'),
    "unitball": one("InnerProduct", 'inner_product_param{num_output:1000000 weight_filler{type:"positive_unitball"}}'),
    "overflow": 'input:"data" input_shape{dim:4294967296 dim:4294967296 dim:2}\n' + layer("r", "ReLU", "data", "r"),
    "negative": 'input:"data" input_shape{dim:-1 dim:-3}\n' + layer("r", "ReLU", "data", "r"),
    "zero": 'input:"data" input_shape{dim:0 dim:3 dim:8 dim:8}\n' + layer("a", "Convolution", "data", "a", CONV),
    "huge_input": 'input:"data" input_shape{dim:1 dim:3 dim:26000 dim:26000}\n' + layer("a", "Convolution", "data", "a", CONV),
    "huge_dummy": DUMMY.replace("dim: 2 dim: 3 dim: 8 dim: 8", "dim: 2 dim: 3 dim: 20000 dim: 8000") + LOSS,
    "classes": DUMMY + LOSS.replace("num_output: 4", "num_output: 10000000"),
    "lstm": LSTM % "LSTM",
    "rnn": LSTM % "RNN",
    "cycle": layer("a", "ReLU", "b", "a") + layer("b", "ReLU", "a", "b"),
    "python": one("Python", 'python_param{module:"os" layer:"system" param_str:"id"}'),
    "output": DUMMY + LOSS + 'layer{name:"o" type:"HDF5Output" bottom:"ip" bottom:"label" hdf5_output_param{file_name:"../../outside.h5"}}',
    "names": HEAD + "".join(layer(n, "ReLU", "data", n) for n in HOSTILE),
    "names_in": DUMMY + LOSS.replace('"ip"', '"\\033]0;x\\007\\342\\200\\256"').replace('"loss"', '"__c"'),
    "types": HEAD + "".join(layer(f"x{i}", n, "data", f"x{i}") for i, n in enumerate(HOSTILE)),
    "sources": "".join(f'layer{{name:"d{i}" type:"Data" top:"d{i}" data_param{{source:"{n}" batch_size:1}} }}\n' for i, n in enumerate(HOSTILE)),
    "batch": 'layer{name:"d" type:"ImageData" top:"data" top:"label" image_data_param{source:"list.txt" batch_size:2147483647 new_height:60000 new_width:60000}}\n' + LOSS,
    "crop": 'layer{name:"d" type:"ImageData" top:"data" top:"label" image_data_param{source:"list.txt" batch_size:1 new_height:30000 new_width:30000} transform_param{crop_size:29999}}\n' + LOSS,
    "memory": 'layer{name:"d" type:"MemoryData" top:"data" top:"label" memory_data_param{batch_size:65536 channels:65536 height:65536 width:65536}}\n',
    "nan": DUMMY + LOSS.replace("num_output: 4", 'num_output: 4 weight_filler{type:"gaussian" std:nan mean:inf}'),
    "priors": HEAD + "".join(layer(f"p{i}", "PriorBox", "data", f"p{i}").replace('bottom:"data"', 'bottom:"data" bottom:"data"').replace("}\n", 'prior_box_param{' + "min_size:1 " * 20000 + "aspect_ratio:2 }}\n") for i in range(2)),
}  # fmt: skip
"""Nets that are short."""


def large() -> Iterable[tuple[str, str]]:
    """Nets of up to 1 MB."""
    yield "relu_chain", HEAD + chain("ReLU", 15000)
    yield "inplace", HEAD + layer("r", "ReLU", "data", "data") * 18000
    yield "fanout", HEAD + each(16000, lambda i: layer(f"r{i}", "ReLU", "data", f"t{i}"))
    yield "fanin", HEAD + 'layer{name:"c" type:"Concat" top:"c" ' + 'bottom:"data" ' * 60000 + "}"
    tops = each(60000, lambda i: f'top:"t{i}" ')
    yield "split", HEAD + f'layer{{name:"s" type:"Split" bottom:"data" {tops}}}'
    yield (
        "slice",
        HEAD.replace("dim: 3", "dim: 60000")
        + f'layer{{name:"s" type:"Slice" bottom:"data" {tops}}}',
    )
    yield (
        "unknown_bottom",
        HEAD + each(14000, lambda i: layer(f"r{i}", "ReLU", f"x{i}", f"t{i}")),
    )
    yield "unknown_field", "zz: 1\n" * 140000
    yield "unknown_fields", each(60000, lambda i: f"field_{i}: 1\n")
    yield "unknown_type", HEAD + each(14000, lambda i: layer(f"r{i}", f"ReLUU{i}", "data", "data"))
    yield "conv_chain", HEAD + chain("Convolution", 7500, CONV)
    yield "conv_3900", HEAD + chain("Convolution", 3900, CONV)
    yield "ip_3900", DUMMY + chain("InnerProduct", 3900, IP)
    yield "bn_3900", HEAD + chain("BatchNorm", 3900)
    yield "relu_3900", HEAD + chain("ReLU", 3900)
    yield "lstm_900", LSTM.replace("200000", "3") % "LSTM" + each(
        900, lambda i: f'layer{{name:"l{i}" type:"LSTM" bottom:"data" bottom:"cont" top:"h{i}" recurrent_param{{num_output:2}}}}\n'
    )  # fmt: skip
    yield (
        "shared_8000",
        HEAD
        + each(8000, lambda i: layer(f"r{i}", "InnerProduct", "data", f"t{i}", 'param{name:"w"}' + IP)),
    )  # fmt: skip
    yield (
        "accuracy",
        DUMMY + LOSS + each(3500, lambda i: layer(f"a{i}", "Accuracy", "ip", f"a{i}").replace('bottom:"ip"', 'bottom:"ip" bottom:"label"')),
    )  # fmt: skip
    yield (
        "losses",
        DUMMY
        + LOSS
        + each(3500, lambda i: layer(f"e{i}", "EuclideanLoss", "ip", f"e{i}").replace('bottom:"ip"', 'bottom:"ip" bottom:"ip"')),
    )  # fmt: skip
    yield "eltwise", HEAD + chain("Eltwise", 3900).replace(' top:"', ' bottom:"data" top:"')
    yield "v1", each(18000, lambda i: f'layers{{name:"r{i}" type:RELU bottom:"data" top:"data"}}\n')
    yield "inputs", each(60000, lambda i: f'input:"d{i}" ')
    yield "dims", 'input:"data" input_shape{' + "dim:1 " * 140000 + "}"
    yield (
        "loss_weights",
        DUMMY
        + LOSS
        + 'layer{name:"l" type:"Silence" bottom:"ip" '
        + "loss_weight:1 " * 65000
        + "}",
    )
    yield "params", one("InnerProduct", IP + "param{lr_mult:1}" * 50000)
    yield "stages", one("ReLU", 'include{stage:"a"} ' * 50000)
    yield "braces", "layer{" * 160000
    yield "brackets", "dim: [" * 140000
    yield (
        "nested",
        'layer{name:"a" type:"ReLU" ' + "rbm_inner_product_param{connection_layer_param{" * 20000,
    )
    yield "comment", "#" * MOST
    yield "string", f'name: "{"a" * 990000}"'
    yield "strings", "name: " + '"a" ' * 240000
    yield "digits", "input_dim: " + "9" * 990000
    yield "float", "layer{loss_weight: 1." + "9" * 900000 + "}"
    yield "minus", "layer{loss_weight: " + "- " * 450000 + "1}"
    yield "spaces", " " * 990000 + "x"


PARTS = 'net: "good.prototxt" base_lr: 0.01 lr_policy: "fixed" max_iter: 1 solver_mode: CPU '


def solvers() -> Iterable[tuple[str, str]]:
    """Solvers of up to 1 MB."""
    yield "good", PARTS
    yield "steps", PARTS.replace("fixed", "multistep") + each(60000, lambda i: f"stepvalue:{i} ")
    yield (
        "huge",
        PARTS.replace("max_iter: 1", "max_iter: 2147483647").replace("fixed", "step")
        + (
            "gamma:0.9 stepsize:1 display:1 snapshot:1 test_interval:1 test_iter:1 test_net:'good.prototxt'"
        ),
    )
    yield (
        "nan",
        PARTS.replace("0.01", "nan").replace("fixed", "inv") + "gamma:nan power:inf momentum:-inf",
    )
    yield "tests", PARTS + "test_iter:1 " * 80000
    yield "test_nets", PARTS + each(30000, lambda i: f'test_net:"n{i}" test_iter:1 ')
    yield "itself", PARTS.replace("good.prototxt", "INPUT")
    yield "zero_net", PARTS.replace("good.prototxt", "/dev/zero")
    yield "prefix", PARTS + r'snapshot_prefix: "\033]0;x\007/../../x\000" snapshot: 1'
    yield "long_prefix", PARTS + f'snapshot_prefix: "{"a/" * 400000}" snapshot: 1'
    yield "policy", PARTS.replace('"fixed"', f'"{"p" * 900000}"')
    yield "type", PARTS + r'type: "\033[2J\342\200\256"'
    yield "iter_size", PARTS + "iter_size: 2147483647"
    yield "display", PARTS + "display: -1 average_loss: 2147483647"
    yield (
        "inline",
        'base_lr:1 lr_policy:"fixed" max_iter:1 net_param {' + HEAD + chain("ReLU", 3900) + "}",
    )
    yield "weights", PARTS + "weights:'a.caffemodel' " * 40000
    yield "states", PARTS + "test_state{stage:'a'} test_iter:1 " * 25000
    yield "unknown", PARTS + each(50000, lambda i: f"field_{i}: 1 ")
