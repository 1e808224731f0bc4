"""Memory that blobs share, and the layers that overwrite it in place.

In Caffe the tops of Flatten, Reshape and Split lie in the memory of their bottom. A layer in place
on such a top therefore changes what every other reader of that memory sees: those that run after
it, and the backward pass of all.

Source: Caffe src/caffe/blob.cpp (ShareData, ShareDiff) and the layers that call it
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from caffe2torch.graph.node import Node
from caffe2torch.layers.base import DiffMemory


def leaves(node: Node) -> str:
    """What a layer's backward leaves in its first bottom's gradient, as `Layer.leftover` says it.

    It does so when it computes the gradient of what it multiplies by.
    """
    asked = any(node.param_need_backward[:1]) if node.params else any(node.bottom_need_backward[1:])
    return node.layer.leftover(node.site) if asked else ""


@dataclass(frozen=True)
class Memory:
    """Which blobs lie in one memory, and who writes it; layers are positions in the net.

    cells:   blob -> number of its memory
    writers: for each memory the layers that overwrite it in place, each once, in order
    makers:  blob -> the layer that makes it, before any in-place layer

    Nets of 1 MB have 18,000 layers in place on one blob, so what is asked for every layer is
    answered by counts and by bisection.
    """

    nodes: Sequence[Node]
    cells: dict[str, int]
    writers: list[list[int]]
    makers: dict[str, int]

    @classmethod
    def of(cls, nodes: Sequence[Node]) -> Memory:
        """Return the memory of nodes in Caffe's order."""
        memory = cls(nodes, {}, [], {})
        for i, node in enumerate(nodes):
            shares = node.layer.shares_bottom(node.site)
            for j, top in enumerate(node.tops):
                in_place = top in node.bottoms[j : j + 1]
                if not in_place:
                    memory.makers[top] = i
                if in_place and not shares:
                    writers = memory.writers[memory.cells[top]]
                    writers += [i] if writers[-1:] != [i] else []
                elif shares:
                    memory.cells[top] = memory.cells[node.bottoms[0]]
                else:
                    memory.cells[top] = len(memory.writers)
                    memory.writers.append([])
        return memory

    @cached_property
    def _members(self) -> list[list[str]]:
        """The blobs of each memory."""
        members: list[list[str]] = [[] for _ in self.writers]
        for blob, cell in self.cells.items():
            members[cell].append(blob)
        return members

    @cached_property
    def _named(self) -> dict[str, list[int]]:
        """Blob -> the layers that overwrite it in place under that name, in order."""
        named: dict[str, list[int]] = {blob: [] for blob in self.cells}
        for cell, writers in enumerate(self.writers):
            for i in writers:
                for top in dict.fromkeys(self.nodes[i].tops):
                    if self.cells[top] == cell:
                        named[top].append(i)
        return named

    @cached_property
    def _inherited(self) -> dict[str, tuple[int, str, int]]:
        """Blob -> how many layers had overwritten what it is a copy of, by the names of that.

        And the nearest such name, "" for none, with the position up to which it counts.
        """
        inherited: dict[str, tuple[int, str, int]] = {}
        for blob in self.cells:
            origin, at = self._origin(blob), self.makers[blob]
            count, nearest, until = inherited.get(origin, (0, "", 0))
            before = bisect_left(self._named[origin], at) if origin else 0
            if before:
                nearest, until = origin, at
            inherited[blob] = (count + before, nearest, until)
        return inherited

    def _origin(self, blob: str) -> str:
        """The blob that this one was made as a copy of, "" if it has memory of its own."""
        maker = self.nodes[self.makers[blob]]
        return maker.bottoms[0] if maker.layer.shares_bottom(maker.site) else ""

    def first(self, blob: str) -> str:
        """The blob that the memory of a blob was made for."""
        return self.blobs(blob)[0]

    def overwriters(self, blob: str) -> list[int]:
        """The layers that overwrite the memory of a blob in place, whatever they call it."""
        return self.writers[self.cells[blob]]

    def overwrites(self, position: int, blob: str) -> bool:
        """Whether a layer overwrites the memory of a blob in place."""
        writers = self.overwriters(blob)
        at = bisect_left(writers, position)
        return writers[at : at + 1] == [position]

    def blobs(self, blob: str) -> list[str]:
        """All blobs in the memory of one, in the order in which they are made."""
        return self._members[self.cells[blob]]

    def changes(self, blob: str, position: int) -> bool:
        """Whether a layer behind `position` overwrites the memory of a blob."""
        return self.overwriters(blob)[-1:] > [position]

    def later(self, blob: str, position: int) -> list[int]:
        """The layers behind `position` that overwrite the memory of a blob."""
        writers = self.overwriters(blob)
        return writers[bisect_right(writers, position) :]

    def spoiler(self, position: int) -> int | None:
        """The first layer that overwrites what a layer's backward reads, before it does."""
        node = self.nodes[position]
        late = node.layer.late(node.site)
        blobs = [node.bottoms[j] for j in node.layer.rereads(node.site)]
        if late and late.reads_top:
            blobs += node.tops[:1]
        if late and late.reads_bottoms:
            blobs += node.bottoms
        harmless = node.tops[0] if late and late.sign else None
        spoilers = (self._next(blob, position, harmless) for blob in blobs)
        return min((i for i in spoilers if i is not None), default=None)

    def _next(self, blob: str, position: int, harmless: str | None) -> int | None:
        """The first layer behind `position` that overwrites the memory of a blob.

        Layers that keep the signs of the blob `harmless` are passed over.
        """
        writers = self.overwriters(blob)
        at = bisect_right(writers, position)
        if at < len(writers) and self.nodes[writers[at]].tops[0] == harmless:
            at = self._breaks[self.cells[blob]][at]
        return writers[at] if at < len(writers) else None

    @cached_property
    def _breaks(self) -> list[list[int]]:
        """For each writer of each memory the next that changes signs or writes by another name.

        As positions among the memory's writers; their number for none.
        """
        breaks = []
        for writers in self.writers:
            nexts = list(range(len(writers)))
            for at in reversed(nexts):
                node = self.nodes[writers[at]]
                if node.layer.keeps_signs:
                    last = at + 1 == len(writers)
                    same = not last and self.nodes[writers[at + 1]].tops[0] == node.tops[0]
                    nexts[at] = nexts[at + 1] if same else at + 1
            breaks.append(nexts)
        return breaks

    @cached_property
    def persistent(self) -> dict[str, list[int]]:
        """Blobs whose memory outlives a forward pass -> the layers that overwrite it in place."""
        blobs = {}
        for node in self.nodes:
            lasting = node.layer.lasting(node.site)
            for top in (node.tops[j] for j in lasting):
                if self.overwriters(top):
                    blobs[top] = self.overwriters(top)
        return blobs

    def named(self, blob: str, position: int) -> set[int]:
        """The layers before `position` that overwrite a blob as the file's names have it.

        In-place layers on the blob itself, and on the bottoms that it is a copy of, before it was
        made. Layers that Caffe's shared memory adds are not among them.
        """
        writers: set[int] = set()
        while blob:
            named = self._named[blob]
            writers.update(named[: bisect_left(named, position)])
            _, blob, position = self._inherited[blob]
        return writers

    def foreign(self, blob: str, position: int, since: int = 0) -> list[int]:
        """The layers before `position` that overwrite a blob under names it does not go by.

        since: look at none before this one: 0, or a position behind the blob's maker
        """
        writers = self.overwriters(blob)
        window = slice(bisect_left(writers, since), bisect_left(writers, position))
        named = self._named[blob]
        count = bisect_left(named, position) - bisect_left(named, since)
        inherited = 0 if since else self._inherited[blob][0]
        if window.stop - window.start == count + inherited:
            return []
        names = self.named(blob, position)
        return [i for i in writers[window] if i not in names]

    def surprises(self, position: int) -> list[tuple[str, int]]:
        """(bottom, overwriting layer) where a layer reads other values than the names suggest."""
        node = self.nodes[position]
        if node.layer.shares_bottom(node.site):
            return []
        blobs = dict.fromkeys(node.bottoms)
        return [(blob, i) for blob in blobs for i in self.foreign(blob, position)]

    def first_surprises(self) -> Iterator[tuple[int, str, int]]:
        """(reader, bottom, overwriting layer) of all surprises, once for each bottom."""
        read: dict[str, int] = {}
        for position, node in enumerate(self.nodes):
            if not node.layer.shares_bottom(node.site):
                for blob in dict.fromkeys(node.bottoms):
                    for i in self.foreign(blob, position, read.get(blob, 0)):
                        yield position, blob, i
                    read[blob] = position

    def follows_names(self, outputs: Sequence[str]) -> bool:
        """Whether every layer reads, and every output holds, what the names of blobs suggest."""
        end = len(self.nodes)
        if any(self.foreign(blob, end) for blob in outputs) or self.persistent:
            return False
        return next(self.first_surprises(), None) is None

    def lost(self) -> dict[str, int]:
        """Blobs whose maker gets no gradient -> the layer that keeps it.

        Flatten's backward gives the bottom's gradient the memory of its top. If the bottom's maker
        had lent it memory of its own (Reshape, an LSTM), that memory stays 0.
        """
        kept = {}
        for i, node in enumerate(self.nodes):
            if node.need_backward and node.layer.diff_memory(node.site) == DiffMemory.MOVED:
                maker = self.nodes[self.makers[node.bottoms[0]]]
                lent = maker.layer.diff_memory(maker.site) == DiffMemory.LENT
                if maker.need_backward and lent:
                    kept[node.bottoms[0]] = i
        return kept

    def passes_anyway(self, position: int, bottom: int) -> bool:
        """Whether a layer's gradient reaches a bottom even where propagate_down stops it.

        The layer writes it all the same, or it lies in the memory of the top's gradient; and the
        layer above reads it there.
        """
        node = self.nodes[position]
        lies_there = bottom == 0 and node.layer.diff_memory(node.site) != DiffMemory.TOPS
        if not lies_there and bottom not in node.layer.unasked(node.site):
            return False
        return self.nodes[self.makers[node.bottoms[bottom]]].need_backward

    def leftovers(self) -> list[int]:
        """Layers that leave numbers in the gradient of a bottom where propagate_down stops it."""
        return [
            i
            for i, node in enumerate(self.nodes)
            if node.need_backward
            and node.bottoms
            and not node.bottom_need_backward[0]
            and self.nodes[self.makers[node.bottoms[0]]].need_backward
            and leaves(node)
        ]

    def residues(self) -> dict[int, int]:
        """Layers whose forward leaves numbers in a gradient that a Split sums up -> that Split.

        The Split adds up the gradients of all its tops, whether or not their readers ran backward.
        """
        pairs = {}
        for i, node in enumerate(self.nodes):
            if node.layer.residue(node.site) and not node.bottom_need_backward[0]:
                split = self._split_above(node.bottoms[0])
                if split is not None:
                    pairs[i] = split
        return pairs

    def _split_above(self, blob: str) -> int | None:
        """The Split that reads the gradient of a blob as one of its tops', None for none."""
        at = self.makers[blob]
        maker = self.nodes[at]
        if maker.type == "Split":
            return at if maker.need_backward and maker.bottom_need_backward[0] else None
        lent = maker.layer.diff_memory(maker.site) == DiffMemory.LENT
        if lent and maker.bottoms and maker.layer.shares_bottom(maker.site):
            return self._split_above(maker.bottoms[0])
        return None
