"""The tool that measures: made-up notebooks, and the tables that the course ships."""

import signal
import sys

import nbformat
import pandas as pd
import pytest

from tools import course, measure
from utils.training import RESULT_COLUMNS, read_results


def row(model, seed, accuracy):
    values = dict.fromkeys(RESULT_COLUMNS, 1) | {"dataset": "mnist"}
    return values | {"model": model, "seed": seed, "test_accuracy": accuracy}


HELPER = "import os, signal, time\n\n\ndef accuracy(seed):\n    return offset + seed / 100"
MEASURE = """
def measure(seed):
    for rate in (0.25, 0.5):
        yield {"what": "dropout", "rate": rate, "accuracy": accuracy(seed)}
    if seed == 2 and os.name == "posix":
        os.kill(os.getppid(), signal.SIGINT)
        time.sleep(60)
    if seed < 3:  # on Windows, 2 as well: nothing can send Ctrl-C there
        raise OSError("the disk is full")
    yield {"what": "images", "images": 500, "accuracy": accuracy(seed)}
"""


def write_notebook(path, helper=HELPER):
    cells = {"set-up": "import sys", "imports": "offset = 0.9", "not-run": "1 / 0"}
    cells |= {"helper": helper, "ladder": MEASURE}
    made = [nbformat.v4.new_code_cell(source, id=name) for name, source in cells.items()]
    for cell in made[3:]:
        cell.metadata["tags"] = ["measure"]
    nbformat.write(nbformat.v4.new_notebook(cells=made), path)


@pytest.fixture
def notebook(monkeypatch, tmp_path):
    """A course of one notebook, 07_ladder, which measures into ladder.csv."""
    path = tmp_path / "07_ladder.ipynb"
    write_notebook(path)
    monkeypatch.setattr(course, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(course, "models", dict)
    monkeypatch.setattr(course, "replace_part", lambda *arguments: None)
    monkeypatch.setattr(measure, "DATA_FOLDER", tmp_path)
    return path


def test_rows_of_seeds_that_are_done_outlive_an_error_and_ctrl_c(
    notebook, monkeypatch, capfd, request
):
    def seeds(*numbers):
        monkeypatch.setattr(sys, "argv", ["measure", "07", "--seeds", *map(str, numbers)])
        return measure.main()

    # A shell that starts the tests in the background lets them ignore Ctrl-C.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, handler))
    table = notebook.with_name("ladder.csv")
    assert seeds(10, 1) == 1
    assert "the disk is full" in capfd.readouterr().err
    assert seeds(2) == 1
    rows = pd.read_csv(table)
    assert list(rows["seed"]) == [10, 10, 10]
    assert list(rows["what"]) == ["dropout", "dropout", "images"]
    assert list(rows["accuracy"]) == [1.0, 1.0, 1.0]
    assert list(rows["images"].dropna()) == [500]
    assert set(rows["cores"]) == {course.usable_cores()}
    assert {"python", "keras", "backend", "backend_version", "numpy", "seconds"} < set(rows)
    assert measure.stale() == []

    first = measure.read(table)
    for seed, accuracy in (("10", "0.5"), ("9", "0.9"), ("10", "1.0")):
        measure.store(first.assign(seed=seed, accuracy=accuracy), table)
    assert measure.read(table).equals(
        pd.concat([first.assign(seed="9", accuracy="0.9"), first], ignore_index=True)
    )


def test_a_fingerprint_changes_with_what_the_cells_do(notebook):
    new = pd.DataFrame({"seed": ["0"], "fingerprint": measure.fingerprint(notebook, "measure")})
    measure.store(new, notebook.with_name("ladder.csv"))
    write_notebook(notebook, "import random\n" + HELPER.replace("100", "100  # percent"))
    assert measure.stale() == []
    write_notebook(notebook, HELPER.replace("100", "99"))
    assert measure.stale() == ["ladder.csv: seed 0"]
    notebook.unlink()
    assert measure.stale() == ["ladder.csv: seed 0"]


def test_what_the_course_ships_was_measured_by_its_cells():
    assert measure.stale() == []
    assert tuple(read_results(measure.RESULTS)) == RESULT_COLUMNS


def test_cells_that_measure_nothing_are_an_error(monkeypatch, tmp_path):
    monkeypatch.setenv("DL101_RESULTS", str(tmp_path / "none.csv"))
    for names in ({}, {"measure": lambda seed: []}):
        with pytest.raises(ValueError, match="no row was measured"):
            measure.finish(names)


def test_models_learn_from_fewer_images():
    for path, tag, _ in course.models().values():
        assert measure.with_fewer_images([c.source for c in course.cells_of(path, tag)], 500)
    sources = [
        "import numpy as np\nseed = lambda: 0\nfit = lambda x, y, **options: options",
        "x_train, y_train = np.arange(1000), np.arange(1000)",
        "x_train = x_train / 1000",
        "batch_size = {'mnist': 256}['mnist']\n"
        "history = fit(x_train, y_train, batch_size=batch_size, validation_data=())",
    ]
    for images, batch in ((200, 16), (900, 16), (5000, 50), (40_000, 256)):
        names = {}
        exec("\n".join(measure.with_fewer_images(sources, images)), names)
        assert len(names["x_train"]) == min(images, 1000)
        assert (1000 * names["x_train"] == names["y_train"]).all()
        options = {"batch_size": batch, "validation_data": (), "validation_freq": 50}
        assert names["history"] == options
    for fewer in (sources[:3], sources[::3], [*sources, "batch_size = 1"]):
        with pytest.raises(ValueError, match=r"must assign x_train and, once, batch_size"):
            measure.with_fewer_images(fewer, 500)


def test_new_rows_replace_those_of_the_same_keys():
    old = pd.DataFrame([row("NN", 10, 0.1), row("NN", 9, 0.2)])
    new = pd.DataFrame([row("NN", 9, 0.3), row("LOGREG", 0, 0.4)])
    rows = course.merged(old, new, ["model", "seed"], ["LOGREG", "NN"])
    assert list(rows[["model", "seed", "test_accuracy"]].itertuples(index=False, name=None)) == [
        ("LOGREG", 0, 0.4),
        ("NN", 9, 0.3),
        ("NN", 10, 0.1),
    ]


def test_the_table_gives_mean_spread_and_seeds():
    results = pd.DataFrame([row("NN", 0, 0.96), row("NN", 1, 0.97), row("LOGREG", 0, 0.9)])
    published = pd.DataFrame(
        {
            "model": ["LOGREG", "NN"],
            "architecture": ["[]", "[32*, 8]"],
            "published_accuracy": [92.0, 96.2],
        }
    )
    table = measure.table(results, published).splitlines()
    assert table[2] == "| LOGREG | none | 1 | 90.00 % | 1 | 92.00 % |"
    assert table[3] == "| NN | 32\\*, 8 | 1 | 96.50 ± 0.71 % | 2 | 96.20 % |"
    ours = measure.table(pd.DataFrame([row("TINY", 0, 0.99)]), published).splitlines()
    assert ours[2].endswith("| 1 | 99.00 % | 1 | - |")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["77"], "no notebook begins with '77'"),
        (["08", "--tags", "recipe"], "no cell of 08 is tagged recipe"),
        (["02", "--images", "99"], "--images must be from 100 to 49999"),
    ],
)
def test_bad_arguments_are_refused(arguments, said, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["measure", *arguments])
    with pytest.raises(SystemExit):
        measure.main()
    assert said in capsys.readouterr().err
