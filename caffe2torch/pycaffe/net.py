"""caffe.Net: a net whose blobs and parameters a program reads, writes and runs step by step.

Source: Caffe python/caffe/pycaffe.py; python/caffe/_caffe.cpp; src/caffe/net.cpp
"""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from caffe2torch.caffe_pb2 import TEST, TRAIN
from caffe2torch.pycaffe.arguments import Compiled, file_path, whole
from caffe2torch.pycaffe.blob import Array, Blob, BlobVec
from caffe2torch.pycaffe.files import check_file

if TYPE_CHECKING:
    from caffe2torch.graph.model import Graph
    from caffe2torch.pycaffe.assembly import Assembly

Arrays = dict[str, Array]
Callback = Callable[[int], Any]


class Net(Compiled):
    """A net in one phase.

    Net(network_file, phase, level=0, stages=None, weights=None), or as it once was
    Net(network_file, weights, phase).

    Differs: what makes Caffe abort the process raises C2TError here, with the place in the file
    Raises: RuntimeError if a file cannot be opened; TypeError for arguments of other types
    """

    def __init__(
        self,
        network_file: str,
        phase: int | str,
        level: int | None = None,
        stages: Sequence[str] | None = None,
        weights: str | None = None,
    ) -> None:
        if isinstance(phase, (str, bytes, Path)):  # the old order: file, weights, phase
            phase, weights, level = whole(level, "phase"), file_path(phase, "weights"), None
        network_file = file_path(network_file, "network_file")
        number, level = whole(phase, "phase"), whole(level or 0, "level")
        if number not in (TRAIN, TEST):
            raise ValueError(f"phase must be caffe.TRAIN ({TRAIN}) or caffe.TEST ({TEST})")
        check_file(network_file)
        if weights is not None:
            weights = file_path(weights, "weights")
            check_file(weights)
        from caffe2torch.format.upgrade import read_net
        from caffe2torch.graph import net_state

        net = read_net(network_file)
        state = net_state(net, ("TRAIN", "TEST")[number], level, stages or ())
        self._start(net, state)
        if weights is not None:
            self.copy_from(weights)

    @classmethod
    def _in_state(cls, net: Any, state: Any) -> Net:
        """Make a net that has been read already, in a state."""
        instance = cls.__new__(cls)
        instance._start(net, state)
        return instance

    def _start(self, net: Any, state: Any) -> None:
        from caffe2torch.pycaffe.assembly import assemble

        assembly: Assembly = assemble(net, state)
        _log(assembly.graph)
        self._assembly, self._graph, self._steps = assembly, assembly.graph, assembly.steps
        self._blobs, self._blob_names = assembly.blobs, list(assembly.names)
        self._bottoms, self._tops = assembly.bottoms, assembly.tops
        self._blob_loss_weights = assembly.loss_weights
        self._layer_names = [node.name for node in assembly.graph.nodes]
        where = {name: i for i, name in enumerate(assembly.names)}
        self._inputs = [where[name] for name in assembly.graph.inputs]
        self._outputs = [where[name] for name in assembly.graph.outputs]
        self._build_views()
        if assembly.feed is not None:
            weakref.finalize(self, assembly.feed.close)

    def _build_views(self) -> None:
        names = self._blob_names
        self._layers = [step.shown for step in self._steps]
        self._blobs_dict = OrderedDict(zip(names, self._blobs, strict=True))
        self._loss_weights_dict = OrderedDict(zip(names, self._blob_loss_weights, strict=True))
        self._layer_dict = OrderedDict(zip(self._layer_names, self._layers, strict=True))
        self._params_dict = OrderedDict(
            (name, layer.blobs)
            for name, layer in zip(self._layer_names, self._layers, strict=True)
            if len(layer.blobs)
        )
        self._input_list = [names[i] for i in self._inputs]
        self._output_list = [names[i] for i in self._outputs]
        self._top_names = self._by_layer(self._tops)
        self._bottom_names = self._by_layer(self._bottoms)

    def _by_layer(self, ids: list[list[int]]) -> OrderedDict[str, list[str]]:
        names = self._blob_names
        pairs = zip(self._layer_names, ids, strict=True)
        return OrderedDict((layer, [names[i] for i in of_layer]) for layer, of_layer in pairs)

    # What is in the net.

    @property
    def blobs(self) -> OrderedDict[str, Blob]:
        """Blobs by name, from the inputs to the outputs."""
        return self._blobs_dict

    @property
    def blob_loss_weights(self) -> OrderedDict[str, float]:
        """Loss weight of each blob, 0 for most."""
        return self._loss_weights_dict

    @property
    def params(self) -> OrderedDict[str, BlobVec]:
        """Parameters of the layers that have some, by layer."""
        return self._params_dict

    @property
    def layers(self) -> list[Any]:
        """All layers, Split layers included; a Python layer is the program's own object."""
        return self._layers

    @property
    def layer_dict(self) -> OrderedDict[str, Any]:
        """All layers by name."""
        return self._layer_dict

    @property
    def inputs(self) -> list[str]:
        """Names of the blobs that the program fills."""
        return self._input_list

    @property
    def outputs(self) -> list[str]:
        """Names of the blobs that no layer takes."""
        return self._output_list

    @property
    def top_names(self) -> OrderedDict[str, list[str]]:
        """Names of the tops of each layer."""
        return self._top_names

    @property
    def bottom_names(self) -> OrderedDict[str, list[str]]:
        """Names of the bottoms of each layer."""
        return self._bottom_names

    def _top_ids(self, layer: int) -> list[int]:
        return self._tops[layer]

    def _bottom_ids(self, layer: int) -> list[int]:
        return self._bottoms[layer]

    # Running it.

    def forward(
        self,
        blobs: Sequence[str] | None = None,
        start: str | None = None,
        end: str | None = None,
        **kwargs: Any,
    ) -> Arrays:
        """Run the layers from `start` to `end`, both included.

        blobs:  names of blobs to return besides the outputs (the tops of `end`)
        kwargs: an array for each input; without them the blobs stay as they are
        Returns name -> array, a view. Raises: ValueError or KeyError for a layer or blob that is
        not there; Exception if the arrays do not match the inputs.
        """
        first = self._layer_names.index(start) if start is not None else 0
        last = self._layer_names.index(end) if end is not None else len(self._steps) - 1
        wanted = (self.top_names[end] if end is not None else self.outputs) + _names(blobs)
        if kwargs:
            if set(kwargs) != set(self.inputs):
                raise Exception("Input blob arguments do not match net inputs.")
            for name, array in kwargs.items():
                if array.shape[0] != self.blobs[name].shape[0]:
                    raise Exception("Input is not batch sized")
                self.blobs[name].data[...] = array
        self._forward(first, last)
        return {name: self.blobs[name].data for name in dict.fromkeys(wanted)}

    def _forward(self, start: int, end: int) -> float:
        """Run layers by position and return the loss (Net::ForwardFromTo)."""
        self._check_range(start, end)
        from caffe2torch.pycaffe.running import forward

        return forward(self._assembly, start, end)

    def backward(
        self,
        diffs: Sequence[str] | None = None,
        start: str | None = None,
        end: str | None = None,
        **kwargs: Any,
    ) -> Arrays:
        """Run the layers' gradients from `start`, by default the last, down to `end`.

        diffs:  names of blobs whose gradients to return besides those of the inputs (the bottoms
                of `end`)
        kwargs: the gradient of each output; without them the diffs stay as they are
        Returns name -> array, a view. Raises: as `forward` does.
        """
        first = self._layer_names.index(start) if start is not None else len(self._steps) - 1
        last = self._layer_names.index(end) if end is not None else 0
        wanted = (self.bottom_names[end] if end is not None else self.inputs) + _names(diffs)
        if kwargs:
            if set(kwargs) != set(self.outputs):
                raise Exception("Top diff arguments do not match net outputs.")
            for name, array in kwargs.items():
                if array.shape[0] != self.blobs[name].shape[0]:
                    raise Exception("Diff is not batch sized")
                self.blobs[name].diff[...] = array
        self._backward(first, last)
        return {name: self.blobs[name].diff for name in dict.fromkeys(wanted)}

    def _backward(self, start: int, end: int) -> None:
        """Run gradients by position (Net::BackwardFromTo)."""
        self._check_range(end, start)
        from caffe2torch.pycaffe.running import backward

        backward(self._assembly, start, end)

    def _check_range(self, low: int, high: int) -> None:
        whole(low, "a layer's position")
        if low < 0 or high >= len(self._steps):
            raise IndexError(f"layers {low} to {high} of {len(self._steps)}")

    def forward_all(self, blobs: Sequence[str] | None = None, **kwargs: Any) -> Arrays:
        """Run any number of inputs, batch by batch; the last batch is filled up with zeros."""
        gathered: dict[str, list[Array]] = {n: [] for n in (*self.outputs, *(blobs or []))}
        count = _count(kwargs)
        for batch in self._batch(kwargs):
            for name, array in self.forward(blobs=blobs, **batch).items():
                gathered[name].extend(array.copy())
        return _cut(gathered, count)

    def forward_backward_all(
        self,
        blobs: Sequence[str] | None = None,
        diffs: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> tuple[Arrays, Arrays]:
        """Run forward and backward on any number of inputs and output gradients."""
        count = _count(kwargs)
        outs: dict[str, list[Array]] = {n: [] for n in (*self.outputs, *(blobs or []))}
        grads: dict[str, list[Array]] = {n: [] for n in (*self.inputs, *(diffs or []))}
        forwards = self._batch({n: kwargs[n] for n in self.inputs if n in kwargs})
        backwards = self._batch({n: kwargs[n] for n in self.outputs if n in kwargs})
        empty: dict[str, Any] = {}
        for given, gradients in zip_longest(forwards, backwards, fillvalue=empty):
            for name, array in self.forward(blobs=blobs, **given).items():
                outs[name].extend(array.copy())
            for name, array in self.backward(diffs=diffs, **gradients).items():
                grads[name].extend(array.copy())
        return _cut(outs, count), _cut(grads, count)

    def _batch(self, arrays: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield the arrays in pieces of the net's batch size."""
        if not arrays:
            return
        count = len(next(iter(arrays.values())))
        size = next(iter(self.blobs.values())).shape[0]
        for at in range(0, count - size + 1, size):
            yield {name: array[at : at + size] for name, array in arrays.items()}
        rest = count % size
        if rest:
            yield {
                name: np.concatenate([a[-rest:], np.zeros((size - rest, *a.shape[1:]))])
                for name, a in arrays.items()
            }

    def set_input_arrays(self, data: Array, labels: Array) -> None:
        """Give a net that begins with MemoryData its images (N, C, H, W) and labels (N).

        Raises: RuntimeError if they do not fit; they must be float32 and contiguous.
        """
        if labels.ndim == 1:
            labels = np.ascontiguousarray(labels[:, np.newaxis, np.newaxis, np.newaxis])
        self._set_input_arrays(data, labels)

    def _set_input_arrays(self, data: Array, labels: Array) -> None:
        step = self._steps[0]
        if step.type != "MemoryData":
            raise RuntimeError(
                "set_input_arrays may only be called if the first layer is a MemoryDataLayer"
            )
        param = step.node.param.memory_data_param
        _check_array(data, "data array", param.channels, param.height, param.width)
        _check_array(labels, "labels array", 1, 1, 1)
        if len(data) != len(labels):
            raise RuntimeError("data and labels must have the same first dimension")
        if len(data) % param.batch_size:
            raise RuntimeError("first dimensions of input arrays must be a multiple of batch size")
        step.give(data, labels)  # type: ignore[attr-defined]

    def reshape(self) -> None:
        """Give all blobs the shapes that follow from those of the inputs."""
        for step in self._steps:
            step.reshape()

    # Parameters.

    def clear_param_diffs(self) -> None:
        """Set the gradients of all parameters to 0; backward adds to them."""
        for blobs in self.params.values():
            for blob in blobs:
                if blob.touched:
                    blob.diff[...] = 0

    def copy_from(self, path: str) -> None:
        """Copy trained weights, .caffemodel or HDF5; layers are matched by name.

        Raises: RuntimeError if the file cannot be opened; WeightsError for a layer that does not
        fit.
        """
        path = file_path(path, "path")
        check_file(path)
        from caffe2torch.pycaffe.weights import copy_weights

        copy_weights(self._assembly, path)

    load_hdf5 = copy_from

    def share_with(self, other: Net) -> None:
        """Use another net's parameters, layer by layer of the same name, in its very memory.

        Raises: WeightsError if the blobs of a layer do not match; TypeError if it is no net.
        """
        if not isinstance(other, Net):
            raise TypeError(f"share_with takes a net, not {other!r}")
        from caffe2torch.pycaffe.weights import share_weights

        share_weights(self._assembly, other._assembly)

    def save(self, path: str) -> None:
        """Write the net and its weights as a .caffemodel. Raises: WeightsError."""
        from caffe2torch.pycaffe.weights import save_weights

        save_weights(self._assembly, file_path(path, "path"))

    def save_hdf5(self, path: str) -> None:
        """Write the weights as HDF5. Raises: WeightsError."""
        from caffe2torch.pycaffe.weights import save_weights_hdf5

        save_weights_hdf5(self._assembly, file_path(path, "path"))

    # Callbacks, each called with the position of a layer.

    def before_forward(self, run: Callback) -> None:
        """Call `run` before each layer's forward."""
        self._assembly.callbacks.setdefault("before_forward", []).append(run)

    def after_forward(self, run: Callback) -> None:
        """Call `run` after each layer's forward."""
        self._assembly.callbacks.setdefault("after_forward", []).append(run)

    def before_backward(self, run: Callback) -> None:
        """Call `run` before each layer's backward, also where it has nothing to do."""
        self._assembly.callbacks.setdefault("before_backward", []).append(run)

    def after_backward(self, run: Callback) -> None:
        """Call `run` after each layer's backward, also where it has nothing to do."""
        self._assembly.callbacks.setdefault("after_backward", []).append(run)


def _names(given: Sequence[str] | None) -> list[str]:
    """Return names of blobs. Raises: TypeError unless they come in a list."""
    if given is not None and not isinstance(given, list):
        raise TypeError(f"names of blobs come in a list, not {given!r}")
    return given or []


def _count(arrays: Mapping[str, Any]) -> int:
    """How many items arrays hold. Raises: RuntimeError without any."""
    if not arrays:
        raise RuntimeError("there is no array to run: give one for each input, by its name")
    return len(next(iter(arrays.values())))


def _log(graph: Graph) -> None:
    """Log the making of a net as Net::Init does, unless GLOG_minloglevel forbids it."""
    from caffe2torch.pycaffe import settings

    if settings.logs():
        from caffe2torch.train.net_log import log_net

        log_net(graph, lambda place, text: settings.log(text, place=place))


def _check_array(array: Array, name: str, channels: int, height: int, width: int) -> None:
    """Raise RuntimeError unless an array can be used where it lies."""
    if not array.flags.c_contiguous:
        raise RuntimeError(f"{name} must be C contiguous")
    if array.ndim != 4:
        raise RuntimeError(f"{name} must be 4-d")
    if array.dtype != np.float32:
        raise RuntimeError(f"{name} must be float32")
    wanted = (("number of channels", channels), ("height", height), ("width", width))
    for (what, size), actual in zip(wanted, array.shape[1:], strict=True):
        if actual != size:
            raise RuntimeError(f"{name} has wrong {what}")


def _cut(gathered: Mapping[str, list[Array]], count: int) -> Arrays:
    """Put rows together and drop those of the filling up."""
    arrays = {name: np.asarray(rows) for name, rows in gathered.items()}
    padding = len(next(iter(arrays.values()))) - count if arrays else 0
    return {n: a[:-padding] if padding > 0 else a for n, a in arrays.items()}
