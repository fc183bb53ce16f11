"""The tests on other machines: `nox -l` lists them, `nox -s tests-3.13` runs one.

What follows `--` goes to pytest: `nox -s tests-3.13 -- notebooks/01_linear_regression.ipynb`.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from subprocess import DEVNULL

import nox

nox.options.sessions = ["lint"]
PYTHONS = nox.project.python_versions(nox.project.load_toml("pyproject.toml"))


def read(path):
    return Path(path).read_text(encoding="utf-8")


@nox.session
def lint(session):
    """The linter and the formatter, on code and notebooks."""
    session.install(re.search(r"(?m)^ruff\S+", read("requirements.txt"))[0])
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session(python=PYTHONS)
def tests(session):
    """All tests, with the newest packages, on each Python that the course supports."""
    session.install("-r", "requirements.txt")
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session(python=PYTHONS)
def known(session):
    """All tests, with the versions of constraints.txt, with which they have passed before."""
    session.install("-r", "requirements.txt", "-c", "constraints.txt")
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session
@nox.parametrize("backend", ["jax", "torch"], ids=["jax", "torch"])
def backend(session, backend):
    """All tests, with Keras on another backend than TensorFlow.

    With TORCH_INDEX set to a package index, PyTorch comes from there, and it alone: PyPI's has
    several GB for graphics cards.
    """
    index = os.environ.get("TORCH_INDEX") if backend == "torch" else None
    session.install(backend, *(["--index-url", index] if index else []))
    session.install("-r", "requirements.txt")
    # JAX is slow at convolutions on a CPU.
    command = ["python", "-m", "pytest", "--nbval-cell-timeout=900", *session.posargs]
    session.run(*command, env={"KERAS_BACKEND": backend})


@nox.session(python=PYTHONS[0])
def lowest(session):
    """All tests, with the oldest packages that requirements.txt allows."""
    bounds = re.findall(r"(?m)^([\w-]+)>=([\d.]+)(?![^\n]*>= *\"3.14\")", read("requirements.txt"))
    session.install(*[f"{name}=={version}" for name, version in bounds])
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session
def browser(session):
    """The notebooks in a real JupyterLab, which needs Chromium or Google Chrome."""
    session.install("-r", "requirements.txt", "-r", "tests/browser/requirements.txt")
    session.run("python", "-m", "pytest", "-m", "browser", "tests/browser", *session.posargs)


def colab_python():
    """Return Python 3.13, as Colab has it, or the newest older one that is there."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    for version in ("3.13", "3.12", "3.11"):
        works = f"import ensurepip, sys; sys.exit('{version}.' not in sys.version)"
        for found in map(str, [f"python{version}", *pyenv.glob(f"{version}.*/bin/python")]):
            if shutil.which(found) and not subprocess.call([found, "-c", works], stderr=DEVNULL):
                return found
    return None


@nox.session(python=colab_python())
def colab(session):
    """Every notebook alone, with Colab's versions of the packages, none of which may change."""
    session.install("-r", ".ci/colab.txt", "nbval", "pytest-xdist")
    before = session.run("pip", "freeze", silent=True)
    of_colab = re.findall(r"(?m)^([\w-]+)==", read(".ci/colab.txt"))
    session.log(re.findall(rf"(?m)^(?:{'|'.join(of_colab)})==.*", before))
    # Not in a temporary folder of nox: pytest's own would be there, too, hence inside the course.
    report = Path(session.virtualenv.location, "report.json")
    dry = ["pip", "install", "--dry-run", "--quiet", "--report", str(report)]
    session.run(*dry, "-r", "requirements.txt")
    wanted = {item["metadata"]["name"].lower() for item in json.loads(read(report))["install"]}
    if changed := wanted & set(of_colab):
        session.error(f"requirements.txt would change of Colab's packages: {sorted(changed)}")
    session.run("python", "-m", "pytest", "-m", "colab", *session.posargs)
    if session.run("pip", "freeze", silent=True) != before:
        session.error("a set-up cell has installed something")


@nox.session
@nox.parametrize("place", ["path", "read-only"], ids=["path", "read-only"])
def anywhere(session, place):
    """All tests, on a copy of the course in an awkward place.

    path: a path with spaces and letters beyond ASCII, in the C locale.
    read-only: files that cannot be written, no .pyc files, two processor cores, a Python that
    takes ASCII for the encoding of everything.
    """
    if place == "read-only" and not (shutil.which("taskset") and shutil.which("unshare")):
        session.skip("needs taskset and unshare, which Linux has")
    session.install("-r", "requirements.txt")
    command = ["python", "-m", "pytest", *session.posargs]
    environment = {"LC_ALL": "C"}
    with tempfile.TemporaryDirectory() as folder:
        name = "Introdução à IA, 深度学习" if place == "path" else "course"
        course = Path(folder, name)
        # With changes not yet committed.
        shutil.copytree(".", course, ignore=shutil.ignore_patterns(".git", ".nox", ".venv*"))
        if place == "read-only":
            environment |= {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
            environment |= {"PYTHONDONTWRITEBYTECODE": "1"}
            command = ["taskset", "--cpu-list", "0,1", *command]
            for path in [course, *course.rglob("*")]:
                path.chmod(path.stat().st_mode & ~0o222)
            if os.geteuid() == 0:
                # Root may write to any file, so the folder is mounted read-only, for pytest alone.
                mount = 'mount --bind . . && mount -o remount,ro,bind . && cd "$PWD" && exec "$@"'
                command = ["unshare", "--mount", "sh", "-c", mount, "sh", *command]
        with session.chdir(course):
            session.run(*command, env=environment, external=True)
