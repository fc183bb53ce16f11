"""A lone notebook on Colab, simulated: a stub of google.colab, and git without a network.

Colab itself cannot be had in a test. What differs there is that the notebook stands alone in a
folder, that the module google.colab is there, and which versions of the packages are installed:
`nox -s colab` runs these tests with those versions.
"""

import contextlib
import os
import shutil
import socketserver
import subprocess
import sys
import threading

import nbformat
import pytest

from tools import set_repository
from tools.course import notebook_paths, repository
from utils.data import COURSE_FOLDER

PATHS = notebook_paths()
NAME = repository()[0].split("/")[1]
ADVICE = f"Install git, go online, rename any broken {NAME} here, run this again."
GIT = ["git", "-c", "user.name=me", "-c", "user.email=me@example.org", "-c", "commit.gpgsign=0"]
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
    git = [*GIT, f"--git-dir={course}", f"--work-tree={COURSE_FOLDER}"]
    branch = f"--initial-branch={repository()[1]}"
    subprocess.run(["git", "init", "--quiet", "--bare", branch, course], check=True)
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


def set_up():
    """Return the source of the set-up cell."""
    cells = nbformat.read(PATHS[0], as_version=4).cells
    return next(cell.source for cell in cells if cell.id == "set-up")


def run_set_up(folder, environment, *, before="", source=None, times=1):
    """Run the set-up cell as a kernel would that starts in ``folder``."""
    source = source or set_up()
    report = (
        "\nimport pathlib, utils\nprint('course at', pathlib.Path(utils.__file__).parents[1])\n"
    )
    return subprocess.run(
        [sys.executable, "-c", f"{before}\n" + times * f"{source}\n" + report],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )


def write_course(folder, *, without=()):
    """Write into ``folder`` what the set-up cell needs of the course, with a quick start."""
    texts = {"exercises/judging.py": "", "utils/__init__.py": ""}
    texts["utils/start.py"] = (COURSE_FOLDER / "utils" / "start.py").read_text(encoding="utf-8")
    texts["utils/training.py"] = "def start():\n    print('quick start')\n"
    for name in texts.keys() - set(without):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(texts[name], encoding="utf-8")


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
    write_course(content)
    answer = run_set_up(folder, with_hub(environment), times=2)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.splitlines() == ["quick start"] * 2 + [f"course at {content}"]
    assert list(folder.iterdir()) == []


def test_nothing_is_written_after_what_the_set_up_cell_knows_the_course_by(hub):
    """git writes files in the order of their names: the last one says that a clone is whole."""
    command = ["git", f"--git-dir={hub / repository()[0]}", "ls-tree", "-r", "--name-only", "HEAD"]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")
    assert names[-2:] == ["utils/training.py", ""]
    assert {"exercises/judging.py", "utils/start.py"} <= set(names)


@pytest.mark.parametrize("other", ["another project", "an older course"])
def test_set_up_does_not_take_another_project_for_the_course(other, colab):
    content, environment = colab
    without = ["utils/start.py", "exercises/judging.py"]
    write_course(content, without=without if other == "another project" else without[1:])
    (content / "utils" / "training.py").write_text("")
    (content / "notebooks" / NAME).mkdir(parents=True)
    write_course(content / "notebooks" / NAME)
    answer = run_set_up(content / "notebooks", with_hub(environment))
    assert answer.returncode == 0, answer.stderr
    assert f"course at {content / 'notebooks' / NAME}" in answer.stdout


FOREIGN = {
    "a package": ("utils/__init__.py", "import utils"),
    "a package with a part of the same name": ("utils/training.py", "import utils.training"),
    "a module": ("utils.py", "import utils"),
    "a folder": ("utils/notes.txt", "import utils"),
    "made by hand": ("notes.txt", "import types; sys.modules['utils'] = types.ModuleType('utils')"),
    "exercises": ("exercises/__init__.py", "import exercises"),
}


@pytest.mark.parametrize("foreign", FOREIGN)
def test_set_up_says_what_to_do_where_a_package_of_that_name_is_loaded(foreign, colab, tmp_path):
    content, environment = colab
    name, code = FOREIGN[foreign]
    site, folder = tmp_path / "site", content / "notebooks"
    (site / name).parent.mkdir(parents=True)
    (site / name).write_text("")
    write_course(content)
    folder.mkdir()
    find = f"import sys; sys.path[:0] = [{str(site)!r}]; "
    answer = run_set_up(folder, with_hub(environment), before=find + code)
    assert answer.returncode == 1
    last = answer.stderr.splitlines()[-1]
    assert last.startswith("ImportError: Another ")
    assert "Restart the kernel, then run this cell before any other" in last
    assert str(site) in last or foreign == "made by hand"
    # What Python could find, but has not loaded, is no trouble; nor is the course itself.
    for before in (find, f"import sys; sys.path[:0] = [{str(content)!r}]; import utils, exercises"):
        answer = run_set_up(folder, with_hub(environment), before=before)
        assert f"course at {content}" in answer.stdout, answer.stderr


@contextlib.contextmanager
def server(answers):
    """Listen at a port, and let ``answers`` talk to whoever comes. Yields the URL."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            answers(self.request)

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.005,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.server_address[1]}"
        finally:
            listening.shutdown()
            thread.join()


@pytest.mark.parametrize("page", [b"", b"<html>Please log in.</html>"])
def test_set_up_says_what_to_do_where_a_network_answers_with_a_page_of_its_own(page, colab):
    content, environment = colab

    def answers(connection):
        connection.recv(10_000)
        head = (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: "
        )
        connection.sendall(head + b"%d\r\n\r\n" % len(page) + page)

    with server(answers) as url:
        answer = run_set_up(content, with_hub(environment, url))
    assert answer.stderr.endswith(f"OSError: {ADVICE}\n")


@pytest.mark.skipif(os.name == "nt", reason="has no such terminals")
def test_set_up_asks_for_no_password_in_the_terminal_of_jupyterlab(colab):
    """As GitHub does where a repository does not exist: nobody would look there."""
    import pty

    content, environment = colab

    def answers(connection):
        connection.recv(10_000)
        head = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=GitHub\r\n"
        connection.sendall(head + b"Connection: close\r\nContent-Length: 0\r\n\r\n")

    environment.pop("GIT_ASKPASS", None)
    with server(answers) as url:
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(content)
            os.execve(sys.executable, [sys.executable, "-c", set_up()], with_hub(environment, url))
        printed = b""
        with contextlib.suppress(OSError):  # the terminal has closed
            while b"sername" not in printed and (more := os.read(terminal, 1000)):
                printed += more
        os.close(terminal)
        os.waitpid(pid, 0)
    assert printed.decode().rstrip().endswith(f"OSError: {ADVICE}")


def test_set_up_does_not_wait_for_a_silent_server(colab):
    content, environment = colab
    environment["GIT_HTTP_LOW_SPEED_TIME"] = "1"  # goes before the 30 seconds
    gave_up = []

    def answers(connection):
        connection.settimeout(20)
        with contextlib.suppress(TimeoutError):
            while connection.recv(10_000):
                pass
            gave_up.append(True)

    with server(answers) as url:
        answer = run_set_up(content, with_hub(environment, url))
    assert answer.stderr.endswith(f"OSError: {ADVICE}\n")
    assert gave_up
    assert "http.lowSpeedTime=30" in set_up()


def test_set_up_fetches_the_branch_that_set_repository_names(colab, tmp_path):
    content, environment = colab
    if shutil.which("git") is None:
        pytest.skip("git is missing")
    course = tmp_path / "hub" / "me" / "mine"
    write_course(course)
    for arguments in (
        ["init", "--quiet", "--initial-branch=main"],
        ["commit", "--quiet", "--allow-empty", "-m", "Not the course"],
        ["checkout", "--quiet", "-b", "term2"],
        ["add", "--all"],
        ["commit", "--quiet", "-m", "The course"],
    ):
        subprocess.run([*GIT, *arguments], cwd=course, check=True)
    subprocess.run([*GIT, "checkout", "--quiet", "main"], cwd=course, check=True)
    source = set_repository.with_repository(set_up(), {repository()[0]}, "me/mine", "term2")
    environment = with_hub(environment, (tmp_path / "hub").as_uri())
    answer = run_set_up(content, environment, source=source)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.splitlines() == ["quick start", f"course at {content / 'mine'}"]


@pytest.mark.parametrize("trouble", ["no network", "no git", "half a clone"])
def test_set_up_says_what_to_do(trouble, hub, colab):
    content, environment = colab
    environment = with_hub(environment, hub.as_uri())
    if trouble == "no network":
        environment = with_hub(environment)
    elif trouble == "no git":
        environment["PATH"] = str(content)
    else:
        write_course(content / NAME, without=["utils/training.py"])
        (content / NAME / "my_notes.txt").write_text("a learner's own")
    answer = run_set_up(content, environment)
    assert answer.returncode == 1
    assert answer.stderr.endswith(f"OSError: {ADVICE}\n")
    assert answer.stderr.count("Traceback") == 1
    if trouble == "half a clone":
        assert (content / NAME / "my_notes.txt").read_text() == "a learner's own"
