"""Write constraints.txt: the versions with which all tests passed, for the Python that runs this.

    python -m pytest && python -m tools.constraints

It takes the packages of requirements.txt and all that these need, in the versions that are
installed. The versions of other Pythons stay as they are.
"""

from __future__ import annotations

import platform
import re
import sys
import tomllib
from collections.abc import Iterable
from datetime import date
from importlib.metadata import distribution

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tools.course import PYPROJECT, write
from utils.data import COURSE_FOLDER

REQUIREMENTS = COURSE_FOLDER / "requirements.txt"
CONSTRAINTS = COURSE_FOLDER / "constraints.txt"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def pythons() -> list[str]:
    """Return the Pythons that the course supports, as in ``3.13``, from pyproject.toml."""
    classifiers = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["classifiers"]
    return [found[0] for line in classifiers if (found := re.search(r"3\.\d+$", line))]


def parsed(text: str) -> list[Requirement]:
    """Return the requirements in ``text``, the content of a file for pip."""
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines())
    return [Requirement(line) for line in lines if line]


def applies(marker: Marker | None, **environment: str) -> bool:
    """Return whether a requirement with this marker counts, here but for ``environment``."""
    return marker is None or marker.evaluate(environment)


def installed(requirements: Iterable[Requirement]) -> dict[str, str]:
    """Return the versions of the packages that are required, and of all that these need, by name.

    Those that need a later patch release of this Python than the first are left out: others may
    have an earlier one (Debian 12 has 3.11.2).

    Raises:
        importlib.metadata.PackageNotFoundError: one of them is not installed.
    """
    versions, seen = {}, set()
    todo = [requirement for requirement in requirements if applies(requirement.marker)]
    while todo:
        requirement = todo.pop()
        package = distribution(requirement.name)
        name = canonicalize_name(requirement.name)
        if SpecifierSet(package.metadata.get("Requires-Python", "")).contains(f"{PYTHON}.0"):
            versions[name] = package.version
        for extra in {"", *requirement.extras}:
            if (name, extra) not in seen:
                seen.add((name, extra))
                needs = map(Requirement, package.requires or [])
                todo += [need for need in needs if applies(need.marker, extra=extra)]
    return versions


def pins(text: str) -> dict[str, dict[str, str]]:
    """Return what ``text``, the content of constraints.txt, says for each Python it speaks of.

    Returns:
        For each Python, as in ``3.13``: the version of each package, by name.
    """
    return {
        python: {
            line.name: str(line.specifier).removeprefix("==")
            for line in parsed(text)
            if applies(line.marker, python_version=python)
        }
        for python in re.findall(r"(?m)^# Python (3\.\d+)", text)
    }


def merged(text: str, python: str, versions: dict[str, str], where: str) -> str:
    """Return ``text``, the content of constraints.txt, with ``versions`` as those of ``python``.

    Args:
        text: what the file has said so far; may be empty.
        python: as in ``3.13``.
        versions: the version of each package, by name.
        where: the rest of that Python's version, the platform and date of the tests.
    """
    known = pins(text) | {python: versions}
    headings = dict(re.findall(r"(?m)^# Python (3\.\d+)(.*)$", text)) | {python: where}
    lines = ["# Versions with which all tests passed, as `python -m tools.constraints` wrote them."]
    lines += [f"# Python {other}{headings[other]}" for other in pythons() if other in known]
    for name in sorted(set().union(*known.values())):
        groups: dict[str, list[str]] = {}
        for other in pythons():
            if version := known.get(other, {}).get(name):
                groups.setdefault(version, []).append(other)
        for version, those in groups.items():
            marker = "" if those == pythons() else f'; python_version in "{" ".join(those)}"'
            lines.append(f"{name}=={version}{marker}")
    return "\n".join(lines) + "\n"


def main() -> None:
    where = f".{sys.version_info.micro}, {platform.system()} {platform.machine()}, {date.today()}"
    text = CONSTRAINTS.read_text(encoding="utf-8") if CONSTRAINTS.exists() else ""
    versions = installed(parsed(REQUIREMENTS.read_text(encoding="utf-8")))
    write(CONSTRAINTS, merged(text, PYTHON, versions, where))
    print(f"{len(versions)} packages for Python {PYTHON} in {CONSTRAINTS.name}")


if __name__ == "__main__":
    main()
