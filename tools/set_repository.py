"""Set the course's repository in every badge, link and set-up cell at once.

    python -m tools.set_repository teacher/course-2027    a new repository
    python -m tools.set_repository                        again the one in pyproject.toml
    python -m tools.set_repository teacher/course --branch term2

After that, the Colab badges open the notebooks of that repository, and a notebook opened on its
own fetches the course from there.
"""

from __future__ import annotations

import argparse
import re

from tools.course import PYPROJECT, README, repository, write
from utils.data import COURSE_FOLDER

FILES = ("*.md", "*.cff", "*.toml", ".github/**/*.yml", ".github/*.md", ".devcontainer/*")
FILES += ("notebooks/**/*.ipynb",)


def with_repository(text: str, old: tuple[str, str], new: tuple[str, str]) -> str:
    """Return ``text`` with another repository (``owner/name``) and branch, each given together."""
    (old_slug, old_branch), (slug, branch) = old, new
    return re.sub(
        rf"(?<![\w.-]){re.escape(old_slug)}(?![\w-])(/blob/{re.escape(old_branch)}/)?",
        lambda match: slug + (f"/blob/{branch}/" if match[1] else ""),
        text,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    known_slug, known_branch = repository()
    parser.add_argument("slug", nargs="?", default=known_slug, help="owner/name on GitHub")
    parser.add_argument("--branch", default=known_branch, help="branch that the badges open")
    arguments = parser.parse_args()
    slug, branch = arguments.slug, arguments.branch
    if not re.fullmatch(r"[\w-]+/[\w.-]+", slug, re.ASCII):
        parser.error(f"slug must have the form owner/name, not {slug!r}")
    if not re.fullmatch(r"[\w.-]+", branch, re.ASCII):
        parser.error(f"branch must be a name without slashes, not {branch!r}")
    badge = r"colab\.research\.google\.com/github/([^/]+/[^/]+)/blob/([^/]+)/"
    old = re.search(badge, README.read_text(encoding="utf-8")).groups()
    for path in [path for pattern in FILES for path in sorted(COURSE_FOLDER.glob(pattern))]:
        before = path.read_text(encoding="utf-8")
        text = with_repository(before, old, (slug, branch))
        if path == PYPROJECT:
            text = re.sub(r'(?m)^branch = ".*"$', f'branch = "{branch}"', text)
        if text != before:
            write(path, text)
            print(f"{path.relative_to(COURSE_FOLDER)}: {slug}, branch {branch}")


if __name__ == "__main__":
    main()
