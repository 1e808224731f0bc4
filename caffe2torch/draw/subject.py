"""Which net a drawing shows, and in which states."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from caffe2torch import caffe_pb2 as pb
from caffe2torch import inputs
from caffe2torch.config.files import Files
from caffe2torch.config.project import Project
from caffe2torch.config.references import notes
from caffe2torch.errors import ParseError
from caffe2torch.format import schema, top_level, upgrade
from caffe2torch.graph.filtering import net_state

PHASES = ("TRAIN", "TEST")


@dataclass
class Subject:
    """A net, and the states to draw it in by phase.

    everything: also draw the layers that none of the states includes, as Caffe's draw_net does
    notes:      what to tell about the paths in the files
    """

    net: upgrade.Net
    states: dict[str, pb.NetState]
    everything: bool
    notes: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """What the net is called, else its file."""
        return self.net.message.name or Path(self.net.file).name

    @property
    def phase(self) -> str:
        """TRAIN, TEST or ALL."""
        return "ALL" if self.everything else "".join(self.states)


def read(
    path: str, phase: str = "", level: int | None = None, stages: tuple[str, ...] = ()
) -> Subject:
    """The subject in a file: a net of any age, text or binary, or a solver.

    phase: TRAIN, TEST, ALL, or "": TRAIN for a solver, which is its train net, else ALL.

    Raises: ParseError, SchemaError, GraphError, SolverError for what cannot be read.
    """
    if _is_solver(path):
        return _of_solver(path, phase or "TRAIN", level, stages)
    net = upgrade.read_net(path, lenient=True).filled()
    for layer in net.message.layer:
        layer.ClearField("blobs")  # the weights of a caffemodel; nothing here needs them
    return _subject(net, phase or "ALL", level, stages, notes(None, [net], Files()))


def _subject(
    net: upgrade.Net, phase: str, level: int | None, stages: tuple[str, ...], paths: list[str]
) -> Subject:
    every = phase == "ALL"
    phases = PHASES if every else (phase,)
    return Subject(net, {p: net_state(net, p, level, stages) for p in phases}, every, paths)


def _of_solver(path: str, phase: str, level: int | None, stages: tuple[str, ...]) -> Subject:
    project = Project(path, Files(strict=True))
    use = project.train
    if phase == "TEST" and project.tests:
        use = project.tests[0]
    paths = project.notes(use)
    if use.train == (phase == "TEST") or phase == "ALL":
        return _subject(use.net, phase, level, stages, paths)
    if level is not None:
        use.state.level = level
    use.state.stage.extend(stages)
    return Subject(use.net, {phase: use.state}, False, paths)


def _is_solver(path: str) -> bool:
    """Whether a file is a solver in text."""
    try:
        data = inputs.read(path)
    except OSError as error:
        raise ParseError(f"{path} cannot be read: {error.strerror}") from None
    if not schema.is_text(data) or schema.other_format(data):
        return False
    return top_level.holds_solver(schema.decode(data, path), path)
