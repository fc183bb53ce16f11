"""The benchmark: what it counts and compares is right. No test asserts a time."""

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


@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
def test_the_numpy_epoch_is_the_one_of_keras(activation):
    """One batch, so that the order of the images does not matter."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x, y = rng.random((50, 20), np.float32), rng.integers(0, 10, 50)
    network = keras.Sequential(
        [
            layers.Input((20,)),
            layers.Dense(8, activation=activation),
            layers.Dense(6, activation=activation),
            layers.Dense(10, activation="softmax"),
        ]
    )
    parameters, train = benchmark.numpy_training(network, x, y, 50)
    benchmark.plainly(network)
    network.fit(x, y, batch_size=50, epochs=3, shuffle=False, verbose=0)
    train(3)
    for ours, theirs in zip(parameters, network.get_weights()):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_rows_of_a_benchmark_replace_its_old_rows_only():
    def rows(benchmark_name, value):
        return pd.DataFrame(
            [(benchmark_name, "c", "v", "s", value, 1, "m")], columns=list(benchmark.COLUMNS)
        )

    old = pd.concat([rows("accuracy", 1.0), rows("pad", 2.0)])
    merged = benchmark.merged(old, rows("accuracy", 3.0))
    assert list(merged.benchmark) == ["accuracy", "pad"]
    assert list(merged.value) == [3.0, 2.0]


def test_a_part_takes_turns_and_ends():
    runner = benchmark.Runner("startup-of-nothing")
    with pytest.raises(RuntimeError, match="startup-of-nothing"):
        runner.lap()
    runner.close()


def test_bad_arguments_are_refused(run_tool):
    for arguments in (["speed"], ["--seeds", "0"]):
        answer = run_tool("benchmark", *arguments)
        assert answer.returncode == 2
        assert arguments[-1] in answer.stderr


def test_a_machine_is_named_with_cores_and_versions():
    text = benchmark.machine()
    assert "cores" in text
    assert f"numpy {np.__version__}" in text
