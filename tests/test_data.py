"""Tests of utils.data but for what fails on the way to MNIST, which is in test_loader.py."""

import numpy as np
import pytest

from utils import data


def test_the_file_named_by_the_variable_comes_first(
    small_mnist, assert_is_mnist, monkeypatch, tmp_path
):
    np.savez(tmp_path / "mnist.npz", **small_mnist)
    monkeypatch.setenv("DL101_MNIST", str(tmp_path / "mnist.npz"))
    result = data.load_mnist()
    assert_is_mnist(result)
    assert result.source == "MNIST, from the file that DL101_MNIST names"
    assert not data.mnist_cache().exists()


def test_a_missing_named_file_is_an_error_and_not_replaced(small_mnist, monkeypatch, tmp_path):
    monkeypatch.setenv("DL101_MNIST", str(tmp_path / "absent.npz"))
    with pytest.raises(data.DataError, match=r"absent\.npz: expected an mnist\.npz, got: No such"):
        data.load_mnist()


def test_mnist_can_be_insisted_on(small_mnist, monkeypatch):
    monkeypatch.setenv("DL101_DATASET", "mnist")
    with pytest.raises(data.DataError, match="MNIST cannot be had"):
        data.load_mnist()


def test_an_unknown_choice_is_refused(monkeypatch):
    monkeypatch.setenv("DL101_DATASET", "cifar")
    with pytest.raises(ValueError, match="DL101_DATASET must be 'mnist' or 'digits', not 'cifar'"):
        data.load_mnist()


def test_the_digits_have_the_form_of_mnist():
    digits = data.load_mnist()
    assert digits.name == "digits"
    assert "scikit-learn" in digits.source
    parts = (digits.train, digits.validation, digits.test)
    assert [part.images.shape for part in parts] == [(n, 28, 28) for n in (1197, 300, 300)]
    for part in parts:
        assert part.images.dtype == part.labels.dtype == np.uint8
        assert part.labels.shape == part.images.shape[:1]
        assert set(part.labels) == set(range(10))
        assert part.images.max() == 255
    images = {image.tobytes() for part in parts for image in part.images}
    assert len(images) == 1797  # no image stands in two parts


@pytest.mark.parametrize("side", [8, 28, 280])
def test_to_mnist_form_scales_and_centres(side):
    picture = np.zeros((side, side))
    picture[: side // 2, : side // 8] = 255  # an upright bar in a corner
    form = data.to_mnist_form(picture)
    assert form.shape == (28, 28)
    assert form.dtype == np.uint8
    rows, columns = np.nonzero(form)
    assert np.ptp(rows) + 1 == 20
    assert np.ptp(columns) + 1 == round(20 * (side // 8) / (side // 2))
    assert abs(rows.mean() - 14) <= 0.5
    assert abs(columns.mean() - 14) <= 0.5


def test_to_mnist_form_of_an_empty_picture_is_empty():
    assert not data.to_mnist_form(np.zeros((10, 10))).any()


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((2, 3, 4)), r"shape \(height, width\), not \(2, 3, 4\)"),
        (np.zeros((0, 5)), r"not \(0, 5\)"),
        (np.full((5, 5), -1), "from 0 .* to 255"),
        (np.full((5, 5), 256), "from 0 .* to 255"),
        (np.full((5, 5), np.nan), "from 0 .* to 255"),
        (np.full((5, 5), "ink"), "must hold numbers"),
    ],
)
def test_to_mnist_form_refuses_what_is_no_picture(image, message):
    with pytest.raises(ValueError, match=message):
        data.to_mnist_form(image)


def test_heights_and_weights_scatter_about_the_true_line():
    table = data.load_height_weight()
    assert table.height.shape == table.weight.shape == (500,)
    assert table.height.dtype == table.weight.dtype == np.float64
    slope, intercept = np.polyfit(table.height, table.weight, 1)
    # Standard error of a slope: residual SD / (SD of x * sqrt(n)); two of them are a fair scatter.
    residual = table.weight - (intercept + slope * table.height)
    error = residual.std() / (table.height.std() * np.sqrt(500))
    assert abs(slope - table.true_slope) < 2 * error
    assert abs(table.true_intercept + table.true_slope * table.height.mean() - 85.5) < 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "not found"),
        ("height_cm,weight_kg\n170.0,70.0\n", r"a table of shape \(1, 2\)"),
        ("height_cm,weight_kg\n" + 500 * "170.0,much\n", "could not convert string 'much'"),
    ],
)
def test_a_damaged_table_of_heights_is_refused(content, message, monkeypatch, tmp_path):
    monkeypatch.setattr(data, "DATA_FOLDER", tmp_path)
    if content is not None:
        (tmp_path / "height_weight.csv").write_text(content)
    with pytest.raises(data.DataError, match=f"expected 500 rows of 2 numbers, got: .*{message}"):
        data.load_height_weight()
