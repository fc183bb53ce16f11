"""The benchmark: what it counts and compares is right. No test asserts a time."""

import sys

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers

from tools import benchmark


def test_operations_of_a_step_are_those_counted_by_hand():
    network = keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(2, 3),  # 9 weights for each of 2 kernels, at 26 x 26 places
            layers.Conv2D(4, 3, strides=2),  # 9 x 2 x 4 weights, at 12 x 12 places
            layers.Flatten(),
            layers.Dense(10),
        ]
    )
    first, second, dense = 18 * 26 * 26, 72 * 12 * 12, 576 * 10
    assert benchmark.step_operations(network) == 2 * (2 * first + 3 * second + 3 * dense)


def dense_network(activation):
    return keras.Sequential(
        [
            layers.Input((20,)),
            layers.Dense(8, activation=activation),
            layers.Dense(6, activation=activation),
            layers.Dense(10, activation="softmax"),
        ]
    )


@pytest.fixture
def rng():
    keras.utils.set_random_seed(0)
    return np.random.default_rng(0)


# One batch, so that the order of the images does not matter.


@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
def test_the_numpy_epoch_is_the_one_of_keras(activation, rng):
    x, y = rng.random((50, 20), np.float32), rng.integers(0, 10, 50)
    network = dense_network(activation)
    parameters, step = benchmark.numpy_training(network, x, y)
    benchmark.plainly(network)
    network.fit(x, y, batch_size=50, epochs=3, shuffle=False, verbose=0)
    benchmark.in_batches(step, 50, 50)(epochs=3)
    for ours, theirs in zip(parameters, network.get_weights()):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)


@pytest.mark.skipif(
    keras.backend.backend() != "torch",
    reason="beside TensorFlow, a PyTorch for graphics cards can crash; nox has a session for it",
)
@pytest.mark.parametrize("kind", ["sigmoid", "relu", "convolutional"])
def test_the_torch_epoch_is_the_one_of_keras(kind, rng):
    import torch

    x, y = rng.random((50, 20), np.float32), rng.integers(0, 10, 50)
    if kind == "convolutional":
        x = rng.random((50, 10, 10, 2), np.float32)
        network = keras.Sequential(
            [
                layers.Input(x.shape[1:]),
                layers.CenterCrop(8, 8),
                layers.Conv2D(4, 3, padding="same", use_bias=False),
                layers.MaxPooling2D(),
                layers.BatchNormalization(momentum=0.95),
                layers.ReLU(),
                layers.Conv2D(6, 3, activation="relu"),
                layers.Flatten(),
                layers.Dropout(0.0),
                layers.Dense(10, activation="softmax"),
            ]
        )
    else:
        network = dense_network(kind)
    twin, step = benchmark.torch_training(network, x, y)
    benchmark.plainly(network)
    network.optimizer.epsilon = 1e-14  # below the root, as 1e-7 beside it
    network.fit(x, y, batch_size=50, epochs=3, shuffle=False, verbose=0)
    benchmark.in_batches(step, 50, 50)(epochs=3)
    images = torch.from_numpy(x.transpose(0, 3, 1, 2).copy() if x.ndim == 4 else x)
    with torch.no_grad():
        ours = torch.softmax(twin(images), 1).numpy()
    theirs = keras.ops.convert_to_numpy(network(x, training=True))
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_parts_take_turns_in_a_process_of_their_own():
    runner = benchmark.Runner(iter, [{"seconds": number} for number in range(6)])
    assert benchmark.in_turns({"a": runner, "b": runner}, 3) == {"a": 2, "b": 3}


@pytest.mark.parametrize("arguments", [["speed"], ["--seeds", "0"]])
def test_bad_arguments_are_refused(arguments, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["benchmark", *arguments])
    with pytest.raises(SystemExit):
        benchmark.main()
    assert arguments[-1] in capsys.readouterr().err


def test_a_machine_is_named_with_cores_and_versions():
    text = benchmark.machine()
    assert "cores" in text
    assert f"numpy {np.__version__}" in text


class Laps:
    """Stands in for a Runner: seconds and accuracy of each epoch of a made-up training."""

    def __init__(self, part, model, seed):
        names = {"lecture_recipe": "lecture", "our_recipe": "ours"}
        name = names.get(getattr(part, "__name__", ""), "ours, images as they are")
        trainings = {
            "lecture": [(3, 0.5), (1, 0.9), (1, 1.0)],
            "ours": [(1, 0.92), (1, 0.8), (1, 0.95)],
            "ours, images as they are": [(2, 0.5), (2, 0.6)],
        }
        self.laps = iter(trainings[name])
        self.epochs = 50 if name == "lecture" else len(trainings[name])
        self.pool = self

    def lap(self):
        seconds, accuracy = next(self.laps, (None, None))
        return seconds and {"seconds": seconds, "accuracy": accuracy, "epochs": self.epochs}

    def shutdown(self, **options):
        pass


def test_a_ratio_needs_that_all_runs_reach_the_accuracy(monkeypatch):
    monkeypatch.setattr(benchmark, "Runner", Laps)
    published = pd.DataFrame({"model": ["NN", "CDNN"], "published_accuracy": [90.0, 90.0]})
    monkeypatch.setattr(benchmark.pd, "read_csv", lambda path: published)
    rows = pd.DataFrame(
        [("accuracy", *row, "here") for row in benchmark.benchmark_accuracy(2, ["NN", "CDNN"])],
        columns=["benchmark", "case", "variant", "unit", "value", "runs", "machine"],
    )
    lines = benchmark.tables(rows).splitlines()[2:5]
    ours = "| 90.00 % | 4.0 s ({0} of {0}) | 1.0 s (2 of 2) | 4.0 | 100 s | 3 s | 33.3 | 95.00% |"
    assert lines[:2] == [f"| NN {ours.format(2)}", f"| CDNN; COMPACT {ours.format(1)}"]
    assert lines[2] == (
        "| CDNN; COMPACT, images as they are | 90.00 % | 4.0 s (1 of 1) | best 60.00% (0 of 2) "
        "| - | 100 s | 4 s | 25.0 | 60.00% |"
    )
    assert "reached" not in benchmark.sentence(rows)
    assert "took 1/33.3 of the lecture's 50 epochs" in benchmark.sentence(rows)
