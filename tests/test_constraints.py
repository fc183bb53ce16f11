"""requirements.txt lists what the course imports; constraints.txt has a version for all of it."""

import ast
import sys
from importlib.metadata import PackageNotFoundError, packages_distributions

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import constraints
from tools.course import notebook_paths, solution_paths
from utils.data import COURSE_FOLDER

REQUIREMENTS = constraints.parsed(constraints.REQUIREMENTS.read_text(encoding="utf-8"))
OWN = ("exercises", "tests", "tools", "utils")
# tests/browser has a list of its own; tools.benchmark compares with PyTorch where it is installed.
ELSEWHERE = {"playwright", "torch"}


def imports(path):
    """Return the modules from elsewhere that the code or notebook at ``path`` imports."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = [
            cell.source for cell in nbformat.reads(source, 4).cells if cell.cell_type == "code"
        ]
        source = "".join(map(TransformerManager().transform_cell, cells))
    nodes = list(ast.walk(ast.parse(source)))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {n.module for n in nodes if isinstance(n, ast.ImportFrom) and not n.level}
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {*OWN}


def test_what_is_imported_is_listed():
    listed = {canonicalize_name(line.name) for line in REQUIREMENTS} | ELSEWHERE
    code = [path for folder in OWN for path in (COURSE_FOLDER / folder).rglob("*.py")]
    paths = [COURSE_FOLDER / "conftest.py", *code, *notebook_paths(), *solution_paths()]
    found = {module: path.name for path in paths for module in imports(path)}
    assert {"numpy", "IPython", "sklearn", "PIL"} <= found.keys()
    owners = packages_distributions()
    for module, file in found.items():
        names = {canonicalize_name(name) for name in owners.get(module, [module])}
        assert listed & names, f"{file} imports {module}, which requirements.txt does not list"


def test_every_requirement_has_a_version_within_its_bounds():
    pins = constraints.pins(constraints.CONSTRAINTS.read_text(encoding="utf-8"))
    assert set(pins) & set(constraints.pythons())
    for python, versions in pins.items():
        for line in REQUIREMENTS:
            if constraints.applies(line.marker, python_version=python):
                version = versions[canonicalize_name(line.name)]
                assert line.specifier.contains(version, prereleases=True), (python, str(line))


def test_what_is_installed_is_followed_to_the_end():
    (pytest_xdist,) = (line for line in REQUIREMENTS if line.name == "pytest-xdist")
    versions = constraints.installed([pytest_xdist])
    assert {"pytest-xdist", "pytest", "execnet", "pluggy"} <= versions.keys()
    assert versions["pytest"] == pytest.__version__
    with pytest.raises(PackageNotFoundError):
        constraints.installed([Requirement("no-such-package")])
    assert not constraints.installed([Requirement('no-such-package; python_version < "3"')])


def test_each_python_keeps_its_own_versions(monkeypatch):
    monkeypatch.setattr(constraints, "pythons", lambda: ["3.11", "3.12"])
    text = constraints.merged("", "3.11", {"a": "1", "b": "1", "c": "1"}, ".7, Linux")
    text = constraints.merged(text, "3.12", {"a": "1", "b": "2"}, ".0, Linux")
    once = constraints.merged(text, "3.12", {"a": "1", "b": "3"}, ".1, Linux")
    assert once.splitlines()[1:] == [
        "# Python 3.11.7, Linux",
        "# Python 3.12.1, Linux",
        "a==1",
        'b==1; python_version in "3.11"',
        'b==3; python_version in "3.12"',
        'c==1; python_version in "3.11"',
    ]
