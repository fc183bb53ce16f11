"""Tests of utils.drawing: Python's half. tests/browser draws with a real mouse."""

import base64
import io
import re

import keras
import numpy as np
import pytest
import traitlets
from PIL import Image

from utils import drawing

ONE = [[(40, 40), (40, 200)]]


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Input((784,)), keras.layers.Dense(10, activation="softmax")]
    return keras.Sequential(layers)


def prepare(images):
    return images.reshape(len(images), 784).astype("float32") / 255


@pytest.fixture
def pad(model):
    return drawing.DrawingPad(model, prepare)


def send(pad, picture):
    """Change the drawing as the browser does."""
    pad.set_state({"drawing": memoryview(picture.tobytes())})


def test_the_first_drawing_is_answered(pad, model):
    picture = np.frombuffer(pad.drawing, np.uint8).reshape(280, 280)
    assert set(np.unique(picture)) == {0, 255}
    received = np.frombuffer(pad.received, np.uint8).reshape(28, 28)
    expected = model.predict(prepare(received[None]), verbose=0)[0]
    np.testing.assert_allclose(pad.probabilities, expected, rtol=1e-5)
    assert pad.milliseconds > 0


def test_a_drawing_from_the_browser_is_answered(pad):
    before, answered = list(pad.probabilities), pad.answered
    send(pad, drawing.draw_strokes(ONE))
    assert pad.answered == answered + 1
    assert pad.probabilities != before
    assert sum(pad.probabilities) == pytest.approx(1)


def test_where_the_digit_stands_makes_no_difference(pad):
    send(pad, drawing.draw_strokes(ONE))
    received = pad.received
    send(pad, drawing.draw_strokes([[(x + 150, y + 30) for x, y in ONE[0]]]))
    assert pad.received == received
    rows, columns = np.nonzero(np.frombuffer(received, np.uint8).reshape(28, 28))
    assert np.ptp(rows) + 1 == 20
    assert abs(rows.mean() - 14) <= 0.5
    assert abs(columns.mean() - 14) <= 0.5


def test_empty_paper_has_no_probabilities(pad):
    send(pad, np.zeros((280, 280), np.uint8))
    assert pad.probabilities == []
    assert not any(pad.received)
    assert pad.still().startswith(b"\x89PNG")


def test_a_page_without_kernel_gets_a_picture(pad):
    data, _ = pad._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).convert("L"))
    height, width = picture.shape
    assert width > 2 * height
    # The three parts, side by side, all hold something.
    for left in range(3):
        part = picture[:, left * width // 3 : (left + 1) * width // 3]
        assert (part < 128).mean() > 0.01
    assert "0x" not in data["text/plain"]


def test_both_halves_use_the_same_paper_and_pen():
    script = drawing.DrawingPad._esm
    for name in ("SIDE", "PEN"):
        value = re.search(rf"const {name} = (\d+);", str(script))[1]
        assert int(value) == getattr(drawing, name)


@pytest.mark.parametrize(
    "wrong", [np.zeros((28, 28), np.uint8), np.zeros((280, 280)), np.zeros(280 * 280, np.uint8)]
)
def test_a_drawing_of_another_form_is_refused(model, wrong):
    with pytest.raises(ValueError, match=r"drawing must be uint8 of shape \(280, 280\), not"):
        drawing.DrawingPad(model, prepare, wrong)


def test_bytes_of_another_length_are_refused(pad):
    before = pad.drawing
    with pytest.raises(traitlets.TraitError, match="drawing must have 78400 bytes, not 784"):
        pad.drawing = bytes(784)
    assert pad.drawing == before


def test_after_an_exception_the_pad_says_so_and_goes_on(pad, model):
    weights, answered = model.get_weights(), pad.answered
    model.set_weights([np.nan * weight for weight in weights])  # as after a rate that is too large
    try:
        send(pad, drawing.draw_strokes(ONE))
    finally:
        model.set_weights(weights)
    assert pad.answered == answered + 1
    assert pad.trouble.startswith("ValueError: model must return 10 probabilities, not [[nan")
    assert pad.probabilities == []
    assert any(pad.received)
    assert pad.still().startswith(b"\x89PNG")
    send(pad, drawing.draw_strokes(drawing.THREE))
    assert pad.answered == answered + 2
    assert pad.trouble == ""
    assert len(pad.probabilities) == 10


def test_only_bytes_are_a_drawing(pad):
    before = pad.drawing
    with pytest.raises(TypeError, match="memoryview"):
        pad.set_state({"drawing": 280 * 280})  # bytes(n) would be n zeros
    assert pad.drawing == before


@pytest.mark.parametrize("length", [1, 9, 11])
def test_probabilities_of_another_length_are_refused(pad, length):
    with pytest.raises(traitlets.TraitError, match=f"must have 10 numbers, not {length}"):
        pad.set_state({"probabilities": length * [0.1]})
    assert pad.still().startswith(b"\x89PNG")


@pytest.mark.parametrize(("units", "activation"), [(5, "softmax"), (10, None)])
def test_a_model_without_ten_probabilities_is_refused(units, activation):
    layers = [keras.layers.Input((784,)), keras.layers.Dense(units, activation=activation)]
    with pytest.raises(ValueError, match="model must return 10 probabilities"):
        drawing.DrawingPad(keras.Sequential(layers), prepare)


@pytest.mark.parametrize("stroke", [[], [(10, 10), (10, 281)], [(-1, 10)]])
def test_strokes_stay_on_the_paper(stroke):
    with pytest.raises(ValueError, match="a stroke must be points from 0 to 280"):
        drawing.draw_strokes([stroke])
