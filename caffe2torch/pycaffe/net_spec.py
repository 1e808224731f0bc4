"""Nets written in Python: `L.Convolution(bottom, num_output=20, kernel_size=5)` and `to_proto`.

`layers` (L) makes layers, `params` (P) gives the constants of enums, and a NetSpec names what is
assigned to it. Names, numbering and order of layers are Caffe's, so that the text is the same.

Source: Caffe python/caffe/net_spec.py
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from caffe2torch import caffe_pb2 as pb

Named = dict[Any, str]
Written = dict["Function", pb.LayerParameter]


def param_name_dict() -> dict[str, str]:
    """Return layer type -> the field of its parameters, without `_param`: "LRN" -> "lrn".

    The field that came first counts where forks use one message for several.
    """
    fields = [f for f in pb.LayerParameter.DESCRIPTOR.fields if f.name.endswith("_param")]
    names: dict[str, str] = {}
    for field in sorted(fields, key=lambda f: f.number):
        if field.message_type is not None:
            type_name = field.message_type.name.removesuffix("Parameter")
            names.setdefault(type_name, field.name.removesuffix("_param"))
    return names


def to_proto(*tops: Top) -> pb.NetParameter:
    """Return a net of all layers that the given tops need, every one named by its type."""
    return _written(tops, {})


def _written(tops: Any, names: Named) -> pb.NetParameter:
    layers: Written = {}
    numbers: Counter[str] = Counter()
    for top in tops:
        top._to_proto(layers, names, numbers)
    return pb.NetParameter(layer=layers.values())


def assign_proto(proto: Any, name: str, val: Any) -> None:
    """Set a field from plain Python: a dict is a message, a list is repeated, one value of a
    repeated field may stand for a list of one.
    """
    target = getattr(proto, name)
    if hasattr(target, "extend"):
        values = val if isinstance(val, list) else [val]
        if values and isinstance(values[0], dict):
            for value in values:
                _assign_all(target.add(), value)
        else:
            target.extend(values)
    elif isinstance(val, list):
        raise AttributeError(f"{name} holds one value, not the list {val}")
    elif isinstance(val, dict):
        _assign_all(target, val)
    else:
        setattr(proto, name, val)


def _assign_all(message: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        assign_proto(message, name, value)


class Top:
    """One output of a layer; other layers take it as their bottom."""

    def __init__(self, fn: Function, n: int) -> None:
        self.fn, self.n = fn, n

    def to_proto(self) -> pb.NetParameter:
        """Return a net of all layers that this top needs."""
        return to_proto(self)

    def _to_proto(self, layers: Written, names: Named, autonames: Counter[str]) -> None:
        self.fn._to_proto(layers, names, autonames)


class Function:
    """A layer: its type, the tops that it takes and its parameters.

    Raises: TypeError for an input that is no Top.
    """

    def __init__(self, type_name: str, inputs: tuple[Top, ...], params: dict[str, Any]) -> None:
        for index, top in enumerate(inputs):
            if not isinstance(top, Top):
                raise TypeError(f"{type_name} input {index} is not a Top (type is {type(top)})")
        self.type_name, self.inputs, self.params = type_name, inputs, params
        self.ntop = params.pop("ntop", 1)
        self.in_place = params.pop("in_place", False)
        self.tops = tuple(Top(self, n) for n in range(self.ntop))

    def _get_name(self, names: Named, autonames: Counter[str]) -> str:
        """A layer is called what its first top is called."""
        if self not in names:
            if self.tops:
                names[self] = self._get_top_name(self.tops[0], names, autonames)
            else:
                names[self] = _numbered(self.type_name, autonames)
        return names[self]

    def _get_top_name(self, top: Top, names: Named, autonames: Counter[str]) -> str:
        if top not in names:
            names[top] = _numbered(top.fn.type_name, autonames)
        return names[top]

    def _to_proto(self, layers: Written, names: Named, autonames: Counter[str]) -> None:
        if self in layers:
            return
        layer = pb.LayerParameter(type=self.type_name)
        for top in self.inputs:
            top._to_proto(layers, names, autonames)
            layer.bottom.append(layers[top.fn].top[top.n])
        if self.in_place:
            layer.top.extend(layer.bottom)
        else:
            layer.top.extend(self._get_top_name(top, names, autonames) for top in self.tops)
        layer.name = self._get_name(names, autonames)
        for name, value in self.params.items():
            self._assign(layer, name, value)
        layers[self] = layer

    def _assign(self, layer: pb.LayerParameter, name: str, value: Any) -> None:
        """Set a field of the type's own parameters, or else of the layer."""
        prefix = _param_names.get(self.type_name)
        if name.endswith("param") or prefix is None:
            assign_proto(layer, name, value)
            return
        try:
            assign_proto(getattr(layer, f"{prefix}_param"), name, value)
        except AttributeError:
            if name not in pb.LayerParameter.DESCRIPTOR.fields_by_name:
                raise
            assign_proto(layer, name, value)


def _numbered(type_name: str, autonames: Counter[str]) -> str:
    autonames[type_name] += 1
    return f"{type_name}{autonames[type_name]}"


class MissingTopError(KeyError, AttributeError):
    """A NetSpec has no such top: a KeyError in Caffe; hasattr and copy want the other."""


class NetSpec:
    """A net under construction: `n.conv1 = L.Convolution(n.data)` names a layer and its top.

    SSD's programs read and change what is there: `n.keys()`, `n.vals()`, `del n["conv1"]`,
    `n.update("conv1", {"num_output": 8})`. A top of such a name comes first.
    """

    tops: dict[str, Top]

    def __init__(self) -> None:
        super().__setattr__("tops", {})

    def __setattr__(self, name: str, value: Any) -> None:
        self.tops[name] = value

    def __getattr__(self, name: str) -> Any:
        if name in self.tops:
            return self.tops[name]
        if name in ("keys", "vals", "update"):
            return getattr(self, f"_{name}")
        raise MissingTopError(name)

    def _keys(self) -> list[str]:
        return list(self.tops)

    def _vals(self) -> list[Top]:
        return list(self.tops.values())

    def _update(self, name: str, params: dict[str, Any]) -> None:
        self.tops[name].fn.params.update(params)

    def __delitem__(self, name: str) -> None:
        del self.tops[name]

    def __setitem__(self, key: str, value: Any) -> None:
        self.tops[key] = value

    def __getitem__(self, item: str) -> Any:
        return self.tops[item]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tops)

    def to_proto(self) -> pb.NetParameter:
        """Return a net of all layers that the assigned tops need, under the assigned names."""
        return _written(self.tops.values(), {top: name for name, top in self.tops.items()})


class Layers:
    """Gives for each attribute a function that makes a layer of that type.

    The function returns a Top; a tuple of `ntop` of them; or with ntop=0 the layer itself.
    """

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)

        def layer_fn(*args: Top, **kwargs: Any) -> Any:
            fn = Function(name, args, kwargs)
            return (fn, fn.tops[0] if fn.tops else fn, fn.tops)[min(fn.ntop, 2)]

        return layer_fn


class Parameters:
    """Gives the constants of enums: `params.Pooling.MAX`."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Constants(name)


class _Constants:
    def __init__(self, name: str) -> None:
        self._message = name

    def __getattr__(self, name: str) -> Any:
        return getattr(getattr(pb, f"{self._message}Parameter"), name)


_param_names = param_name_dict()
layers = Layers()
params = Parameters()
