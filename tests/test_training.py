"""Tests of utils.training."""

import contextlib
import csv
import logging
import re
import sys
import threading

import keras
import numpy as np
import pandas as pd
import pytest

from utils import training


@pytest.fixture(scope="module")
def trained():
    """A model of 3 parameters and the history of two epochs."""
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    history = model.fit(np.ones((4, 2)), np.ones(4), epochs=2, verbose=0)
    history.history["val_accuracy"] = [0.5, 0.75]
    return model, history


@pytest.fixture
def results(monkeypatch, tmp_path):
    path = tmp_path / "folder" / "results.csv"
    monkeypatch.setenv("DL101_RESULTS", str(path))
    return path


def record(trained, **changes):
    values = {"dataset": "digits", "batch_size": 4, "test_accuracy": 0.5, "seconds": 1.0} | changes
    training.record_result("TINY", *trained, **values)


def test_start_can_be_called_twice(capsys):
    training.start()
    training.start()
    first, second = capsys.readouterr().out.splitlines()
    assert first == second
    assert f"Keras {keras.__version__}" in first
    assert first.endswith("seed 0")


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow's own messages")
def test_start_leaves_only_errors_of_the_backend():
    training.start()
    assert not logging.getLogger("tensorflow").isEnabledFor(logging.WARNING)


def test_start_sets_the_seed(monkeypatch):
    monkeypatch.setenv("DL101_SEED", "7")
    training.start()
    numbers = np.random.random(3)  # noqa: NPY002 - what Keras's own seeding reaches
    training.start()
    np.testing.assert_array_equal(numbers, np.random.random(3))  # noqa: NPY002


def test_seed_and_budget_follow_the_variables(monkeypatch):
    assert training.seed() == 0
    assert training.budget("mnist", mnist=50, digits=100) == 50
    assert training.budget("digits", mnist=50, digits=100) == 100
    monkeypatch.setenv("DL101_SEED", "3")
    monkeypatch.setenv("DL101_EPOCHS", "2")
    assert training.seed() == 3
    assert training.budget("mnist", mnist=50, digits=100) == 2


# A digit to str.isdigit and not to int. In a locale of ASCII only, no variable can hold it.
SUPERSCRIPT = pytest.param(
    "²", marks=pytest.mark.skipif(sys.getfilesystemencoding() == "ascii", reason="ASCII only")
)


@pytest.mark.parametrize("text", ["-1", "1.5", "many", SUPERSCRIPT, str(2**32)])
def test_a_bad_seed_is_refused(monkeypatch, text):
    monkeypatch.setenv("DL101_SEED", text)
    with pytest.raises(ValueError, match="DL101_SEED must be a whole number from 0 to 4294967295"):
        training.seed()


@pytest.mark.parametrize("text", ["0", "-3", "ten"])
def test_a_bad_budget_is_refused(monkeypatch, text):
    monkeypatch.setenv("DL101_EPOCHS", text)
    with pytest.raises(ValueError, match=f"DL101_EPOCHS must be .*, not '{text}'"):
        training.budget("mnist", mnist=1, digits=1)


def test_a_data_set_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match=r"dataset must be one of \['digits', 'mnist'\]"):
        training.budget("MNIST", mnist=1, digits=1)
    with pytest.raises(ValueError, match="dataset must be one of"):
        training.expect_accuracy(0.9, "cifar", mnist=0.5, digits=0.5)


def test_expect_accuracy_checks_against_the_data_set(monkeypatch, capsys):
    training.expect_accuracy(0.91, "digits", mnist=0.99, digits=0.9)
    assert "as it should be" in capsys.readouterr().out
    with pytest.raises(AssertionError, match=r"89\.00%, but this notebook as written .* 90\.00%"):
        training.expect_accuracy(0.89, "digits", mnist=0.5, digits=0.9)
    monkeypatch.setenv("DL101_EPOCHS", "1")
    training.expect_accuracy(0.1, "digits", mnist=0.5, digits=0.9)
    assert "not checked" in capsys.readouterr().out


@pytest.mark.parametrize("accuracy", [-0.1, 97.5, float("nan")])
def test_an_accuracy_is_from_0_to_1(trained, results, accuracy):
    with pytest.raises(ValueError, match="accuracy must be from 0 to 1"):
        training.expect_accuracy(accuracy, "digits", mnist=0.5, digits=0.5)
    with pytest.raises(ValueError, match="test_accuracy must be from 0 to 1"):
        record(trained, test_accuracy=accuracy)
    assert not results.exists()


def test_results_are_recorded_one_under_the_other(trained, results, capsys):
    record(trained)
    record(trained, test_accuracy=0.987654, seconds=2.34)
    assert "Recorded in results.csv: TINY, 98.77%" in capsys.readouterr().out
    table = training.read_results(results)
    assert tuple(table.columns) == training.RESULT_COLUMNS
    assert list(table.test_accuracy) == [0.5, 0.9877]
    row = table.iloc[1]
    assert (row.model, row.parameters, row.epochs, row.batch_size) == ("TINY", 3, 2, 4)
    assert (row.validation_accuracy, row.seconds) == (0.75, 2.3)
    assert row.keras == keras.__version__


@pytest.mark.parametrize("seconds", [0, -1.0, float("nan")])
def test_the_time_must_be_positive(trained, results, seconds):
    with pytest.raises(ValueError, match="seconds must be positive"):
        record(trained, seconds=seconds)


def test_a_history_without_validation_is_refused(trained, results):
    model = trained[0]
    history = model.fit(np.ones((4, 2)), np.ones(4), verbose=0)
    with pytest.raises(ValueError, match="history must hold val_accuracy"):
        record((model, history))


def test_a_folder_that_cannot_be_written_costs_the_record_only(
    trained, monkeypatch, tmp_path, capsys
):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("DL101_RESULTS", str(tmp_path / "file" / "results.csv"))
    record(trained)
    assert "could not be recorded" in capsys.readouterr().out


def test_a_last_line_without_an_end_is_not_continued(trained, results):
    record(trained)
    results.write_text(results.read_text().rstrip())
    record(trained, test_accuracy=0.75)
    assert list(training.read_results(results).test_accuracy) == [0.5, 0.75]


def test_two_that_write_the_first_row_write_one_header(trained, results, monkeypatch):
    both = threading.Barrier(2)

    class Meeting(csv.DictWriter):
        """Waits a moment for another one."""

        def __init__(self, *arguments, **keywords):
            with contextlib.suppress(threading.BrokenBarrierError):
                both.wait(0.5)
            super().__init__(*arguments, **keywords)

    monkeypatch.setattr(csv, "DictWriter", Meeting)
    threads = [threading.Thread(target=record, args=(trained,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results.read_text().count("model,") == 1
    assert len(training.read_results(results)) == 2


@pytest.mark.parametrize(
    "header",
    [",".join(training.RESULT_COLUMNS[:-1]), ";".join(training.RESULT_COLUMNS), "my notes"],
)
def test_another_table_is_moved_aside(trained, results, capsys, header):
    results.parent.mkdir()
    for number in (1, 2):
        results.write_text(f"{header}\nanother line\n")
        record(trained)
        assert f"results.csv was another table. It is now results.csv.{number}" in (
            capsys.readouterr().out
        )
        aside = results.with_name(f"results.csv.{number}")
        assert aside.read_text() == f"{header}\nanother line\n"
        assert len(training.read_results(results)) == 1


def test_results_that_do_not_exist_are_an_empty_table(tmp_path):
    table = training.read_results(tmp_path / "absent.csv")
    assert table.empty
    assert tuple(table.columns) == training.RESULT_COLUMNS


def test_a_table_of_something_else_is_refused(tmp_path):
    path = tmp_path / "other.csv"
    pd.DataFrame({"a": [1]}).to_csv(path, index=False)
    with pytest.raises(ValueError, match=r"other\.csv must have the columns"):
        training.read_results(path)


def test_the_default_place_of_results_is_not_committed(monkeypatch):
    monkeypatch.delenv("DL101_RESULTS")
    path = training.results_file()
    assert path.name == "my_results.csv"
    assert "data/my_results.csv" in (path.parents[1] / ".gitignore").read_text()


def test_progress_shows_one_line(monkeypatch):
    import IPython.display

    shown = []

    class Handle:
        def update(self, value):
            shown.append(value.data)

    monkeypatch.setattr(IPython.display, "display", lambda value, display_id: Handle())
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    callbacks = [training.show_progress()]
    model.fit(np.ones((4, 2)), np.ones(4), epochs=2, verbose=0, callbacks=callbacks)
    assert len(shown) == 2
    assert re.fullmatch(r"epoch 2 of 2, \d+ s: loss \d+\.\d{4}", shown[-1])
