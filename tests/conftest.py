"""Fixtures of the unit tests."""

import matplotlib
import matplotlib.pyplot as plt
import pytest

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def close_figures():
    """Let no test see the figures of the one before."""
    yield
    plt.close("all")
