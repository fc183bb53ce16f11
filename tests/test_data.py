"""Tests of utils.data, on a small stand-in for MNIST and with mirrors on this machine's disk."""

import numpy as np
import pytest

from utils import data


@pytest.fixture
def archive_mirror(small_mnist, monkeypatch, tmp_path):
    path = tmp_path / "mirror.npz"
    np.savez_compressed(path, **small_mnist)
    monkeypatch.setattr(data, "MNIST_ARCHIVES", (path.as_uri(),))
    return path


def test_the_file_named_by_the_variable_comes_first(archive_mirror, assert_is_mnist, monkeypatch):
    monkeypatch.setenv("DL101_MNIST", str(archive_mirror))
    result = data.load_mnist()
    assert_is_mnist(result)
    assert "DL101_MNIST" in result.source
    assert not data.mnist_cache().exists()


def test_a_missing_named_file_is_an_error_and_not_replaced(archive_mirror, monkeypatch, tmp_path):
    monkeypatch.setenv("DL101_MNIST", str(tmp_path / "absent.npz"))
    with pytest.raises(data.DataError, match=r"absent\.npz: expected an mnist\.npz, found no such"):
        data.load_mnist()


def test_download_is_cached_and_the_cache_is_used(archive_mirror, assert_is_mnist, capsys):
    assert_is_mnist(data.load_mnist())
    assert data.mnist_cache().exists()
    assert [p.name for p in data.mnist_cache().parent.iterdir()] == ["mnist.npz"]
    archive_mirror.unlink()
    result = data.load_mnist()
    assert_is_mnist(result)
    assert "cached" in result.source
    assert "NOTICE" not in capsys.readouterr().out


def test_mnist_can_be_insisted_on(small_mnist, monkeypatch):
    monkeypatch.setenv("DL101_DATASET", "mnist")
    with pytest.raises(data.DataError, match="MNIST cannot be had"):
        data.load_mnist()


def test_an_unknown_choice_is_refused(monkeypatch):
    monkeypatch.setenv("DL101_DATASET", "cifar")
    with pytest.raises(ValueError, match="DL101_DATASET must be 'mnist' or 'digits', not 'cifar'"):
        data.load_mnist()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a.pop("y_test"), "got no y_test"),
        (lambda a: a.update(x_test=a["x_test"][:5]), r"expected x_test of shape \(20, 28, 28\)"),
        (lambda a: a.update(y_train=a["y_train"].astype(int)), "got .* and int64"),
        (lambda a: a.update(x_train=a["x_train"][::-1]), "SHA-256 differs"),
    ],
)
def test_arrays_that_are_not_mnist_are_refused(small_mnist, tmp_path, change, message):
    changed = dict(small_mnist)
    change(changed)
    np.savez(tmp_path / "mnist.npz", **changed)
    with pytest.raises(data.DataError, match=message):
        data.read_mnist(tmp_path / "mnist.npz")


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
        (None, "found no such file"),
        (b"", "expected the columns .* got an empty file"),
        (b"a,b\n1,2\n", "expected the columns"),
        (b"\xff\xfe\x00\n", "expected a CSV file"),
        (b"height_cm,weight_kg\n170.0,70.0\n", "expected 500 rows of 2 numbers, got 1 rows"),
        (b"height_cm,weight_kg\n" + 500 * b"170.0,much\n", "expected numbers"),
        (b"height_cm,weight_kg\n" + 500 * b"1.7,70.0\n", "expected heights from 100 to 250 cm"),
    ],
)
def test_a_damaged_table_of_heights_is_refused(content, message, monkeypatch, tmp_path):
    monkeypatch.setattr(data, "DATA_FOLDER", tmp_path)
    if content is not None:
        (tmp_path / "height_weight.csv").write_bytes(content)
    with pytest.raises(data.DataError, match=rf"height_weight\.csv: {message}"):
        data.load_height_weight()
