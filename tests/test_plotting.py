"""Tests of utils.plotting: what is drawn, and what is refused."""

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest

from utils import plotting


def classify(points):
    return (points[:, 0] > 0).astype(int)


def test_images_are_drawn_on_one_scale():
    images = np.stack([np.zeros((4, 4)), np.full((4, 4), 9.0), np.full((4, 4), 3.0)])
    plotting.show_images(images, ["a", "b", "c"], columns=2, heading="three")
    axes = [ax for ax in plt.gcf().axes if ax.images]
    assert [ax.get_title() for ax in axes] == ["a", "b", "c"]
    assert {ax.images[0].get_clim() for ax in axes} == {(0.0, 9.0)}


def test_weights_are_drawn_with_zero_in_the_middle():
    plotting.show_images(np.array([[[-1.0, 4.0]]]), diverging=True)
    assert plt.gcf().axes[0].images[0].get_clim() == (-4.0, 4.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"images": np.zeros((4, 4))}, r"images must have shape \(n, height, width\)"),
        ({"images": np.zeros((0, 4, 4))}, "images must have shape"),
        ({"images": np.zeros((2, 4, 4)), "titles": ["a"]}, "titles must be 2"),
        ({"images": np.zeros((2, 4, 4)), "columns": 0}, "columns must be at least 1"),
    ],
)
def test_images_of_another_form_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        plotting.show_images(**arguments)


def test_history_shows_training_and_validation():
    plotting.plot_history({"loss": [2.0, 1.0], "val_loss": [2.5, 1.5]}, metrics=["loss"])
    ax = plt.gca()
    assert [line.get_label() for line in ax.lines] == ["training", "validation"]
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), [2.5, 1.5])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "loss")


def test_history_without_the_metric_is_refused():
    with pytest.raises(ValueError, match=r"metrics \['accuracy'\] were not recorded"):
        plotting.plot_history({"loss": [1.0]})


def test_confusion_counts_each_pair():
    plotting.plot_confusion(np.array([0, 0, 1, 1, 1]), np.array([0, 1, 1, 1, 0]))
    texts = {text.get_position(): text.get_text() for text in plt.gca().texts}
    assert texts == {(0, 0): "1", (1, 0): "1", (0, 1): "1", (1, 1): "2"}
    assert plt.gca().get_ylabel() == "true class"


def test_confusion_of_unequal_lengths_is_refused():
    with pytest.raises(ValueError, match=r"same shape \(n,\), not \(3,\) and \(2,\)"):
        plotting.plot_confusion(np.zeros(3), np.zeros(2))


def test_regions_show_points_of_each_class():
    x, y = np.array([[-1.0, 0.0], [1.0, 1.0], [2.0, 0.5]]), np.array([0, 1, 1])
    plotting.plot_decision_regions(classify, x, y)
    points = [line.get_xydata() for line in plt.gca().lines]
    assert [len(p) for p in points] == [1, 2]


def test_regions_can_share_a_figure():
    _, (left, _) = plt.subplots(1, 2)
    plotting.plot_decision_regions(classify, np.eye(2), np.arange(2), ax=left, title="left")
    assert left.get_title() == "left"
    assert len(plt.get_fignums()) == 1


@pytest.mark.parametrize(
    ("x", "y"), [(np.zeros((5, 3)), np.zeros(5, int)), (np.zeros((5, 2)), np.zeros(4, int))]
)
def test_regions_of_points_that_are_not_pairs_are_refused(x, y):
    with pytest.raises(ValueError, match=r"x must have shape \(n, 2\) and y \(n,\)"):
        plotting.plot_decision_regions(classify, x, y)


def test_a_model_is_drawn_with_shapes_and_parameters():
    model = keras.Sequential(
        [keras.layers.Input((3,)), keras.layers.Dense(2, activation="relu"), keras.layers.Dense(1)]
    )
    plotting.plot_model(model)
    texts = [text.get_text() for text in plt.gca().texts]
    assert "8 parameters" in texts
    assert "3 parameters" in texts
    assert "Dense\nrelu" in texts


def test_a_model_without_shapes_is_refused():
    with pytest.raises(ValueError, match="model must be built"):
        plotting.plot_model(keras.Sequential([keras.layers.Dense(1)]))


def test_style_keeps_lines_apart_without_colour():
    plotting.set_style()
    cycle = plt.rcParams["axes.prop_cycle"].by_key()
    assert len(set(zip(cycle["color"], cycle["linestyle"]))) == len(cycle["color"])
