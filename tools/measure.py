"""Measure what a notebook draws but cannot train while one waits: several seeds, on MNIST.

    python -m tools.measure 02 03                    seeds 0, 1 and 2
    python -m tools.measure 07 --tags recipe --seeds 3
    python -m tools.measure 02 03 --images 500 5000  on fewer training images
    python -m tools.measure                          only make README's table again

What is measured is the code that a learner runs. For each tag and seed, a fresh process runs the
notebook's set-up, its imports and its cells with the tag, and what they yield becomes rows of a
table in data/. They replace the rows of the same seed at once, so that Ctrl-C loses only the seed
under way.

    measure     These cells define a function `measure(seed)`, which returns or yields a row for
                each thing measured: a dictionary such as {"what": "dropout", "rate": 0.5,
                "accuracy": 0.98}. A notebook that measures several things tells them apart by a
                column of its own, here "what"; a row leaves out the columns that it has no use
                for. The rows of notebooks/07_name.ipynb go to data/name.csv.
    protocol    The lecture's models, trained by the lecture's protocol (50 epochs).
    recipe      Networks of our own, trained as the notebook says. What these two kinds of cells
                give to `record_result` goes to data/results.csv, from which README's table is made.

Each row also has what it was measured with: seed, seconds, versions, usable cores, and a
fingerprint of the cells. A test fails where these cells have changed since, but for comments,
layout and imports.

With --images, models (`protocol` and `recipe`) learn from that many training images, drawn by the
seed, for 50 epochs, in batches of a hundredth of them, but at least 16 images and at most as many
as in the notebook. For that, the cells must assign `x_train` and, once, `batch_size`.
These rows go to data/scaling.csv.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import os
import platform
import subprocess
import sys
import tempfile
import time
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tools import course
from utils.data import COURSE_FOLDER, DATA_FOLDER
from utils.training import results_file, seed

TAGS = ("protocol", "recipe", "measure")
RESULTS = DATA_FOLDER / "results.csv"
SCALING = DATA_FOLDER / "scaling.csv"
# The hidden layers of our own networks, as the lecture writes them: a star marks a convolution.
OURS = {
    "COMPACT": "[16*, 32*, 48*, 64*, 64*]",
    "TINY": "[16*, 16*, 16*, 32*, 16*]",
}


# One seed ----------------------------------------------------------------------------------------


def measure(path: Path, tag: str, number: int, images: int | None = None) -> pd.DataFrame:
    """Run the cells of one notebook and tag once; return the rows that they measured, as text.

    Args:
        number: the seed.
        images: how many of the training images to learn from; None: all of them.

    Raises:
        subprocess.CalledProcessError: a cell failed, for instance since there is no MNIST.
        ValueError: the cells do not name what ``images`` changes.
    """
    sources = [cell.source for cell in course.cells_of(path, tag)]
    if images is not None:
        sources = with_fewer_images(sources, images)
    sources += [f"import sys\nsys.path.append({str(COURSE_FOLDER)!r})"]
    sources += ["from tools.measure import finish\nfinish(globals())"]
    with tempfile.TemporaryDirectory() as folder:
        script, results = Path(folder) / "cells.py", Path(folder) / "results.csv"
        script.write_text("\n\n".join(sources), encoding="utf-8")
        environment = os.environ | {
            "DL101_DATASET": "mnist",
            "DL101_SEED": str(number),
            "DL101_RESULTS": str(results),
            "MPLBACKEND": "agg",
            "PYTHONUTF8": "1",
        }
        environment.pop("DL101_EPOCHS", None)
        if tag == "protocol" or images is not None:
            environment["DL101_EPOCHS"] = str(course.EPOCHS)
        subprocess.run([sys.executable, script], cwd=path.parent, env=environment, check=True)
        rows = read(results)
    if images is not None:
        rows.insert(1, "images", str(images))
    return rows.assign(fingerprint=fingerprint(path, tag))


def finish(names: dict[str, Any]) -> None:
    """In the process of the cells, write the rows of one seed to ``results_file()``.

    Args:
        names: what the cells have defined. With a function ``measure`` among them, the rows are
            those that it gives; else the cells have recorded them.

    Raises:
        ValueError: there are no rows.
    """
    begin = time.perf_counter()
    rows = pd.DataFrame(names["measure"](seed())) if "measure" in names else read(results_file())
    if rows.empty:
        raise ValueError("no row was measured: call `record_result`, or define `measure(seed)`")
    keras = sys.modules.get("keras")
    backend = keras.backend.backend() if keras else ""
    known = {
        "seed": seed(),
        "seconds": round(time.perf_counter() - begin, 1),
        "backend": backend,
        "keras": keras.__version__ if keras else "",
        "backend_version": sys.modules[backend].__version__ if keras else "",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "cores": course.usable_cores(),
    }
    rows = rows.assign(**{name: value for name, value in known.items() if name not in rows})
    rows.to_csv(results_file(), index=False)


def with_fewer_images(sources: list[str], images: int) -> list[str]:
    """Return the cells of a model, changed to learn from ``images`` training images.

    Raises:
        ValueError: the cells do not name `x_train` and, once, `batch_size`.
    """
    trees = [ast.parse(source) for source in sources]
    batches, data = (
        [i for i, tree in enumerate(trees) if name in assigned(tree)]
        for name in ("batch_size", "x_train")
    )
    if len(batches) != 1 or not data:
        raise ValueError("the cells of a model must assign x_train and, once, batch_size")
    change = FewerImages(max(16, images // 100))
    sources = [ast.unparse(change.visit(tree)) for tree in trees]
    sources[data[-1]] += (
        "\nimport numpy"
        f"\nchosen = numpy.random.default_rng(seed()).permutation(len(y_train))[:{images}]"
        "\nx_train, y_train = x_train[chosen], y_train[chosen]"
    )
    return sources


def assigned(tree: ast.AST) -> set[str]:
    """Return the names that a piece of code assigns."""
    stored = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return {node.id for node in stored if isinstance(node.ctx, ast.Store)}


class FewerImages(ast.NodeTransformer):
    """Make batches smaller, and validate only after the last epoch: it would take most of the time.

    Args:
        most: images in a batch.
    """

    def __init__(self, most: int) -> None:
        self.most = ast.Constant(most)

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        if "batch_size" in assigned(node):
            node.value = ast.Call(ast.Name("min"), [node.value, self.most], [])
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if "validation_data" in [keyword.arg for keyword in node.keywords]:
            node.keywords.append(ast.keyword("validation_freq", ast.Constant(course.EPOCHS)))
        return self.generic_visit(node)


# Tables ------------------------------------------------------------------------------------------


def read(path: Path) -> pd.DataFrame:
    """Read a table as text, which is written again as it was; without a file, an empty one."""
    if not path.exists():
        return pd.DataFrame()
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def table_of(path: Path) -> Path:
    """Return where the rows of a notebook's function ``measure`` go."""
    return DATA_FOLDER / f"{path.stem.partition('_')[2]}.csv"


def store(new: pd.DataFrame, path: Path) -> None:
    """Put rows into the table at ``path``, in place of those of the same seed.

    In a table of the course's models, the model and the number of images agree, too.
    """
    keys = ["model", "images", "seed"] if path in (RESULTS, SCALING) else ["seed"]
    keys = [key for key in keys if key in new]
    rows = course.merged(read(path), new, keys, list(course.models())).fillna("")
    course.write(path, rows.to_csv(index=False, lineterminator="\n"))


def fingerprint(path: Path, tag: str) -> str:
    """Return a short digest of the code that the cells of one notebook and tag run.

    The set-up, imports, comments and layout make no difference to it, nor does the Python version;
    nor, for the lecture's models, the epochs that a notebook trains while one waits.
    """
    trees = [ast.parse(cell.source) for cell in course.cells_of(path, tag) if cell.id != "set-up"]
    code = [
        outline(statement)
        for tree in trees
        for statement in tree.body
        if not isinstance(statement, ast.Import | ast.ImportFrom)
        and not (tag == "protocol" and "num_epochs" in assigned(statement))
    ]
    return hashlib.sha256(repr(code).encode()).hexdigest()[:12]


def outline(node: Any) -> Any:
    """Return a syntax tree as nested tuples, without the empty fields, which newer Pythons add."""
    if isinstance(node, list):
        return [outline(part) for part in node]
    if not isinstance(node, ast.AST):
        return node
    fields = [(name, outline(part)) for name, part in ast.iter_fields(node)]
    return (type(node).__name__, *(field for field in fields if field[1] not in (None, [])))


def stale() -> list[str]:
    """Return what today's cells have not measured: tables, and the models or seeds of the rows."""
    notebooks = {table_of(path): (path, "measure") for path in course.notebook_paths()}
    found = []
    for path in sorted(DATA_FOLDER.glob("*.csv")):
        rows = read(path)
        if "fingerprint" not in rows:
            continue
        key = "model" if path in (RESULTS, SCALING) else "seed"
        for value, recorded in dict.fromkeys(zip(rows[key], rows["fingerprint"])):
            cells = course.models().get(value) if key == "model" else notebooks.get(path)
            if cells is None or recorded != fingerprint(*cells[:2]):
                found.append(f"{path.name}: {key} {value}")
    return found


def table(results: pd.DataFrame, published: pd.DataFrame) -> str:
    """Return README's results table in Markdown: measured mean, spread and seeds, and published."""
    ours = pd.DataFrame(OURS.items(), columns=["model", "architecture"])
    lines = [
        "| Model | Hidden layers | Parameters | Measured test accuracy | Seeds | Published |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for row in pd.concat([published, ours]).itertuples():
        runs = results[results.model == row.model]
        if runs.empty:
            continue
        accuracy = 100 * runs.test_accuracy
        hidden = row.architecture.strip("[]").replace("*", r"\*") or "none"
        spread = f" ± {accuracy.std():.2f}" if len(runs) > 1 else ""
        theirs = "-" if pd.isna(row.published_accuracy) else f"{row.published_accuracy:.2f} %"
        lines.append(
            f"| {row.model} | {hidden} | {runs.parameters.iloc[0]:,} "
            f"| {accuracy.mean():.2f}{spread} % | {len(runs)} | {theirs} |"
        )
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("notebooks", nargs="*", help="beginnings of notebook names")
    parser.add_argument("--tags", nargs="+", choices=TAGS, default=TAGS, help="none means all")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="one run for each")
    parser.add_argument("--images", type=int, nargs="+", help="numbers of training images")
    arguments = parser.parse_args()
    if not all(100 <= images < 50_000 for images in arguments.images or []):
        parser.error(f"--images must be from 100 to 49999, not {arguments.images}")
    tags = [tag for tag in arguments.tags if not (arguments.images and tag == "measure")]
    try:
        chosen = arguments.notebooks and course.beginning_with(
            arguments.notebooks, course.notebook_paths()
        )
    except ValueError as error:
        parser.error(str(error))
    runs = [(path, tag) for path in chosen for tag in tags if course.cells_of(path, tag)]
    if chosen and not runs:
        parser.error(f"no cell of {', '.join(arguments.notebooks)} is tagged {' or '.join(tags)}")
    for (path, tag), images, number in product(runs, arguments.images or [None], arguments.seeds):
        print(f"{path.stem}, {tag}, seed {number}, {images or 'all'} images", flush=True)
        try:
            rows = measure(path, tag, number, images)
        except (subprocess.CalledProcessError, KeyboardInterrupt):
            print("Stopped. The seeds that were done are kept.", file=sys.stderr)
            return 1
        models = RESULTS if images is None else SCALING
        store(rows, table_of(path) if tag == "measure" else models)
        print(rows.to_string(index=False), flush=True)
    course.replace_part(
        course.README, "results", table(pd.read_csv(RESULTS), pd.read_csv(course.PUBLISHED))
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
