"""Every command line that takes a file of a kind, with FILE in its place.

WRAP stands for a net, SOLVER for a solver, that lead to it.
"""

from __future__ import annotations

NO_FILE = {"completion", "devices", "explain", "rules", "import digits", "import torchvision"}
"""Commands that take no file; torchvision's data sets are somebody else's readers."""

NET = """
lint FILE
lint FILE --signal
lint FILE --fix --unsafe-fixes --diff
lint FILE --format sarif
lint SOLVER
signal FILE
signal FILE --measure --synthetic
inspect FILE
inspect FILE --json --phase test
draw FILE -o out.svg
draw FILE -o out.png --collapse
draw FILE -o out.html --phase train
draw FILE -o out.dot
upgrade net FILE out
rescale FILE --scale 1 --diff
layers --new Foo --net FILE -o out
diff-weights s_iter_1.caffemodel s_iter_1.caffemodel --net FILE
convert FILE -o out --to prototxt,caffemodel
convert FILE -o out
convert FILE --flat
convert FILE -o out.onnx --to onnx
convert FILE -o out.pt2 --to exported
convert FILE -o out --with-trainer solver.prototxt
verify FILE --against FILE
predict FILE photo.png
predict deploy.prototxt photo.png --weights s_iter_1.caffemodel --transform FILE
extract FILE photo.png --blob data -o out.npz
test FILE --weights s_iter_1.caffemodel --iterations 1
time FILE --iterations 1
time FILE --iterations 1 --data
train SOLVER
train SOLVER --no-lint
probe SOLVER --seconds 1
lr-find SOLVER --iterations 10
run program.py FILE
run opencv.py FILE
"""
SOLVER = """
lint FILE
inspect FILE
inspect FILE --json
draw FILE -o out.svg
signal FILE
upgrade solver FILE out
rescale FILE --scale 1 --diff
convert good.prototxt -o out --with-trainer FILE
time FILE --iterations 1
test FILE --weights s_iter_1.caffemodel
train FILE --max-iter 1
train FILE --max-iter 1 --snapshot latest
probe FILE --seconds 1
lr-find FILE --iterations 10
"""
TRAINED = """
inspect FILE
diff-weights FILE s_iter_1.caffemodel
diff-weights s_iter_1.caffemodel FILE --json
convert deploy.prototxt --weights FILE -o out
verify deploy.prototxt --weights s_iter_1.caffemodel --against FILE
predict deploy.prototxt photo.png --weights FILE
extract deploy.prototxt photo.png --blob ip -o out.h5 --weights FILE
test good.prototxt --weights FILE --iterations 1
train solver.prototxt --weights FILE --run-dir out_run
lint solver.prototxt --weights FILE
"""
CAFFEMODEL = """
convert FILE -o out
draw FILE -o out.svg
upgrade net FILE out
verify FILE --against deploy.prototxt
probe solver.prototxt --seconds 1 --weights FILE
lr-find solver.prototxt --iterations 10 --weights FILE
quickstart out --from photos --finetune FILE
run program.py good.prototxt FILE
run opencv.py deploy.prototxt FILE
"""
MEAN = """
inspect FILE
rescale-mean FILE --scale 2 -o out.npy
rescale-mean FILE --to-values
rescale-mean FILE --check db --to-values
predict deploy.prototxt photo.png --weights s_iter_1.caffemodel --mean FILE
extract deploy.prototxt photo.png --blob ip -o out.npz --weights s_iter_1.caffemodel --mean FILE
convert deploy.prototxt -o out --mean FILE
lint WRAP
train SOLVER --no-lint
test WRAP --weights s_iter_1.caffemodel --iterations 1
"""
DATABASE = """
check FILE
stats FILE
stats FILE -o out.png
mean FILE out.binaryproto
copy FILE out
copy FILE out%d.tar --shuffle
copy FILE out --resize 4x4 --encode png
export-db FILE out
inspect FILE
inspect FILE --all -o out.png
"""
READ = """
lint WRAP
lint WRAP --signal
inspect WRAP
time WRAP --data --iterations 1
test WRAP --weights s_iter_1.caffemodel --iterations 1
train SOLVER --no-lint
"""
RUN = """
watch s_run --once
report s_run -o out.html
train solver.prototxt --max-iter 2 --snapshot s_iter_1.solverstate
"""
COMMANDS = {
    "net": NET,
    "solver": SOLVER,
    "weights": TRAINED + CAFFEMODEL,
    "weights_hdf5": TRAINED,
    "safetensors": TRAINED,
    "state_dict": TRAINED,
    "solverstate": "inspect FILE\ntrain solver.prototxt --max-iter 2 --snapshot FILE",
    "solverstate_hdf5": "inspect FILE\ntrain h.prototxt --max-iter 2 --snapshot FILE",
    "c2tstate": "inspect FILE\ntrain solver.prototxt --max-iter 2 --snapshot state.solverstate",
    "mean": MEAN,
    "mean_npy": MEAN,
    "database": DATABASE + READ
    + "extract deploy.prototxt FILE --blob ip -o out.npz --weights s_iter_1.caffemodel\n"
    + "rescale-mean mean.binaryproto --to-values --check FILE\nprobe SOLVER --seconds 1",
    "tar": DATABASE,
    "hdf5": "import hdf5 FILE out\ninspect FILE\n" + READ,
    "image": "predict deploy.prototxt FILE --weights s_iter_1.caffemodel\nimport images ./ WRAPPED out\n"
    "import folder photos out\nquickstart out --from photos\n" + READ,
    "list": "import images ./ FILE out\ninspect FILE\n" + READ,
    "windows": READ,
    "idx": "import idx FILE labels.idx out\nimport idx images.idx FILE out",
    "npz": "import npz FILE out\ninspect FILE",
    "log": "parse-log FILE\nparse-log FILE -o out\nparse-log FILE --report out.html\nreport FILE -o out.html",
    "metrics": RUN,
    "events": RUN,
    "about": RUN,
    "onnx": "inspect FILE\nverify deploy.prototxt --weights s_iter_1.caffemodel --against FILE",
    "exported": "inspect FILE\nverify deploy.prototxt --weights s_iter_1.caffemodel --against FILE",
    "baseline": "lint good.prototxt --baseline FILE",
    "config": "lint good.prototxt --config FILE",
    "coco": "import coco FILE . out",
    "labels": "predict deploy.prototxt photo.png --weights s_iter_1.caffemodel --labels FILE\n"
    "export-db db out --labels FILE\ninspect FILE",
    "proto": "inspect good.prototxt --proto FILE\nlint good.prototxt --proto FILE",
}  # fmt: skip


def of(kind: str) -> list[str]:
    """The command lines of a kind."""
    return [line for line in COMMANDS[kind].splitlines() if line]
