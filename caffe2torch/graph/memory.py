"""Memory that blobs share, and the layers that overwrite it in place.

In Caffe the tops of Flatten, Reshape and Split lie in the memory of their bottom. A layer in place
on such a top therefore changes what every other reader of that memory sees: those that run after
it, and the backward pass of all.

Source: Caffe src/caffe/blob.cpp (ShareData, ShareDiff) and the layers that call it
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caffe2torch.graph.node import Node
from caffe2torch.layers.base import DiffMemory


@dataclass(frozen=True)
class Memory:
    """Which blobs lie in one memory, and who writes it; layers are positions in the net.

    cells:    blob -> number of its memory
    writers:  for each memory the layer that makes it, then those that overwrite it, in order
    makers:   blob -> the layer that makes it, before any in-place layer
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
                    memory.writers[memory.cells[top]].append(i)
                elif shares:
                    memory.cells[top] = memory.cells[node.bottoms[0]]
                else:
                    memory.cells[top] = len(memory.writers)
                    memory.writers.append([i])
        return memory

    def first(self, blob: str) -> str:
        """The blob that the memory of a blob was made for."""
        return self.blobs(blob)[0]

    def overwriters(self, blob: str) -> list[int]:
        """The layers that overwrite the memory of a blob in place, whatever they call it."""
        return self.writers[self.cells[blob]][1:]

    def blobs(self, blob: str) -> list[str]:
        """All blobs in the memory of one, in the order in which they are made."""
        return [other for other, cell in self.cells.items() if cell == self.cells[blob]]

    def later(self, blob: str, position: int) -> list[int]:
        """The layers behind `position` that overwrite the memory of a blob."""
        return [i for i in self.overwriters(blob) if i > position]

    def spoilers(self, position: int) -> list[int]:
        """The layers that overwrite what a layer's backward reads, before it does."""
        node = self.nodes[position]
        late = node.layer.late(node.site)
        blobs = [node.bottoms[j] for j in node.layer.rereads(node.site)]
        if late and late.reads_top:
            blobs += node.tops[:1]
        if late and late.reads_bottoms:
            blobs += node.bottoms
        writers = {i for blob in blobs for i in self.later(blob, position)}
        if late and late.sign:
            writers = {i for i in writers if not self._keeps_signs(i, node)}
        return sorted(writers)

    def _keeps_signs(self, writer: int, node: Node) -> bool:
        """Whether what a layer overwrites keeps its signs wherever the same gradients pass."""
        same_blob = node.tops[:1] == self.nodes[writer].tops[:1]
        return same_blob and self.nodes[writer].layer.keeps_signs

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
        writers = {i for i in self.overwriters(blob) if i < position and blob in self.nodes[i].tops}
        maker = self.nodes[self.makers[blob]]
        if maker.layer.shares_bottom(maker.site):
            writers |= self.named(maker.bottoms[0], self.makers[blob])
        return writers

    def foreign(self, blob: str, position: int) -> list[int]:
        """The layers before `position` that overwrite a blob under names it does not go by."""
        named = self.named(blob, position)
        return [i for i in self.overwriters(blob) if i < position and i not in named]

    def surprises(self, position: int) -> list[tuple[str, int]]:
        """(bottom, overwriting layer) where a layer reads other values than the names suggest."""
        node = self.nodes[position]
        if node.layer.shares_bottom(node.site):
            return []
        blobs = dict.fromkeys(node.bottoms)
        return [(blob, i) for blob in blobs for i in self.foreign(blob, position)]

    def follows_names(self, outputs: Sequence[str]) -> bool:
        """Whether every layer reads, and every output holds, what the names of blobs suggest."""
        end = len(self.nodes)
        if any(self.foreign(blob, end) for blob in outputs) or self.persistent():
            return False
        return not any(self.surprises(i) for i in range(end))

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

    def passes_anyway(self, position: int) -> bool:
        """Whether a layer's gradient reaches its bottom even where propagate_down stops it.

        The bottom's gradient lies in the memory of the top's, and the layer above reads it there.
        """
        node = self.nodes[position]
        if not node.bottoms or node.layer.diff_memory(node.site) == DiffMemory.TOPS:
            return False
        return self.nodes[self.makers[node.bottoms[0]]].need_backward

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
