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

from tools.course import NOTEBOOKS, PYPROJECT, notebook_paths, repository, solution_paths, write
from utils.data import COURSE_FOLDER

OTHER_FILES = ("README.md", "CONTRIBUTING.md", "CITATION.cff", ".devcontainer/devcontainer.json")


def with_repository(text: str, slug: str, branch: str, *, old_slug: str, notebook: str = "") -> str:
    """Return ``text`` with its badges, links and set-up cell pointing at ``slug``.

    Args:
        text: source of a file of the course.
        slug: ``owner/name`` of the repository.
        branch: the branch that Colab opens.
        old_slug: what is replaced in ordinary links.
        notebook: file name of the notebook that ``text`` is; its badge then points at itself.
    """
    text = text.replace(f"github.com/{old_slug}", f"github.com/{slug}")
    text = re.sub(
        r"(colab\.research\.google\.com/github/)[^/\s]+/[^/\s]+/blob/[^/\s]+/notebooks/([\w.-]+)",
        lambda match: f"{match[1]}{slug}/blob/{branch}/notebooks/{notebook or match[2]}",
        text,
    )
    # In an .ipynb the quotes of the set-up cell are escaped.
    return re.sub(
        r'(here, course = pathlib\.Path\.cwd\(\), pathlib\.PurePosixPath\(\\?")[^"\\]+',
        rf"\g<1>{slug}",
        text,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    old_slug, old_branch = repository()
    parser.add_argument("slug", nargs="?", default=old_slug, help="owner/name on GitHub")
    parser.add_argument("--branch", default=old_branch, help="branch that the badges open")
    arguments = parser.parse_args()
    slug, branch = arguments.slug, arguments.branch
    if not re.fullmatch(r"[\w-]+/[\w.-]+", slug, re.ASCII):
        parser.error(f"slug must have the form owner/name, not {slug!r}")
    if not re.fullmatch(r"[\w.-]+", branch, re.ASCII):
        parser.error(f"branch must be a name without slashes, not {branch!r}")
    pyproject = PYPROJECT.read_text(encoding="utf-8")
    pyproject = pyproject.replace(f'repository = "{old_slug}"', f'repository = "{slug}"')
    pyproject = pyproject.replace(f'branch = "{old_branch}"', f'branch = "{branch}"')
    changed = {PYPROJECT: pyproject}
    others = [COURSE_FOLDER / name for name in OTHER_FILES]
    for path in [*notebook_paths(), *solution_paths(), *others]:
        changed[path] = with_repository(
            path.read_text(encoding="utf-8"),
            slug,
            branch,
            old_slug=old_slug,
            notebook=path.name if path.parent == NOTEBOOKS else "",
        )
    for path, text in changed.items():
        if text != path.read_text(encoding="utf-8"):
            write(path, text)
            print(f"{path.relative_to(COURSE_FOLDER)}: {slug}, branch {branch}")


if __name__ == "__main__":
    main()
