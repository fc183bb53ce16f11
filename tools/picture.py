"""Draw the picture at the head of the README: what one builds on the way through the course.

    python -m tools.picture

It shows shipped data and measured results, so it changes with data/results.csv.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from sklearn.datasets import load_digits, make_moons
from sklearn.neural_network import MLPClassifier

from tools.measure import RESULTS
from utils.data import COURSE_FOLDER, load_height_weight
from utils.plotting import BLUE, ORANGE, plot_decision_regions, set_style

FILE = COURSE_FOLDER / ".github" / "course.png"


def draw_line(ax: Axes) -> None:
    data = load_height_weight()
    theta = np.polyfit(data.height, data.weight, 1)
    ax.plot(data.height, data.weight, ".", alpha=0.4)
    ax.plot(data.height, np.polyval(theta, data.height), "-", color=ORANGE, linewidth=2)
    ax.set(xlabel="height (cm)", ylabel="weight (kg)", title="A line through data")


def draw_boundary(ax: Axes) -> None:
    x, y = make_moons(300, noise=0.2, random_state=0)
    network = MLPClassifier([8], "tanh", solver="lbfgs", alpha=0.3, random_state=0).fit(x, y)
    plot_decision_regions(network.predict, x, y, ax=ax, title="A boundary that bends")


def draw_digits(ax: Axes) -> None:
    images = load_digits().images[:16]
    rows = [np.hstack([np.pad(image, 1) for image in images[i : i + 4]]) for i in (0, 4, 8, 12)]
    ax.imshow(np.vstack(rows), interpolation="nearest")
    ax.set_title("Handwritten digits to read")
    ax.axis("off")


def draw_mistakes(ax: Axes) -> None:
    accuracy = pd.read_csv(RESULTS).groupby("model", sort=False).test_accuracy.mean()
    mistakes = 10_000 * (1 - accuracy)
    bars = ax.barh(mistakes.index, mistakes, color=BLUE)
    ax.bar_label(bars, fmt="%.0f", padding=3)
    ax.set(xlabel="mistakes in 10,000 test images", xlim=(0, 1.2 * mistakes.max()))
    ax.set_title("Six models, measured")
    ax.invert_yaxis()
    ax.grid(False)


def draw(path: Path = FILE) -> None:
    """Write the picture to ``path``, a PNG."""
    set_style()
    figure, axes = plt.subplots(1, 4, figsize=(12.5, 3), width_ratios=(1, 1, 0.8, 1))
    for ax, panel in zip(axes, (draw_line, draw_boundary, draw_digits, draw_mistakes)):
        panel(ax)
    figure.savefig(path, dpi=90, metadata={"Software": None})
    plt.close(figure)


if __name__ == "__main__":
    draw()
