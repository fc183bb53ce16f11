"""The drawing pad: draw a digit with mouse, finger, pen or keys, and watch the network decide."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets

from utils.data import to_mnist_form

if TYPE_CHECKING:
    import keras

SIDE = 280  # pixels of the canvas
PEN = 30  # width of a stroke in pixels, as in drawing.js

# A 3 that is small and stands in a corner, as points (x, y) from the upper left.
THREE = [
    [(54, 60), (76, 38), (108, 36), (130, 56), (122, 82), (90, 96)],
    [(90, 96), (126, 108), (138, 138), (116, 168), (80, 172), (50, 154)],
]


def draw_strokes(strokes: Sequence[Sequence[tuple[float, float]]]) -> np.ndarray:
    """Draw lines as the pad's pen does.

    Args:
        strokes: each a sequence of points ``(x, y)`` in pixels from the upper left corner, which
            the pen joins without being lifted.

    Returns:
        uint8 of shape ``(280, 280)``: 0 paper, 255 ink.

    Raises:
        ValueError: a stroke holds no point, or a point lies outside of the canvas.
    """
    from PIL import Image, ImageDraw

    picture = Image.new("L", (SIDE, SIDE))
    pen = ImageDraw.Draw(picture)
    for stroke in strokes:
        if len(stroke) == 0 or not all(0 <= value <= SIDE for point in stroke for value in point):
            raise ValueError(f"a stroke must be points from 0 to {SIDE}, not {stroke}")
        points = [tuple(point) for point in stroke]
        pen.line(points, fill=255, width=PEN)
        for x, y in points:  # round ends and joints
            pen.ellipse([x - PEN / 2, y - PEN / 2, x + PEN / 2, y + PEN / 2], fill=255)
    return np.asarray(picture)


class DrawingPad(anywidget.AnyWidget):
    """A canvas to draw a digit on, beside what the network receives and what it answers.

    The drawing is brought to MNIST's form (``utils.data.to_mnist_form``) before the network sees
    it: a network can only be right about pictures that were made as its training images were.
    Where no browser answers (tests, static pages) a still picture shows the same.

    Args:
        model: a network whose output is 10 probabilities.
        prepare: brings images, uint8 of shape ``(1, 28, 28)``, to the form of the model's input.
        drawing: what is on the paper at first, uint8 of shape ``(280, 280)``: 0 paper, 255 ink.

    Attributes:
        probabilities: the 10 probabilities of the last answer; empty if the paper is empty, or if
            the network could not answer.
        trouble: why it could not, and empty if it could.
        milliseconds: how long the last prediction took, from the drawing to the probabilities.

    Raises:
        ValueError: ``drawing`` has another shape or dtype, or the model's output is not 10
            probabilities.
    """

    _esm = Path(__file__).with_name("drawing.js")
    _css = Path(__file__).with_name("drawing.css")
    _ipython_display_ = None  # ipywidgets 7 would display by it, without the still picture

    # from_json: the browser's bytes arrive as a memoryview, which Bytes does not take.
    drawing = traitlets.Bytes(bytes(SIDE * SIDE)).tag(
        sync=True, echo_update=False, from_json=lambda value, widget: bytes(memoryview(value))
    )
    received = traitlets.Bytes(bytes(28 * 28)).tag(sync=True)
    probabilities = traitlets.List(traitlets.Float()).tag(sync=True)
    trouble = traitlets.Unicode().tag(sync=True)
    milliseconds = traitlets.Float().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)  # counts, so that the browser notices each answer

    def __init__(
        self,
        model: keras.Model,
        prepare: Callable[[np.ndarray], np.ndarray],
        drawing: np.ndarray | None = None,
    ) -> None:
        drawing = draw_strokes(THREE) if drawing is None else np.asarray(drawing)
        if drawing.shape != (SIDE, SIDE) or drawing.dtype != np.uint8:
            raise ValueError(
                f"drawing must be uint8 of shape ({SIDE}, {SIDE}), "
                f"not {drawing.dtype} of {drawing.shape}"
            )
        self._model, self._prepare = model, prepare
        self.predict(drawing)  # the first call of a network is slow, and is not to be shown
        super().__init__(drawing=drawing.tobytes())

    def predict(self, drawing: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what the network receives for a drawing, and its answer.

        Args:
            drawing: uint8 of shape ``(280, 280)``: 0 paper, 255 ink.

        Returns:
            The image, uint8 of shape ``(28, 28)``, and the probabilities, float of shape ``(10,)``.

        Raises:
            ValueError: the model's output is not 10 probabilities.
        """
        import keras

        image = to_mnist_form(drawing)
        # Calling the model costs a tenth of model.predict, which is made for many images.
        output = self._model(self._prepare(image[None]), training=False)
        output = np.asarray(keras.ops.convert_to_numpy(output))
        if output.shape != (1, 10) or not np.isclose(output.sum(), 1, atol=1e-3):
            raise ValueError(f"model must return 10 probabilities, not {output}")
        return image, output[0]

    @traitlets.validate("drawing", "received", "probabilities")
    def _check_length(self, proposal: dict[str, Any]) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        length = {"drawing": SIDE * SIDE, "received": 28 * 28, "probabilities": 10}[name]
        if len(value) != length and (value or name != "probabilities"):
            kind = "bytes" if isinstance(value, bytes) else "numbers"
            raise traitlets.TraitError(f"{name} must have {length} {kind}, not {len(value)}")
        return value

    @traitlets.observe("drawing")
    def _answer(self, change: dict[str, Any]) -> None:
        drawing = np.frombuffer(change["new"], np.uint8).reshape(SIDE, SIDE)
        begin = time.perf_counter()
        try:
            image, probabilities = self.predict(drawing)
            trouble = ""
        except Exception as error:  # a network that has diverged, or that a cell has changed
            image, probabilities = to_mnist_form(drawing), []
            trouble = f"{type(error).__name__}: {error}"[:300]
        milliseconds = 1000 * (time.perf_counter() - begin)
        with self.hold_sync():
            self.received = image.tobytes()
            self.probabilities = [float(p) for p in probabilities] if drawing.any() else []
            self.trouble = trouble
            self.milliseconds = milliseconds
            self.answered += 1  # the browser sends no other drawing before

    def still(self) -> bytes:
        """Return the pad as a PNG picture: drawing, what the network receives, probabilities."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        from utils.plotting import BLUE, ORANGE

        # A figure of its own, apart from pyplot, which would show it a second time.
        figure = Figure(figsize=(9, 3), dpi=90, layout="constrained")
        FigureCanvasAgg(figure)
        panels = figure.subplots(1, 3, width_ratios=(1, 1, 1.2))
        pictures = [(self.drawing, SIDE, "The drawing"), (self.received, 28, "What is received")]
        for ax, (ink, side, title) in zip(panels, pictures):
            ax.imshow(np.frombuffer(ink, np.uint8).reshape(side, side), "gray_r", vmin=0, vmax=255)
            ax.set(title=title, xticks=[], yticks=[])
            ax.spines[:].set_visible(True)
        ax = panels[2]
        percent = 100 * np.array(self.probabilities or [0.0] * 10)
        bars = ax.barh(range(10), percent, color=BLUE)
        if self.probabilities:
            bars[int(percent.argmax())].set_color(ORANGE)
        ax.bar_label(bars, fmt="%.0f %%", padding=3)
        ax.set(title="Its probabilities", xlim=(0, 125), yticks=range(10), ylabel="digit")
        ax.set(xticks=(0, 50, 100), xlabel="probability (%)")
        ax.grid(visible=False)
        ax.invert_yaxis()
        file = io.BytesIO()
        figure.savefig(file, format="png")
        return file.getvalue()

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**kwargs)
        picture = base64.b64encode(self.still()).decode()
        return data | {"text/plain": "The drawing pad", "image/png": picture}, metadata
