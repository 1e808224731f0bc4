"""What a rule sees: the project, and the signal model of its TRAIN net.

A part that is missing or unreadable raises `Unavailable`; the engine then skips the rule, since
the failure itself is already in `failures`. So no rule has to ask whether a thing is there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast

from caffe2torch.config.files import Unavailable
from caffe2torch.config.nets import NetUse
from caffe2torch.config.project import Project
from caffe2torch.errors import SchemaError
from caffe2torch.lint import pretrained
from caffe2torch.lint.signal import Signal, predict
from caffe2torch.lint.suppress import Suppressions, read

__all__ = ["Context", "NetUse", "Unavailable"]

Value = TypeVar("Value")


class Context(Project):
    """One file to be linted, and everything that it refers to.

    skips_unfit: training is to leave out weights that do not fit (--ignore-shape-mismatch)
    """

    skips_unfit = False

    @cached_property
    def signal(self) -> Signal:
        """The signal model of the TRAIN net at initialisation."""
        return self._predict()

    def signal_with(self, **changes: Any) -> Signal:
        """The signal model after hypothetical changes; see `signal.predict` for their names."""
        return self._predict(like=self.signal, **changes)

    def _predict(self, **changes: Any) -> Signal:
        solver = self.solver if self.is_solver else None
        return predict(self.train.graph, solver, sources=self.train.sources, **changes)

    def is_open(self, name: str) -> bool:
        """Whether a field of the solver is written without a value that can be read.

        As in a template: `max_iter: ${ITERS}`, which is C2T002 and nothing else.
        """
        file = self.solver.file
        return any(
            isinstance(error, SchemaError) and f'"{name}"' in error.message
            for error in self.failures
            if error.span is not None and error.span.file == file
        )

    def softened(self, severity: str) -> str:
        """The severity of a fault of the signal at initialisation; no error where it is a guess.

        That is where the size of the input is only assumed, or its mean, which nothing subtracts;
        where something hints at pretrained weights; and for a net without its solver: nobody knows
        what that starts from, nor at which rate.
        """
        unsure = self.signal.unsure or not self.is_solver or self._mean_is_assumed
        unsure = unsure or bool(self.tuning_hints)
        return "warning" if severity == "error" and unsure else severity

    @property
    def _mean_is_assumed(self) -> bool:
        """Whether images that are not here come with whatever mean they have."""
        return any(
            source.images and source.stats is None
            and not (source.transform.mean_value or source.transform.mean_file)
            for source in self.train.sources
        )  # fmt: skip

    @property
    def from_scratch(self) -> bool:
        """Whether training starts from the fillers, as far as the config says."""
        return not self.weights and not self.awaits_weights

    @cached_property
    def awaits_weights(self) -> bool:
        """Whether no pretrained weights are named, and the net is made for some."""
        layers = [layer for _, layer in self.train.layers]
        return not self.weights and pretrained.awaited(layers, alone=not self.is_solver)

    @cached_property
    def tuning_hints(self) -> list[str]:
        """Signs that training starts from pretrained weights, though none are named."""
        if self.weights or not self.is_solver:
            return []
        net = self.train.net
        texts = [net.message.name, self.file, net.file, *self._comments(self.file, net.file)]
        folders = [Path(file).parent for file in dict.fromkeys((self.file, net.file)) if file]
        return pretrained.hints([layer for _, layer in self.train.layers], texts, folders)

    def _comments(self, *files: str) -> list[str]:
        """The comments and the snapshots' names in some files."""
        lines = [
            line for f in dict.fromkeys(files) for line in self.files.texts.get(f, "").splitlines()
        ]
        return [line for line in lines if "#" in line or "snapshot_prefix" in line]

    @cached_property
    def _answers(self) -> dict[Callable[[Any], Any], Any]:
        return {}

    def once(self, study: Callable[[Context], Value]) -> Value:
        """What a function gives for this context, computed the first time only."""
        if study not in self._answers:
            self._answers[study] = study(self)
        return cast("Value", self._answers[study])

    @cached_property
    def _suppressions(self) -> dict[str, Suppressions]:
        return {}

    def suppressions(self, file: str) -> Suppressions:
        """What the comments of a file silence."""
        if file not in self._suppressions:
            document = self.files.document(file)
            self._suppressions[file] = read(document) if document else Suppressions()
        return self._suppressions[file]

    def forget(self) -> None:
        """Let go of nets, graphs and signals; what is asked for again is computed again."""
        for name in (
            "train",
            "tests",
            "_train_alone",
            "_test_alone",
            "signal",
            "_answers",
            "tuning_hints",
        ):
            self.__dict__.pop(name, None)
