"""A lone notebook on Colab, simulated: a stub of google.colab, and git without a network.

Colab itself cannot be had in a test. What differs there is that the notebook stands alone in a
folder, that the module google.colab is there, and which versions of the packages are installed:
`nox -s colab` runs these tests with those versions.
"""

import os
import shutil
import subprocess
import sys

import nbformat
import pytest

from tools.course import notebook_paths, repository
from utils.data import COURSE_FOLDER

PATHS = notebook_paths()
NAME = repository()[0].split("/")[1]
# What anywidget calls once google.colab.output is loaded, as it is in every kernel of Colab. No
# google/__init__.py: it would hide the other parts of google.
STUB = {
    "sitecustomize.py": "import google.colab.output\n",
    "google/colab/__init__.py": "",
    "google/colab/output.py": """
class _widgets:
    _installed_url = None


def enable_custom_widget_manager():
    _widgets._installed_url = "https://example.org/manager.js"
""",
}


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """A folder that stands for github.com, holding the course as its files now are."""
    if shutil.which("git") is None:
        pytest.skip("git is missing")
    hub = tmp_path_factory.mktemp("hub")
    course = hub / repository()[0]
    author = ["-c", "user.name=course", "-c", "user.email=course@example.org"]
    git = [
        "git",
        f"--git-dir={course}",
        f"--work-tree={COURSE_FOLDER}",
        *author,
        "-c",
        "commit.gpgsign=0",
    ]
    subprocess.run(["git", "init", "--quiet", "--bare", course], check=True)
    # Into a repository of its own: the one that the course may have is neither needed nor touched.
    for arguments in (["add", "--all"], ["commit", "--quiet", "-m", "now"]):
        subprocess.run([*git, *arguments], cwd=COURSE_FOLDER, check=True)
    return hub


@pytest.fixture
def colab(tmp_path):
    """An empty folder, and the environment of a kernel that starts in it on Colab."""
    for name, text in STUB.items():
        file = tmp_path / "stub" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "home").mkdir()
    content = tmp_path / "content"
    content.mkdir()
    environment = {
        "HOME": str(tmp_path / "home"),
        "PYTHONPATH": str(tmp_path / "stub"),
        "DL101_DATASET": "digits",
        "DL101_RESULTS": str(tmp_path / "results.csv"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_VALUE_0": "https://github.com/",
    }
    return content, os.environ | environment


def with_hub(environment, url="https://127.0.0.1:9"):
    """Let git look for github.com at ``url``: by default, a port where nobody answers."""
    return environment | {"GIT_CONFIG_KEY_0": f"url.{url}/.insteadOf", "no_proxy": "127.0.0.1"}


@pytest.mark.colab
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_lone_notebook_runs(path, hub, colab):
    content, environment = colab
    shutil.copy(path, content)
    nbval = ["--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=300"]
    command = [sys.executable, "-m", "pytest", *nbval, "-p", "no:cacheprovider", path.name]
    answer = subprocess.run(
        command,
        cwd=content,
        env=with_hub(environment, hub.as_uri()),
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stdout[-5000:]
    cells = sum(
        c.cell_type == "code" for c in nbformat.read(content / path.name, as_version=4).cells
    )
    assert f"{cells} passed" in answer.stdout
    assert (content / NAME / "utils" / "training.py").exists()


def run_set_up(folder, environment, *, times=1):
    """Run the set-up cell as a kernel would that starts in ``folder``."""
    cells = nbformat.read(PATHS[0], as_version=4).cells
    source = next(cell.source for cell in cells if cell.id == "set-up")
    report = "\nimport utils\nprint('course at', pathlib.Path(utils.__file__).parents[1])\n"
    return subprocess.run(
        [sys.executable, "-c", times * f"{source}\n" + report],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_set_up_fetches_the_course_and_may_be_run_again(hub, colab):
    content, environment = colab
    environment = with_hub(environment, hub.as_uri())
    answer = run_set_up(content, environment, times=2)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.count("seed 0") == 2
    assert f"course at {content / NAME}" in answer.stdout
    assert [entry.name for entry in content.iterdir()] == [NAME]
    # A second kernel in the same folder needs no network any more.
    answer = run_set_up(content, with_hub(environment))
    assert answer.returncode == 0, answer.stderr
    assert f"course at {content / NAME}" in answer.stdout
    assert [entry.name for entry in content.iterdir()] == [NAME]


def test_set_up_finds_the_course_above(colab):
    content, environment = colab
    folder = content / "term" / "week"
    folder.mkdir(parents=True)
    shutil.copytree(COURSE_FOLDER / "utils", content / "utils")
    answer = run_set_up(folder, with_hub(environment))
    assert answer.returncode == 0, answer.stderr
    assert f"course at {content}" in answer.stdout
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("trouble", ["no network", "no git", "half a clone"])
def test_set_up_says_what_to_do(trouble, hub, colab):
    content, environment = colab
    environment = with_hub(environment, hub.as_uri())
    if trouble == "no network":
        environment = with_hub(environment)
    elif trouble == "no git":
        environment["PATH"] = str(content)
    else:
        # git writes files in the order of their names: utils/training.py is the last one.
        (content / NAME / "utils").mkdir(parents=True)
        for name in ("__init__.py", "data.py", "plotting.py"):
            shutil.copy(COURSE_FOLDER / "utils" / name, content / NAME / "utils")
        (content / NAME / "my_notes.txt").write_text("a learner's own")
    answer = run_set_up(content, environment)
    assert answer.returncode == 1
    advice = f"Install git, go online, rename any broken {NAME} here, run this again."
    assert answer.stderr.endswith(f"OSError: {advice}\n")
    assert answer.stderr.count("Traceback") == 1
    if trouble == "half a clone":
        assert (content / NAME / "my_notes.txt").read_text() == "a learner's own"
