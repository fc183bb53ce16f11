"""Measure the results table: train the course's models by the lecture's protocol on MNIST.

    python tools/measure_results.py                         every model (hours for the last one)
    python tools/measure_results.py LOGREG NN --seeds 0 1 2
    python tools/measure_results.py --table                 only make README's table again

The lecture's protocol is 50 epochs, batch 256, RMSprop. What is trained is the very code that a
learner runs: the set-up cell and the cells tagged `protocol` of the notebook in which the model
stands. Each run gives one row of data/results.csv, replacing the row of the same model and seed;
README's table is made from that file.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import pandas as pd
from nbclient import NotebookClient

from course import NOTEBOOKS, ROOT, notebook_paths, write

sys.path.insert(0, str(ROOT))
from utils.data import DATA_FOLDER
from utils.training import read_results

EPOCHS = 50
RESULTS = DATA_FOLDER / "results.csv"
PUBLISHED = DATA_FOLDER / "published_results.csv"
README = ROOT / "README.md"
TABLE_MARKS = ("<!-- results: begin -->\n", "<!-- results: end -->")


def models() -> dict[str, Path]:
    """Return the notebook in which each model of the results table is trained, in order."""
    found = {}
    for path in notebook_paths():
        for cell in protocol_cells(nbformat.read(path, as_version=4)):
            for name in re.findall(r'record_result\(\s*"(\w+)"', cell.source):
                found[name] = path
    return found


def protocol_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Return the cells that train one model by the protocol: set-up, and those tagged for it."""
    return [
        cell
        for cell in notebook.cells
        if cell.id == "set-up" or "protocol" in cell.metadata.get("tags", [])
    ]


def measure(path: Path, seed: int, epochs: int) -> pd.DataFrame:
    """Train the model of one notebook once; return the rows that it recorded.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed, for instance since there is no MNIST.
    """
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = protocol_cells(notebook)
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.csv"
        os.environ.update(
            DL101_DATASET="mnist",
            DL101_EPOCHS=str(epochs),
            DL101_SEED=str(seed),
            DL101_RESULTS=str(results),
        )
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
    lines = [
        "| Model | Hidden layers | Parameters | Measured test accuracy | Seeds | Published |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for row in published.itertuples():
        runs = results[results.model == row.model]
        if runs.empty:
            continue
        accuracy = 100 * runs.test_accuracy
        hidden = row.architecture.strip("[]").replace("*", r"\*") or "none"
        spread = f" ± {accuracy.std():.2f}" if len(runs) > 1 else ""
        lines.append(
            f"| {row.model} | {hidden} | {runs.parameters.iloc[0]:,} "
            f"| {accuracy.mean():.2f}{spread} % | {len(runs)} | {row.published_accuracy:.2f} % |"
        )
    return "\n".join(lines) + "\n"


def write_table() -> None:
    """Make README's results table again from data/results.csv."""
    text = README.read_text(encoding="utf-8")
    begin, end = (text.index(mark) for mark in TABLE_MARKS)
    begin += len(TABLE_MARKS[0])
    made = table(read_results(RESULTS), pd.read_csv(PUBLISHED))
    write(README, text[:begin] + made + text[end:])


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
        for name in arguments.models or notebooks:
            for seed in arguments.seeds:
                print(f"{name}, seed {seed}: {EPOCHS} epochs ...", end=" ", flush=True)
                begin = time.monotonic()
                new = measure(notebooks[name], seed, EPOCHS)
                rows = merged(read_results(RESULTS), new, list(notebooks))
                write(RESULTS, rows.to_csv(index=False, lineterminator="\n"))
                print(f"{new.test_accuracy.iloc[0]:.2%}, {time.monotonic() - begin:.0f} s")
    write_table()


if __name__ == "__main__":
    main()
