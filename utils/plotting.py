"""Every figure that is drawn more than once: one style, one palette."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import FancyBboxPatch

if TYPE_CHECKING:
    import keras

# Okabe and Ito's palette, which colour-blind readers can tell apart, ordered so that neighbours
# also differ in lightness when printed grey.
BLUE, ORANGE, GREEN, RED, SKY, PURPLE, BLACK = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#56B4E9",
    "#CC79A7",
    "#000000",
)
PALETTE = (BLUE, ORANGE, GREEN, RED, SKY, PURPLE, BLACK)
MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def set_style() -> None:
    """Set the course's style for all figures that follow."""
    lines = ("-", "--", "-.", ":", "-", "--", "-.")
    plt.rcParams.update(
        {
            "figure.figsize": (6.4, 4.0),
            "figure.dpi": 90,
            "figure.constrained_layout.use": True,
            "axes.prop_cycle": plt.cycler(color=PALETTE) + plt.cycler(linestyle=lines),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "grid.alpha": 0.3,
            "axes.titlesize": "medium",
            "legend.frameon": False,
            "image.cmap": "gray_r",
            "image.interpolation": "nearest",  # pixels stay pixels, and the files small
        }
    )


def show_images(
    images: np.ndarray,
    titles: Sequence[object] | None = None,
    *,
    columns: int = 10,
    diverging: bool = False,
    heading: str = "",
) -> None:
    """Show images side by side, ink dark on white paper.

    Args:
        images: shape ``(n, height, width)``, all on one grey scale.
        titles: one for each image.
        columns: images in a row.
        diverging: for weights: blue below 0, white at 0, red above, with a colour bar.
        heading: title of the whole figure.

    Raises:
        ValueError: ``images`` has another shape or is empty, ``titles`` has another length, or
            ``columns`` is less than 1.
    """
    images = np.asarray(images)
    if images.ndim != 3 or len(images) == 0:
        raise ValueError(f"images must have shape (n, height, width), not {images.shape}")
    if titles is not None and len(titles) != len(images):
        raise ValueError(f"titles must be {len(images)}, one for each image, not {len(titles)}")
    if columns < 1:
        raise ValueError(f"columns must be at least 1, not {columns}")
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    title_lines = 1 + max(str(title).count("\n") for title in titles) if titles is not None else 0
    figure, grid = plt.subplots(
        rows,
        columns,
        figsize=(0.95 * columns, rows * (1.05 + 0.2 * title_lines) + (0.4 if heading else 0)),
        squeeze=False,
    )
    low, high = float(images.min()), float(images.max())
    if diverging:
        high = max(abs(low), abs(high))
        low = -high
    for ax in grid.flat:
        ax.axis("off")
    for index, (ax, image) in enumerate(zip(grid.flat, images)):
        picture = ax.imshow(image, cmap="RdBu_r" if diverging else None, vmin=low, vmax=high)
        if titles is not None:
            ax.set_title(str(titles[index]), fontsize="small")
    if diverging:
        figure.colorbar(picture, ax=grid, shrink=0.8, label="value")
    if heading:
        figure.suptitle(heading)
    plt.show()


def plot_history(
    history: keras.callbacks.History | Mapping[str, Sequence[float]],
    metrics: Sequence[str] = ("loss", "accuracy"),
) -> None:
    """Plot what ``model.fit`` recorded, training against validation, one panel a metric.

    Args:
        history: what ``model.fit`` returned, or its dictionary.
        metrics: names of what was recorded, without ``val_``.

    Raises:
        ValueError: a metric was not recorded.
    """
    record = history if isinstance(history, Mapping) else history.history
    missing = [metric for metric in metrics if metric not in record]
    if missing:
        raise ValueError(f"metrics {missing} were not recorded, only {sorted(record)}")
    _, panels = plt.subplots(1, len(metrics), figsize=(4.2 * len(metrics), 3.2), squeeze=False)
    for ax, metric in zip(panels.flat, metrics):
        epochs = range(1, len(record[metric]) + 1)
        ax.plot(epochs, record[metric], label="training")
        if f"val_{metric}" in record:
            ax.plot(epochs, record[f"val_{metric}"], label="validation")
        ax.set(xlabel="epoch", ylabel=metric)
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.legend()
    plt.show()


def plot_confusion(labels: np.ndarray, predictions: np.ndarray, title: str = "") -> None:
    """Plot how often each digit was taken for each other digit.

    Args:
        labels: true classes, whole numbers from 0, shape ``(n,)``.
        predictions: predicted classes, shape ``(n,)``.
        title: title of the figure.

    Raises:
        ValueError: the shapes differ or are not one-dimensional.
    """
    from sklearn.metrics import confusion_matrix

    labels, predictions = np.asarray(labels), np.asarray(predictions)
    if labels.ndim != 1 or labels.shape != predictions.shape:
        raise ValueError(
            "labels and predictions must have the same shape (n,), "
            f"not {labels.shape} and {predictions.shape}"
        )
    counts = confusion_matrix(labels, predictions)
    _, ax = plt.subplots(figsize=(5.4, 4.8))
    mistakes = np.where(np.eye(len(counts), dtype=bool), 0, counts)
    ax.imshow(mistakes, cmap="Oranges", vmax=max(1, mistakes.max() * 1.3))
    for (row, column), count in np.ndenumerate(counts):
        if count:
            weight = "bold" if row == column else "normal"
            ax.text(column, row, count, ha="center", va="center", fontsize=8, weight=weight)
    ticks = range(len(counts))
    ax.set(xlabel="predicted class", ylabel="true class", xticks=ticks, yticks=ticks, title=title)
    ax.grid(False)
    plt.show()


def plot_decision_regions(
    predict: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    y: np.ndarray,
    *,
    ax: Axes | None = None,
    title: str = "",
    labels: tuple[str, str] = ("$x_1$", "$x_2$"),
) -> None:
    """Plot two-dimensional points of two or more classes over the regions of a classifier.

    Args:
        predict: maps points of shape ``(m, 2)`` to classes, whole numbers of shape ``(m,)``.
        x: points, shape ``(n, 2)``.
        y: their classes, whole numbers from 0, shape ``(n,)``.
        ax: where to draw; without it, a figure of its own is made and shown.
        title: title of the panel.
        labels: what the two axes show, with units.

    Raises:
        ValueError: ``x`` or ``y`` has another shape.
    """
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim != 2 or x.shape[1] != 2 or y.shape != x.shape[:1]:
        raise ValueError(f"x must have shape (n, 2) and y (n,), not {x.shape} and {y.shape}")
    own_figure = ax is None
    if own_figure:
        _, ax = plt.subplots(figsize=(5.0, 4.2))
    margin = 0.08 * np.ptp(x, axis=0)
    low, high = x.min(axis=0) - margin, x.max(axis=0) + margin
    grid = np.meshgrid(*(np.linspace(a, b, 200) for a, b in zip(low, high)))
    points = np.column_stack([axis.ravel() for axis in grid]).astype("float32")
    regions = np.asarray(predict(points)).reshape(grid[0].shape)
    num_classes = int(max(y.max(), regions.max())) + 1
    ax.contourf(
        *grid,
        regions,
        levels=np.arange(num_classes + 1) - 0.5,
        cmap=ListedColormap(list(PALETTE[:num_classes])),
        alpha=0.25,
    )
    for c in range(num_classes):
        ax.plot(
            *x[y == c].T,
            linestyle="",
            marker=MARKERS[c],
            markersize=4,
            color=PALETTE[c],
            markeredgecolor="white",
            markeredgewidth=0.5,
            label=f"class {c}",
        )
    ax.set(xlabel=labels[0], ylabel=labels[1], title=title, xlim=(low[0], high[0]))
    ax.set_ylim(low[1], high[1])
    ax.grid(False)
    if own_figure:
        ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
        plt.show()


def plot_model(model: keras.Model) -> None:
    """Draw the layers of a model from left to right, with output shapes and parameter counts.

    Args:
        model: a built Keras model whose layers follow each other.

    Raises:
        ValueError: the model has not been built, so that its shapes are unknown.
    """
    if not model.built or not model.layers:
        raise ValueError("model must be built: give it an Input layer, or call it on data once")
    boxes = [("Input", model.input_shape[1:], "")]
    for layer in model.layers:
        activation = getattr(getattr(layer, "activation", None), "__name__", "")
        kind = type(layer).__name__ + (f"\n{activation}" if activation else "")
        boxes.append((kind, layer.output.shape[1:], f"{layer.count_params():,} parameters"))
    width, gap = 1.75, 0.35
    _, ax = plt.subplots(figsize=(min(12, 1.5 * len(boxes)), 1.7))
    for index, (kind, shape, parameters) in enumerate(boxes):
        left = index * (width + gap)
        ax.add_patch(
            FancyBboxPatch(
                (left, 0), width, 1, boxstyle="round,pad=0.02", facecolor="#E8F1F7", edgecolor=BLUE
            )
        )
        ax.text(left + width / 2, 0.5, kind, ha="center", va="center", fontsize=9)
        size = " x ".join(str(side) for side in shape)
        ax.text(left + width / 2, 1.15, size, ha="center", va="bottom", fontsize=9)
        ax.text(left + width / 2, -0.15, parameters, ha="center", va="top", fontsize=8)
        if index:
            ax.annotate(
                "",
                (left - 0.02, 0.5),
                (left - gap + 0.02, 0.5),
                arrowprops={"arrowstyle": "->", "color": BLACK},
            )
    ax.set(xlim=(-0.1, len(boxes) * (width + gap) - gap + 0.1), ylim=(-0.6, 1.6))
    ax.axis("off")
    plt.show()


def plot_loss_surface(
    ax: Axes,
    cost: Callable[[float, float], float],
    centre: Sequence[float],
    width: float,
    height: float,
) -> None:
    """Draw the cost of two parameters as a map, darker where it is higher, with a star.

    Args:
        ax: where to draw.
        cost: of the two parameters, W and b.
        centre: W and b of the minimum, where the star stands.
        width: from the centre to the left and right edge, in units of W.
        height: from the centre to the lower and upper edge, in units of b.
    """
    W = centre[0] + np.linspace(-width, width, 121)
    b = centre[1] + np.linspace(-height, height, 121)
    surface = np.array([[cost(w, bias) for w in W] for bias in b])
    levels = surface.min() + np.ptp(surface) * np.linspace(0, 1, 10) ** 3
    greys = [str(grey) for grey in np.linspace(1, 0.7, 9)]  # from white to grey
    ax.contourf(W, b, surface, levels=levels, colors=greys)
    ax.plot(*centre, "*", color=BLACK, markersize=11, zorder=5)
    ax.set(xlabel="$W$", ylabel="$b$", xlim=(W[0], W[-1]), ylim=(b[0], b[-1]))
    ax.grid(False)
