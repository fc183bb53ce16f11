"""Plausible wrong answers to the exercises of notebook 09, each with a part of its hint."""


def shares(
    place="angles * bins / span - 0.5",
    lower="np.floor(place).astype(int)",
    share="place - lower",
    first="lower % bins",
    second="(lower + 1) % bins",
    end="result",
):
    """Return an answer to exercise 1 with a part changed."""
    return f"""
def shares(angles, bins, span):
    place = {place}
    lower = {lower}
    share = {share}
    result = np.zeros((len(angles), bins))
    for i in range(len(angles)):
        result[i, ({first})[i]] += 1 - share[i]
        result[i, ({second})[i]] += share[i]
    return {end}
"""


def neighbours(
    squares="(new**2).sum(axis=1)[:, None] - 2 * new @ train.T + (train**2).sum(axis=1)",
    order="np.argsort(squares, axis=1, kind='stable')[:, :k]",
    classes="np.array([np.bincount(row).argmax() for row in labels[order]])",
    end="squares, classes",
):
    """Return an answer to exercise 2 with a part changed."""
    return f"""
def neighbours(train, labels, new, k):
    squares = {squares}
    order = {order}
    classes = {classes}
    return {end}
"""


def slants(
    weight="images",
    mean="(p * axis).sum(axis=(1, 2))[:, None, None] / total",
    above="(p * r * c).sum(axis=(1, 2))",
    below="(p * r * r).sum(axis=(1, 2))",
    end="np.divide(above, below, out=np.zeros(len(p)), where=below > 1e-9)",
):
    """Return an answer to exercise 3 with a part changed."""
    return f"""
def slants(images):
    p = {weight}
    total = np.maximum(p.sum(axis=(1, 2)), 1e-9)[:, None, None]
    r, c = (axis - {mean} for axis in np.indices(images.shape[1:]))
    above, below = {above}, {below}
    return {end}
"""


CHEAPEST = """
def cheapest(scores, y, c_fn, c_fp):
    best = (None, np.inf)
    for threshold in {thresholds}:
        alarm = scores {reaches} threshold
        cost = {miss} * np.sum((y == 1) & ~alarm) + {false} * np.sum((y == 0) & alarm)
        if cost {better} best[1]:
            best = (threshold, cost)
    {end}
"""


def cheapest(
    thresholds="[np.inf, *sorted(set(scores), reverse=True)]",
    reaches=">=",
    miss="c_fn",
    false="c_fp",
    better="<",
    end="return best",
):
    """Return an answer to exercise 4 with a part changed."""
    return CHEAPEST.format(
        thresholds=thresholds, reaches=reaches, miss=miss, false=false, better=better, end=end
    )


def area(ranks="rankdata(scores)", less="n1 * (n1 + 1) / 2", by="(n1 * n0)", result="{}"):
    """Return an answer to exercise 5 with a part changed."""
    formula = result.format(f"(ranks[y == 1].sum() - {less}) / {by}")
    return f"""
def area(scores, y):
    n1, n0 = np.sum(y == 1), np.sum(y == 0)
    ranks = {ranks}
    return {formula}
"""


HONEST = """
def honest(X, y):
    {before}
    right = 0
    for k in range(5):
        judge = np.arange(len(y)) % 5 == k
        learn = ~judge
        Z = {scaled}
        {own}
        gap = {gap}
        Z = Z[:, np.argsort(gap)[-10:]]
        means = [Z[{seen} & (y == c)].mean(axis=0) for c in (0, 1)]
        distances = [((Z[{asked}] - mean) ** 2).sum(axis=1) for mean in means]
        right += np.sum((distances[1] < distances[0]) == y[{asked}])
    return right / {total}
"""
SCALED = "(X - X[learn].mean(axis=0)) / X[learn].std(axis=0)"
BY_ALL = "(X - X.mean(axis=0)) / X.std(axis=0)"
OWN = "Z[judge] = (X[judge] - X[judge].mean(axis=0)) / X[judge].std(axis=0)"


def gap(rows, array="Z"):
    """Return code for the distances of the class means, from some rows."""
    ones, zeros = (f"{array}[{rows} & (y == {c})].mean(axis=0)" for c in (1, 0))
    return f"abs({ones} - {zeros})"


def honest(before="", scaled=SCALED, own="", by=None, seen="learn", asked="judge", total="len(y)"):
    """Return an answer to exercise 6 with a part changed."""
    return HONEST.format(
        before=before,
        scaled=scaled,
        own=own,
        gap=by or gap("learn"),
        seen=seen,
        asked=asked,
        total=total,
    )


EACH_ROW = "(np.arange(len(y)) >= 0)"


WRONG = {
    "exercise-1-answer": [
        (shares(place="angles * bins / span"), "as in the notebook"),
        (shares(place="angles * bins / span + 0.5"), "to the wrong side"),
        (shares(share="1 - (place - lower)"), "are exchanged"),
        (shares(lower="np.floor(place + 0.5).astype(int)", share="0 * place"), "as a whole"),
        (
            shares(
                place="np.clip(angles * bins / span - 0.5, 0, bins - 1)",
                lower="np.minimum(place.astype(int), bins - 2)",
            ),
            "The circle is not closed",
        ),
        (shares(lower="place.astype(int)"), "cut towards 0"),
        (shares(place="angles * bins / 180 - 0.5"), "How wide is a bin"),
        (shares(place="angles * (bins - 1) / span - 0.5"), "as many gaps as posts"),
        (shares(second="lower + 1"), "raised IndexError"),
        (shares(end="result.T"), "must be"),
        (shares(end="result / 2"), "always 0.5 times"),
        (
            """
def shares(angles, bins, span):
    centres = (np.arange(bins) + 0.5) * span / bins
    far = np.abs(angles[:, None] - centres) / (span / bins)
    return np.maximum(1 - far, 0)
""",
            "a row does not sum to 1",
        ),
    ],
    "exercise-2-answer": [
        (
            neighbours("(new**2).sum(axis=1)[:, None] - new @ train.T + (train**2).sum(axis=1)"),
            "counts twice",
        ),
        (
            neighbours(
                "(new**2).sum(axis=1)[:, None] + 2 * new @ train.T + (train**2).sum(axis=1)"
            ),
            "the product is subtracted",
        ),
        (neighbours("(new**2).sum(axis=1)[:, None] - 2 * new @ train.T"), "of the training ex"),
        (neighbours("(train**2).sum(axis=1) - 2 * new @ train.T"), "that of the new examples"),
        (
            neighbours("np.linalg.norm(new[:, None] - train[None], axis=2)"),
            "The *squared* ones are asked for",
        ),
        (neighbours("((new - train) ** 2).sum(axis=1)"), "raised ValueError"),
        (
            neighbours(order="np.argsort(-squares, axis=1, kind='stable')[:, :k]"),
            "the k *farthest*",
        ),
        (neighbours(classes="order[:, 0]"), "look up their labels"),
        (neighbours(classes="labels[order[:, 0]]"), "The nearest example alone decides"),
        (
            neighbours(order="np.argsort(squares, axis=1, kind='stable')[:, : k + 1]"),
            "one neighbour too many",
        ),
        (
            neighbours(order="np.argsort(squares, axis=1, kind='stable')[:, : max(k - 1, 1)]"),
            "one neighbour too few",
        ),
        (
            neighbours(
                classes="np.array([9 - np.bincount(r, minlength=10)[::-1].argmax() "
                "for r in labels[order]])"
            ),
            "take the smaller one",
        ),
        (
            neighbours(classes="np.array([max(r, key=r.tolist().count) for r in labels[order]])"),
            "let the nearer neighbour decide",
        ),
        (
            neighbours(
                order="len(labels) - 1 - np.argsort(squares[:, ::-1], axis=1, kind='stable')[:, :k]"
            ),
            "the earlier one counts as nearer",
        ),
        (neighbours(classes="labels[order].mean(axis=1).round()"), "You average the labels"),
        (neighbours(end="classes, squares"), "Return the squares first"),
        (neighbours(end="squares"), "must be 2 values"),
        (neighbours(squares="train.__imul__(1.0) @ new.T"), "must be"),
    ],
    "exercise-3-answer": [
        (slants(above="-(p * r * c).sum(axis=(1, 2))"), "The sign is wrong"),
        (slants(below="(p * c * c).sum(axis=(1, 2))"), "whose spread belongs below"),
        (
            slants(below="np.sqrt((p * r * r).sum(axis=(1, 2)) * (p * c * c).sum(axis=(1, 2)))"),
            "That is the correlation",
        ),
        (
            slants(
                end="np.arctan(np.divide(above, below, out=np.zeros(len(p)), where=below > 1e-9))"
            ),
            "the tangent of it",
        ),
        (slants(end="below / above"), "rows for each column"),
        (slants(mean="axis.max() / 2"), "from the middle of the image"),
        (slants(weight="(images > 0).astype(float)"), "count alike"),
        (slants(end="above"), "do not divide by the spread"),
        (
            slants(weight="np.broadcast_to(images.mean(axis=0), images.shape)"),
            "All images get the same slant",
        ),
        (slants(end="above / below"), "divide only where you may"),
        (slants(end="(above / below).mean()"), "must be"),
        (slants(mean="axis.mean()", above="(p * r * c).mean(axis=(1, 2))"), "For `slants("),
    ],
    "exercise-4-answer": [
        (cheapest(reaches=">"), "`>=`, not `>`"),
        (cheapest(thresholds="sorted(set(scores), reverse=True)"), "try the threshold `np.inf`"),
        (cheapest(better="<="), "take the highest"),
        (cheapest(thresholds="np.unique(scores)"), "Two things are missing"),
        (cheapest(miss="c_fp", false="c_fn"), "The two costs are exchanged"),
        (
            cheapest(
                miss="c_fp",
                false="c_fn",
                end="alarm = scores >= best[0]\n"
                "    return best[0], c_fn * np.sum((y == 1) & ~alarm) "
                "+ c_fp * np.sum((y == 0) & alarm)",
            ),
            "the cheapest if the two costs are exchanged",
        ),
        (
            cheapest(
                miss="1",
                false="1",
                end="alarm = scores >= best[0]\n"
                "    return best[0], c_fn * np.sum((y == 1) & ~alarm) "
                "+ c_fp * np.sum((y == 0) & alarm)",
            ),
            "makes the fewest mistakes",
        ),
        (cheapest(miss="1", false="1"), "You count mistakes"),
        (
            cheapest(end="return best[0], np.sum((scores >= best[0]) != y)"),
            "you return the number of mistakes",
        ),
        (cheapest(end="return best[0], best[1] / len(y)"), "not the mean"),
        (cheapest(thresholds="[c_fp / (c_fp + c_fn)]"), "follows from the formula"),
        (cheapest(end="return best[::-1]"), "Return the threshold first"),
        (cheapest(end="return best[1]"), "must be 2 values"),
        (
            cheapest().replace("    best", "    scores.sort()\n    best", 1),
            "For `cheapest(",
        ),
        (
            "def cheapest(scores, y, c_fn, c_fp):\n    before = scores.copy()\n"
            + cheapest().split("\n", 2)[2].replace("return best", "scores[:] = 0\n    return best"),
            "You change `scores` itself",
        ),
    ],
    "exercise-5-answer": [
        (area(less="0"), "still count the pairs of two 1s"),
        (area(ranks="rankdata(scores, method='ordinal')"), "in the order in which they stand"),
        (area(ranks="np.argsort(np.argsort(scores, kind='stable')) + 1"), "in the order in which"),
        (area(ranks="rankdata(scores, method='min')"), "the lowest of their ranks"),
        (area(ranks="rankdata(scores, method='max')"), "the highest of their ranks"),
        (area(ranks="rankdata(scores, method='dense')"), "counts once"),
        (area(ranks="rankdata(scores) - 1"), "must begin with 1"),
        (area(less="n1 * (n1 - 1) / 2"), "You subtract too little"),
        (area(less="n1"), "It is paired with other 1s"),
        (area(less="n1 * (n1 + 1)"), "counted once, not twice"),
        (area(ranks="rankdata(-scores)"), "the other way round"),
        (area(result="1 - {}"), "the other way round"),
        (
            "def area(scores, y):\n"
            "    return np.mean(scores[y == 1][:, None] > scores[y == 0][None, :])",
            "You count it as lost",
        ),
        (
            "def area(scores, y):\n"
            "    return np.mean(scores[y == 1][:, None] >= scores[y == 0][None, :])",
            "You count it as won",
        ),
        (area(by="1"), "Divide by the number of pairs."),
        (area(by="(len(y) * (len(y) - 1) / 2)"), "each a 1 and a 0"),
        (area(ranks="np.argsort(scores)"), "For `area("),
        (area(ranks="rankdata(scores, axis=2)"), "raised"),
        (
            "def area(scores, y):\n    result = roc_auc_score(y, scores)\n"
            "    y[:] = 0\n    return result",
            "You change `y` itself",
        ),
    ],
    "exercise-6-answer": [
        (honest(scaled=BY_ALL, by=gap(EACH_ROW)), "This does what `leaky` does"),
        ("def honest(X, y):\n    return leaky(X, y)", "This does what `leaky` does"),
        (honest(by=gap(EACH_ROW)), "The scaling is mended, and the columns"),
        (honest(f"A = {BY_ALL}", by=gap(EACH_ROW, "A")), "scaled together"),
        (honest(scaled=BY_ALL), "still come from all rows"),
        (honest(own=OWN), "by their own mean"),
        (honest(by=gap("judge")), "Choose by those that learn"),
        (honest(scaled=SCALED.replace("learn", "judge")), "The scaling comes from the rows"),
        (honest(seen=EACH_ROW), "The means of the classes come from all rows"),
        (honest(asked="learn", total="(4 * len(y))"), "accuracy on rows that were seen"),
        (honest(asked=EACH_ROW, total="(5 * len(y))"), "All rows are judged in each fold"),
        (honest(scaled="X.copy()"), "The scaling is gone"),
        (honest(total="1"), "Return their share"),
        (honest().replace("[-10:]", "[:10]"), "For `honest("),
        (
            honest().replace("return right", "X[:] = 0\n    return right"),
            "You change `X` itself",
        ),
    ],
}

RIGHT = {
    "exercise-1-answer": [
        """
def shares(angles, bins, span):
    centres = (np.arange(bins) + 0.5) * span / bins
    far = np.abs(angles[:, None] - centres)
    far = np.minimum(far, span - far) * bins / span
    return np.maximum(1 - far, 0)
""",
        shares().replace("np.floor(place).astype(int)", "(place // 1).astype(int)"),
    ],
    "exercise-2-answer": [
        neighbours("np.array([[((a - b) ** 2).sum() for b in train] for a in new])"),
        neighbours("((new[:, None] - train) ** 2).sum(axis=2)"),
        neighbours(
            classes="(labels[order][:, :, None] == np.unique(labels)).sum(axis=1).argmax(axis=1)",
            end="squares, np.unique(labels)[classes]",
        ),
    ],
    "exercise-3-answer": [
        """
def slants(images):
    result = []
    for image in images:
        r, c = np.nonzero(image)
        if len(np.unique(r)) < 2:
            result.append(0.0)
        else:
            result.append(np.polyfit(r, c, 1, w=np.sqrt(image[r, c]))[0])
    return result
""",
        """
def slants(images):
    row, column = np.indices(images.shape[1:])
    result = np.zeros(len(images))
    for i, image in enumerate(images):
        if np.count_nonzero(image.sum(axis=1)) > 1:
            moments = np.cov(row.ravel(), column.ravel(), aweights=image.ravel())
            result[i] = moments[0, 1] / moments[0, 0]
    return result
""",
    ],
    "exercise-4-answer": [
        """
def cheapest(scores, y, c_fn, c_fp):
    order = np.argsort(-scores, kind="stable")
    s, ones = scores[order], y[order] == 1
    last = np.append(np.diff(s) != 0, True)
    thresholds = np.concatenate([[np.inf], s[last]])
    misses = ones.sum() - np.concatenate([[0], np.cumsum(ones)[last]])
    false = np.concatenate([[0], np.cumsum(~ones)[last]])
    cost = c_fn * misses + c_fp * false
    return [thresholds[cost.argmin()], float(cost.min())]
""",
        """
def cheapest(scores, y, c_fn, c_fp):
    def cost(t):
        return sum((c_fn if b else c_fp) for s, b in zip(scores, y) if (s >= t) != bool(b))
    t = max([float("inf"), *scores], key=lambda t: (-cost(t), t))
    return np.array([t, cost(t)])
""",
    ],
    "exercise-5-answer": [
        """
def area(scores, y):
    zeros = np.sort(scores[y == 0])
    below = np.searchsorted(zeros, scores[y == 1], "left")
    up_to = np.searchsorted(zeros, scores[y == 1], "right")
    return (below.mean() + up_to.mean()) / 2 / len(zeros)
""",
        """
def area(scores, y):
    ranks = pd.Series(scores).rank()
    return (ranks[y == 1].mean() - ranks[y == 0].mean()) / len(y) + 0.5
""",
        """
def area(scores, y):
    return np.float32(roc_auc_score(y, scores))
""",
    ],
    "exercise-6-answer": [
        honest(scaled=SCALED.replace("axis=0)", "axis=0, keepdims=True)")),
        """
def honest(X, y):
    from sklearn.feature_selection import SelectKBest, f_classif
    from sklearn.model_selection import PredefinedSplit
    model = make_pipeline(StandardScaler(), SelectKBest(f_classif, k=10), NearestCentroid())
    folds = PredefinedSplit(np.arange(len(y)) % 5)
    return cross_val_score(model, X, y, cv=folds).mean()
""",
        """
def honest(X, y):
    shares = []
    for k in range(5):
        learn, ask = np.arange(len(y)) % 5 != k, slice(k, None, 5)
        middle, spread = X[learn].mean(0), X[learn].std(0, ddof=1)
        old, new = (X[learn] - middle) / spread, (X[ask] - middle) / spread
        ones, zeros = old[y[learn] == 1].mean(0), old[y[learn] == 0].mean(0)
        best = np.argpartition(-abs(ones - zeros), 9)[:10]
        a, b = (np.linalg.norm(new[:, best] - m[best], axis=1) for m in (zeros, ones))
        shares.append(np.mean((b < a) == y[ask]))
    return float(np.mean(shares))
""",
    ],
}
