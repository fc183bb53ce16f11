"""Seeds, training budget, quiet start of TensorFlow, recording a result."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from utils.data import DATA_FOLDER

if TYPE_CHECKING:
    import keras
    import pandas as pd

RESULT_COLUMNS = (
    "model",
    "parameters",
    "dataset",
    "seed",
    "epochs",
    "batch_size",
    "validation_accuracy",
    "test_accuracy",
    "seconds",
    "backend",
    "keras",
)


def start() -> None:
    """Start Keras without the messages of its backend, set the seed and the style of figures.

    Prints one line: the versions and the seed. Safe to call again.
    """
    # Read when TensorFlow is first imported: only errors, no notes on instruction sets.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    number = seed()
    with _quiet_stderr():
        import keras

        keras.utils.set_random_seed(number)  # starts TensorFlow, too, whatever the backend
        backend = keras.backend.backend()
        version = sys.modules[backend].__version__ if backend in sys.modules else ""
        if backend == "tensorflow":
            # Recent GPUs round the factors of a product to 10 bits; the course compares to 1e-5.
            sys.modules[backend].config.experimental.enable_tensor_float_32_execution(False)
            # Else it takes several short trainings for a mistake (many traces of few calls).
            sys.modules[backend].get_logger().setLevel("ERROR")
        elif backend == "jax":
            # Without this, JAX computes in 32 bits even where a notebook asks for 64.
            sys.modules[backend].config.update("jax_enable_x64", True)
        elif backend == "torch":
            # Keras refuses there what only saves time: several steps in one call.
            keras.Model.steps_per_execution = property(lambda model: 1, lambda model, steps: None)
    from utils.plotting import set_style

    set_style()
    print(f"Keras {keras.__version__} on {backend} {version}, seed {number}".replace("  ", " "))


@contextlib.contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Point file descriptor 2 at the null device: the only thing that silences C++ start-up."""
    sys.stderr.flush()
    saved = os.dup(2)
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)


def seed() -> int:
    """Return the seed of all random numbers: ``DL101_SEED``, or 0.

    Raises:
        ValueError: ``DL101_SEED`` is not a whole number from 0 to 4294967295.
    """
    return _whole_number("DL101_SEED", default=0, least=0, most=2**32 - 1)


def budget(dataset: str, *, mnist: int, digits: int) -> int:
    """Return how many epochs to train: ``DL101_EPOCHS``, or the number for this data set.

    Args:
        dataset: ``"mnist"`` or ``"digits"``, the ``name`` of what ``load_mnist`` returned.
        mnist: epochs on MNIST.
        digits: epochs on the small digits, which need more of them: an epoch has fewer steps.

    Raises:
        ValueError: ``dataset`` is another name, or ``DL101_EPOCHS`` is no whole number of at
            least 1.
    """
    epochs = _by_dataset(dataset, mnist=mnist, digits=digits)
    return _whole_number("DL101_EPOCHS", default=epochs, least=1)


def show_progress() -> keras.callbacks.Callback:
    """Return a callback for ``model.fit(..., verbose=0, callbacks=[show_progress()])``.

    It shows one line that is renewed after each epoch, so that a person sees the training go on
    and the stored notebook keeps the last line only.
    """
    import keras
    from IPython.display import Pretty, display

    class Progress(keras.callbacks.Callback):
        def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
            self.begin = time.perf_counter()
            # None outside of a notebook.
            self.line = display(Pretty("epoch 1 begins"), display_id=True)

        def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
            values = ", ".join(f"{key} {value:.4f}" for key, value in (logs or {}).items())
            seconds = time.perf_counter() - self.begin
            epochs = self.params["epochs"]
            if self.line is not None:
                self.line.update(
                    Pretty(f"epoch {epoch + 1} of {epochs}, {seconds:.0f} s: {values}")
                )

    return Progress()


def expect_accuracy(accuracy: float, dataset: str, *, mnist: float, digits: float) -> None:
    """Check a finished model against the accuracy that its notebook, as written, reaches.

    With ``DL101_EPOCHS`` set, the budget is not the notebook's, and nothing is checked.

    Args:
        accuracy: what was measured, from 0 to 1.
        dataset: ``"mnist"`` or ``"digits"``.
        mnist: the least to expect on MNIST.
        digits: the least to expect on the small digits.

    Raises:
        AssertionError: the accuracy is less than expected.
        ValueError: ``dataset`` is another name, or ``accuracy`` is not from 0 to 1.
    """
    if not 0 <= accuracy <= 1:
        raise ValueError(f"accuracy must be from 0 to 1, not {accuracy}")
    least = _by_dataset(dataset, mnist=mnist, digits=digits)
    if "DL101_EPOCHS" in os.environ:
        print(f"Accuracy {accuracy:.2%}; not checked, since DL101_EPOCHS sets the budget.")
        return
    if accuracy < least:
        raise AssertionError(
            f"the accuracy is {accuracy:.2%}, but this notebook as written reaches at least "
            f"{least:.2%} on {dataset}. If you changed the model, this is what the change did: "
            "adapt the number or delete this line."
        )
    print(f"Accuracy {accuracy:.2%}, and at least {least:.2%} was expected: as it should be.")


def _by_dataset(dataset: str, **values: float) -> float:
    if dataset not in values:
        raise ValueError(f"dataset must be one of {sorted(values)}, not {dataset!r}")
    return values[dataset]


def _whole_number(variable: str, default: int, least: int, most: int = sys.maxsize) -> int:
    text = os.environ.get(variable, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or not least <= int(text) <= most:
        raise ValueError(f"{variable} must be a whole number from {least} to {most}, not {text!r}")
    return int(text)


def results_file() -> Path:
    """Return where ``record_result`` writes: ``DL101_RESULTS``, or ``data/my_results.csv``."""
    return Path(os.environ.get("DL101_RESULTS") or DATA_FOLDER / "my_results.csv")


def record_result(
    name: str,
    model: keras.Model,
    history: keras.callbacks.History,
    *,
    dataset: str,
    batch_size: int,
    test_accuracy: float,
    seconds: float,
) -> None:
    """Append one trained model to the learner's own results (``results_file``).

    A folder that cannot be written to costs the record, not the run: a notice is printed.

    Args:
        name: the model's name in the results table, for instance ``"DNN"``.
        model: the trained model, whose parameters are counted.
        history: what ``model.fit`` returned, with ``val_accuracy``.
        dataset: ``"mnist"`` or ``"digits"``.
        batch_size: images in a training step.
        test_accuracy: accuracy on the test set, from 0 to 1.
        seconds: wall time of ``model.fit``.

    Raises:
        ValueError: an accuracy is not from 0 to 1, ``seconds`` is not positive, or ``history``
            has no ``val_accuracy``.
    """
    import keras

    if not 0 <= test_accuracy <= 1:
        raise ValueError(f"test_accuracy must be from 0 to 1, not {test_accuracy}")
    if not seconds > 0:
        raise ValueError(f"seconds must be positive, not {seconds}")
    if "val_accuracy" not in history.history:
        raise ValueError("history must hold val_accuracy: fit with metrics and validation_data")
    row = {
        "model": name,
        "parameters": model.count_params(),
        "dataset": dataset,
        "seed": seed(),
        "epochs": len(history.epoch),
        "batch_size": batch_size,
        "validation_accuracy": round(float(history.history["val_accuracy"][-1]), 4),
        "test_accuracy": round(float(test_accuracy), 4),
        "seconds": round(seconds, 1),
        "backend": keras.backend.backend(),
        "keras": keras.__version__,
    }
    path = results_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone_with(path):
            _append(row, path)
    except OSError as error:
        print(f"The result could not be recorded: {error}")
        return
    print(
        f"Recorded in {path.name}: {name}, {row['test_accuracy']:.2%} on the test set of {dataset}."
    )


@contextlib.contextmanager
def _alone_with(path: Path) -> Iterator[None]:
    """Let two notebooks that write to ``path`` do so one after the other."""
    with path.with_name(f"{path.name}.lock").open("a") as file:
        with contextlib.suppress(OSError):  # where files cannot be locked, it goes without
            if os.name == "nt":
                import msvcrt

                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _append(row: dict[str, object], path: Path) -> None:
    """Write ``row`` to the end of the table; a file that is another table is moved aside."""
    old = path.read_bytes() if path.exists() else b""
    if old and old.splitlines()[0] != ",".join(RESULT_COLUMNS).encode():
        names = (path.with_name(f"{path.name}.{number}") for number in itertools.count(1))
        aside = next(name for name in names if not name.exists())
        path.rename(aside)
        print(f"{path.name} was another table. It is now {aside.name}, and a new one begins.")
        old = b""
    text = io.StringIO()
    writer = csv.DictWriter(text, RESULT_COLUMNS, lineterminator="\n")
    if not old:
        writer.writeheader()
    elif not old.endswith(b"\n"):  # as some editors leave a file
        text.write("\n")
    writer.writerow(row)
    with path.open("a", newline="", encoding="utf-8") as file:
        file.write(text.getvalue())


def read_results(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a table that ``record_result`` wrote, one row for each trained model.

    Args:
        path: a CSV file; where there is none, the table is empty.

    Raises:
        ValueError: a column of ``RESULT_COLUMNS`` is missing. Others are left out.
    """
    import pandas as pd

    path = Path(path)
    if not path.exists():
        return pd.DataFrame(columns=list(RESULT_COLUMNS))
    table = pd.read_csv(path)
    if not set(RESULT_COLUMNS) <= set(table):
        raise ValueError(f"{path.name} must have the columns {RESULT_COLUMNS}, not {tuple(table)}")
    return table[list(RESULT_COLUMNS)]
