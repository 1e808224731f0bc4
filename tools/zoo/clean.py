"""Runs converted files in a process without caffe2torch; started by `tools.zoo.convert`.

Reads folders from standard input, one a line: FOLDER/net.py, net.safetensors and try.pt with
the inputs and what the graph gave. Answers with one line of JSON each.
"""

import json
import runpy
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

sys.modules["caffe2torch"] = None
torch.set_num_threads(1)


def apart(found, expected):
    if found.shape != expected.shape:
        return float("inf")
    a, b = found.double(), expected.double()
    gap = torch.where((a == b) | (a.isnan() & b.isnan()), 0.0, (a - b).abs())
    finite = b[b.isfinite()].abs()
    scale = max(1.0, finite.max().item()) if finite.numel() else 1.0
    return gap.nan_to_num(float("inf")).max().item() / scale if gap.numel() else 0.0


def run(folder):
    case = torch.load(folder / "try.pt")
    names = runpy.run_path(str(folder / "net.py"), run_name="converted")
    net = names[case["class"]]()
    net.load_state_dict(load_file(folder / "net.safetensors"))
    net.train(case["train"])
    torch.manual_seed(0)
    with torch.no_grad():
        result = net(*case["inputs"])
    result = result if isinstance(result, dict) else dict.fromkeys(case["expected"], result)
    gaps = [apart(result[blob], value) for blob, value in case["expected"].items()]
    return max(gaps, default=0.0)


for line in sys.stdin:
    try:
        answer = {"difference": run(Path(line.strip()))}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
