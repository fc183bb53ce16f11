"""The teachers' tool: what students get, and what becomes of whatever they return.

Most tests use a notebook 01 whose set-up starts no TensorFlow, so that a process starts quickly.
"""

import copy
import csv
import json
import os
import sys
import time

import nbformat
import pytest

from tools import assignment
from tools.course import NOTEBOOKS, notebook_paths

NOTEBOOK = NOTEBOOKS / "01_linear_regression.ipynb"
SOLUTIONS = {
    cell.id: cell.source
    for cell in nbformat.read(NOTEBOOKS / "solutions" / NOTEBOOK.name, as_version=4).cells
}
NUMBERS = range(1, 7)


def solution(k):
    return SOLUTIONS[f"exercise-{k}-answer"]


def small_notebook():
    """Return notebook 01 with its exercises alone, as JSON."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells = [c for c in notebook.cells if c.id.startswith(("set-up", "imp", "exercise-"))]
    for cell in notebook.cells:
        if cell.id == "set-up":
            cell.source = "import sys\nsys.path.insert(0, '..')"
        elif cell.id == "imports":
            cell.source = "import numpy as np\nfrom exercises import check"
    return json.loads(nbformat.writes(notebook))


def with_answers(answers):
    """Return the small notebook with these sources in the cells of answers; None deletes one."""
    notebook = small_notebook()
    for k, source in answers.items():
        cell = next(c for c in notebook["cells"] if c["id"] == f"exercise-{k}-answer")
        cell["source"] = source
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["source"] is not None]
    return notebook


def as_colab(notebook, keep_ids):
    """Return a notebook as Colab saves it: ids in the metadata, its own or new ones."""
    notebook = copy.deepcopy(notebook)
    notebook["nbformat_minor"] = 0
    notebook["metadata"] = {"colab": {"provenance": [], "toc_visible": True}, "accelerator": "GPU"}
    for k, cell in enumerate(notebook["cells"]):
        name = cell.pop("id")
        cell["metadata"] = {"id": name if keep_ids else f"aB{k}", "outputId": "1", "colab": {}}
        cell["source"] = "".join(cell["source"]).splitlines(keepends=True)
    return notebook


def check_line(k):
    return solution(k)[solution(k).index(f'check("01-{k}"') :].splitlines()[0]


FUNCTION_4 = solution(4)[: solution(4).index("\n\n\n")]

ALICE = {
    1: 'for _ in range(50_000):\n    print("x" * 100)\n' + solution(1),
    2: "def mse_gradient(X, y, w, b):\n    return 2 * X.T @ (y - X @ w - b) / len(y), 0.0",
    3: "import sys\nfactor, steps = 1, 2\nsys.exit()",
    4: "while True:\n    pass",
    5: None,
}
BOB = {
    1: f"{solution(1)}\nheavier = (1, 1, 1)\ncheck('01-1', (heavier, doubled))",  # the last counts
    2: "def check(name, answer):\n    print('Right.')\n\n"
    "def mse_gradient(X, y, w, b):\n    return w, b\n\ncheck('01-2', mse_gradient)",
    3: "from exercises import check as c\nimport math\n\nfactor = 1.002\n"
    "steps = math.ceil(math.log(2) / math.log(factor))\nc('01-3', (factor, steps))\n"
    "while True:\n    pass",  # after the check: does not run
    4: FUNCTION_4.replace("diverging_rate", "mine") + "\n\ncheck('01-4', mine)",
    5: "import os\nfor name in list(os.environ):\n    if 'CHECKS' in name:\n"
    '        open(os.environ[name], "a").write(\'{"exercise": "01-5", "state": "right"}\\n\')\n'
    "fit = helper_in_a_cell_of_its_own\n\n" + check_line(5),
    6: "%time pass\n" + solution(6).split("\n\n\n")[0] + "\n\ncheck('01-6', fit_and_predict)",
}
CAROL = {
    1: "import os\nos._exit(0)",
    3: "import os\nos.kill(os.getpid(), 9)",
    4: "class Odd(Exception):\n    def __str__(self):\n        raise self\n\nraise Odd",
    5: "big = np.zeros(2**28)",  # 2 GiB
    6: "import os\nhere = [name for _, _, files in os.walk('../..') for name in files]\n"
    "assert not [name for name in here if 'alice' in name or name.endswith('.ipynb')]\n"
    "assert 'MY_TOKEN' not in os.environ and os.path.expanduser('~') != {home!r}\n"
    + solution(6).split("\n\n\n")[0],
}
ENDLESS_AND_CHILDREN = """
import subprocess, sys
beat = 'import sys, time\\nwhile 1: open(sys.argv[1], "a").write("x"); time.sleep(0.05)'
subprocess.Popen([sys.executable, "-c", beat, {beat!r}], start_new_session=True)
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
"""


def call(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["assignment.py", *map(str, arguments)])
    return assignment.main()


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Grade a class once; return the rows of its table by student, and the folder."""
    folder = tmp_path_factory.mktemp("class")
    returned, course = folder / "returned", folder / "course"
    for place in (returned / "carol" / "homework", returned / "dave", course):
        place.mkdir(parents=True)
    (course / NOTEBOOK.name).write_text(json.dumps(small_notebook()), encoding="utf-8")

    def put(name, notebook):
        text = notebook if isinstance(notebook, str) else json.dumps(notebook)
        (returned / name).write_text(text, encoding="utf-8")

    put("alice_01_linear_regression.ipynb", with_answers(ALICE))
    bob = as_colab(with_answers(BOB), keep_ids=False)
    bob["cells"].reverse()
    put("Bob's homework.ipynb", bob)
    children = ENDLESS_AND_CHILDREN.format(beat=str(folder / "beat"))
    carol = CAROL | {2: children, 6: CAROL[6].replace("{home!r}", repr(os.path.expanduser("~")))}
    carol = as_colab(with_answers(carol), keep_ids=True)
    # Somebody who has lost the cells that the course runs anyway.
    carol["cells"] = [c for c in carol["cells"] if c["metadata"]["id"].startswith("exercise")]
    put("carol/homework/01.ipynb", carol)
    # The course that her set-up cell has fetched is not her work.
    (returned / "carol" / "course" / "utils").mkdir(parents=True)
    (returned / "carol" / "course" / "utils" / "training.py").touch()
    put("carol/course/01_linear_regression.ipynb", small_notebook())
    put("01_linear_regression_erin (2).ipynb", '{"cells": [')
    put("frank_01_linear_regression.ipynb", "")
    put("=grace.ipynb", "[" * 100_000)
    put("heidi_01_linear_regression.ipynb", '{"cells": [1, {"cell_type": "code", "source": 7}]}')
    put("ivan_00_start_here.ipynb", "{}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assignment, "notebook_paths", lambda: [course / NOTEBOOK.name])
        patch.setattr(assignment, "GRACE_SECONDS", 1)
        patch.setenv("MY_TOKEN", "secret")
        table = folder / "results.csv"
        options = ("--table", table, "--limit", 5, "--memory", 1)
        assert call(patch, "grade", returned, *options) == 0
    rows = list(csv.DictReader(table.open(encoding="utf-8", newline="")))
    return {row["student"]: row for row in rows}, folder


@pytest.fixture
def rows(graded):
    return graded[0]


def states(row):
    return [row[f"exercise 01-{k}"] for k in NUMBERS]


def test_right_wrong_exit_endless_flood_deleted_and_unchanged(rows):
    row = rows["alice"]
    assert states(row) == ["right", "not yet", "not yet", "not yet", "missing", "to do"]
    assert row["right"] == "1"
    assert row["error"] == "01-3: SystemExit; 01-4: took longer than 5 s"
    assert row["notebook"] == "01_linear_regression"
    assert row["file"] == "alice_01_linear_regression.ipynb"
    assert float(row["seconds"]) > 5


def test_lost_ids_other_order_and_whatever_is_done_with_check(rows):
    row = rows["Bob's homework"]
    right = {3, 4, 6}
    assert states(row) == ["right" if k in right else "not yet" for k in NUMBERS]
    assert row["error"] == ("01-5: NameError: name 'helper_in_a_cell_of_its_own' is not defined")
    assert row["notebook"] == "01_linear_regression"


def test_who_ends_or_blocks_the_process_pays_for_that_answer_only(rows):
    row = rows["carol"]
    errors = row["error"].split("; ")
    assert errors[0] == "01-1: it ended its process"
    assert errors[1] == "01-2: took longer than 5 s"
    assert errors[2].startswith("01-3: its process ended with code")
    assert errors[3] == "01-4: Odd"
    assert states(row) == ["not yet", "not yet", "not yet", "not yet", "not yet", "right"]
    assert row["file"] == "carol/homework/01.ipynb"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits memory")
def test_memory_is_limited(rows):
    assert "01-5: " in rows["carol"]["error"]
    assert "MemoryError" in rows["carol"]["error"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, a new session escapes")
def test_nothing_that_an_answer_started_is_left(graded):
    beat = graded[1] / "beat"
    size = beat.stat().st_size
    assert size > 0
    time.sleep(0.5)
    assert beat.stat().st_size == size


@pytest.mark.parametrize(
    ("student", "error", "state"),
    [
        ("dave", "the folder has no notebook", ""),
        ("erin", "the file is not valid JSON", "missing"),
        ("frank", "the file is empty", "missing"),
        ("'=grace", "the file is not valid JSON", ""),
        ("heidi", "", "missing"),
        ("ivan_00_start_here", "the file is JSON, but no notebook", ""),
    ],
)
def test_what_is_no_notebook_costs_its_own_row(rows, student, error, state):
    row = rows[student]
    assert row["error"].startswith(error)
    assert bool(row["error"]) == bool(error)
    assert states(row) == [state] * 6
    assert row["right"] == "0"


def test_there_is_a_row_for_each(rows):
    assert len(rows) == 9


def test_a_class_gets_notebooks_without_solutions_and_outputs(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "for" / "them"
    assert call(monkeypatch, "make", folder, "01", "02") == 0
    names = ["01_linear_regression.ipynb", "02_logistic_regression.ipynb"]
    assert sorted(path.name for path in folder.iterdir()) == [
        *names,
        "README.md",
        "requirements.txt",
    ]
    assert "https://github.com/" in capsys.readouterr().out
    for name in names:
        text = (folder / name).read_text(encoding="utf-8")
        assert "solutions" not in text
        notebook = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook)
        of_course = nbformat.read(NOTEBOOKS / name, as_version=4)
        assert [cell.id for cell in notebook.cells] == [cell.id for cell in of_course.cells]
        for cell, original in zip(notebook.cells, of_course.cells):
            if cell.cell_type == "code":
                assert cell.source == original.source
                assert not cell.outputs
                assert cell.execution_count is None
    links = nbformat.read(folder / names[0], as_version=4).cells[-1].source
    assert f"]({names[1]})" in links  # it is there, too
    assert "/blob/main/notebooks/00_start_here.ipynb)" in links
    assert "/blob/main/README.md)" in links


def test_the_real_notebook_is_made_solved_returned_and_graded(tmp_path, run_tool):
    """The command line, on the course itself."""
    homework, returned, path = (tmp_path / name for name in ("homework", "returned", "results.csv"))
    answer = run_tool("assignment", "make", homework, "01")
    assert answer.returncode == 0, answer.stderr
    returned.mkdir()
    notebook = nbformat.read(homework / NOTEBOOK.name, as_version=4)
    for cell in notebook.cells:
        if '\ncheck("' in cell.source:
            cell.source = SOLUTIONS[cell.id]
    nbformat.write(notebook, returned / f"zoe_{NOTEBOOK.name}")
    answer = run_tool("assignment", "grade", returned, "--table", path)
    assert answer.returncode == 0, answer.stderr
    assert "1 of 1: zoe, 01_linear_regression, 6 of 6 right" in answer.stdout
    (row,) = csv.DictReader(path.open(encoding="utf-8", newline=""))
    assert row["student"] == "zoe"
    assert states(row) == ["right"] * 6
    assert row["error"] == ""
    found = sorted(path.name for path in tmp_path.iterdir())
    assert found == ["homework", "results.csv", "returned"]


def test_ctrl_c_keeps_the_rows_that_are_done_and_ends_the_process(tmp_path, monkeypatch, capsys):
    returned = tmp_path / "returned"
    returned.mkdir()
    (returned / "alice_01_linear_regression.ipynb").write_text("")
    (returned / "bob_01_linear_regression.ipynb").write_text(json.dumps(small_notebook()))
    (returned / "carol_01_linear_regression.ipynb").write_text("")
    processes = []

    def interrupted(process, *_):
        processes.append(process)
        raise KeyboardInterrupt

    monkeypatch.setattr(assignment, "wait", interrupted)
    table = tmp_path / "results.csv"
    assert call(monkeypatch, "grade", returned, "--table", table) == 130
    assert [row["student"] for row in csv.DictReader(table.open(encoding="utf-8"))] == ["alice"]
    assert processes[0].returncode is not None
    assert "The rows that are done are in" in capsys.readouterr().err


def test_a_table_that_cannot_be_written_is_printed(tmp_path, monkeypatch, capsys):
    (tmp_path / "alice_01_linear_regression.ipynb").write_text("")
    tries = []

    def busy(path, text):
        tries.append(text)
        if len(tries) > 1:
            raise PermissionError("open elsewhere")

    monkeypatch.setattr(assignment, "write", busy)
    assert call(monkeypatch, "grade", tmp_path, "--table", tmp_path / "results.csv") == 1
    answer = capsys.readouterr()
    assert "alice,01_linear_regression,missing," in answer.out
    assert "open elsewhere" in answer.err


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["make", "full"], "must be a new or empty folder; full is not empty"),
        (["make", "full/a.csv"], "must be a new or empty folder; full/a.csv is a file"),
        (["make", "new", "77"], "no notebook begins with '77'; there are ['00_start_here.ipynb'"),
        (["grade", "nowhere", "--table", "b.csv"], "must be a folder of returned notebooks"),
        (["grade", "full"], "required: --table"),
        (["grade", "full", "--table", "full/a.csv"], "must name a new file; full/a.csv exists"),
        (["grade", "full", "--table", "no/b.csv"], "in a folder that exists; no does not"),
        (["grade", "full", "--table", "b.csv"], "must hold notebooks (*.ipynb)"),
        (["grade", "full", "--table", "b.csv", "--limit", "0"], "above 0, not '0'"),
        (["grade", "full", "--table", "b.csv", "--memory", "much"], "above 0, not 'much'"),
        ([], "required: command"),
    ],
)
def test_bad_input_is_refused_and_changes_nothing(arguments, error, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a.csv").write_text("kept")
    with pytest.raises(SystemExit) as ended:
        call(monkeypatch, *arguments)
    assert ended.value.code == 2
    assert error in capsys.readouterr().err.replace(os.sep, "/")
    assert [path.name for path in tmp_path.rglob("*")] == ["full", "a.csv"]
    assert (tmp_path / "full" / "a.csv").read_text() == "kept"


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("alice_01_linear_regression", "alice"),
        ("01_linear_regression_alice", "alice"),
        ("Alice B - 01_Linear_Regression (1)", "Alice B"),
        ("Copy of 01_linear_regression-alice", "alice"),
        ("01_linear_regression-Copy1", "01_linear_regression"),
        ("alice", "alice"),
    ],
)
def test_the_name_of_a_file_tells_the_student(name, student):
    assert assignment.student_in(name, [path.stem for path in notebook_paths()]) == student


def test_a_student_s_own_copy_of_the_course_counts_if_there_is_nothing_else(tmp_path):
    for name in ("utils/training.py", "notebooks/01_a.ipynb", "notebooks/solutions/01_a.ipynb"):
        (tmp_path / "course" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "course" / name).touch()
    assert assignment.notebooks_of_student(tmp_path) == [tmp_path / "course/notebooks/01_a.ipynb"]
    (tmp_path / "mine.ipynb").touch()
    assert assignment.notebooks_of_student(tmp_path) == [tmp_path / "mine.ipynb"]


def test_grading_warns_that_code_will_run(capsys, monkeypatch):
    with pytest.raises(SystemExit):
        call(monkeypatch, "grade", "--help")
    text = capsys.readouterr().out
    assert "RETURNED NOTEBOOKS ARE CODE THAT WILL RUN" in text
    assert "throw-away machine or container" in text
    assert "NOT prevented" in text


def test_every_exercise_with_a_check_can_be_graded():
    for path in notebook_paths():
        cells = nbformat.read(path, as_version=4).cells
        names = [f"{path.stem[:2]}-{c.id.split('-')[1]}" for c in cells if '\ncheck("' in c.source]
        found = assignment.read_exercises(path)
        assert [exercise.name for exercise in found.exercises] == names
