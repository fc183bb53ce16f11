"""Simulate data/height_weight.csv: heights (cm) and weights (kg) of 500 adult men.

    python -m tools.simulate_height_weight

The same bytes come out on every machine: the random numbers are those of Python's own generator,
whose sequence for a seed is guaranteed, turned into normal ones by the inverse of the cumulative
distribution function, and rounded to 0.1.

Mean, standard deviation and slope come from the sources that data/README.md names. Weight grows
with about the square of height, and the line touches that curve at the mean height, so

    true slope     = 2 * mean weight / mean height
    true intercept = mean weight - true slope * mean height.

Heights are normal; weights are normal about the line, with what is left of their variance. The
correlation follows: true slope * SD of height / SD of weight, which is 0.47. Real weights are
skewed to the right, and the line bends a little: both are left out, so that the truth is known.
The numbers themselves are in utils/data.py, in one place.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from statistics import NormalDist

from tools.course import write
from utils.data import (
    DATA_FOLDER,
    HEIGHT_MEAN,
    HEIGHT_SD,
    HEIGHT_WEIGHT_ROWS,
    TRUE_INTERCEPT,
    TRUE_SLOPE,
    WEIGHT_SD,
)

SEED = 2012


def simulate() -> Iterator[tuple[float, float]]:
    """Yield the height (cm) and the weight (kg) of one person after the other."""
    generator, normal = random.Random(SEED), NormalDist()
    # What the line explains of the variance of weight, and what it leaves over.
    explained = (TRUE_SLOPE * HEIGHT_SD) ** 2
    residual_sd = math.sqrt(WEIGHT_SD**2 - explained)
    for _ in range(HEIGHT_WEIGHT_ROWS):
        height = HEIGHT_MEAN + HEIGHT_SD * normal.inv_cdf(generator.random())
        weight = TRUE_INTERCEPT + TRUE_SLOPE * height
        weight += residual_sd * normal.inv_cdf(generator.random())
        yield height, weight


def as_csv() -> str:
    """Return the table, header first."""
    lines = ["height_cm,weight_kg"]
    lines += [f"{height:.1f},{weight:.1f}" for height, weight in simulate()]
    return "\n".join(lines) + "\n"


def main() -> None:
    write(DATA_FOLDER / "height_weight.csv", as_csv())
    line = f"{TRUE_SLOPE:.4f} kg/cm * height {TRUE_INTERCEPT:+.1f} kg"
    print(f"{HEIGHT_WEIGHT_ROWS} people, true line: {line}")


if __name__ == "__main__":
    main()
