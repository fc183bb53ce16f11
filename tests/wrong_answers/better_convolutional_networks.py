"""Plausible wrong answers to the exercises of notebook 07, each with a part of its hint."""

from tests.wrong_answers.convolutional_neural_networks import FLATTEN, IMAGE, POOL, SMALL


def fold(kernels="kernels * scale", biases="beta - scale * mean", scale=None):
    """Return an answer to exercise 1 with a part changed."""
    return f"""
def fold(kernels, gamma, beta, mean, variance, epsilon):
    scale = {scale or "gamma / np.sqrt(variance + epsilon)"}
    return {kernels}, {biases}
"""


def schedule(
    ramp="num_steps // 10",
    warm_up="highest / 25 + (highest - highest / 25) * step / ramp",
    part="min((step - ramp) / (num_steps - ramp), 1)",
    fall="highest * (1 + np.cos(np.pi * part)) / 2",
):
    """Return an answer to exercise 2 with a part changed."""
    return f"""
def rate(step, num_steps, highest):
    ramp = {ramp}
    if step < ramp:
        return {warm_up}
    part = {part}
    return {fall}
"""


def shifts(steps, move="shift(images[i : i + 1], *steps[i])"):
    """Return an answer to exercise 3 that draws ``steps`` of shape (n, 2)."""
    return f"""
def random_shifts(images, most, rng):
    n = len(images)
    steps = {steps}
    return np.concatenate([{move} for i in range(n)])
"""


def network(
    *parts, fit="x_train, y_train", epochs=1, last="layers.Dense(10, activation='softmax')"
):
    """Return an answer to exercise 4 that trains a network of these layers; epochs=0: or not."""
    train = f"network.fit({fit}, batch_size=100, epochs={epochs}, verbose=0)" if epochs else ""
    return f"""
network = keras.Sequential([{", ".join(parts)}, {last}])
network.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", run_eagerly=True)
{train}
"""


WITH_NORMALISATION = (
    IMAGE,
    "layers.Conv2D(8, 3, use_bias=False)",
    POOL,
    "layers.BatchNormalization(momentum=0.9)",
    "layers.ReLU()",
    "layers.Conv2D(16, 3, use_bias=False)",
    POOL,
    "layers.BatchNormalization(momentum=0.9)",
    "layers.ReLU()",
    FLATTEN,
)
FLAT = (IMAGE, POOL, FLATTEN)  # few parameters, and quickly trained

WRONG = {
    "exercise-1-answer": [
        (fold(biases="beta"), "The biases lack the mean"),
        (fold(biases="beta - mean"), "*before* the division"),
        (fold(biases="beta + scale * mean"), "the sign of the mean"),
        (fold(biases="-scale * mean"), "β is missing"),
        (fold(biases="scale * (beta - mean)"), "added at the end"),
        (fold(kernels="kernels"), "still the old ones"),
        (fold(scale="gamma / (variance + epsilon)"), "divides by its root"),
        (fold(scale="gamma / np.sqrt(variance)"), "ε is missing"),
        (fold(scale="gamma / (np.sqrt(variance) + epsilon)"), "ε belongs under the root"),
        (fold(scale="1 / np.sqrt(variance + epsilon)"), "γ is missing"),
        (fold(kernels="kernels * scale[:, None]"), "does a plain `kernels * scale` not fit?"),
        (fold(kernels="kernels * scale.reshape(-1, 1, 1, 1)"), "The kernels are the *last* axis"),
        (fold(kernels="(kernels - mean) * scale", biases="beta"), "not from each weight"),
        (fold(kernels="(kernels - mean) * scale"), "The biases are right, and μ is in them"),
        (fold("(kernels - mean) * scale + beta", "0 * beta"), "You put each weight into"),
        (fold("beta - scale * mean", "kernels * scale"), "Return the kernels first"),
        (fold(kernels="np.multiply(kernels, scale, out=kernels)"), "You change `kernels` itself"),
        (fold(scale="np.divide(gamma, np.sqrt(variance + epsilon), out=gamma)"), "change `gamma`"),
        (fold(kernels="kernels + scale"), "For `fold("),
    ],
    "exercise-2-answer": [
        (schedule(warm_up="highest * step / ramp"), "begins at 0"),
        (schedule(warm_up="highest / 25 + highest * step / ramp"), "so it ends too high"),
        (schedule(ramp="0"), "There is no warm-up: the cosine begins"),
        (schedule(warm_up="highest"), "There is no warm-up: the rate begins"),
        (schedule(warm_up="highest / 25"), "stays at its first value"),
        (schedule(part="min(step / num_steps, 1)"), "Count from the end of the warm-up"),
        (schedule(part="min((step - ramp) / num_steps, 1)"), "How many steps are left?"),
        (schedule(fall="highest * (1 + np.cos(2 * np.pi * part)) / 2"), "a whole turn"),
        (schedule(fall="highest * np.cos(np.pi * part / 2)"), "a quarter of a turn"),
        (schedule(fall="highest * np.cos(np.pi * part)"), "becomes negative"),
        (schedule(fall="highest * (1 + np.cos(np.pi * part))"), "twice as high"),
        (schedule(fall="highest * (1 - np.cos(np.pi * part)) / 2"), "rises from 0"),
        (schedule(fall="highest * (1 - part)"), "falls along a line"),
        (schedule(fall="highest"), "After the warm-up the rate stays"),
        (schedule(fall="highest * (1 + np.cos(180 * part)) / 2"), "takes radians"),
        (schedule(part="(step - ramp) / (num_steps - ramp)"), "It must stay at 0"),
        (schedule(ramp="num_steps // 5"), "For `rate("),
        (schedule(fall="np.full(3, highest)"), "must be a single number"),
        (schedule(fall="highest * math.cos(part)"), "raised NameError"),
        ("rate = 0.001", "The answer must be a function"),
    ],
    "exercise-3-answer": [
        (
            shifts(
                "rng.integers(-most, most + 1, (n, 2))",
                "np.roll(images[i], steps[i], (0, 1))[None]",
            ),
            "`np.roll` goes round",
        ),
        (shifts("rng.integers(-most, most, (n, 2))"), "leaves `high` out"),
        (shifts("rng.integers(-most, max(most, 1), (n, 2))"), "leaves `high` out"),
        (shifts("rng.integer(-most, most, (n, 2))"), ", 2, rng)` raised AttributeError"),
        (shifts("np.rint(rng.uniform(-most, most, (n, 2))).astype(int)"), "The ends come half"),
        (
            shifts("rng.integers(0, most + 1, (n, 2)) * rng.choice([-1, 1], (n, 2))"),
            "0 comes twice as often",
        ),
        (
            shifts("rng.uniform(-most - 1, most + 1, (n, 2)).astype(int)"),
            "0 comes twice as often",
        ),
        (shifts("rng.uniform(-most, most, (n, 2)).astype(int)"), "No image moves by -2 or +2"),
        (
            """
def random_shifts(images, most, rng):
    for n, step in enumerate(rng.integers(-most, most + 1, (len(images), 2))):
        images[n] = shift(images[n : n + 1], *step)[0]
    return images
""",
            "You change `images` itself",
        ),
        (shifts("rng.integers(0, most + 1, (n, 2))"), "Let shifts be negative"),
        (shifts("np.tile(rng.integers(-most, most + 1, 2), (n, 1))"), "All images move alike"),
        (shifts("np.repeat(rng.integers(-most, most + 1, (n, 1)), 2, 1)"), "diagonal only"),
        (shifts("rng.integers(-most, most + 1, (n, 2)) * [1, 0]"), "moves to the left or right"),
        (shifts("np.random.randint(-most, most + 1, (n, 2))"), "Draw from `rng`"),
        (shifts("np.random.default_rng(0).integers(-most, most + 1, (n, 2))"), "Another generator"),
        (shifts("rng.integers(-2 * most, 2 * most + 1, (n, 2))"), "by more than"),
        (
            shifts("rng.normal(0, most / 2, (n, 2)).round().clip(-most, most).astype(int)"),
            "Some sh",
        ),
        (shifts("rng.choice([-most, most], (n, 2))"), "far more often"),
        (shifts("rng.integers(-most, most + 1, (n, 2))", "images[i : i + 1]"), "No image moves."),
        (shifts("rng.integers(-most, most + 1, (n, 2))", "images[i : i + 1, 1:]"), "The result mu"),
    ],
    "exercise-4-answer": [
        (network(*SMALL, epochs=0), "hardly better than guessing"),
        (network(IMAGE, "layers.Conv2D(8, 3)", FLATTEN, epochs=0), "Make the map smaller"),
        (network(IMAGE, FLATTEN, epochs=0), "1,850 over the budget"),
        (network(*SMALL[:3], "layers.Conv2D(99, 3)", epochs=0), "which of these can be smaller?"),
        (network(*FLAT, fit="x_val, y_val", epochs=10), "the wrong way round"),
        (
            network(
                *WITH_NORMALISATION,
                fit="np.concatenate([x_train, x_val]), np.concatenate([y_train, y_val])",
                epochs=15,
            ).replace("run_eagerly=True", "steps_per_execution=15"),
            "Did `fit` get the validation images, too?",
        ),
        (network(*FLAT, epochs=4), "so it has more to learn"),
        (
            network(
                *(*FLAT, "layers.BatchNormalization(momentum=0.5)"),
                fit="255 * x_train, y_train",
            ),
            "it seems to have learned from those",
        ),
        (network(*SMALL[1:], epochs=0), "Begin with `layers.Input"),
        (network(*SMALL, epochs=0, last="layers.Dense(1)"), "ten numbers for each"),
        (network(*FLAT, epochs=2), "94% are wanted"),
        (
            network(*FLAT, last="layers.Dense(10)").replace(
                '"sparse_categorical_crossentropy"',
                "keras.losses.SparseCategoricalCrossentropy(from_logits=True)",
            ),
            "these are at least 0 and add up to 1",
        ),
        (network("layers.Input((784,))", "layers.Dense(7)", epochs=0), "yours takes (784,)"),
        (
            network(*FLAT, epochs=0) + "network = network.fit(x_val, y_val, verbose=0)",
            "the history",
        ),
    ],
}
