"""A picture with its layout: what the formats write."""

from __future__ import annotations

from dataclasses import dataclass

from caffe2torch.draw.layout import Plan, Task, arrange
from caffe2torch.draw.layout import graphviz as program
from caffe2torch.draw.picture import Picture

ENGINES = ("auto", "graphviz", "builtin")


@dataclass
class Scene:
    """A picture, where its items lie, and what to tell about the making."""

    picture: Picture
    plan: Plan
    rankdir: str


def lay_out(picture: Picture, rankdir: str, engine: str = "auto") -> Scene:
    """Place the items of a picture.

    engine: graphviz, builtin, or auto: Graphviz where it is installed and works.

    Raises: GraphvizError for the engine graphviz if it is not installed or fails.
    """
    sizes = [item.size for item in picture.items]
    tied = {(item.tail_of, i) for i, item in enumerate(picture.items) if item.tail_of is not None}
    task = Task(sizes, picture.arrows, frozenset((t, i) for t, i in tied if t is not None))
    dot = "" if engine == "builtin" else program.program()
    if engine == "graphviz" and not dot:
        raise program.GraphvizError(
            "Graphviz is not installed: there is no program `dot` on PATH",
            hint="install it, or leave --engine out",
        )
    try:
        plan = arrange(task, rankdir, dot)
    except program.GraphvizError as error:
        if engine == "graphviz":
            raise
        picture.notes.append(f"{error.message}; the layout is ours")
        plan = arrange(task, rankdir)
    return Scene(picture, plan, rankdir)
