"""What every test inherits, the kernels that nbval starts included: no network, the same data."""

import os
import re
import tempfile
from pathlib import Path

import pytest

# The digits inside scikit-learn: the same on every machine, and small enough to train to the end.
os.environ["DL101_DATASET"] = "digits"
for variable in ("DL101_MNIST", "DL101_EPOCHS", "DL101_SEED", "DL101_STRICT", "DL101_CHECKS"):
    os.environ.pop(variable, None)
# pytest-xdist keeps every core busy; with threads on top of that, PyTorch is ten times slower.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# A learner's own results are not touched.
os.environ["DL101_RESULTS"] = str(Path(tempfile.mkdtemp(prefix="dl101-")) / "results.csv")


def pytest_collection_modifyitems(items):
    """Run the notebooks first and the last ones, which take longest, before the others.

    So no process is left with a long notebook when all others have ended.
    """

    def turn(item):
        number = re.match(r"notebooks/(?:solutions/)?(\d+)", item.nodeid)
        return -int(number[1]) if number else 1

    items.sort(key=turn)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep the tests of a file together, but for those that run a whole notebook each.

    The exercises of one notebook stay together, too: they share the cells that come before them.
    """
    from xdist.scheduler import LoadFileScheduling

    class ByFileOrNotebook(LoadFileScheduling):
        def _split_scope(self, nodeid):
            alone = nodeid.startswith(("tests/browser/", "tests/test_colab.py"))
            if nodeid.startswith("tests/test_exercises.py"):
                return nodeid.partition("[")[2].partition("-")[0].rstrip("]")
            return nodeid if alone else super()._split_scope(nodeid)

    return ByFileOrNotebook(config, log)
