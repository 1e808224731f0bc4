"""A net, as text or binary, of any Caffe version."""

from __future__ import annotations

from caffe2torch.format.top_level import is_solver
from caffe2torch.inspect.binary import has_weights
from caffe2torch.inspect.head import Head
from caffe2torch.inspect.report import Options, Report
from caffe2torch.inspect.summary import body, phases

# A net that only has these could as well be another message.
FIELDS = {"layer", "layers", "input", "input_dim", "input_shape", "force_backward", "state"}


def fits(head: Head) -> bool:
    """Fields that only a net has; a binary net has no weights in it."""
    if head.is_text:
        return bool(FIELDS & head.fields) and not is_solver(head.fields)
    return head.message == "NetParameter" and not has_weights(head.path)


def report(head: Head, options: Options) -> Report:
    """Wire it for both phases; missing data gets plausible shapes, with a note.

    Raises: C2TError if it is broken, or Caffe would refuse it in every phase.
    """
    from caffe2torch.config.files import Files
    from caffe2torch.config.references import notes
    from caffe2torch.format.upgrade import read_net

    net = read_net(head.path, lenient=True)
    built = phases(net, options)
    name, form = net.message.name, "text" if head.is_text else "binary"
    unread = [f"not read: {error}" for error in net.unknown]
    data = {
        "name": name,
        "format": form,
        "notes": [*net.notes, *net.problems, *unread, *notes(None, [net], Files())],
        "phases": [summary.data for summary in built.summaries],
        "errors": {phase: str(error) for phase, error in built.errors.items()},
    }
    title = f"net {name!r}" if name else "net without a name"
    lines = [f"{head.path}: {title}, {form}", *(f"note: {n}" for n in data["notes"])]
    return Report("net", head.path, data, [*lines, *body(built)])
