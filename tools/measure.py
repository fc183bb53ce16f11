"""Measure the results table: train the course's models on MNIST.

    python -m tools.measure                         every model (half an hour for CDNN)
    python -m tools.measure LOGREG NN --seeds 0 1 2
    python -m tools.measure --images 500 5000       on fewer training images
    python -m tools.measure --table                 only make README's table again

What is trained is the very code that a learner runs: the set-up cell of the notebook in which the
model stands, and its cells with a tag. `protocol` marks the lecture's models, which are trained by
the lecture's protocol (50 epochs, batch 256, RMSprop); `recipe` marks networks of our own, which
are trained as the notebook says. Each run gives one row of data/results.csv for each model that it
trains, replacing the row of the same model and seed; README's table is made from that file.

With --images, each model learns from that many training images, drawn at random by the seed, for
50 epochs, in batches of a hundredth of them, but at least 16 images and at most as many as in the
notebook. These rows go to data/scaling.csv, from which notebook 06 draws how accuracy and cost
grow.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
from functools import cache
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
from nbclient import NotebookClient

from tools.course import NOTEBOOKS, README, notebook_paths, replace_part, write
from utils.data import DATA_FOLDER
from utils.training import read_results

EPOCHS = 50
RESULTS = DATA_FOLDER / "results.csv"
SCALING = DATA_FOLDER / "scaling.csv"
PUBLISHED = DATA_FOLDER / "published_results.csv"
TABLE_MARKS = ("<!-- results: begin -->\n", "<!-- results: end -->")
# The hidden layers of our own networks, as the lecture writes them: a star marks a convolution.
OURS = {
    "COMPACT": "[16*, 32*, 48*, 64*, 64*]",
    "TINY": "[16*, 16*, 16*, 32*, 16*]",
}


@cache
def models() -> dict[str, tuple[Path, str]]:
    """Return the notebook and the tag of the cells that train each model, in order."""
    found = {}
    for path in notebook_paths():
        notebook = nbformat.read(path, as_version=4)
        for tag in ("protocol", "recipe"):
            for cell in recipe_cells(notebook, tag):
                for name in re.findall(r'record_result\(\s*"(\w+)"', cell.source):
                    found[name] = (path, tag)
    return found


def recipe_cells(notebook: nbformat.NotebookNode, tag: str) -> list[nbformat.NotebookNode]:
    """Return the cells that train a model: set-up, and those with the tag."""
    return [
        cell
        for cell in notebook.cells
        if cell.id == "set-up" or tag in cell.metadata.get("tags", [])
    ]


def with_fewer_images(
    cells: list[nbformat.NotebookNode], images: int
) -> list[nbformat.NotebookNode]:
    """Return the cells of a model, changed to learn from ``images`` training images.

    Raises:
        ValueError: the cells do not name the batch size as expected.
    """
    batch = max(16, images // 100)
    sizes = {
        "batch_size = 256": f"batch_size = {min(256, batch)}",
        "y_train, compact_batch)": f"y_train, {min(256, batch)})",
    }
    # Validation would take most of the time: 10,000 images after each epoch.
    validation = "validation_data=(x_val, y_val)"
    once = f"{validation}, validation_freq={EPOCHS}"
    sources, changes = [], 0
    for cell in cells:
        source = cell.source.replace(validation, once)
        for old, new in sizes.items():
            changes += source.count(old)
            source = source.replace(old, new)
        sources.append(source)
    if changes != 1:
        raise ValueError(f"the cells must hold the size of a batch once, not {changes} times")
    place = [cell.id for cell in cells].index("prepare") + 1
    sources.insert(
        place,
        f"chosen = np.random.default_rng(seed()).permutation(len(y_train))[:{images}]\n"
        "x_train, y_train = x_train[chosen], y_train[chosen]",
    )
    return [nbformat.v4.new_code_cell(source) for source in sources]


def measure(path: Path, tag: str, seed: int, images: int | None = None) -> pd.DataFrame:
    """Train the models of one notebook and tag once; return the rows that it recorded.

    Args:
        images: how many of the training images to learn from; None: all of them.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed, for instance since there is no MNIST.
    """
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = recipe_cells(notebook, tag)
    if images is not None:
        notebook.cells = with_fewer_images(notebook.cells, images)
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.csv"
        os.environ.update(DL101_DATASET="mnist", DL101_SEED=str(seed), DL101_RESULTS=str(results))
        os.environ.pop("DL101_EPOCHS", None)
        if tag == "protocol" or images is not None:
            os.environ["DL101_EPOCHS"] = str(EPOCHS)
        NotebookClient(
            notebook,
            timeout=None,
            kernel_name="python3",
            resources={"metadata": {"path": str(NOTEBOOKS)}},
        ).execute()
        return read_results(results)


def merged(old: pd.DataFrame, new: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    """Return the rows of both, the new ones in place of the old of the same model and seed.

    Rows with a column ``images`` are the same only if they agree in it, too.
    """
    images = [name for name in new.columns if name == "images"]
    rows = pd.concat([old, new]) if len(old) else new
    rows = rows.drop_duplicates(["model", "dataset", *images, "seed"], keep="last")
    return rows.sort_values(
        ["model", *images, "seed"],
        key=lambda column: column.map(order.index) if column.name == "model" else column,
    ).reset_index(drop=True)


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
        theirs = "-" if np.isnan(row.published_accuracy) else f"{row.published_accuracy:.2f} %"
        lines.append(
            f"| {row.model} | {hidden} | {runs.parameters.iloc[0]:,} "
            f"| {accuracy.mean():.2f}{spread} % | {len(runs)} | {theirs} |"
        )
    return "\n".join(lines) + "\n"


def write_table() -> None:
    """Make README's results table again from data/results.csv."""
    made = table(read_results(RESULTS), pd.read_csv(PUBLISHED))
    replace_part(README, TABLE_MARKS, made)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    notebooks = models()
    parser.add_argument("models", nargs="*", help=f"of {', '.join(notebooks)}; none means all")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], help="one run for each")
    parser.add_argument("--images", type=int, nargs="+", help="numbers of training images")
    parser.add_argument("--table", action="store_true", help="measure nothing")
    arguments = parser.parse_args()
    for name in arguments.models:
        if name not in notebooks:
            parser.error(f"no model is named {name!r}; there are {', '.join(notebooks)}")
    if not all(100 <= images < 50_000 for images in arguments.images or []):
        parser.error(f"--images must be from 100 to 49999, not {arguments.images}")
    if not arguments.table:
        # Two models may be trained by the same cells.
        chosen = dict.fromkeys(notebooks[name] for name in arguments.models or notebooks)
        for path, tag in chosen:
            for images in arguments.images or [None]:
                for seed in arguments.seeds:
                    print(f"{path.stem}, {tag}, seed {seed}, {images or 'all'} images", flush=True)
                    store(measure(path, tag, seed, images), images, list(notebooks))
    write_table()


def store(new: pd.DataFrame, images: int | None, order: list[str]) -> None:
    """Put new rows into data/results.csv, or with a number of images into data/scaling.csv."""
    path, old = RESULTS, read_results(RESULTS)
    if images is not None:
        new.insert(1, "images", images)
        path, old = SCALING, pd.read_csv(SCALING) if SCALING.exists() else new[:0]
    write(path, merged(old, new, order).to_csv(index=False, lineterminator="\n"))
    for row in new.itertuples():
        print(f"  {row.model}: {row.test_accuracy:.2%}, {row.seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
