"""Measure the results table: train the course's models on MNIST.

    python tools/measure_results.py                         every model (half an hour for CDNN)
    python tools/measure_results.py LOGREG NN --seeds 0 1 2
    python tools/measure_results.py --table                 only make README's table again

What is trained is the very code that a learner runs: the set-up cell of the notebook in which the
model stands, and its cells with a tag. `protocol` marks the lecture's models, which are trained by
the lecture's protocol (50 epochs, batch 256, RMSprop); `recipe` marks networks of our own, which
are trained as the notebook says. Each run gives one row of data/results.csv for each model that it
trains, replacing the row of the same model and seed; README's table is made from that file.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
from nbclient import NotebookClient

from course import NOTEBOOKS, README, ROOT, notebook_paths, replace_part, write

sys.path.insert(0, str(ROOT))
from utils.data import DATA_FOLDER
from utils.training import read_results

EPOCHS = 50
RESULTS = DATA_FOLDER / "results.csv"
PUBLISHED = DATA_FOLDER / "published_results.csv"
TABLE_MARKS = ("<!-- results: begin -->\n", "<!-- results: end -->")
# The hidden layers of our own networks, as the lecture writes them: a star marks a convolution.
OURS = {
    "COMPACT": "[16*, 32*, 48*, 64*, 64*]",
    "TINY": "[10*, 16*, 24*, 24*, 24*]",
}


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


def measure(path: Path, tag: str, seed: int) -> pd.DataFrame:
    """Train the models of one notebook and tag once; return the rows that it recorded.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed, for instance since there is no MNIST.
    """
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = recipe_cells(notebook, tag)
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.csv"
        os.environ.update(DL101_DATASET="mnist", DL101_SEED=str(seed), DL101_RESULTS=str(results))
        os.environ.pop("DL101_EPOCHS", None)
        if tag == "protocol":
            os.environ["DL101_EPOCHS"] = str(EPOCHS)
        NotebookClient(
            notebook,
            timeout=None,
            kernel_name="python3",
            resources={"metadata": {"path": str(NOTEBOOKS)}},
        ).execute()
        return read_results(results)


def merged(old: pd.DataFrame, new: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    """Return the rows of both, the new ones in place of the old of the same model and seed."""
    rows = pd.concat([old, new]) if len(old) else new
    rows = rows.drop_duplicates(["model", "dataset", "seed"], keep="last")
    return rows.sort_values(
        ["model", "seed"],
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
    parser.add_argument("--table", action="store_true", help="measure nothing")
    arguments = parser.parse_args()
    for name in arguments.models:
        if name not in notebooks:
            parser.error(f"no model is named {name!r}; there are {', '.join(notebooks)}")
    if not arguments.table:
        # Two models may be trained by the same cells.
        chosen = dict.fromkeys(notebooks[name] for name in arguments.models or notebooks)
        for path, tag in chosen:
            for seed in arguments.seeds:
                print(f"{path.stem}, {tag}, seed {seed} ...", flush=True)
                new = measure(path, tag, seed)
                rows = merged(read_results(RESULTS), new, list(notebooks))
                write(RESULTS, rows.to_csv(index=False, lineterminator="\n"))
                for row in new.itertuples():
                    print(f"{row.model}: {row.test_accuracy:.2%}, {row.seconds:.0f} s", flush=True)
    write_table()


if __name__ == "__main__":
    main()
