"""README and the results table: made from the measurements, and true to the notebooks."""

import re

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest

from tools import benchmark, course, measure, picture
from tools.course import notebook_paths, repository
from utils.data import COURSE_FOLDER
from utils.training import read_results

README = (COURSE_FOLDER / "README.md").read_text(encoding="utf-8")
RESULTS = read_results(measure.RESULTS)
PUBLISHED = pd.read_csv(course.PUBLISHED)
BENCHMARKS = pd.read_csv(benchmark.FILE)
PAGES = [
    "README.md",
    "GLOSSARY.md",
    "CONTRIBUTING.md",
    "LICENSE-text.md",
    "data/README.md",
    "data/benchmarks.md",
]
PROTOCOL = ("LOGREG", "NN", "DNN", "CDNN")
OURS = tuple(measure.OURS)
LEAST = {
    "LOGREG": 0.925,
    "NN": 0.962,
    "DNN": 0.977,
    "CDNN": 0.988,
    "COMPACT": 0.9955,
    "TINY": 0.994,
}


def test_the_table_is_made_from_the_measurements():
    assert measure.table(RESULTS, PUBLISHED) in README


@pytest.mark.parametrize("model", PROTOCOL + OURS)
def test_measured_with_three_seeds_and_good_enough(model):
    runs = RESULTS[RESULTS.model == model]
    assert runs.seed.nunique() == len(runs) >= 3
    assert set(runs.dataset) == {"mnist"}
    assert runs.test_accuracy.mean() >= LEAST[model]
    if model in PROTOCOL:
        assert set(runs.epochs) == {50}
        assert set(runs.batch_size) == {256}


@pytest.mark.parametrize("model", PROTOCOL + OURS)
def test_parameters_are_those_that_keras_counts(model):
    """Build the model as its notebook does."""
    names = course.names_of(model)
    network = names[course.models()[model].variable]
    count = network.count_params()
    assert set(RESULTS[RESULTS.model == model].parameters) == {count}
    assert f"{count:,}" in README
    if model in OURS:
        kernels = [int(k) for k in re.findall(r"(\d+)\*", measure.OURS[model])]
        convolutions = [layer for layer in network.layers if hasattr(layer, "filters")]
        assert [layer.filters for layer in convolutions] == kernels
        assert count < {"COMPACT": 100_000, "TINY": 20_000}[model]
    else:
        assert set(PUBLISHED[PUBLISHED.model == model].parameters) == {count}
        assert names["batch_size"] == 256
        assert type(network.optimizer).__name__ == "RMSprop"


def test_the_benchmark_tables_are_made_from_the_measurements():
    assert set(BENCHMARKS.benchmark) == set(benchmark.BENCHMARKS)
    assert benchmark.tables(BENCHMARKS) in benchmark.PAGE.read_text(encoding="utf-8")
    assert benchmark.sentence(BENCHMARKS) in README


def test_the_map_names_every_notebook():
    for path in notebook_paths():
        row = next(line for line in README.splitlines() if f"(notebooks/{path.name})" in line)
        cells = nbformat.read(path, as_version=4).cells
        exercises = [cell.source for cell in cells if re.fullmatch(r"exercise-\d+", cell.id)]
        minutes = re.findall(r"\*\((\d+) minutes\)\*", "".join(exercises))
        time = f", {sum(map(int, minutes))} min" if minutes else ""
        assert f"| {len(exercises)}{time} |" in row


def test_the_hours_are_the_sum_of_the_map():
    rows = re.findall(r"(?m)^\| \d\d \|.*\) \|.*\? \| ([\d+ ]+) min \|.*, (\d+) min \|", README)
    assert len(rows) == len(notebook_paths())
    reading = sum(int(part) for parts, _ in rows for part in parts.split("+")) / 60
    exercises = sum(int(minutes) for _, minutes in rows) / 60
    assert f"about {reading:.0f} hours of reading" in README
    assert f"{exercises:.0f} hours of exercises" in README


def test_the_picture_is_drawn_by_code(tmp_path):
    assert f"]({picture.FILE.relative_to(COURSE_FOLDER).as_posix()})" in README
    picture.draw(tmp_path / "course.png")
    drawn, shipped = (plt.imread(file) for file in (tmp_path / "course.png", picture.FILE))
    assert drawn.shape == shipped.shape
    assert np.abs(drawn - shipped).mean() < 0.02  # other fonts and versions draw a little otherwise


def test_links_resolve():
    for name in PAGES:
        file = COURSE_FOLDER / name
        for target in re.findall(r"\]\(([^)\s]+)\)", file.read_text(encoding="utf-8")):
            if not target.startswith(("http", "#")):
                assert (file.parent / target.split("#")[0]).exists(), f"{name}: {target}"


def test_badges_point_at_the_repository():
    slug, branch = repository()
    badges = re.findall(r"colab\.research\.google\.com/github/(\S+?)\)", README)
    assert badges == [f"{slug}/blob/{branch}/notebooks/{p.name}" for p in notebook_paths()]
    assert f"https://github.com/{slug}" in (COURSE_FOLDER / "CITATION.cff").read_text(
        encoding="utf-8"
    )


def test_the_two_commands_are_one_line_each():
    for mark, end in (("open", "jupyter lab notebooks/00_start_here.ipynb"), ("test", "pytest")):
        block = re.search(rf"<!-- {mark} -->\n```bash\n(.*)\n```", README)
        assert block is not None
        assert block[1].startswith("python3 -m venv .venv && ")
        assert "pip install -r requirements.txt" in block[1]
        assert block[1].endswith(end)


def test_the_environment_reuses_the_one_list():
    text = (COURSE_FOLDER / "environment.yml").read_text(encoding="utf-8")
    assert "-r requirements.txt" in text
    for line in (COURSE_FOLDER / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            assert re.match(r"[\w-]+", line)[0] not in text


def test_each_term_of_the_glossary_is_used_in_the_notebook_that_it_names():
    text = (COURSE_FOLDER / "GLOSSARY.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if "](notebooks/" in line]
    terms = [row[0] for row in rows]
    assert terms == sorted(set(terms), key=str.casefold)
    assert len(terms) >= 60
    for term, sentence, link, portuguese, spanish in rows:
        assert sentence.endswith(".")
        assert portuguese
        assert spanish
        cells = nbformat.read(COURSE_FOLDER / re.search(r"\((.+)\)", link)[1], as_version=4).cells
        prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        assert re.search(rf"\b{re.escape(term)}", prose.replace("*", ""), re.IGNORECASE), term
