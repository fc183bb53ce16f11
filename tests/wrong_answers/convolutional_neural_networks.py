"""Plausible wrong answers to the exercises of notebook 06, each with a part of its hint."""


def predict(**changes):
    """Return an answer to exercise 1 that is right but for ``changes``."""
    values = {"shape": (22, 22, 64), "view": 7, "in_second": 51264, "in_dense": 3965056}
    values["change"] = -720896
    return "\n".join(f"{name} = {value}" for name, value in (values | changes).items())


def count(place, value):
    """Return an answer to exercise 2 that is right but for one place."""
    counts = [1200, 0, 0, 4640, 264, 0, 2890]
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


def occlude(
    start="copy = image.copy()",
    places="image.shape[0] - size + 1, image.shape[1] - size + 1",
    paper="copy[i : i + size, j : j + size] = 0",
    value="predict(copy[None])[0, label]",
):
    """Return an answer to exercise 5 with a part changed."""
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


IMAGE, FLATTEN, POOL = "layers.Input((28, 28, 1))", "layers.Flatten()", "layers.MaxPooling2D()"
SMALL = (
    IMAGE,
    "layers.Conv2D(8, 3, activation='relu')",
    POOL,
    "layers.Conv2D(16, 3, activation='relu')",
    POOL,
    FLATTEN,
)

WRONG = {
    "exercise-1-answer": [
        (predict(shape=(22, 22)), "`shape` must be 3 numbers, not 2 numbers."),
        (predict(shape=(None, 22, 22, 64)), "for one image, please"),
        (predict(shape=(1, 22, 22, 64)), "for one image, please"),
        (predict(shape=("22", "22", "64")), "`shape` must be 3 numbers, not"),
        (
            "new = keras.Sequential([layers.Input((28, 28, 1)), layers.Conv2D(32, 3),"
            " layers.Conv2D(64, 5)])\n" + predict(shape="new.layers[1].output.shape"),
            "for one image, please",
        ),
        (predict(view=0), "draw it for one axis"),
        (predict(in_second=0), "how many slices has one kernel"),
        (predict(in_second="'51264'"), "`in_second` must be a single number, not '51264'"),
        (predict(in_dense=0), "And what has each unit"),
        (predict(view=8), "the two views overlap"),
        (predict(in_second=53248), "not one for each of its slices"),
        (predict(change=-753664), "The second layer has changed, too"),
    ],
    "exercise-2-answer": [
        (count(0, 1216), "look at the options"),
        (count(0, 1), "which of its options is unusual?"),
        (count(2, 4), "`counts[2]`: what would this layer have to learn?"),
        (count(3, 1), "how many kernels of which size"),
        (count(4, 16), "it too has a slice for each"),
        (count(4, 1), "How many channels does it see there?"),
        (count(6, 90), "it is no pooling"),
        ("counts = [1200, 4640, 264, 2890]", "must be 7 numbers, not 4 numbers."),
        (
            "counts = ['1200', '0', '0', '4640', '264', '0', '2890']",
            "must be 7 numbers, not ['1200'",
        ),
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
        (occlude(), "The map is right, but for 8 x 8 places you call `predict` 64 times"),
        (
            """
def occlusion_map(predict, image, label, size):
    rows, columns = image.shape[0] - size + 1, image.shape[1] - size + 1
    result = []
    for i in range(rows):
        copies = np.repeat(image[None], columns, axis=0)
        for j in range(columns):
            copies[j, i : i + size, j : j + size] = 0
        result.append(predict(copies)[:, label])
    return np.array(result)
""",
            "you call `predict` 8 times",
        ),
    ],
}

RIGHT = {
    "exercise-1-answer": [
        predict(shape="[22, 22, 64]", view=7.0, in_dense="np.int64(3965056)"),
        "new = keras.Sequential([layers.Input((28, 28, 1)), layers.Conv2D(32, 3),"
        " layers.Conv2D(64, 5)])\n"
        + predict(shape="new.output_shape[1:]", in_second="new.layers[1].count_params()"),
    ],
    "exercise-2-answer": ["counts = np.array([1200.0, 0, 0, 4640, 264, 0, 2890])[:, None]"],
    "exercise-3-answer": [
        """
def max_pool(images, size, stride):
    windows = sliding_window_view(images.astype("float32"), (size, size), axis=(1, 2))
    return windows[:, ::stride, ::stride].max(axis=(-1, -2))
""",
        """
def max_pool(images, size, stride):
    n, height, width, channels = images.shape
    rows = range(0, height - size + 1, stride)
    columns = range(0, width - size + 1, stride)
    return np.array([
        [[[max(image[i : i + size, j : j + size, c].flat) for c in range(channels)]
          for j in columns] for i in rows] for image in images
    ]).reshape(n, len(rows), len(columns), channels)
""",
    ],
    "exercise-4-answer": [
        "kernel = [[-1 / 6, -1 / 6, 1 / 3], [-1 / 6, 1 / 3, -1 / 6], [1 / 3, -1 / 6, -1 / 6]]",
        "kernel = np.array([[-2, -1, 3], [-1, 2, -1], [3, -1, -2]])",
    ],
    "exercise-5-answer": [
        """
def occlusion_map(predict, image, label, size):
    places = np.array(image.shape[:2]) - size + 1
    covered = np.tile(image, (*places, 1, 1, 1))
    for i, j in np.ndindex(*places):
        covered[i, j, i : i + size, j : j + size] = 0
    return np.array(predict(covered.reshape(-1, *image.shape)))[:, label].reshape(places).tolist()
""",
        """
def occlusion_map(predict, image, label, size):
    before = predict(image[None])[0, label]  # to print how far it falls
    rows, columns = image.shape[0] - size + 1, image.shape[1] - size + 1
    i, j = np.arange(image.shape[0])[:, None], np.arange(image.shape[1])[None]
    covered = []
    for a in range(rows):
        for b in range(columns):
            patch = (i >= a) & (i < a + size) & (j >= b) & (j < b + size)
            covered.append(np.where(patch[..., None], 0, image))
    return predict(np.stack(covered))[:, label].reshape(rows, columns)
""",
    ],
}
