"""Measure how fast and how accurate the course is, side by side with the recipe that it follows.

    python -m tools.benchmark                     everything (over an hour on 2 cores)
    python -m tools.benchmark throughput pad      only these
    python -m tools.benchmark accuracy --models CDNN
    python -m tools.benchmark --table             only make the tables again

Benchmarks:

    accuracy    seconds of training until the validation images are read with the published
                accuracy: the lecture's recipe (50 epochs, batches of 256, RMSprop, Keras's
                defaults) against ours (fewer epochs, Adam and a schedule of the learning rate, as
                in notebook 07). In place of CDNN we train COMPACT, once as notebook 07 does, once
                on images as they are, which is what CDNN sees.
    throughput  images a second in training, with the settings of the notebooks, against the same
                model under plain `model.fit`, in NumPy by hand, in PyTorch and in JAX where these
                are installed, and against what the arithmetic alone would take at the rate of
                large matrix products on this machine.
    startup     seconds from the start of a kernel to the end of the set-up cell.
    course      wall time and peak memory of each notebook and of the whole course under nbval.
    pad         milliseconds from a drawing to the probabilities.

What is compared is measured in one run and in turns, each in a process of its own, so that a busy
machine is busy for all. Values are medians. Nothing here asserts a time. The rows are written to
data/benchmarks.csv, with processor, cores and versions, in place of those of the same benchmark
(and model, where one is named); data/benchmarks.md and a sentence of the README are made from it.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import multiprocessing
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import numpy as np
import pandas as pd

from tools import course
from utils.data import COURSE_FOLDER, DATA_FOLDER

if TYPE_CHECKING:
    import keras
    import torch

FILE = DATA_FOLDER / "benchmarks.csv"
PAGE = FILE.with_suffix(".md")

# The recipe of notebook 07 for the lecture's dense networks: epochs, batch size and highest
# learning rate, chosen on the validation images.
OURS = {"LOGREG": (10, 256, 0.01), "NN": (12, 64, 0.02), "DNN": (8, 256, 0.003)}
LAPS = 5
UNCHANGED = "ours, images as they are"  # COMPACT and TINY, which else change them at random
IMAGES = {"CDNN": 2_560, "COMPACT": 12_800, "TINY": 12_800}  # of an epoch; else all 50,000
# A lap has several epochs where these are short: each call of `fit` first copies all images.
LAP_EPOCHS = 5


# --- The parts that are measured, each in a process of its own ------------------------------------


def compiled(model: str, names: dict[str, Any]) -> keras.Model:
    """Return a model as its notebook compiles it."""
    return names[course.models()[model].variable]


def plainly(network: keras.Model) -> keras.Model:
    """Compile a network again, by the lecture's description and Keras's defaults."""
    network.compile("rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return network


def lecture_recipe(model: str, seed: int) -> Iterator[dict[str, float]]:
    """Train by the lecture's description; after each epoch, yield seconds and accuracy."""
    os.environ["DL101_SEED"] = str(seed)
    names = course.names_of(model)
    network = plainly(compiled(model, names))
    yield from epoch_by_epoch(network, names, course.EPOCHS, names["batch_size"])


def our_recipe(model: str, seed: int, changed: bool = True) -> Iterator[dict[str, float]]:
    """Train by the recipe of notebook 07; after each epoch, yield seconds and accuracy.

    Args:
        changed: let COMPACT, which stands in for CDNN, change its training images at random.
    """
    os.environ["DL101_SEED"] = str(seed)
    recipe = course.names_of("COMPACT")
    if model == "CDNN":
        names, network = recipe, compiled("COMPACT", recipe)
        network = network if changed else without_augmentation(network)
        epochs, batch_size = recipe["compact_epochs"], recipe["batch_size"]
        highest = recipe["learning_rate"]
    else:
        names = course.names_of(model)
        network = compiled(model, names)
        epochs, batch_size, highest = OURS[model]
    num_steps = epochs * -(-len(names["y_train"]) // batch_size)
    recipe["compile_with_adam"](network, recipe["warm_up_and_cosine"](highest, num_steps))
    yield from epoch_by_epoch(network, names, epochs, batch_size)


def without_augmentation(network: keras.Model) -> keras.Model:
    """Return a network of the same layers but those that change images at random."""
    import keras

    kept = [layer for layer in network.layers if not type(layer).__name__.startswith("Random")]
    if len(kept) == len(network.layers):
        return network
    return keras.Sequential([keras.Input(network.input_shape[1:]), *kept])


def epoch_by_epoch(
    network: keras.Model, names: dict[str, Any], epochs: int, batch_size: int
) -> Iterator[dict[str, float]]:
    x, y = names["x_train"], names["y_train"]
    for epoch in range(epochs):
        begin = time.perf_counter()
        network.fit(x, y, batch_size=batch_size, epochs=epoch + 1, initial_epoch=epoch, verbose=0)
        seconds = time.perf_counter() - begin
        _, accuracy = network.evaluate(names["x_val"], names["y_val"], batch_size=500, verbose=0)
        yield {"seconds": seconds, "accuracy": accuracy, "epochs": epochs}


def training_laps(model: str, variant: str) -> Iterator[dict[str, float]]:
    """Train again and again on the same images; yield the seconds for each image."""
    names = course.names_of(model)
    count = IMAGES.get(model, len(names["y_train"]))
    epochs = 1 if model in IMAGES else LAP_EPOCHS
    x, y = names["x_train"][:count], names["y_train"][:count]
    batch_size = names["batch_size"]
    data = {"x": x, "y": y, "batch_size": batch_size}
    network = compiled(model, names)
    if course.models()[model].tag == "recipe" and variant != "ours":  # no variant changes images
        network = without_augmentation(network)
        names["compile_with_adam"](network, names["learning_rate"])
    train: Callable[..., object] = partial(network.fit, **data, verbose=0)
    if variant == "plain fit":
        plainly(network)
    elif variant == "NumPy":
        train = in_batches(numpy_training(network, x, y)[1], count, batch_size)
    elif variant == "PyTorch":
        train = in_batches(torch_training(network, x, y)[1], count, batch_size)
    elif variant not in ("ours", UNCHANGED, "JAX"):
        raise ValueError(f"variant must be one of those listed in this file, not {variant!r}")
    train(epochs=1)  # compiles
    while True:
        begin = time.perf_counter()
        train(epochs=epochs)
        yield {"seconds": (time.perf_counter() - begin) / (epochs * count)}


def in_batches(
    step: Callable[[np.ndarray], None], count: int, batch_size: int
) -> Callable[[int], None]:
    """Return a function of the epochs, which takes the steps of each in a new order."""
    rng = np.random.default_rng(0)

    def train(epochs: int) -> None:
        for _ in range(epochs):
            order = rng.permutation(count)
            for begin in range(0, count, batch_size):
                step(order[begin : begin + batch_size])

    return train


def matrix_product_laps() -> Iterator[dict[str, float]]:
    """Multiply large matrices in 32 bits; yield the seconds for one floating-point operation."""
    import tensorflow as tf

    size, times = 2048, 10
    a, b = tf.random.normal((size, size)), tf.random.normal((size, size))

    def lap():
        for _ in range(times):
            product = tf.matmul(a, b)
        return product.numpy()

    lap()
    while True:
        begin = time.perf_counter()
        lap()
        yield {"seconds": (time.perf_counter() - begin) / (2 * size**3 * times)}


def step_operations(network: keras.Model) -> int:
    """Return the floating-point operations of one training step for one image.

    A layer uses each weight once at each position: once forward, once for the gradient of the
    weights and, unless it is the first, once for the gradient of its input; a multiplication and
    an addition each time. Pooling, normalisation and activations are not counted.
    """
    work = []
    for layer in network.layers:
        if hasattr(layer, "kernel"):
            positions = int(np.prod(layer.output.shape[1:-1])) if layer.output.ndim > 2 else 1
            work.append(int(np.prod(layer.kernel.shape)) * positions)
    return 2 * (3 * sum(work) - work[0])


def numpy_training(
    network: keras.Model, x: np.ndarray, y: np.ndarray
) -> tuple[list[np.ndarray], Callable[[np.ndarray], None]]:
    """Return parameters, and a function of some places in ``x``: a step of RMSprop with these.

    Written as in notebook 03, for dense layers with the sigmoid or ReLU and a softmax on top; the
    loss is the cross-entropy. The parameters begin as those of ``network``, which stays as it is.
    """
    parameters = [array.copy() for array in network.get_weights()]
    squares = [np.zeros_like(array) for array in parameters]
    sigmoid = "sigmoid" in [layer.activation.__name__ for layer in network.layers]
    weights, biases = parameters[::2], parameters[1::2]

    def step(chosen: np.ndarray) -> None:
        outputs, labels = [x[chosen]], y[chosen]
        for W, b in zip(weights[:-1], biases[:-1]):
            z = outputs[-1] @ W + b
            outputs.append(1 / (1 + np.exp(-z)) if sigmoid else np.maximum(z, 0))
        z = outputs[-1] @ weights[-1] + biases[-1]
        delta = np.exp(z - z.max(axis=1, keepdims=True))
        delta /= delta.sum(axis=1, keepdims=True)
        delta[np.arange(len(labels)), labels] -= 1
        delta /= len(labels)
        gradients = []
        for i in reversed(range(len(weights))):
            gradients[:0] = [outputs[i].T @ delta, delta.sum(axis=0)]
            if i:
                slope = outputs[i] * (1 - outputs[i]) if sigmoid else outputs[i] > 0
                delta = (delta @ weights[i].T) * slope
        for parameter, square, gradient in zip(parameters, squares, gradients):
            square *= 0.9
            square += 0.1 * gradient**2
            parameter -= 0.001 * gradient / np.sqrt(square + 1e-7)

    return parameters, step


def torch_training(
    network: keras.Model, x: np.ndarray, y: np.ndarray
) -> tuple[torch.nn.Module, Callable[[np.ndarray], None]]:
    """Return the same network in PyTorch, and a function of some places in ``x``: a training step.

    PyTorch adds epsilon to the root of the squares, and Keras adds it below the root.
    """
    import torch
    from torch import nn

    parts: list[nn.Module] = []
    grid = None  # rows, columns and channels that the next dense layer takes flat
    for layer in network.layers:
        kind, arrays = type(layer).__name__, layer.get_weights()
        channels = layer.input.shape[-1]
        if kind == "Dense":
            if grid:  # PyTorch's channels come first
                arrays[0] = arrays[0].reshape(*grid, -1).transpose(2, 0, 1, 3)
            arrays[0], grid = arrays[0].reshape(channels, -1).T, None
            parts.append(nn.Linear(channels, layer.units))
        elif kind == "Conv2D":
            arrays[0] = arrays[0].transpose(3, 2, 0, 1)
            options = {"padding": layer.padding, "bias": layer.use_bias}
            parts.append(nn.Conv2d(channels, layer.filters, layer.kernel_size, **options))
        elif kind == "BatchNormalization":
            parts.append(nn.BatchNorm2d(channels, layer.epsilon, 1 - layer.momentum))
        elif kind == "CenterCrop":
            parts.append(nn.ZeroPad2d((layer.height - layer.input.shape[1]) // 2))  # less than none
        elif kind == "MaxPooling2D":
            parts.append(nn.MaxPool2d(2))
        elif kind == "Dropout":
            parts.append(nn.Dropout(layer.rate))
        else:
            grid = layer.input.shape[1:] if kind == "Flatten" else grid
            parts.append({"ReLU": nn.ReLU, "Flatten": nn.Flatten}[kind]())
        with torch.no_grad():
            for parameter, array in zip(parts[-1].parameters(), arrays):
                parameter.copy_(torch.from_numpy(array.copy()))
        # Softmax is part of PyTorch's loss.
        if getattr(layer, "activation", None) and layer.activation.__name__ in ("relu", "sigmoid"):
            parts.append({"relu": nn.ReLU, "sigmoid": nn.Sigmoid}[layer.activation.__name__]())
    twin = nn.Sequential(*parts)
    images, labels = torch.from_numpy(x), torch.from_numpy(y.astype("int64"))
    if images.ndim == 4:
        images = images.permute(0, 3, 1, 2).contiguous()
    optimizer = torch.optim.RMSprop(twin.parameters(), lr=0.001, alpha=0.9, eps=1e-7)
    loss_function = nn.CrossEntropyLoss()

    def step(chosen: np.ndarray) -> None:
        optimizer.zero_grad()
        loss_function(twin(images[chosen]), labels[chosen]).backward()
        optimizer.step()

    return twin, step


def kernel_laps(variant: str) -> Iterator[dict[str, float]]:
    """Start a Jupyter kernel and run a cell; yield the seconds until the cell has ended."""
    from jupyter_client.manager import start_new_kernel

    notebook = nbformat.read(course.notebook_paths()[0], as_version=4)
    set_up = next(cell.source for cell in notebook.cells if cell.id == "set-up")
    modules = ", ".join(
        f"utils.{path.stem}" for path in sorted((COURSE_FOLDER / "utils").glob("[a-z]*.py"))
    )
    code = {
        "set-up cell": set_up,
        "import of Keras and all of utils": f"import sys; sys.path[:0] = ['..']\n"
        f"import keras, {modules}",
        "import of Keras": "import keras",
        "empty cell": "",
    }[variant]
    while True:
        begin = time.perf_counter()
        manager, client = start_new_kernel(kernel_name="python3", cwd=str(course.NOTEBOOKS))
        try:
            reply = client.execute_interactive(code, timeout=300, output_hook=lambda message: None)
            seconds = time.perf_counter() - begin
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
        if reply["content"]["status"] != "ok":
            raise RuntimeError(f"the {variant} failed: {reply['content']}")
        yield {"seconds": seconds}


def pad_laps(model: str) -> Iterator[dict[str, float]]:
    """Ask a network for one drawing; yield the seconds, the median of 20 predictions."""
    from utils.drawing import THREE, DrawingPad, draw_strokes

    names = course.names_of(model)
    pad = DrawingPad(compiled(model, names), names["prepare"])
    drawing = draw_strokes(THREE)
    while True:
        seconds = []
        for _ in range(20):
            begin = time.perf_counter()
            pad.predict(drawing)
            seconds.append(time.perf_counter() - begin)
        yield {"seconds": statistics.median(seconds)}


# --- Taking turns ---------------------------------------------------------------------------------


class Runner:
    """A process of its own that measures one lap of a part each time it is asked to."""

    def __init__(
        self, part: Callable[..., Iterator], *arguments: object, backend: str = "tensorflow"
    ) -> None:
        self.pool = ProcessPoolExecutor(
            1, multiprocessing.get_context("spawn"), begin_part, (part, arguments, backend)
        )

    def lap(self) -> dict[str, float] | None:
        """Return what one lap measured; None when the part has come to its end."""
        return self.pool.submit(next_lap).result()


def begin_part(part: Callable[..., Iterator], arguments: tuple, backend: str) -> None:
    """In the process of a Runner, before Keras is imported: get ready."""
    global laps
    os.environ.update(DL101_DATASET="mnist", KERAS_BACKEND=backend)
    os.environ.pop("DL101_EPOCHS", None)
    laps = part(*arguments)


def next_lap() -> dict[str, float] | None:
    return next(laps, None)


def in_turns(runners: dict[str, Runner], laps: int) -> dict[str, float]:
    """Let each runner measure ``laps`` laps, in turns; return the median seconds of each."""
    seconds: dict[str, list[float]] = {name: [] for name in runners}
    try:
        for _ in range(laps):
            for name, runner in runners.items():
                seconds[name].append(runner.lap()["seconds"])
    finally:
        for runner in runners.values():
            runner.pool.shutdown(cancel_futures=True)
    return {name: statistics.median(values) for name, values in seconds.items()}


# --- The benchmarks: each yields rows (case, variant, unit, value, runs) --------------------------

Row = tuple[str, str, str, float, int]


def benchmark_accuracy(seeds: int, models: list[str]) -> Iterator[Row]:
    published = pd.read_csv(course.PUBLISHED).set_index("model").published_accuracy
    for model in published.index.intersection(models, sort=False):
        target = published[model] / 100
        runs: dict[str, list[dict[str, float]]] = {}
        for seed in range(seeds):
            recipes = ["lecture", "ours"]
            if model == "CDNN":  # the lecture's takes as long as all others together: once
                recipes = ["ours", UNCHANGED] if seed else [*recipes, UNCHANGED]
            for name, result in to_the_target(model, seed, target, recipes).items():
                runs.setdefault(name, []).append(result)
        for name, results in runs.items():
            reached = [r["reached"] for r in results if r["reached"] is not None]
            middle = statistics.median(r["reached"] or np.inf for r in results)
            yield model, name, "s to published accuracy", middle, len(results)
            yield model, name, "runs that reached it", len(reached), len(results)
            for unit in ("s of training", "epochs", "best accuracy", "final accuracy"):
                yield model, name, unit, statistics.median(r[unit] for r in results), len(results)


def to_the_target(
    model: str, seed: int, target: float, recipes: list[str]
) -> dict[str, dict[str, float | None]]:
    """Train by the recipes, epoch by epoch in turns.

    "ours" runs to its end; the others stop when they have reached the target, and the seconds of
    their whole length are computed from the median epoch.
    """
    parts = {"lecture": lecture_recipe, "ours": our_recipe}
    parts[UNCHANGED] = partial(our_recipe, changed=False)
    runners = {name: Runner(parts[name], model, seed) for name in recipes}
    epochs: dict[str, list[dict[str, float]]] = {name: [] for name in runners}
    running = set(runners)
    try:
        while running:
            for name in sorted(running):
                result = runners[name].lap()
                if result is not None:
                    epochs[name].append(result)
                if result is None or (name != "ours" and result["accuracy"] >= target):
                    running.remove(name)
    finally:
        for runner in runners.values():
            runner.pool.shutdown(cancel_futures=True)
    results = {}
    for name, laps in epochs.items():
        seconds = np.cumsum([lap["seconds"] for lap in laps])
        accuracy = np.array([lap["accuracy"] for lap in laps])
        hit = np.flatnonzero(accuracy >= target)
        length = laps[0]["epochs"]
        median = statistics.median(lap["seconds"] for lap in laps)
        whole = seconds[-1] + (length - len(laps)) * median
        results[name] = {
            "reached": float(seconds[hit[0]]) if hit.size else None,
            "s of training": float(whole),
            "epochs": length,
            "best accuracy": float(accuracy.max()),
            "final accuracy": float(accuracy[-1]),
        }
        print(f"  {model}, seed {seed}, {name}: {results[name]}", flush=True)
    return results


def benchmark_throughput(models: list[str]) -> Iterator[Row]:
    for model in models:
        variants = ["ours", "plain fit"] + ["NumPy"] * (model in OURS)
        variants += ["PyTorch"] * bool(importlib.util.find_spec("torch"))
        variants += [UNCHANGED] * (course.models()[model].tag == "recipe")
        runners = {name: Runner(training_laps, model, name) for name in variants}
        if importlib.util.find_spec("jax"):
            runners["JAX"] = Runner(training_laps, model, "JAX", backend="jax")
        runners["product"] = Runner(matrix_product_laps)
        seconds = in_turns(runners, LAPS)
        rate = 1 / seconds.pop("product")
        for variant, each in seconds.items():
            yield model, variant, "images/s", 1 / each, LAPS
        operations = step_operations(compiled(model, course.names_of(model)))
        yield model, "matrix products", "images/s", rate / operations, LAPS
        yield model, "matrix products", "GFLOP/s", rate / 1e9, LAPS


def benchmark_startup() -> Iterator[Row]:
    variants = ("empty cell", "import of Keras", "import of Keras and all of utils", "set-up cell")
    runners = {name: Runner(kernel_laps, name) for name in variants}
    for variant, seconds in in_turns(runners, LAPS).items():
        yield "kernel", variant, "s", seconds, LAPS


def benchmark_course() -> Iterator[Row]:
    runs = {"all tests": [], "all notebooks": [str(course.NOTEBOOKS)]}
    runs |= {path.stem: ["-n0", str(path)] for path in course.notebook_paths()}
    for case, arguments in runs.items():
        seconds, peak = run_tests(*arguments)
        print(f"  {case}: {seconds:.0f} s, {peak:.0f} MB", flush=True)
        yield case, "pytest", "s", seconds, 1
        yield case, "pytest", "MB, largest process", peak, 1


def run_tests(*arguments: str) -> tuple[float, float]:
    """Run pytest; return wall time in seconds and the peak memory of its largest process in MB.

    Raises:
        RuntimeError: a test failed.
    """
    begin = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-q", *arguments],
            cwd=COURSE_FOLDER,
            stdout=output,
            stderr=output,
        )
        if hasattr(os, "wait4"):  # of all its descendants, too, since each is waited for
            _, status, usage = os.wait4(process.pid, 0)
            code = os.waitstatus_to_exitcode(status)
            peak = usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
        else:
            code, peak = process.wait(), np.nan
        seconds = time.perf_counter() - begin
        if code:
            output.seek(0)
            raise RuntimeError(f"pytest {' '.join(arguments)} failed:\n{output.read()[-2000:]}")
    return seconds, peak


def benchmark_pad() -> Iterator[Row]:
    names = ("LOGREG", "CDNN", "COMPACT", "TINY")
    runners = {name: Runner(pad_laps, name) for name in names}
    for model, seconds in in_turns(runners, LAPS).items():
        yield model, "drawing pad", "ms", 1000 * seconds, LAPS


# --- Rows and tables ------------------------------------------------------------------------------


def machine() -> str:
    """Return processor, usable cores and versions, in one line."""
    processor = platform.processor() or platform.machine()
    with contextlib.suppress(OSError):
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        if match := re.search(r"(?m)^model name\s*: (.+)$", text):
            processor = match[1]
    packages = [f"Python {platform.python_version()}"]
    for name in ("tensorflow", "keras", "numpy", "torch", "jax"):
        if importlib.util.find_spec(name):
            packages.append(f"{name} {version(name)}")
    return f"{processor}, {course.usable_cores()} cores; {', '.join(packages)}"


def tables(rows: pd.DataFrame) -> str:
    """Return tables in Markdown, one for each benchmark that has been measured."""
    parts = []
    for benchmark, (_, make) in BENCHMARKS.items():
        chosen = rows[rows.benchmark == benchmark]
        if len(chosen):
            table = make(chosen.set_index(["case", "variant", "unit"])[["value", "runs"]])
            parts.append(table + f"\n<sub>{chosen.machine.iloc[0]}</sub>\n")
    return "\n".join(parts)


def sentence(rows: pd.DataFrame) -> str:
    """Return what the README says on speed: COMPACT beside the lecture's CDNN."""
    rows = rows[(rows.benchmark == "accuracy") & (rows.case == "CDNN")]
    values = rows.set_index(["variant", "unit"]).value
    seconds = values.xs("s of training", level="unit")
    time_to = values.xs("s to published accuracy", level="unit")
    sooner = time_to["lecture"] / time_to[UNCHANGED]
    first = (
        f"On the same images, COMPACT reached CDNN's published accuracy in 1/{sooner:.1f} of the "
        "time. "
    )
    return (
        f"Side by side in one run: {first if np.isfinite(time_to).all() else ''}COMPACT's whole "
        "training, on images changed at random, took "
        f"1/{seconds['lecture'] / seconds['ours']:.1f} of the lecture's 50 epochs of CDNN "
        "([data/benchmarks.md](data/benchmarks.md)).\n"
    )


def markdown(heading: list[str], lines: list[list[str]]) -> str:
    """Return a Markdown table whose first column is text, and the others numbers."""
    rule = ["---"] + ["---:"] * (len(heading) - 1)
    return "".join(f"| {' | '.join(line)} |\n" for line in [heading, rule, *lines])


def accuracy_table(rows: pd.DataFrame) -> str:
    published = pd.read_csv(course.PUBLISHED).set_index("model").published_accuracy
    lines = []
    trained = {key: part.droplevel([0, 1]) for key, part in rows.groupby(level=[0, 1], sort=False)}
    for (case, variant), ours in trained.items():
        if variant == "lecture":
            continue
        theirs = trained[case, "lecture"]
        ratios = theirs.value / ours.value
        all_reached = all((r.value == r.runs)["runs that reached it"] for r in (theirs, ours))
        name = f"{case}; COMPACT{variant.removeprefix('ours')}" if case == "CDNN" else case
        lines.append(
            [
                name,
                f"{published[case]:.2f} %",
                reached(theirs),
                reached(ours),
                f"{ratios['s to published accuracy']:.1f}" if all_reached else "-",
                f"{theirs.value['s of training']:.0f} s",
                f"{ours.value['s of training']:.0f} s",
                f"{ratios['s of training']:.1f}",
                f"{ours.value['best accuracy']:.2%}",
            ]
        )
    heading = ["Training on MNIST", "Published", "lecture's recipe reaches it in", "ours in"]
    heading += ["ratio", "lecture's 50 epochs", "all of ours", "ratio", "best of ours"]
    return markdown(heading, lines)


def reached(rows: pd.DataFrame) -> str:
    """Return the median time to the published accuracy, and how many runs got there."""
    seconds = rows.value["s to published accuracy"]
    count, runs = rows.loc["runs that reached it"].astype(int)
    best = rows.value["best accuracy"]
    text = f"{seconds:.1f} s" if np.isfinite(seconds) else f"best {best:.2%}"
    return f"{text} ({count} of {runs})"


def throughput_table(rows: pd.DataFrame) -> str:
    values = rows.value
    headings = {"ours": "as in the notebook", UNCHANGED: "images as they are"}
    headings |= {name: name for name in ("plain fit", "NumPy", "PyTorch", "JAX")}
    headings |= {"matrix products": "limit by arithmetic"}
    variants = [name for name in headings if name in values.index.get_level_values("variant")]
    lines = []
    for model in cases(rows):
        rate = {name: values.get((model, name, "images/s"), np.nan) for name in variants}
        numbers = [f"{r:,.0f}" if np.isfinite(r) else "-" for r in rate.values()]
        ours = values.get((model, UNCHANGED, "images/s"), rate["ours"])
        numbers.append(f"{ours / rate['matrix products']:.0%}")
        lines.append([model, *numbers, f"{ours / rate['plain fit']:.2f}"])
    heading = [
        "Images a second in training",
        *(headings[name] for name in variants),
        "of the limit",
        "to plain fit",
    ]
    rate = values.xs("GFLOP/s", level="unit").median()
    note = "\nThe limit: the same arithmetic at the rate of large matrix products"
    return markdown(heading, lines) + f"{note}, {rate:.0f} GFLOP/s.\n"


def course_table(rows: pd.DataFrame) -> str:
    lines = []
    for case in cases(rows):
        table = rows.value[case].droplevel("variant")
        lines.append([case, f"{table['s']:.0f}", f"{table['MB, largest process'] / 1000:.2f}"])
    return markdown(["Tests, on the small digits", "seconds", "GB, largest process"], lines)


def list_table(what: str, unit: str, level: str, rows: pd.DataFrame) -> str:
    names = rows.index.get_level_values(level)
    lines = [[name, f"{value:.1f}"] for name, value in zip(names, rows.value)]
    return markdown([what, unit], lines)


def cases(rows: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(rows.index.get_level_values("case")))


BENCHMARKS: dict[str, tuple[Callable[..., Iterator[Row]], Callable[[pd.DataFrame], str]]] = {
    "accuracy": (benchmark_accuracy, accuracy_table),
    "throughput": (benchmark_throughput, throughput_table),
    "startup": (
        benchmark_startup,
        partial(list_table, "From the start of a kernel to the end of", "seconds", "variant"),
    ),
    "course": (benchmark_course, course_table),
    "pad": (
        benchmark_pad,
        partial(list_table, "From a drawing to the probabilities", "milliseconds", "case"),
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("benchmarks", nargs="*", help=f"of {', '.join(BENCHMARKS)}; none means all")
    parser.add_argument(
        "--seeds", type=int, default=3, help="for `accuracy`; the lecture's CDNN has one"
    )
    models = list(course.models())
    parser.add_argument(
        "--models",
        nargs="+",
        choices=models,
        default=models,
        help="for `accuracy` and `throughput`; none means all",
    )
    parser.add_argument("--table", action="store_true", help="measure nothing")
    arguments = parser.parse_args()
    for name in arguments.benchmarks:
        if name not in BENCHMARKS:
            parser.error(f"no benchmark is named {name!r}; there are {', '.join(BENCHMARKS)}")
    if arguments.seeds < 1:
        parser.error(f"--seeds must be at least 1, not {arguments.seeds}")
    if not arguments.table:
        for name in arguments.benchmarks or BENCHMARKS:
            print(f"{name} ...", flush=True)
            of_models = name in ("accuracy", "throughput")
            options = {"models": arguments.models} if of_models else {}
            options |= {"seeds": arguments.seeds} if name == "accuracy" else {}
            rows = [(name, *row, machine()) for row in BENCHMARKS[name][0](**options)]
            old = pd.read_csv(FILE)
            new = pd.DataFrame(rows, columns=old.columns)
            print(new.drop(columns=["benchmark", "machine"]).to_string(index=False), flush=True)
            keys = ["benchmark", "case"] if of_models else ["benchmark"]
            rows = course.merged(old, new, keys, [*BENCHMARKS, *old.case, *new.case])
            text = rows.to_csv(index=False, lineterminator="\n", float_format="%.6g")
            course.write(FILE, text)
    rows = pd.read_csv(FILE)
    course.replace_part(PAGE, "benchmarks", tables(rows))
    course.replace_part(course.README, "speed", sentence(rows))


if __name__ == "__main__":
    main()
