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

from tools.course import PYPROJECT, repository, write
from utils.data import COURSE_FOLDER

FILES = ("*.md", "*.cff", "*.toml", ".github/**/*.yml", ".github/*.md", ".devcontainer/*")
FILES += ("notebooks/**/*.ipynb",)


# As GitHub and git allow them, but for a few names that would not survive in a link or a command.
SLUG = r"(?!-)[\w-]+(?<!-)/(?!\.)[\w.-]*[\w-](?<!\.git)(?<!\.wiki)"
BRANCH = r"(?![.-])(?!.*\.\.)[\w.-]*[\w-](?<!\.lock)"
# Where files name the repository, besides pyproject.toml.
NAMED = re.compile(
    r"colab\.research\.google\.com/github/([^/\s]+/[^/\s]+)/blob/"
    r"|repository-code: \"https://github\.com/([^\"]+)\""
    r"|PurePosixPath\(\\?\"([^\"\\]+)\\?\"\)"
)


def repositories(text: str) -> set[str]:
    """Return the repositories (``owner/name``) that badges, citation or set-up cell name."""
    return {slug for match in NAMED.finditer(text) for slug in match.groups() if slug}


def with_repository(text: str, old: set[str], slug: str, branch: str) -> str:
    """Return ``text`` with one repository (``owner/name``) and branch in place of ``old`` ones."""
    slugs = "|".join(map(re.escape, sorted(old, key=len, reverse=True)))
    text = re.sub(
        rf"(?<![\w.-])({slugs})(?![\w-]|\.\w)(/blob/[^/\s]+/)?",
        lambda match: slug + (f"/blob/{branch}/" if match[2] else ""),
        text,
    )
    return re.sub(r"(--branch[= ])[\w.-]+(?= https://)", rf"\g<1>{branch}", text)


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    known_slug, known_branch = repository()
    parser.add_argument("slug", nargs="?", default=known_slug, help="owner/name on GitHub")
    parser.add_argument("--branch", default=known_branch, help="branch that the badges open")
    arguments = parser.parse_args(words)
    slug, branch = arguments.slug, arguments.branch
    if not re.fullmatch(SLUG, slug, re.ASCII | re.IGNORECASE):
        parser.error(f"slug must have the form owner/name, not {slug!r}")
    if not re.fullmatch(BRANCH, branch, re.ASCII | re.IGNORECASE):
        parser.error(f"branch must be a name without slashes, not {branch!r}")
    paths = [path for pattern in FILES for path in sorted(COURSE_FOLDER.glob(pattern))]
    texts = {path: path.read_text(encoding="utf-8") for path in paths}
    # Those of all files: pyproject.toml or the README may have been edited by hand.
    old = {known_slug}.union(*map(repositories, texts.values()))
    for path, before in texts.items():
        text = with_repository(before, old, slug, branch)
        if path == PYPROJECT:
            text = re.sub(r'(?m)^branch = ".*"$', f'branch = "{branch}"', text)
        if text != before:
            write(path, text)
            print(f"{path.relative_to(COURSE_FOLDER)}: {slug}, branch {branch}")


if __name__ == "__main__":
    main()
