"""The notebooks as documents: anatomy, links, outputs. nbval executes them; this reads them."""

import ast
import re
from pathlib import PurePosixPath

import nbformat
import pytest
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelspec import get_kernel_dict

from exercises import MODULES
from exercises.questions import read_questions
from tools.course import NOTEBOOKS, is_collapsed, notebook_paths, repository, solution_paths
from tools.course import README as README_PATH

PATHS = notebook_paths()
README = README_PATH.read_text(encoding="utf-8")
STEPS = [
    "1. Load data",
    "2. Define model",
    "3. Compile model",
    "4. Fit model",
    "5. Evaluate model",
]
TAGS = {"exercise", "nbval-check-output", "protocol", "recipe", "measure"}


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


def relative(path):
    return path.relative_to(NOTEBOOKS).with_suffix("").as_posix()


# What holds for the solutions, too.
solutions_too = pytest.mark.parametrize("path", PATHS + solution_paths(), ids=relative)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def markdown(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def outputs_text(notebook):
    """All that the stored outputs say, pictures left out."""
    parts = []
    for cell in code_cells(notebook):
        for output in cell.outputs:
            parts.append(output.get("text", ""))
            data = output.get("data", {})
            if "image/png" not in data:  # else its text is only the size of the figure
                parts += data.values()
    return "\n".join(str(part) for part in parts)


def test_the_course_is_complete():
    assert [path.stem[:2] for path in PATHS] == list(MODULES)


@solutions_too
def test_valid_and_small(path, notebook):
    nbformat.validate(notebook)
    assert path.stat().st_size < 1_000_000
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert set().union(*(cell.metadata.get("tags", []) for cell in notebook.cells)) <= TAGS


@solutions_too
def test_metadata_is_what_jupyterlab_writes(notebook):
    """Else it would mark the notebook as changed once it is open. Any version of Python will do."""
    kernel = {"name": "python3"} | {k: get_kernel_dict()[k] for k in ("display_name", "language")}
    language = IPythonKernel.language_info | {"version": notebook.metadata.language_info.version}
    assert notebook.metadata == {"kernelspec": kernel, "language_info": language}


@solutions_too
def test_executed_in_order_without_an_error(notebook):
    cells = code_cells(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    for cell in cells:
        for output in cell.outputs:
            assert output.output_type != "error", cell.id
            assert output.get("name") != "stderr", f"{cell.id}: {output.text}"


@solutions_too
def test_plots_end_without_the_text_of_an_object(notebook):
    text = outputs_text(notebook)
    assert not re.search(r"<(matplotlib|Axes|Figure|keras)|Text\(\d|\[<|#x1b|\x1b\[1m.?Epoch", text)


@solutions_too
def test_figures_have_a_picture(notebook):
    """A cell that shows a figure has kept it."""
    for cell in code_cells(notebook):
        if "plt.show()" in cell.source and "def " not in cell.source:
            assert any("image/png" in output.get("data", {}) for output in cell.outputs), cell.id


@solutions_too
def test_set_up_is_the_same_everywhere(notebook):
    first = nbformat.read(PATHS[0], as_version=4)
    set_up = next(cell.source for cell in first.cells if cell.id == "set-up")
    assert next(cell.source for cell in notebook.cells if cell.id == "set-up") == set_up
    assert code_cells(notebook)[0].id == "set-up"
    lines = [line for line in set_up.splitlines() if line]
    assert len(lines) <= 8
    assert max(map(len, lines)) <= 100
    assert f'"{repository()[0]}"' in set_up
    assert f"--branch={repository()[1]}" in set_up


def test_title_says_what_a_learner_needs_first(path, notebook):
    title = notebook.cells[0].source
    assert title.startswith(f"# {path.stem[:2]} · ")
    for part in ("**Question.**", "**You will be able to**", "**Before.**", "**Time.**"):
        assert part in title
    assert 3 <= len(re.findall(r"(?m)^[-*] ", title)) <= 5


def minutes_to_read(path, notebook):
    """Minutes of each part: 160 words a minute, 10 lines of visible code, one question."""
    quizzes = read_questions(path.stem)
    parts = [0.0]
    for cell in notebook.cells:
        if cell.id == "exercises":
            break
        if cell.cell_type == "markdown":
            text = re.sub(r"https?://\S+|<[^>]*>", " ", cell.source)
            parts += [0.0] * bool(re.search(r"(?m)^#+ Rest here", text))
            parts[-1] += len(re.findall(r"\w+", re.sub(r"\$[^$]*\$", " x ", text))) / 160
        elif cell.id in quizzes:
            parts[-1] += len(quizzes[cell.id])
        elif not is_collapsed(cell):
            parts[-1] += sum(bool(line.strip()) for line in cell.source.splitlines()) / 10
    return parts


def test_times_are_honest(path, notebook):
    """The title states minutes to read, to run and for the exercises; so does README's map."""
    stated = re.search(
        r"\*\*Time\.\*\* ([\d+ ]+) minutes to read, .+ to run.*, (\d+) minutes of exercises\.",
        notebook.cells[0].source,
    )
    assert stated
    parts = [int(part) for part in stated[1].split(" + ")]
    for said, measured in zip(parts, minutes_to_read(path, notebook), strict=True):
        assert abs(said - measured) <= 0.15 * measured
    exercises = re.findall(r"\*\((\d+) minutes\)\*", markdown(notebook))
    assert sum(map(int, exercises)) == int(stated[2])
    row = next(line for line in README.splitlines() if f"(notebooks/{path.name})" in line)
    assert f"| {stated[1]} min | " in row


def test_a_collapsed_cell_only_draws_or_records(notebook):
    """No name that it assigns is used below, so who skips it misses nothing."""
    cells = code_cells(notebook)
    for index, cell in enumerate(cells):
        if is_collapsed(cell):
            assert re.match("# @title (Draw|Record): ", cell.source), cell.id
            assert cell.metadata.get("cellView") == "form", cell.id  # the same in Colab
            assigned = set()
            for statement in ast.parse(cell.source).body:
                named = {statement.name} if isinstance(statement, ast.FunctionDef) else set()
                assigned |= named or names(ast.unparse(statement), ast.Store)
            for later in cells[index + 1 :]:
                if later.source.startswith("# @title Record: "):
                    continue  # it may use what another one defines
                assert not assigned & names_needed(later.source), (cell.id, later.id)


def names(source, context):
    nodes = ast.walk(ast.parse(source))
    return {node.id for node in nodes if isinstance(node, ast.Name) and type(node.ctx) is context}


def names_needed(source):
    """Names that code reads before it could have assigned them itself, statement by statement."""
    needed, assigned = set(), set()
    for statement in ast.parse(source).body:
        text = ast.unparse(statement)
        parameters = {node.arg for node in ast.walk(statement) if isinstance(node, ast.arg)}
        needed |= names(text, ast.Load) - assigned - names(text, ast.Store) - parameters
        assigned |= names(text, ast.Store)
    return needed


def test_badge_opens_this_notebook_of_this_repository(path, notebook):
    slug, branch = repository()
    host = "https://colab.research.google.com"
    badge = (
        f"[![Open In Colab]({host}/assets/colab-badge.svg)]"
        f"({host}/github/{slug}/blob/{branch}/notebooks/{path.name})"
    )
    assert badge in notebook.cells[0].source
    assert markdown(notebook).count("/blob/") == 1


def test_headings_of_the_anatomy(path, notebook):
    headings = re.findall(r"(?m)^## (.+)$", re.sub(r"(?s)```.*?```", "", markdown(notebook)))
    steps = [] if path.stem == "08_review" else STEPS
    inside = ["Look inside", "The field"] if path.stem == "00_start_here" else ["Look inside"]
    expected = ["Set-up", "The idea", *steps, *inside, "Recap", "Exercises", "References"]
    if path.stem[:2] >= "09":  # Part II: two parts, one question each
        headings = [re.sub(r"^(Part [12]): .+", r"\1", heading) for heading in headings]
        expected = ["Set-up", "Part 1", "Part 2", "Recap", "Exercises", "References"]
    assert headings == expected


def test_at_least_three_exercises_with_a_cell_to_work_in(notebook):
    ids = [cell.id for cell in notebook.cells]
    exercises = [name for name in ids if re.fullmatch(r"exercise-\d+", name)]
    assert len(exercises) >= 3
    for name in exercises:
        assert f"{name}-answer" in ids


def test_navigation_leads_to_the_neighbours(path, notebook):
    links = re.findall(r"\]\((\S+\.ipynb)\)", notebook.cells[-1].source)
    index = PATHS.index(path)
    neighbours = [
        p.name for p in (*PATHS[max(index - 1, 0) : index], *PATHS[index + 1 : index + 2])
    ]
    assert links == neighbours
    assert "(../README.md)" in notebook.cells[-1].source


@solutions_too
def test_links_and_pictures(path, notebook):
    text = markdown(notebook)
    for alt, target in re.findall(r"!\[(.*?)\]\((\S+?)\)", text):
        assert alt.strip(), target
    for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)", text):
        if not re.match(r"https?://", target):
            assert not PurePosixPath(target).is_absolute()
            assert (path.parent / target.split("#")[0]).exists(), target
    assert "<img" not in text


@solutions_too
def test_equations_are_balanced(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            text = re.sub(r"(?s)```.*?```|`[^`]*`", "", cell.source)
            assert text.count("$$") % 2 == 0, cell.id
            assert text.replace("$$", "").replace(r"\$", "").count("$") % 2 == 0, cell.id


@solutions_too
def test_nothing_of_the_machine_is_kept(notebook):
    everything = nbformat.writes(notebook)
    everything = re.sub(r'"image/png": "[^"]*"', "", everything)
    found = re.search(
        r"(?<![\w.])/(home|root|work|tmp|Users|usr|opt|content)/\w|[A-Z]:\\\\|site-packages",
        everything,
    )
    assert found is None, everything[max(0, found.start() - 80) : found.end() + 80]


def test_checked_outputs(notebook):
    """At least three cells are compared by nbval, and each has text to compare."""
    checked = [
        cell
        for cell in code_cells(notebook)
        if "nbval-check-output" in cell.metadata.get("tags", [])
    ]
    assert len(checked) >= 3
    for cell in checked:
        assert cell.outputs, cell.id
        for output in cell.outputs:
            assert not any(key.startswith("image/") for key in output.get("data", {})), cell.id


@solutions_too
def test_stored_outputs_are_of_the_real_mnist(path, notebook):
    if "load_mnist(" in "".join(cell.source for cell in code_cells(notebook)):
        text = outputs_text(notebook)
        assert "MNIST, from" in text
        assert "inside scikit-learn, " not in text


@solutions_too
def test_the_test_set_does_not_validate(notebook):
    for cell in code_cells(notebook):
        assert not re.search(r"validation_data\s*=\s*\(?\s*x_test", cell.source), cell.id
        assert "tf.keras" not in cell.source, cell.id
        assert not re.search(r"(?m)^\s*[%!]", cell.source), cell.id
