"""What a converted file does when it is run: classify an image."""

from __future__ import annotations

from caffe2torch.convert.grouped.steps import Flow

LOADERS = {
    "safetensors": ("from safetensors.torch import load_file", "load_file"),
    "pt": ("", "torch.load"),
}


def entry(flow: Flow, class_name: str, weights: str) -> str:
    """The `__main__` part: weights are read from the file of the same name with this suffix."""
    imports, load = LOADERS[weights]
    path = f'__file__.replace(".py", ".{weights}")'
    lines = ['if __name__ == "__main__":', "    import sys", "", "    from PIL import Image"]
    lines += [f"    {imports}"] if imports else []
    lines += [
        "",
        f"    net = {class_name}().eval().requires_grad_(False)",
        f"    net.load_state_dict({load}({path}))",
    ]
    result = "net(preprocess(Image.open(sys.argv[1])))"
    return "\n".join(lines + [f"    {line}" for line in _shown(flow, result)])


def _shown(flow: Flow, result: str) -> list[str]:
    """Lines that print a result: the best classes, or the blobs as they are."""
    if len(flow.outputs) != 1:
        return [f"for blob, value in {result}.items():", "    print(blob, value.tolist())"]
    shape = flow.shapes[next(iter(flow.outputs.values()))]
    classes = max(shape, default=1)
    if len(shape) < 2 or classes < 2 or shape[1] != classes or max(shape[2:], default=1) > 1:
        return [f"print({result}.tolist())"]
    return [f"print({result}.flatten().topk({min(5, classes)}))"]
