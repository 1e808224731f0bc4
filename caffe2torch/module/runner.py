"""A net at work: its graph, its torch module, its data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import torch
from torch import Tensor, nn

from caffe2torch.graph.model import Graph
from caffe2torch.layers.base import Role
from caffe2torch.module.augment import Augment
from caffe2torch.module.blobs import graph_of
from caffe2torch.module.build import build, tie_loose_ends
from caffe2torch.module.failing import explained
from caffe2torch.module.feed import Feed, open_feed
from caffe2torch.module.layout import NCHW, laid_out, lay_out_filters
from caffe2torch.module.limits import check_memory
from caffe2torch.module.options import Options
from caffe2torch.module.shuffle import Shuffled
from caffe2torch.module.smoothing import smooth_labels


class Runner:
    """Runs the forward of one net on batch after batch of its own data.

    share_with: a runner of the train net, whose layers this net shares by name
    seed:       of fillers and data
    rank, world: of this process; records are dealt to the processes in turn
    data:       open the data of the net; without it every batch is zeros

    `seen` is the batch that the net saw last, by blob; `repeated`, where it is set, is given to it
    in place of the next batch of the data.
    """

    def __init__(
        self,
        graph: Graph,
        options: Options,
        *,
        share_with: Runner | None = None,
        seed: int | None = None,
        rank: int = 0,
        world: int = 1,
        data: bool = True,
    ) -> None:
        self.options = options
        shared = share_with.net if share_with else None
        self.score_names: list[str] = []
        self.seen: dict[str, Tensor] = {}
        self.repeated: dict[str, Tensor] | None = None
        if options.device.type == "cpu":
            check_memory(graph, "train" if graph.train else "run")
        net = build(graph, share_with=shared, seed=seed, returns=graph.results, join=True)
        self.net: nn.Module = net.to(options.device)
        self.graph = graph_of(net)
        self.layout: str = share_with.layout if share_with else NCHW
        self.feed: Feed | Shuffled | None = None
        self.augment: Augment | None = None
        if data:
            self.feed = open_feed(self.graph, seed, rank, world)
        if graph.train:
            self._extend()
        self.use(self.net)

    def log_to(self, log: Callable[[str, str], object]) -> None:
        """Let source layers log what Caffe's log while they read: place in its source, text."""
        feed = self.feed.feed if isinstance(self.feed, Shuffled) else self.feed
        if feed:
            feed.log = log

    def _extend(self) -> None:
        """Do what the options add to a train net. Raises: SolverError for what does not fit it."""
        extras = self.options.extras
        if isinstance(self.feed, Feed) and extras.shuffle:
            self.feed = Shuffled(self.feed)
        if extras.augment:
            self.augment = Augment(extras.augment)
        if extras.label_smoothing:
            smooth_labels(self.net, extras.label_smoothing)

    def lay_out(self, layout: str) -> None:
        """Keep 4-D blobs and the filters of convolutions in this layout, "nchw" or "nhwc"."""
        self.layout = layout
        lay_out_filters(self.net, self.graph, layout)

    def use(self, forward: nn.Module) -> None:
        """Run the net through `forward`, which may be a wrapper of it."""
        compiled = self.options.compile
        self.forward = cast(nn.Module, torch.compile(forward)) if compiled else forward

    def batch(self) -> dict[str, Tensor]:
        """Return the next batch on the device; what no data layer makes is zeros."""
        if self.repeated is not None:
            return {top: value.clone() for top, value in self.repeated.items()}
        batch = next(self.feed) if self.feed else {}
        if self.augment is not None:
            batch |= {top: self.augment(batch[top]) for top in self._images() if top in batch}
        return {
            top: self._placed(batch.get(top), shape)
            for node in self.graph.sources
            for top, shape in zip(node.tops, node.top_shapes, strict=True)
        }

    def _images(self) -> list[str]:
        """Return the blobs that are images (N, C, H, W) of data layers."""
        nodes = [node for node in self.graph.sources if node.layer.plays(Role.IMAGES)]
        return [node.tops[0] for node in nodes if len(node.top_shapes[0]) == 4]

    def _placed(self, value: Tensor | None, shape: tuple[int, ...]) -> Tensor:
        if value is None:
            return torch.zeros(shape, device=self.options.device)
        if self.options.device.type == "cuda":
            value = value.pin_memory().to(self.options.device, non_blocking=True)
        elif self.options.device.type != "cpu":
            value = value.to(self.options.device)
        return laid_out(value, self.layout)

    def run(self) -> dict[str, Tensor]:
        """Forward the next batch; return outputs and losses by blob.

        Raises: DataError where a layer cannot take its bottoms; RunError without enough memory.
        """
        self.seen = self.batch()
        with self.options.autocast, explained():
            blobs: dict[str, Tensor] = self.forward(*self.seen.values())
        return blobs

    def loss(self, blobs: Mapping[str, Tensor]) -> Tensor:
        """Return the weighted sum of all losses, summed in the order of the layers."""
        total = torch.zeros((), device=self.options.device)
        for blob, weight in self.graph.loss_weights.items():
            total = total + weight * blobs[blob].float().sum()
        return tie_loose_ends(total, self.graph, blobs)

    def scores(self, blobs: Mapping[str, Tensor]) -> Tensor:
        """Return every number of every output, in the order in which Caffe prints them."""
        outputs = {blob: blobs[blob].detach().float().flatten() for blob in self.graph.outputs}
        self.score_names = [blob for blob, values in outputs.items() for _ in range(len(values))]
        return torch.cat(list(outputs.values())) if outputs else torch.zeros(0)

    def state(self) -> dict[str, Any]:
        """Return where the data is, and what layers carry from batch to batch."""
        feed = self.feed.state() if self.feed else None
        return {"feed": feed, "carried": self._carried(), "layout": self.layout}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` returned."""
        self.lay_out(state.get("layout", NCHW))
        if self.feed and state["feed"]:
            self.feed.restore(state["feed"])
        for name, value in state["carried"].items():
            self.net.get_submodule(name).state = value

    def _carried(self) -> dict[str, Any]:
        modules = self.net.named_modules()
        states = {name: getattr(module, "state", None) for name, module in modules}
        return {name: state for name, state in states.items() if state is not None}

    @property
    def notes(self) -> list[str]:
        """What a user should know of the net and its data."""
        fed = self.feed.nodes if self.feed else {}
        empty = [
            f'layer "{node.name}" ({node.type}) has no data of its own: its tops are zeros'
            for node in self.graph.sources
            if node.name not in fed
        ]
        notes = self.feed.notes if self.feed else []
        return [*self.graph.net.notes, *self.graph.notes, *notes, *empty]

    @property
    def images(self) -> int:
        """How many images one batch has."""
        shapes = [node.top_shapes[0] for node in self.graph.sources if node.top_shapes]
        return shapes[0][0] if shapes and shapes[0] else 1

    def close(self) -> None:
        """Stop reading data."""
        if self.feed:
            self.feed.close()
