"""Plausible wrong answers to the exercises of notebook 06, each with a part of its hint."""


def predict(**changes):
    """Return an answer to exercise 1 that is right but for ``changes``."""
    values = {"shape": (22, 22, 64), "view": 7, "second": 51264, "dense": 3965056}
    values["change"] = -720896
    return "\n".join(f"{name} = {value}" for name, value in (values | changes).items())


def count(place, value):
    """Return an answer to exercise 2 that is right but for one place."""
    counts = [1200, 64, 0, 0, 4640, 0, 0, 11530]
    counts[place] = value
    return f"counts = {counts}"


def pool(rows="(h - size) // stride + 1", columns="(w - size) // stride + 1", **changes):
    """Return an answer to exercise 3 with a part changed."""
    code = {"top": "i * stride", "left": "j * stride", "side": "size", "value": "max(axis=(1, 2))"}
    code |= changes
    return f"""
def max_pool(images, size, stride):
    n, h, w, channels = images.shape
    rows, columns = {rows}, {columns}
    result = np.zeros((n, rows, columns, channels))
    for i in range(rows):
        for j in range(columns):
            a, b = {code["top"]}, {code["left"]}
            window = images[:, a : a + {code["side"]}, b : b + {code["side"]}]
            result[:, i, j] = window.{code["value"]}
    return result
"""


def fold(kernels="kernels * scale", biases="beta - scale * mean", scale=None):
    """Return an answer to exercise 5 with a part changed."""
    return f"""
def fold(kernels, gamma, beta, mean, variance, epsilon):
    scale = {scale or "gamma / np.sqrt(variance + epsilon)"}
    return {kernels}, {biases}
"""


def shifts(steps, move="shift(images[i : i + 1], *steps[i])"):
    """Return an answer to exercise 6 that draws ``steps`` of shape (n, 2)."""
    return f"""
def random_shifts(images, most, rng):
    n = len(images)
    steps = {steps}
    return np.concatenate([{move} for i in range(n)])
"""


def occlude(
    start="copy = image.copy()",
    places="image.shape[0] - size + 1, image.shape[1] - size + 1",
    paper="copy[i : i + size, j : j + size] = 0",
    value="predict(copy[None])[0, label]",
):
    """Return an answer to exercise 7 with a part changed."""
    return f"""
def occlusion_map(predict, image, label, size):
    copy = image.copy()
    rows, columns = {places}
    result = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            {start}
            {paper}
            result[i, j] = {value}
    return result
"""


def network(
    *parts, fit="x_train, y_train", epochs=1, last="layers.Dense(10, activation='softmax')"
):
    """Return an answer to exercise 8 that trains a network of these layers; epochs=0: or not."""
    train = f"network.fit({fit}, batch_size=100, epochs={epochs}, verbose=0)" if epochs else ""
    return f"""
network = keras.Sequential([{", ".join(parts)}, {last}])
network.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", run_eagerly=True)
{train}
"""


IMAGE, FLATTEN, POOL = "layers.Input((28, 28, 1))", "layers.Flatten()", "layers.MaxPooling2D()"
SMALL = (
    IMAGE,
    "layers.Conv2D(8, 3, activation='relu')",
    POOL,
    "layers.Conv2D(16, 3, activation='relu')",
    POOL,
    FLATTEN,
)
FLAT = (IMAGE, POOL, FLATTEN)  # few parameters, and quickly trained

WRONG = {
    "exercise-1-answer": [
        (predict(shape=(22, 22)), "`shape` must be 3 numbers, not 2 numbers."),
        (predict(view=8), "the two views overlap"),
        (predict(second=53248), "not one for each of its slices"),
        (predict(change=-753664), "The second layer has changed, too"),
    ],
    "exercise-2-answer": [
        (count(0, 1216), "look at the options"),
        (count(1, 0), "four numbers for each channel"),
        (count(3, 4), "`counts[3]`: what would this layer have to learn?"),
        (count(7, 330), "it is no pooling"),
        ("counts = [1200, 64, 4640, 11530]", "must be 8 numbers, not 4 numbers."),
    ],
    "exercise-3-answer": [
        (pool(top="i", left="j"), "each begins only one pixel after"),
        (pool(side="stride", value="max(axis=(1, 2))"), "their side is `stride`"),
        (pool(value="mean(axis=(1, 2))"), "You take the mean"),
        (pool(value="max(axis=(1, 2), initial=0)"), "Values below 0 become 0"),
        (pool(value="max()"), "One maximum over images"),
        (pool(value="max(axis=(1, 2, 3))[:, None]"), "over all channels"),
        (pool(value="max(axis=(0, 1, 2))"), "over all images"),
        (pool(rows="(h - size) // stride", columns="(w - size) // stride"), "off by one"),
        (pool("len(range(0, h - size, stride))", "len(range(0, w - size, stride))"), "`range`"),
        (pool("-(-h // stride)", "-(-w // stride)"), "cuts the window off"),
        (pool("h // stride", "w // stride", value="max(axis=(1, 2))"), "the border cuts off"),
        (pool("h - size + 1", "w - size + 1", top="i", left="j"), "by one pixel"),
        (
            """
def max_pool(images, size, stride):
    n, h, w, channels = images.shape
    blocks = images[:, : h // size * size, : w // size * size]
    blocks = blocks.reshape(n, h // size, size, w // size, size, channels)
    return blocks.max(axis=(2, 4))
""",
            "you move by `size`",
        ),
    ],
    "exercise-4-answer": [
        ("kernel = np.eye(3)", "prefers the other diagonal"),
        ("kernel = 3 * np.eye(3) - 1", "prefers the other diagonal"),
        ("kernel = np.fliplr(np.eye(3))", "add up to more than 0"),
        ("kernel = 2 * np.fliplr(np.eye(3)) - 1", "add up to less than 0"),
        ("kernel = np.array([[2, 1, 0], [1, 0, -1], [0, -1, -2]])", "looks for a border"),
        ("kernel = np.array([[0, 1, 2], [-1, 0, 1], [-2, -1, 0]])", "looks for a border"),
        ("kernel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])", "looks for a border"),
        ("kernel = np.array([[-1, 2, -1]] * 3)", "that is vertical it answers with 6, to the"),
        ("kernel = np.array([[-1, 2, -1]] * 3).T", "that is horizontal it answers with 6, to the"),
        ("kernel = 1 - 3 * np.fliplr(np.eye(3))", "the weights ask for paper"),
        ("kernel = np.zeros((3, 3))", "All weights are 0"),
        ("kernel = np.ones(9)", "must be an array of shape (3, 3)"),
    ],
    "exercise-5-answer": [
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
    "exercise-6-answer": [
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
    ],
    "exercise-7-answer": [
        (occlude(start="pass"), "The patches stay"),
        (occlude(paper="copy[i : i + size, j : j + size] = 1"), "You cover with ink"),
        (occlude(value="predict(copy[None]).max()"), "the largest of the ten"),
        (occlude(value="predict(copy[None]).argmax()"), "the class that the network answers"),
        (
            occlude(value="predict(image[None])[0, label] - predict(copy[None])[0, label]"),
            "how far the probability falls",
        ),
        (occlude(value="1 - predict(copy[None])[0, label]"), "This is 1 minus the probability"),
        (occlude(value="predict(image[None])[0, label]"), "Nothing is covered"),
        (
            "\n".join(
                (
                    f"model = keras.Sequential([{', '.join(SMALL)}, layers.Dense(10)])",
                    occlude(value="model.predict(copy[None], verbose=0)[0, label]"),
                )
            ),
            "Call `predict`, which you are given, not `model`",
        ),
        (occlude(value="copy.mean()"), "Call `predict`, which you are given"),
        (occlude(paper="copy[i : i + size, j : j + size] = paper"), "raised NameError"),
        (
            occlude(
                paper="copy[i - size // 2 : i + size // 2 + 1, j - size // 2 : j + size // 2 + 1]"
                " = 0"
            ),
            "have the place in their middle",
        ),
        (
            occlude(
                paper="copy[max(i - size // 2, 0) : i + size // 2,"
                " max(j - size // 2, 0) : j + size // 2] = 0"
            ),
            "have the place in their middle",
        ),
        (occlude(places="image.shape[0] - size, image.shape[1] - size"), "off by one"),
        (
            occlude(
                start="copy = image.copy()",
                value="predict(copy[None])[0, label] * (i < rows - 1) * (j < columns - 1)",
            ),
            "never filled",
        ),
        (occlude(paper="copy[i : i + 5, j : j + 5] = 0"), "whatever `size` says"),
        (occlude(value="predict((image - copy)[None])[0, label]"), "You keep the patch"),
        (occlude(value="predict(copy)[0, label]"), "predict needs images of shape (n, "),
        (occlude(places="image.shape[:2]"), "must be an array of shape"),
    ],
    "exercise-8-answer": [
        (network(*SMALL, epochs=0), "hardly better than guessing"),
        (network(IMAGE, "layers.Conv2D(8, 3)", FLATTEN, epochs=0), "Make the map smaller"),
        (network(IMAGE, FLATTEN, epochs=0), "1,850 over the budget"),
        (network(*SMALL[:3], "layers.Conv2D(99, 3)", epochs=0), "which of these can be smaller?"),
        (network(*FLAT, fit="x_val, y_val", epochs=10), "the wrong way round"),
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
