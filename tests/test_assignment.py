"""The teachers' tool: what students get, and what becomes of whatever they return.

Most tests use a notebook 01 whose set-up starts no TensorFlow, so that a process starts quickly.
"""

import asyncio
import contextlib
import copy
import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import nbformat
import pytest

from tools import assignment
from tools.course import NOTEBOOKS, PLACEHOLDER, notebook_paths

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
    4: "while True:  # endless\n    pass",
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
beat = 'import sys, time\\nfor _ in range(9000): open(sys.argv[1], "a").write("x"); time.sleep(.05)'
subprocess.Popen([sys.executable, "-c", beat, {beat!r}], start_new_session=True)
while True:  # endless
    try:
        while True:
            pass
    except BaseException:
        pass
"""


def without_haste(monkeypatch):
    """Let the limit of time stop what is endless, and nothing else, however busy the machine is."""
    run = assignment.Kernel.run

    def run_(kernel, source, seconds):
        return run(kernel, source, seconds if "endless" in source else 600)

    monkeypatch.setattr(assignment.Kernel, "run", run_)
    monkeypatch.setattr(assignment, "GRACE_SECONDS", 1)


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
    (returned / "carol" / "course" / "exercises").mkdir(parents=True)
    (returned / "carol" / "course" / "exercises" / "judging.py").touch()
    put("carol/course/01_linear_regression.ipynb", small_notebook())
    put("01_linear_regression_erin (2).ipynb", '{"cells": [')
    put("frank_01_linear_regression.ipynb", "")
    put("=grace.ipynb", "[" * 100_000)
    put("heidi_01_linear_regression.ipynb", '{"cells": [1, {"cell_type": "code", "source": 7}]}')
    put("ivan_00_start_here.ipynb", "{}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assignment, "notebook_paths", lambda: [course / NOTEBOOK.name])
        without_haste(patch)
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
    assert row["error"] == "01-3: SystemExit, 01-4: took longer than 5 s"
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
    errors = row["error"].split(", ")
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


@pytest.fixture
def own_repository(monkeypatch):
    monkeypatch.setattr(assignment, "repository", lambda: ("someone/course", "main"))


def test_nothing_is_handed_out_while_the_repository_is_a_placeholder(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(assignment, "repository", lambda: (PLACEHOLDER, "main"))
    with pytest.raises(SystemExit):
        call(monkeypatch, "make", tmp_path / "homework", "01")
    assert "first python -m tools.set_repository NAME/REPOSITORY" in capsys.readouterr().err
    assert not (tmp_path / "homework").exists()


@pytest.mark.usefixtures("own_repository")
def test_a_class_gets_notebooks_without_solutions_and_outputs(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "for" / "them"
    assert call(monkeypatch, "make", folder, "01", "02") == 0
    names = ["01_linear_regression.ipynb", "02_logistic_regression.ipynb"]
    assert sorted(path.name for path in folder.iterdir()) == [
        *names,
        "README.md",
        "requirements.txt",
    ]
    assert "https://github.com/someone/course" in capsys.readouterr().out
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


@pytest.mark.usefixtures("own_repository")
def test_the_real_notebook_is_made_solved_returned_and_graded(tmp_path, monkeypatch, run_tool):
    """The command line, on the course itself."""
    homework, returned, path = (tmp_path / name for name in ("homework", "returned", "results.csv"))
    assert call(monkeypatch, "make", homework, "01") == 0
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


@pytest.fixture
def ctrl_c():
    """Python's own handler of Ctrl-C, also under a background shell, which has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_keeps_the_rows_that_are_done_and_resume_goes_on(tmp_path, monkeypatch, capsys):
    returned, table = tmp_path / "returned", tmp_path / "results.csv"
    returned.mkdir()
    for name, notebook in (("alice", ""), ("bob", json.dumps(small_notebook())), ("carol", "")):
        (returned / f"{name}_01_linear_regression.ipynb").write_text(notebook)
    read, kernels = [], []

    def remember(path):
        read.append(path.name)
        return read_returned(path)

    async def start(kernel, *_):
        kernels.append(kernel)
        await asyncio.sleep(0.2)
        signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(9)

    def students():
        return [row["student"] for row in csv.DictReader(table.open(encoding="utf-8"))]

    read_returned = assignment.read_returned
    monkeypatch.setattr(assignment, "read_returned", remember)
    paths = small_course(tmp_path)
    monkeypatch.setattr(assignment, "notebook_paths", lambda: paths)
    options = ("grade", returned, "--table", table, "--jobs", 1)
    with monkeypatch.context() as patch:
        patch.setattr(assignment.Kernel, "start", start)
        assert call(patch, *options) == 130
    assert "--resume goes on" in capsys.readouterr().err
    assert students() == ["alice"]
    assert not kernels[0].folder.exists()
    read.clear()
    assert call(monkeypatch, *options, "--resume") == 0
    assert students() == ["alice", "bob", "carol"]
    assert not [name for name in read if name.startswith("alice")]
    table.write_text("name,mark\nalice,1\n")
    with pytest.raises(SystemExit):
        call(monkeypatch, *options, "--resume")
    assert table.read_text() == "name,mark\nalice,1\n"


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
        (["make", "full"], "must be a new or empty folder; full is not"),
        (["make", "full/a.csv"], "must be a new or empty folder; full/a.csv is not"),
        (["make", "new", "77"], "no notebook begins with '77'; there are ['00_start_here.ipynb'"),
        (["grade", "nowhere", "--table", "b.csv"], "must be a folder of returned notebooks"),
        (["grade", "full"], "required: --table"),
        (["grade", "full", "--table", "full/a.csv"], "must name a new file; full/a.csv exists"),
        (["grade", "full", "--table", "b.csv", "--jobs", "0"], "above 0, not '0'"),
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


def test_grading_warns_that_code_will_run(capsys, monkeypatch):
    with pytest.raises(SystemExit):
        call(monkeypatch, "grade", "--help")
    text = capsys.readouterr().out
    assert "RETURNED NOTEBOOKS ARE CODE THAT WILL RUN" in text
    assert "throw-away machine or container" in text
    assert "NOT prevented" in text
    assert "the results of others" in " ".join(text.split())


def test_every_exercise_with_a_check_can_be_graded():
    for path in notebook_paths():
        cells = nbformat.read(path, as_version=4).cells
        names = [f"{path.stem[:2]}-{c.id.split('-')[1]}" for c in cells if '\ncheck("' in c.source]
        found = assignment.read_exercises(path)
        assert [exercise.name for exercise in found.exercises] == names


# A class that attacks, or does what nobody has thought of ---------------------------------------

SECRETS = ("KAGGLE_KEY", "DATABASE_URL", "HTTPS_PROXY", "PGPASS", "WANDB", "HF", "SMTP_PWD", "DSN")
FAKE_KERAS = (
    "import sys, types\nimport numpy as np\n"
    "keras = types.SimpleNamespace(set_random_seed=lambda seed: None)\n"
    "sys.modules['keras'] = types.SimpleNamespace(utils=keras)"
)
DEEP = """
import os
here = os.getcwd()
for _ in range(3000):
    os.mkdir("d")
    os.chdir("d")
os.chdir(here)
"""
FIFO = """
import glob, os
for record in glob.glob("../../*.jsonl"):
    os.remove(record)
    os.mkfifo(record)
"""
MUCH = """
for _ in range(300):
    print("x" * 1_000_000)
if sys.platform == "linux":  # not ru_maxrss: it begins with that of the process that has forked
    most = open("/proc/self/status").read().partition("VmHWM:")[2].split()[0]
    assert int(most) < 300_000, "it keeps what is printed"
"""
COUNT = "open({count!r}, 'a').write('x')\n"


def small_course(folder):
    """Write notebooks 01 and 02 with their exercises alone, and a Keras that does nothing."""
    course = small_notebook()
    for cell in course["cells"]:
        if cell["id"] == "imports":
            cell["source"] = f"{FAKE_KERAS}\nprint(np)\nfrom exercises import check"
    (folder / NOTEBOOK.name).write_text(json.dumps(course), encoding="utf-8")
    other = next(path for path in notebook_paths() if path.stem.startswith("02"))
    notebook = nbformat.read(other, as_version=4)
    notebook.cells = [c for c in notebook.cells if c.id.startswith("exercise-")]
    nbformat.write(notebook, folder / other.name)
    return [folder / NOTEBOOK.name, folder / other.name]


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """Grade a class, two at a time; return its rows, what was printed, and the folder."""
    folder = tmp_path_factory.mktemp("attack")
    returned, temporary = folder / "returned", folder / "temporary"
    for place in (returned, temporary, folder / "course"):
        place.mkdir()
    paths = small_course(folder / "course")

    def put(name, notebook):
        path = returned / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(notebook if isinstance(notebook, str) else json.dumps(notebook), "utf-8")

    # An honest student, with the course around the answers and something else beside it.
    put("alice/deep-learning-101/exercises/judging.py", "")
    put(
        "alice/deep-learning-101/notebooks/01_linear_regression.ipynb",
        with_answers({1: solution(1)}),
    )
    put(
        "alice/deep-learning-101/notebooks/02_logistic_regression.ipynb",
        paths[1].read_text("utf-8"),
    )
    put("alice/deep-learning-101/notebooks/solutions/01_linear_regression.ipynb", small_notebook())
    put("alice/Untitled.ipynb", {"cells": []})
    # The course is there because the set-up cell has fetched it; one more is worked on in it.
    put("bob/01.ipynb", with_answers({1: solution(1) + "\nexit()"}))
    put("bob/deep-learning-101/exercises/judging.py", "")
    put("bob/deep-learning-101/01_linear_regression.ipynb", with_answers({1: "pass"}))
    put("bob/deep-learning-101/02_logistic_regression.ipynb", paths[1].read_text("utf-8"))
    put(
        "carol_01_linear_regression.ipynb",
        with_answers({1: DEEP + FIFO + solution(1), 2: solution(2), 3: MUCH + solution(3)}),
    )
    environment = f"import os\nassert not set(os.environ) & set({SECRETS!r})\n"
    put(
        "dave;=cmd|x_01_linear_regression.ipynb",
        with_answers(
            {
                1: environment + solution(1),
                2: "import sys\nsys.modules['keras'] = object()\nraise KeyboardInterrupt",
                3: solution(3),
                4: 'raise ValueError("x" * 20_000_000)  # an endless reply',
                5: "%reset -f\nimport os\nos.environ.clear()",
                6: solution(6),
            }
        ),
    )
    many = with_answers({1: COUNT.format(count=str(folder / "count")) + solution(1)})
    first = next(c for c in many["cells"] if c["id"] == "exercise-1-answer")
    many["cells"] = [first] * 11 + many["cells"]
    # And an answer of another notebook in the same file, and half a character.
    many["cells"].append({"cell_type": "code", "source": 'check("02-1", 1)'})
    next(c for c in many["cells"] if c["id"] == "exercise-2-answer")["source"] = "x = '\ud800'"
    next(c for c in many["cells"] if c["id"] == "exercise-3-answer")["source"] = solution(3)
    put("erin_01_linear_regression.ipynb", many)
    put("frank_01_linear_regression.ipynb", "{" + " " * 31_000_000)
    put(".grace_01_linear_regression.ipynb", small_notebook())
    put("heidi_01_linear_regression.ipynb.txt", small_notebook())
    put("__ivan/01_linear_regression.ipynb", small_notebook())
    if os.name == "posix":
        (returned / "judy").symlink_to(returned / "bob", target_is_directory=True)
        (returned / "mallory").mkdir()
        here = os.getcwd()
        os.chdir(returned / "mallory")
        for _ in range(1500):
            os.mkdir("d")
            os.chdir("d")
        os.chdir(here)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assignment, "notebook_paths", lambda: paths)
        without_haste(patch)
        patch.setattr(tempfile, "tempdir", str(temporary))
        for name in SECRETS:
            patch.setenv(name, "secret")
        printed = io.StringIO()
        table = folder / "results.csv"
        with contextlib.redirect_stdout(printed):
            options = ("--table", table, "--limit", 3, "--memory", 1e10, "--jobs", 2)
            assert call(patch, "grade", returned, *options) == 0
    rows = list(csv.DictReader(table.open(encoding="utf-8", newline="")))
    subprocess.run(["rm", "-rf", str(returned / "mallory")])  # pytest would not manage
    return (
        {f"{row['student']} {row['notebook'][:2]}": row for row in rows},
        printed.getvalue(),
        folder,
    )


def test_an_honest_student_gets_what_is_right_whatever_lies_beside(attacked):
    rows, printed, _ = attacked
    assert [name for name in rows if name.startswith("alice")] == ["alice 01"]
    assert rows["alice 01"]["right"] == "1"
    assert "skipped: alice/Untitled.ipynb (another one counts)" in printed
    assert "solutions" not in printed


def test_a_copy_of_the_course_counts_as_far_as_it_was_worked_on(attacked):
    rows, printed, _ = attacked
    assert [name for name in rows if name.startswith("bob")] == ["bob 01"]
    assert rows["bob 01"]["right"] == "1"  # although it calls exit()
    assert "skipped: bob/deep-learning-101/01_linear_regression.ipynb (another one" in printed
    assert "bob/deep-learning-101/02" not in printed


def test_3000_folders_a_pipe_or_300_megabytes_of_output_end_nothing(attacked):
    rows, _, folder = attacked
    assert states(rows["carol 01"])[:3] == ["right"] * 3
    assert not list((folder / "temporary").iterdir())


def test_secrets_modules_interrupts_and_long_errors_stay_in_their_answer(attacked):
    (row,) = [row for name, row in attacked[0].items() if name.startswith("dave")]
    assert row["student"] == "dave,=cmd|x"
    assert states(row) == ["right", "not yet", "right", "not yet", "not yet", "right"]
    assert "01-2: KeyboardInterrupt" in row["error"]
    assert "01-4: took longer than 3 s" in row["error"]


def test_the_last_three_answers_are_run_and_those_of_another_notebook_are_named(attacked):
    rows, _, folder = attacked
    assert states(rows["erin 01"])[:3] == ["right", "not yet", "right"]
    assert (folder / "count").read_text() == "xxx"
    assert "of another notebook, skipped: 02-1" in rows["erin 01"]["error"]


def test_a_file_of_31_megabytes_is_not_read(attacked):
    assert attacked[0]["frank 01"]["error"] == "the file is larger than 30 MB"


def test_what_is_left_out_is_said(attacked):
    rows, printed, _ = attacked
    for line in (
        ".grace_01_linear_regression.ipynb (hidden)",
        "heidi_01_linear_regression.ipynb.txt (its name does not end in .ipynb)",
        "__ivan (hidden)",
    ):
        assert f"skipped: {line}" in printed
    if os.name == "posix":
        assert "skipped: judy (a link)" in printed
        assert "mallory " in rows
    assert " min left" in printed


def test_a_changed_checker_grades_nobody(tmp_path, monkeypatch, capsys):
    """It cannot: each row gets what the course was in the beginning; but the teacher is told."""
    copy, returned = tmp_path / "copy", tmp_path / "returned"
    returned.mkdir()
    for part in ("exercises", "utils", "data", "tools"):
        shutil.copytree(assignment.COURSE_FOLDER / part, copy / part)
    attack = f"open({str(copy / 'exercises' / '__init__.py')!r}, 'a').write('def check(*_): pass')"
    for name, answer in (("alice", attack), ("bob", "pass")):
        notebook = json.dumps(with_answers({1: answer}))
        (returned / f"{name}_{NOTEBOOK.name}").write_text(notebook)
    paths = small_course(tmp_path)
    monkeypatch.setattr(assignment, "COURSE_FOLDER", copy)
    monkeypatch.setattr(assignment, "notebook_paths", lambda: paths)
    table = tmp_path / "results.csv"
    assert call(monkeypatch, "grade", returned, "--table", table, "--jobs", 1) == 1
    assert "exercises/__init__.py" in capsys.readouterr().err.replace(os.sep, "/")
    assert "right" not in table.read_text().partition("\n")[2]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, a new session escapes")
def test_a_closed_terminal_ends_what_runs(tmp_path):
    returned, beat = tmp_path / "returned", tmp_path / "beat"
    returned.mkdir()
    (tmp_path / "temporary").mkdir()
    answer = ENDLESS_AND_CHILDREN.format(beat=str(beat))
    text = json.dumps(with_answers({1: answer}))
    (returned / f"alice_{NOTEBOOK.name}").write_text(text)
    paths = list(map(str, small_course(tmp_path)))
    program = f"""
import sys, tempfile
from pathlib import Path
from tools import assignment
tempfile.tempdir = {str(tmp_path / "temporary")!r}
assignment.notebook_paths = lambda: [Path(path) for path in {paths}]
sys.argv[1:] = ["grade", {str(returned)!r}, "--table", {str(tmp_path / "results.csv")!r}]
sys.exit(assignment.main())
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        start_new_session=True,
        # Under nohup, it would be ignored.
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    )
    try:
        while not beat.exists():
            assert process.poll() is None
            time.sleep(0.1)
        process.send_signal(signal.SIGHUP)
        assert process.wait(300) == 130
    finally:
        process.kill()
    size = beat.stat().st_size
    time.sleep(0.5)
    assert beat.stat().st_size == size > 0
    assert not list((tmp_path / "temporary").iterdir())


def test_what_comes_and_goes_is_no_part_of_the_course(tmp_path, monkeypatch):
    """Neither copied nor a change: a teacher's own runs, what an editor leaves beside a file."""
    names = ["exercises/judging.py", "utils/training.py", "data/results.csv"]
    passing = ["data/my_results.csv", "data/my_results.csv.lock", "data/mnist.npz", "data/a.tmp"]
    passing += ["utils/__pycache__/training.pyc", "utils/.training.py.swp"]
    passing += ["data/.ipynb_checkpoints/results.csv"]
    for name in names + passing:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.setattr(assignment, "COURSE_FOLDER", tmp_path)
    assert sorted(path.as_posix() for path in assignment.read_files()) == sorted(names)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, paths have other limits")
def test_a_path_that_is_almost_too_long_ends_nothing(tmp_path, monkeypatch):
    """The notebook can be read, but not what would lie beside it in a copy of the course."""
    returned, alice = tmp_path / "returned", tmp_path / "returned" / "alice"
    alice.mkdir(parents=True)
    (returned / "bob_01_linear_regression.ipynb").touch()
    length = 4095 - len(str(alice)) - len("/01.ipynb")
    monkeypatch.chdir(alice)
    for k in range(length, 0, -200):
        name = "d" * (min(k, 200) - 1)
        if name:
            os.mkdir(name)
            os.chdir(name)
    with open("01.ipynb", "w") as file:
        file.write(json.dumps(small_notebook()))
    notebooks = {path.stem: assignment.read_exercises(path) for path in small_course(tmp_path)}
    rows, _ = assignment.find_returned(returned, notebooks)
    assert [row.student for row in rows] == ["alice", "bob"]
    assert 4090 <= len(str(rows[0].path)) < 4096
