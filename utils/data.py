"""Every data set of the course, ready to use, with honest splits.

``load_mnist`` looks for MNIST in four places, and makes sure by its SHA-256 that it is MNIST. Where
there is none, it falls back on the small handwritten digits in scikit-learn, and says so.
"""

from __future__ import annotations

import gzip
import hashlib
import http.client
import io
import os
import queue
import shutil
import socket
import ssl
import tempfile
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

COURSE_FOLDER = Path(__file__).resolve().parents[1]
DATA_FOLDER = COURSE_FOLDER / "data"

# SHA-256 of the bytes of each MNIST array (C order, uint8).
MNIST_ARRAYS = {
    "x_train": "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
    "y_train": "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
    "x_test": "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
    "y_test": "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
}
# The files that can be downloaded, and the SHA-256 of each: one archive, as Keras publishes it, or
# the four original ones, in the order of the arrays, as TensorFlow Datasets publishes them.
ARCHIVE = {"mnist.npz": "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"}
ORIGINALS = {
    "train-images-idx3": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
MIRRORS = (
    ("https://storage.googleapis.com/tensorflow/tf-keras-datasets/{}", ARCHIVE),
    ("https://ossci-datasets.s3.amazonaws.com/mnist/{}-ubyte.gz", ORIGINALS),
    ("https://storage.googleapis.com/cvdf-datasets/mnist/{}-ubyte.gz", ORIGINALS),
)
VALIDATION_IMAGES = 10000  # the last ones of MNIST's training set
LARGEST = 64 * 2**20  # bytes; the download is 11 MB, the arrays are 55 MB
NETWORK_TIMEOUT = 10.0  # seconds of silence until the next mirror is tried
ANSWER_LIMIT = 30.0  # seconds until an answer begins: name, several addresses, redirects, header
MIRROR_LIMIT = 300.0  # seconds for one mirror in all; at 50 kB/s MNIST takes 230 s


class DataError(Exception):
    """A data set is missing, damaged, or not what its name says."""


class Split(NamedTuple):
    """One part of a data set: ``images, labels = split``."""

    images: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class DigitImages:
    """Images of handwritten digits in three parts that share no image.

    Each part is a pair ``(images, labels)``: images are uint8 of shape ``(n, 28, 28)`` with
    values from 0 (paper) to 255 (ink), labels are uint8 of shape ``(n,)`` with values 0 to 9.
    """

    name: str  # "mnist" or "digits": which data set this really is
    source: str  # where it came from, in words
    train: Split  # what a model is fitted to
    validation: Split  # what choices are made on
    test: Split  # what a finished model is measured on, once


def load_mnist() -> DigitImages:
    """Load MNIST, or the handwritten digits of scikit-learn where MNIST cannot be had.

    MNIST has 50,000 training, 10,000 validation (the last of the original training set) and 10,000
    test images, the digits 1,197, 300 and 300. The sources are tried in this order:

    1. the file that the environment variable ``DL101_MNIST`` names, an ``mnist.npz``;
    2. the copy that an earlier call has cached (see ``mnist_cache``);
    3. the network, with progress: several mirrors, each of which is given up after 10 s of
       silence, 30 s without the beginning of an answer, or 5 minutes in all (50 kB/s are enough);
    4. the 1,797 digits inside scikit-learn, brought to MNIST's form (``to_mnist_form``).

    ``DL101_DATASET=mnist`` leaves out the last step, ``DL101_DATASET=digits`` the first three.

    Raises:
        DataError: ``DL101_MNIST`` names a file that is missing or is not MNIST, or
            ``DL101_DATASET=mnist`` and no source has it.
        ValueError: ``DL101_DATASET`` is neither ``mnist`` nor ``digits``.
    """
    choice = os.environ.get("DL101_DATASET", "").strip().lower()
    if choice not in ("", "mnist", "digits"):
        raise ValueError(f"DL101_DATASET must be 'mnist' or 'digits', not {choice!r}")
    if choice == "digits":
        return _embedded_digits("the digits inside scikit-learn, chosen by DL101_DATASET")
    if named := os.environ.get("DL101_MNIST"):
        # A file that was asked for by name is never replaced by another one in silence.
        return _split_mnist(read_mnist(named), "from the file that DL101_MNIST names")

    cache, causes = mnist_cache(), []
    if cache is not None:
        try:
            return _split_mnist(read_mnist(cache), "from the copy cached earlier")
        except DataError as error:
            if not isinstance(error.__cause__, FileNotFoundError):
                causes.append(f"the cached copy: {error}")
    for url, files in MIRRORS:
        host = url.split("/")[2]
        try:
            arrays = _download_mnist(url, files, time.monotonic() + MIRROR_LIMIT)
        except DataError as error:
            causes.append(f"{host}: {error}")
            continue
        if cache is not None:
            _cache_arrays(arrays, cache)
        return _split_mnist(arrays, f"downloaded from {host}")

    listed = "\n".join(f"  - {cause}" for cause in causes)
    if choice == "mnist":
        raise DataError(f"MNIST cannot be had:\n{listed}")
    print(
        f"NOTICE: MNIST cannot be had, so this is not MNIST:\n{listed}\n"
        "Instead you get the 1,797 small digits inside scikit-learn. Everything runs, on "
        "fewer and coarser images, so the numbers differ. For MNIST, connect to the network, "
        "or set DL101_MNIST to the path of an mnist.npz, and restart the kernel."
    )
    return _embedded_digits("the digits inside scikit-learn, in place of MNIST")


def mnist_cache() -> Path | None:
    """Return the path at which a downloaded MNIST is kept (``None`` if there is no home folder)."""
    try:
        return Path.home() / ".cache" / "deep-learning-101" / "mnist.npz"
    except RuntimeError:
        return None


def read_mnist(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Read an ``mnist.npz``: ``x_train``, ``y_train``, ``x_test`` and ``y_test``, all uint8.

    Raises:
        DataError: the file cannot be read, or its arrays are not MNIST's to the last byte.
    """
    path, head = Path(path), b""
    try:
        if path.exists() and not path.is_file():  # nor is a pipe opened, which may be silent
            raise OSError("not a file")
        with path.open("rb") as file:
            head = file.read(64)
        with np.load(path, allow_pickle=False) as archive:  # a pickle runs code of who made it
            if sum(member.file_size for member in archive.zip.infolist()) > LARGEST:
                raise ValueError("a small archive can unpack to any size")
            arrays = {key: np.asarray(archive[key]) for key in MNIST_ARRAYS}
    except Exception as error:  # in a damaged file, zipfile and NumPy stumble in many ways
        found = _cause(error) if isinstance(error, OSError) else _kind(head)
        raise DataError(f"{path.name}: expected an mnist.npz, got: {found} ({path})") from error
    for key, array in arrays.items():
        form, sha256 = (array.dtype, array.shape[1:]), hashlib.sha256(array.tobytes()).hexdigest()
        if form != (np.uint8, (28, 28) if key[0] == "x" else ()) or sha256 != MNIST_ARRAYS[key]:
            found = f"{array.dtype} of shape {array.shape}, whose SHA-256 differs"
            raise DataError(f"{path.name}: expected MNIST's {key}, got other values: {found}")
    return arrays


def _kind(head: bytes) -> str:
    """Say by its first bytes what a file is that is not what it should be."""
    if not head:
        return "an empty file"
    if head.lstrip().startswith(b"<"):
        return "a web page (does this network ask for a login?)"
    known = head.startswith((b"PK", b"\x1f\x8b"))  # the signs of .npz and .gz
    return "one that is damaged, or of something else" if known else "a file of another kind"


def _split_mnist(arrays: dict[str, np.ndarray], source: str) -> DigitImages:
    images, labels = arrays["x_train"], arrays["y_train"]
    train = Split(images[:-VALIDATION_IMAGES], labels[:-VALIDATION_IMAGES])
    validation = Split(images[-VALIDATION_IMAGES:], labels[-VALIDATION_IMAGES:])
    test = Split(arrays["x_test"], arrays["y_test"])
    return DigitImages("mnist", f"MNIST, {source}", train, validation, test)


def _download_mnist(url: str, files: dict[str, str], deadline: float) -> dict[str, np.ndarray]:
    """Fetch MNIST from one mirror; ``DataError`` if it does not deliver it by ``deadline``."""
    bodies = [_download(url.format(name), sha256, deadline) for name, sha256 in files.items()]
    if len(bodies) == 1:
        with np.load(io.BytesIO(bodies[0])) as archive:
            return {key: archive[key] for key in MNIST_ARRAYS}
    arrays = {}
    for key, raw in zip(MNIST_ARRAYS, map(gzip.decompress, bodies)):
        # The IDX format: the fourth byte is the number of axes, their lengths follow.
        shape = np.frombuffer(raw, ">u4", count=raw[3], offset=4)
        arrays[key] = np.frombuffer(raw, np.uint8, offset=4 * (1 + raw[3])).reshape(shape).copy()
    return arrays


def _download(url: str, sha256: str, deadline: float) -> bytes:
    """Fetch one file with progress; ``DataError`` if it is not there in time, or is another."""
    name, body, shown, end = url.rpartition("/")[2], bytearray(), time.monotonic(), ""
    try:
        with _open(url, deadline) as answer:
            # read1 returns what has come; read would wait for 64 KiB, however slow they are.
            while len(body) <= LARGEST and (chunk := answer.read1(2**16)):
                body += chunk
                if (now := time.monotonic()) > shown + 1:
                    shown, end = now, "\n"
                    print(f"\rMNIST: {len(body) / 1e6:.1f} MB so far", end="", flush=True)
    except (OSError, http.client.HTTPException, ValueError, RuntimeError) as error:
        limit = f"expected all of it within {MIRROR_LIMIT:g} s"
        cause = _cause(error) if time.monotonic() < deadline else limit
        after = f", after {len(body):,} bytes" if body else ""
        raise DataError(f"{name}: {cause}{after}") from error
    finally:
        print(end=end)
    if hashlib.sha256(body).hexdigest() != sha256:
        raise DataError(f"{name}: expected MNIST's file, got {_kind(body)} ({len(body):,} bytes)")
    return bytes(body)


def _open(url: str, deadline: float) -> http.client.HTTPResponse:
    """Open ``url``, to be read until ``deadline``; the answer must begin within ``ANSWER_LIMIT``.

    A time-out alone is no limit: the look-up of the name has none, and each address of the host,
    each redirect and each byte of a header starts it anew. So a thread does it.
    """
    limit = min(ANSWER_LIMIT, max(0, deadline - time.monotonic()))
    handler = _Handler()
    handler.deadline = time.monotonic() + limit + 1  # when the thread, left alone, ends
    opener = urllib.request.build_opener(handler)
    del opener.handle_open["ftp"]  # no redirect leads out of the limits
    outcome: queue.SimpleQueue = queue.SimpleQueue()

    def work() -> None:
        try:
            outcome.put(opener.open(url, timeout=NETWORK_TIMEOUT))
        except Exception as error:
            outcome.put(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        answer = outcome.get(timeout=limit)
    except queue.Empty:
        answer = OSError(f"expected an answer, got none within {limit:.3g} s")
    if isinstance(answer, Exception):
        raise answer
    handler.deadline = deadline
    return answer


class _Handler(urllib.request.HTTPSHandler, urllib.request.HTTPHandler):
    """Lets every read end at ``deadline``, be it of a header, of a chunk's size, of a trailer."""

    def do_open(self, connection: Any, request: Any, **keywords: Any) -> http.client.HTTPResponse:
        connection = type("Connection", (connection,), {"response_class": self.answer})
        return super().do_open(connection, request, **keywords)

    def answer(self, sock: Any, *options: Any, **more: Any) -> http.client.HTTPResponse:
        answer = http.client.HTTPResponse(sock, *options, **more)
        read = answer.fp.raw.readinto

        def read_in_time(buffer: Any) -> int:
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            sock.settimeout(min(NETWORK_TIMEOUT, left))
            return read(buffer)

        answer.fp.raw.readinto = read_in_time
        return answer


def _cause(error: BaseException | str) -> str:
    """Say in one line, for a learner, what was expected and what came."""
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        meaning = http.client.responses.get(error.code, "unknown")
        return f"expected the file, got HTTP status {error.code} ({meaning})"
    if isinstance(error, urllib.error.URLError):
        error = error.reason
    for kinds, text in CAUSES.items():
        if isinstance(error, kinds):
            return text
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(text.split())


# No text of a ValueError, in which the password of a proxy may stand.
CAUSES: dict[Any, str] = {
    TimeoutError: "expected an answer, got silence for too long",
    ssl.SSLCertVerificationError: "expected a certificate to trust, got another",
    ssl.SSLError: "expected a secure connection, got none",
    socket.gaierror: "expected the address of the server, got none (is there a network?)",
    ConnectionRefusedError: "expected an answer, got the connection refused",
    (ConnectionError, http.client.IncompleteRead): "expected an answer, got the connection dropped",
    http.client.HTTPException: "expected an answer in HTTP, got something else",
    ValueError: "expected an address, got something else (is a proxy set wrongly?)",
}


def _cache_arrays(arrays: dict[str, np.ndarray], path: Path) -> None:
    """Write ``arrays`` to ``path`` in one step: a reader sees the whole file or none."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for left in path.parent.glob("part-*"):  # by a process that was killed, a day ago or more
            if time.time() - left.stat().st_mtime > 24 * 3600:
                shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix="part-", dir=path.parent) as folder:
            np.savez_compressed(Path(folder, path.name), **arrays)
            os.replace(Path(folder, path.name), path)
    except OSError as error:
        again = f"so it is downloaded again next time: {_cause(error)}"
        print(f"NOTICE: MNIST could not be kept in {path.parent}, {again}")


def _embedded_digits(source: str) -> DigitImages:
    """The 8 x 8 digits of scikit-learn in MNIST's form.

    The images stay in the order of the file, in which those of one writer stand together: so the
    three parts share (nearly) no writer, and a model is tested on hands that it has not seen.
    """
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = np.stack([to_mnist_form(image * (255 / 16)) for image in digits.images])
    labels = digits.target.astype(np.uint8)
    parts = (slice(1197), slice(1197, 1497), slice(1497, None))
    return DigitImages("digits", source, *(Split(images[part], labels[part]) for part in parts))


def to_mnist_form(image: np.ndarray) -> np.ndarray:
    """Bring one picture of a digit to the form in which MNIST was made.

    The digit is cut out, scaled without distortion into a box of 20 x 20 pixels, and placed so
    that its centre of mass is at the centre of a field of 28 x 28 (LeCun et al., *Gradient-based
    learning applied to document recognition*, 1998).

    ``image`` holds grey levels from 0 for paper to 255 for ink, and is of shape
    ``(height, width)``; what comes back is uint8 of shape ``(28, 28)``, all 0 if there is no ink.

    Raises:
        ValueError: the picture is not two-dimensional, or has values outside 0 to 255.
    """
    from PIL import Image

    image = np.asarray(image)
    if image.ndim != 2 or image.size == 0:
        raise ValueError(f"image must have shape (height, width), not {image.shape}")
    numeric = np.issubdtype(image.dtype, np.number)
    if not (numeric and np.min(image) >= 0 and np.max(image) <= 255):
        raise ValueError("image must hold numbers from 0 (paper) to 255 (ink)")
    field = np.zeros((28, 28), np.uint8)
    rows, columns = np.nonzero(image.max(axis=1))[0], np.nonzero(image.max(axis=0))[0]
    if rows.size == 0:
        return field
    digit = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32)
    scale = 20 / max(digit.shape)
    height, width = (max(1, round(side * scale)) for side in digit.shape)
    box = Image.fromarray(digit).resize((width, height), Image.Resampling.BICUBIC)
    box = np.asarray(box).clip(0, 255)
    if box.sum() == 0:
        return field
    centre_row = (box.sum(axis=1) @ np.arange(height)) / box.sum()
    centre_column = (box.sum(axis=0) @ np.arange(width)) / box.sum()
    # The nearest whole pixel that keeps the box inside the field.
    top = min(max(round(14 - centre_row), 0), 28 - height)
    left = min(max(round(14 - centre_column), 0), 28 - width)
    field[top : top + height, left : left + width] = box.round()
    return field


# The people of data/height_weight.csv are simulated. Means and standard deviations: 4,082 men in
# Gordon et al. (2014), rounded; the slope is that of weight = constant x height^2 at the mean.
HEIGHT_MEAN, HEIGHT_SD = 175.6, 6.9  # cm
WEIGHT_MEAN, WEIGHT_SD = 85.5, 14.2  # kg
TRUE_SLOPE = 2 * WEIGHT_MEAN / HEIGHT_MEAN  # kg/cm
TRUE_INTERCEPT = WEIGHT_MEAN - TRUE_SLOPE * HEIGHT_MEAN  # kg
HEIGHT_WEIGHT_ROWS = 500


@dataclass(frozen=True)
class HeightWeight:
    """Heights (cm) and weights (kg), float64 of shape ``(500,)``, and the line that they follow."""

    height: np.ndarray
    weight: np.ndarray
    true_slope: float  # kg/cm, of the line from which the weights were simulated
    true_intercept: float  # kg


def load_height_weight() -> HeightWeight:
    """Load the simulated heights and weights of 500 men, in no order: ``data/height_weight.csv``.

    Raises:
        DataError: the file is missing, or is not the table that the tool writes.
    """
    path = DATA_FOLDER / "height_weight.csv"
    try:
        table = np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2)
        if table.shape != (HEIGHT_WEIGHT_ROWS, 2):
            raise ValueError(f"a table of shape {table.shape}")
    except (OSError, ValueError) as error:
        expected = f"{path.name}: expected {HEIGHT_WEIGHT_ROWS} rows of 2 numbers, got: {error}"
        advice = "python -m tools.simulate_height_weight writes the file anew"
        raise DataError(f"{expected} ({advice})") from error
    height, weight = table.T.copy()
    return HeightWeight(height, weight, TRUE_SLOPE, TRUE_INTERCEPT)
