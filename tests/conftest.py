"""Fixtures of the unit tests."""

import hashlib
import subprocess
import sys

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

from utils import data

matplotlib.use("Agg")

SHAPES = {"x_train": (60, 28, 28), "y_train": (60,), "x_test": (20, 28, 28), "y_test": (20,)}


@pytest.fixture(autouse=True)
def close_figures():
    """Let no test see the figures of the one before."""
    yield
    plt.close("all")


@pytest.fixture
def run_tool():
    """Return a function that runs ``python -m tools.NAME``, as a maintainer would."""

    def run(name, *arguments):
        command = [sys.executable, "-m", f"tools.{name}", *map(str, arguments)]
        return subprocess.run(
            command, cwd=data.COURSE_FOLDER, capture_output=True, text=True, encoding="utf-8"
        )

    return run


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    return {
        key: rng.integers(0, 256 if key[0] == "x" else 10, shape, np.uint8)
        for key, shape in SHAPES.items()
    }


@pytest.fixture
def small_mnist(arrays, monkeypatch, tmp_path):
    """Let ``arrays`` be MNIST, with no mirror, proxy or cached copy and an empty home folder."""
    known = {key: hashlib.sha256(array).hexdigest() for key, array in arrays.items()}
    monkeypatch.setattr(data, "MNIST_ARRAYS", known)
    monkeypatch.setattr(data, "VALIDATION_IMAGES", 10)
    monkeypatch.setattr(data, "MIRRORS", ())
    monkeypatch.delenv("DL101_DATASET")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    return arrays


@pytest.fixture
def assert_is_mnist(small_mnist):
    """Return a function that asserts that what was loaded is ``small_mnist``, to the last byte."""

    def check(result):
        assert result.name == "mnist"
        assert "MNIST" in result.source
        parts = (result.train, result.validation, result.test)
        assert [len(part.images) for part in parts] == [50, 10, 20]
        assert [len(part.labels) for part in parts] == [50, 10, 20]
        train = np.concatenate([result.train.images, result.validation.images])
        np.testing.assert_array_equal(train, small_mnist["x_train"])
        train_labels = np.concatenate([result.train.labels, result.validation.labels])
        np.testing.assert_array_equal(train_labels, small_mnist["y_train"])
        np.testing.assert_array_equal(result.test.images, small_mnist["x_test"])
        np.testing.assert_array_equal(result.test.labels, small_mnist["y_test"])

    return check
