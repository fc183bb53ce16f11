"""What every test inherits, the kernels that nbval starts included: no network, the same data."""

import os
import tempfile
from pathlib import Path

# The digits inside scikit-learn: the same on every machine, and small enough to train to the end.
os.environ["DL101_DATASET"] = "digits"
for variable in ("DL101_MNIST", "DL101_EPOCHS", "DL101_SEED"):
    os.environ.pop(variable, None)
# A learner's own results are not touched.
os.environ["DL101_RESULTS"] = str(Path(tempfile.mkdtemp(prefix="dl101-")) / "results.csv")
