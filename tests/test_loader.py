"""load_mnist under fire: whatever fails, it ends in verified data or in a notice with the cause.

The mirrors are servers on the loopback of this machine, which misbehave as they are told.
"""

import concurrent.futures
import contextlib
import errno
import gzip
import hashlib
import http.server
import io
import os
import pickle
import re
import socket
import socketserver
import ssl
import struct
import tempfile
import threading
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from utils import data

ARCHIVE = "/mnist.npz"


@pytest.fixture(autouse=True, scope="module")
def digits_made_once():
    """Spare each test a tenth of a second."""
    digits = data._embedded_digits("")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "_embedded_digits", lambda source: replace(digits, source=source))
        yield


# --- mirrors -----------------------------------------------------------------------------------


class Request(http.server.BaseHTTPRequestHandler):
    """Answers with the bytes that the mirror has for a path, or with what a function does."""

    def do_GET(self):
        answer = self.server.files.get(self.path)
        if callable(answer):
            answer(self)
        elif answer is None:
            self.send_error(404)
        else:
            self.begin(len(answer))
            self.wfile.write(answer)

    def begin(self, length):
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *arguments):
        pass


class Mirror(socketserver.ThreadingTCPServer):
    """A web server on a free port of the loopback."""

    daemon_threads = True

    def __init__(self, files):
        super().__init__(("127.0.0.1", 0), Request)
        self.files = files
        self.closing = threading.Event()  # lets go of the answers that hang
        self.host = f"127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        pass  # a client that has given up


@pytest.fixture
def serve():
    """Return a function that starts a mirror with the given files."""
    with contextlib.ExitStack() as stack:

        def start(files):
            mirror = stack.enter_context(Mirror(files))
            thread = threading.Thread(target=mirror.serve_forever, args=(0.005,), daemon=True)
            thread.start()
            stack.callback(thread.join)
            stack.callback(mirror.shutdown)
            stack.callback(mirror.closing.set)
            return mirror

        yield start


@pytest.fixture
def use(archive, originals, monkeypatch):
    """Return a function that makes mirrors those of the course."""

    def put(*archives, originals_of=()):
        files = {"mnist.npz": hashlib.sha256(archive).hexdigest()}
        mirrors = [(f"http://{mirror.host}/{{}}", files) for mirror in archives]
        files = {path[1:-9]: hashlib.sha256(body).hexdigest() for path, body in originals.items()}
        mirrors += [(f"http://{mirror.host}/{{}}-ubyte.gz", files) for mirror in originals_of]
        monkeypatch.setattr(data, "MIRRORS", tuple(mirrors))

    return put


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(data, "NETWORK_TIMEOUT", 0.4)
    monkeypatch.setattr(data, "ANSWER_LIMIT", 0.5)
    monkeypatch.setattr(data, "MIRROR_LIMIT", 0.6)


def packed(arrays):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


@pytest.fixture
def archive(small_mnist):
    return packed(small_mnist)


@pytest.fixture
def originals(small_mnist):
    """The four original files, by their paths."""
    return {
        f"/{name}-ubyte.gz": gzip.compress(
            struct.pack(f">2xBB{array.ndim}I", 8, array.ndim, *array.shape) + array.tobytes()
        )
        for name, array in zip(data.ORIGINALS, small_mnist.values())
    }


@pytest.fixture
def good(serve, archive):
    return serve({ARCHIVE: archive})


# --- what must hold in the end -----------------------------------------------------------------


def cached():
    """The names of the files in the cache folder."""
    folder = data.mnist_cache().parent
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@pytest.fixture
def assert_downloaded(assert_is_mnist, capsys):
    """Assert that MNIST comes from ``mirror``, is kept, and comes from the cache the next time."""

    def check(mirror):
        result = data.load_mnist()
        assert_is_mnist(result)
        assert result.source == f"MNIST, downloaded from {mirror.host}"
        assert cached() == ["mnist.npz"]
        again = data.load_mnist()
        assert_is_mnist(again)
        assert again.source == "MNIST, from the copy cached earlier"
        printed = capsys.readouterr()
        assert "NOTICE" not in printed.out + printed.err

    return check


@pytest.fixture
def assert_digits(capsys, tmp_path):
    """Assert that the digits come instead, with a notice whose lines match ``causes``."""

    def check(*causes):
        result = data.load_mnist()
        assert result.source == "the digits inside scikit-learn, in place of MNIST"
        printed = capsys.readouterr()
        assert printed.out.count("NOTICE: MNIST cannot be had, so this is not MNIST:\n") == 1
        assert printed.err == ""
        lines = [line[4:] for line in printed.out.splitlines() if line.startswith("  - ")]
        assert len(lines) == len(causes)
        for line, cause in zip(lines, causes):
            assert re.search(cause, line), line
            assert len(line.replace(str(tmp_path), "")) < 150
            assert not re.search(r"\w+Error|Errno|urlopen|<", line), line
        return printed.out

    return check


# --- one mirror fails --------------------------------------------------------------------------


def raw(make, then=None):
    """Send ``make(body)``, and ``then`` again and again."""

    def answer(request, body):
        request.wfile.write(make(body))
        while then is not None and not request.server.closing.wait(0.1):
            request.wfile.write(then)

    return answer


def whole(body):
    return HEADER + b"Content-Length: %d\r\n\r\n" % len(body) + body


def half(body):
    return body[: len(body) // 2]


def flip(body):
    return half(body) + bytes([body[len(body) // 2] ^ 1]) + body[len(body) // 2 + 1 :]


def drop(request, body):
    request.wfile.write(whole(body)[:-100])
    # Zero seconds of lingering: the connection is reset instead of closed.
    linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    request.connection.close()


def redirect(target):
    return raw(lambda body: f"HTTP/1.1 302 Found\r\nLocation: {target}\r\n\r\n".encode())


PAGE = b"\n<!DOCTYPE html><html><body>Please log in to this network.</body></html>"
HEADER = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEADER + b"Transfer-Encoding: chunked\r\n\r\n"
NONE = "expected an answer, got none within 0.5 s"
LATE = "expected all of it within 0.6 s"
DROPPED = "expected an answer, got the connection dropped"
DAMAGED = r"got one that is damaged, or of something else \([\d,]+ bytes\)"
# What a mirror does, and what the notice says. Where the file matters, it is mnist.npz.
FAULTS = {
    "403": (raw(lambda body: b"HTTP/1.1 403 No\r\n\r\n"), r"got HTTP status 403 \(Forbidden\)"),
    "500": (raw(lambda body: b"HTTP/1.1 500 No\r\n\r\n"), r"status 500 \(Internal Server Error\)"),
    "hangs": (raw(lambda body: b"", b""), "expected an answer, got silence for too long$"),
    "hangs midway": (
        raw(lambda body: half(whole(body)), b""),
        r"too long, after [1-9][\d,]+ bytes",
    ),
    "drips header": (raw(lambda body: HEADER + b"X: ", b"x"), NONE),
    "drips interim answers": (raw(lambda body: b"", b"HTTP/1.1 100 Continue\r\n\r\n"), NONE),
    "drips body": (raw(lambda body: whole(body)[:-99], b"x"), LATE + ", after [1-9]"),
    "drips chunks": (raw(lambda body: CHUNKED, b"1\r\nx\r\n"), LATE + ", after [1-9]"),
    "drips a chunk's size": (raw(lambda body: CHUNKED, b"0"), LATE),
    "drips a chunk's extension": (raw(lambda body: CHUNKED + b"9;", b"x"), LATE),
    "drips trailers": (
        raw(lambda body: CHUNKED + b"%x\r\n%b\r\n0\r\n" % (len(body), body), b"X: x\r\n"),
        LATE + ", after [1-9]",
    ),
    "cut": (raw(lambda body: whole(body)[:-999]), DAMAGED),
    "cut, length unknown": (raw(lambda body: HEADER + b"\r\n" + half(body)), DAMAGED),
    "cut in a chunk": (raw(lambda body: CHUNKED + b"ffff\r\n" + bytes(999)), DROPPED),
    "dropped at once": (raw(lambda body: b""), DROPPED),
    "dropped midway": (drop, DROPPED),
    "wrong bytes": (raw(lambda body: whole(flip(body))), DAMAGED),
    "empty": (raw(lambda body: whole(b"")), "expected MNIST's file, got an empty file"),
    "page": (raw(lambda body: whole(PAGE)), "got a web page .does this network ask for a login"),
    "another file": (raw(lambda body: whole(body[::-1])), "got a file of another kind"),
    "endless": (raw(lambda body: HEADER + b"\r\n" + bytes(2**22)), r"another kind \(1,[\d,]+ byt"),
    "huge": (raw(lambda body: HEADER + b"Content-Length: 99000000000\r\n\r\n"), "an empty file"),
    "redirects in a circle": (redirect(ARCHIVE), r"got HTTP status 302 \(Found\)"),
    "redirects to a local file": (redirect("file:///etc/hosts"), r"status 302 \(Found\)"),
    "redirects to FTP": (redirect("ftp://127.0.0.1:9/mnist.npz"), "unknown url type: ftp"),
    "redirects to nonsense": (redirect("http://[/mnist.npz"), "expected an address, got some"),
    "nonsense": (raw(lambda body: b"220 ready\r\n"), "an answer in HTTP, got something else"),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_is_named_and_the_next_mirror_delivers(
    kind, serve, archive, good, impatient, use, monkeypatch, assert_digits, assert_downloaded
):
    monkeypatch.setattr(data, "LARGEST", 2**20)
    answer, cause = FAULTS[kind]
    mirror = serve({ARCHIVE: lambda request: answer(request, archive)})
    use(mirror)
    begin = time.monotonic()
    assert_digits(rf"^{mirror.host}: mnist\.npz: .*{cause}")
    assert time.monotonic() - begin < 2
    assert cached() == []
    use(mirror, good)
    assert_downloaded(good)


@pytest.mark.parametrize("kind", ["drips header", "drips interim answers", "hangs"])
def test_a_thread_that_is_given_up_ends(kind, serve, archive, impatient, use, assert_digits):
    use(serve({ARCHIVE: lambda request: FAULTS[kind][0](request, archive)}))
    assert_digits(FAULTS[kind][1])
    for thread in threading.enumerate():
        if "(work)" in thread.name:
            thread.join(3)
            assert not thread.is_alive()


def test_all_mirrors_down(serve, use, monkeypatch, assert_digits):
    mirrors = [serve({}), serve({ARCHIVE: PAGE}), serve({})]
    use(*mirrors[:2], originals_of=mirrors[2:])
    assert_digits(
        rf"^{mirrors[0].host}: mnist\.npz: expected the file, got HTTP status 404",
        rf"^{mirrors[1].host}: mnist\.npz: expected MNIST's file, got a web page",
        rf"^{mirrors[2].host}: train-images-idx3-ubyte\.gz: expected the file, got HTTP status",
    )
    monkeypatch.setenv("DL101_DATASET", "mnist")
    with pytest.raises(data.DataError, match=r"MNIST cannot be had:\n  - .*got HTTP status 404"):
        data.load_mnist()
    assert cached() == []


def test_a_redirect_is_followed(serve, archive, use, assert_downloaded):
    mirror = serve({ARCHIVE: lambda r: redirect("/moved.npz")(r, b""), "/moved.npz": archive})
    use(mirror)
    assert_downloaded(mirror)


def test_a_slow_connection_is_waited_for(serve, archive, use, monkeypatch, assert_is_mnist, capsys):
    def slowly(request):
        request.begin(len(archive))
        for start in range(0, len(archive), len(archive) // 8):
            time.sleep(0.1)
            request.wfile.write(archive[start : start + len(archive) // 8])

    clock = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: 11 * clock())  # a second and more a piece
    monkeypatch.setattr(data, "NETWORK_TIMEOUT", 0.5)  # the whole takes longer, no pause does
    use(serve({ARCHIVE: slowly}))
    assert_is_mnist(data.load_mnist())
    assert re.fullmatch(r"(\rMNIST: 0\.\d MB so far)+\n", capsys.readouterr().out)


def test_the_limits_leave_time_for_50_kilobytes_a_second():
    assert (data.NETWORK_TIMEOUT, data.ANSWER_LIMIT, data.MIRROR_LIMIT) == (10, 30, 300)
    assert data.MIRROR_LIMIT > 11.6e6 / 50e3
    assert all(limit in data.load_mnist.__doc__ for limit in ("10 s", "30 s", "5 minutes"))


# --- connections that never reach a mirror -----------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        (socket.gaierror(-2, "Name unknown"), "expected the address of the server, got none"),
        (ssl.SSLCertVerificationError(1, "failed"), "expected a certificate to trust, got another"),
        (OSError("Tunnel connection failed: 407 Proxy"), "Tunnel connection failed: 407 Proxy"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "Network is unreachable"),
        (ConnectionRefusedError(), "expected an answer, got the connection refused"),
        (ssl.SSLError(1, "wrong version number"), "expected a secure connection, got none"),
        (TimeoutError("timed out"), "expected an answer, got silence for too long"),
        (RuntimeError("can't start new thread"), "can't start new thread"),
    ],
)
def test_no_connection(good, use, monkeypatch, assert_digits, reason, cause):
    def fail(*arguments, **keywords):
        raise reason

    if isinstance(reason, RuntimeError):
        monkeypatch.setattr(threading.Thread, "start", fail)
    else:
        monkeypatch.setattr(socket, "create_connection", fail)
    use(good)
    assert_digits(rf"^{good.host}: mnist\.npz: {cause}")
    assert cached() == []


def test_a_look_up_of_the_name_that_hangs(good, use, monkeypatch, impatient, assert_digits):
    done = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments: done.wait())
    use(good)
    assert_digits("expected an answer, got none within 0.5 s")
    done.set()


@pytest.mark.parametrize(
    ("address", "cause"),
    [
        ("http://{}", "HTTP status 407 .Proxy Authentication Required"),
        ("http:/user:secret@{}", "expected an address, got something else .is a proxy set wrongly"),
    ],
)
def test_a_proxy(address, cause, small_mnist, serve, monkeypatch, assert_digits):
    proxy = serve({"http://mirror.invalid/mnist.npz": lambda request: request.send_error(407)})
    monkeypatch.setenv("http_proxy", address.format(proxy.host))
    monkeypatch.setattr(data, "MIRRORS", (("http://mirror.invalid/{}", data.ARCHIVE),))
    assert "secret" not in assert_digits(rf"^mirror\.invalid: .*{cause}")
    assert cached() == []


# --- the four original files -------------------------------------------------------------------


def test_the_original_files_are_a_mirror(serve, originals, use, assert_downloaded):
    mirror = serve(originals)
    use(originals_of=[mirror])
    assert_downloaded(mirror)
    data.mnist_cache().unlink()
    data.load_mnist().train.images[0] = 0  # they can be changed, as those from an archive can


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda whole: None, "expected the file, got HTTP status 404"),
        (lambda whole: PAGE, "expected MNIST's file, got a web page"),
        (lambda whole: whole[:-9], DAMAGED),
        (lambda whole: gzip.compress(gzip.decompress(whole) + bytes(2**26), 1), DAMAGED),
    ],
)
def test_one_of_the_four_files_is_wrong(
    change, cause, serve, originals, use, assert_digits, assert_downloaded
):
    path = "/t10k-labels-idx1-ubyte.gz"
    faulty, mirror = serve(originals | {path: change(originals[path])}), serve(originals)
    use(originals_of=[faulty])
    assert_digits(rf"^{faulty.host}: {path[1:]}: .*{cause}")
    assert cached() == []
    use(originals_of=[faulty, mirror])
    assert_downloaded(mirror)


# --- the cached copy ---------------------------------------------------------------------------


def npy(array, shape=None):
    """The bytes of an array, with a header that may claim another shape."""
    buffer = io.BytesIO()
    header = {"descr": "|u1", "fortran_order": False, "shape": shape or array.shape}
    np.lib.format.write_array_header_1_0(buffer, header)
    return buffer.getvalue() + array.tobytes()


def made_of(arrays, **changes):
    """An archive with the given files in place of the arrays of these names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in ({key: npy(array) for key, array in arrays.items()} | changes).items():
            archive.writestr(f"{name}.npy", content)
    return buffer.getvalue()


class Trap:
    """Makes a folder beside the copy when it is unpickled."""

    def __reduce__(self):
        return os.mkdir, (str(data.mnist_cache().with_name("unpickled")),)


def pickled():
    single = io.BytesIO()
    np.save(single, np.array([Trap()], dtype=object), allow_pickle=True)
    return single.getvalue()


BROKEN = "got: one that is damaged, or of something else"
OTHER = "got: a file of another kind"
# What stands in the place of the cached archive (of these bytes, of these arrays), and the notice.
COPIES = {
    "cut": (lambda whole, a: whole[:-500], BROKEN),
    "empty": (lambda whole, a: b"", "got: an empty file"),
    "page": (lambda whole, a: PAGE, "got: a web page"),
    "single array": (lambda whole, a: npy(a["x_test"]), OTHER),
    "other arrays": (lambda whole, a: packed({"x": np.arange(3)}), BROKEN),
    "other values": (lambda whole, a: packed(a | {"y_test": a["y_test"][::-1]}), "SHA-256 differs"),
    "other shape": (lambda whole, a: packed(a | {"x_test": a["x_test"].ravel()}), "got other val"),
    "other dtype": (lambda whole, a: packed(a | {"y_test": a["y_test"].view("i1")}), "got .* int8"),
    "no array": (lambda whole, a: made_of(a, y_test=b"3, 1, 4"), "got other values"),
    "too short": (lambda whole, a: made_of(a, y_test=npy(a["y_test"][:9], (20,))), BROKEN),
    "declares a terabyte": (lambda w, a: made_of(a, x_train=npy(a["x_train"], (2**40,))), BROKEN),
    "unpacks to 64 MB": (lambda whole, a: made_of(a, other=bytes(2**26)), BROKEN),
    "pickle": (lambda whole, a: pickle.dumps(Trap()), OTHER),
    "archive of pickles": (lambda whole, a: made_of(a, y_test=pickle.dumps(Trap())), "got other"),
    "archive of objects": (lambda whole, a: made_of(a, y_test=pickled()), BROKEN),
}


@pytest.fixture
def copy(small_mnist):
    """The path of the cached copy, in a folder that exists."""
    data.mnist_cache().parent.mkdir(parents=True)
    return data.mnist_cache()


@pytest.mark.parametrize("kind", COPIES)
def test_a_wrong_copy_is_named_and_replaced(
    kind, copy, archive, small_mnist, good, use, assert_digits, assert_downloaded
):
    make, cause = COPIES[kind]
    copy.write_bytes(make(archive, small_mnist))
    assert_digits(rf"^the cached copy: mnist\.npz: .*{cause}")
    assert cached() == ["mnist.npz"]
    use(good)
    assert_downloaded(good)
    pickle.loads(pickle.dumps(Trap()))
    assert cached() == ["mnist.npz", "unpickled"]  # so the trap is one


def test_a_folder_in_place_of_the_copy(copy, good, use, assert_is_mnist, assert_digits, capsys):
    copy.mkdir()
    use(good)
    assert_is_mnist(data.load_mnist())
    assert f"NOTICE: MNIST could not be kept in {copy.parent}" in capsys.readouterr().out
    assert cached() == ["mnist.npz"]
    assert list(copy.iterdir()) == []
    use()
    assert_digits(r"^the cached copy: mnist\.npz: expected an mnist\.npz, got: not a file")
    if hasattr(os, "mkfifo"):
        copy.rmdir()
        os.mkfifo(copy)
        assert_digits("^the cached copy: .*not a file")


def test_a_copy_that_may_not_be_read(copy, archive, good, use, monkeypatch, assert_digits):
    copy.write_bytes(archive)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", failing(errno.EACCES))
        assert_digits("^the cached copy: .*Permission denied")
        # A file that was asked for by name is not replaced by another one.
        patch.setenv("DL101_MNIST", str(copy))
        with pytest.raises(data.DataError, match=r"expected an mnist\.npz, got: Permission den"):
            data.load_mnist()
        patch.delenv("DL101_MNIST")
        use(good)
        assert "downloaded" in data.load_mnist().source
    assert "cached" in data.load_mnist().source
    assert cached() == ["mnist.npz"]


# --- no place to keep a copy -------------------------------------------------------------------


def failing(number):
    """A function that fails like the operating system does."""

    def fail(*arguments, **keywords):
        raise OSError(number, os.strerror(number), "a path")

    return fail


# What stands in the way of a copy: a function that fails, or a file in place of a folder.
OBSTACLES = {
    "disk full": (np, "savez_compressed", errno.ENOSPC),
    "disk full at the end": (os, "replace", errno.ENOSPC),
    "read-only": (Path, "mkdir", errno.EROFS),
    "no right to write": (tempfile, "mkdtemp", errno.EACCES),
    "file for the folder": 0,
    "file for the folder above": 1,
}


@pytest.mark.parametrize("kind", OBSTACLES)
def test_no_place_for_a_copy_costs_no_data(kind, good, use, monkeypatch, assert_is_mnist, capsys):
    folder, obstacle = data.mnist_cache().parent, OBSTACLES[kind]
    if isinstance(obstacle, int):
        file = [folder, folder.parent][obstacle]
        file.parent.mkdir(parents=True)
        file.write_text("not a folder")
        cause = "(File exists|Not a directory|.* already exists)"
    else:
        module, name, number = obstacle
        monkeypatch.setattr(module, name, failing(number))
        cause = re.escape(os.strerror(number))
    use(good)
    assert_is_mnist(data.load_mnist())
    printed = capsys.readouterr().out
    assert f"NOTICE: MNIST could not be kept in {folder}, so it is downloaded again" in printed
    assert re.search(rf"next time: {cause}\n$", printed)
    assert cached() == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of files")
def test_a_file_that_cannot_grow_costs_no_data(good, use, assert_is_mnist, capsys):
    # As on a full disk, but it is the operating system itself that refuses to write.
    import resource

    use(good)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limits[1]))
    try:
        result = data.load_mnist()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert_is_mnist(result)
    assert os.strerror(errno.EFBIG) in capsys.readouterr().out
    assert cached() == []


def test_an_interrupted_writer_leaves_nothing(good, use, monkeypatch):
    def interrupt(path, **arrays):
        path.write_bytes(b"PK")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez_compressed", interrupt)
    use(good)
    with pytest.raises(KeyboardInterrupt):
        data.load_mnist()
    assert cached() == []


def test_no_home(good, use, monkeypatch, assert_is_mnist, assert_digits, capsys):
    for name in ("HOME", "USERPROFILE", "HOMEPATH", "HOMEDRIVE"):
        monkeypatch.delenv(name, raising=False)
    if os.name != "nt":
        import pwd

        monkeypatch.setattr(pwd, "getpwuid", {}.__getitem__)  # the user has no entry
    assert data.mnist_cache() is None
    use(good)
    assert_is_mnist(data.load_mnist())
    assert "NOTICE" not in capsys.readouterr().out
    good.files.clear()
    assert_digits("HTTP status 404")


def test_old_leftovers_are_removed_and_young_ones_are_not(copy, good, use):
    for name, age in (("part-old", 2 * 24 * 3600), ("part-young", 3600)):
        part = copy.with_name(name)
        part.mkdir()
        (part / "mnist.npz").write_bytes(b"PK")
        os.utime(part, times=(time.time() - age,) * 2)
    use(good)
    assert data.load_mnist().name == "mnist"
    assert cached() == ["mnist.npz", "part-young"]


def test_two_at_once(serve, archive, use, assert_is_mnist):
    both = threading.Barrier(2)

    def wait_for_the_other(request):
        both.wait(60)  # neither has a copy before the other has begun
        request.begin(len(archive))
        request.wfile.write(archive)

    use(serve({ARCHIVE: wait_for_the_other}))
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for future in [pool.submit(data.load_mnist) for _ in range(2)]:
            assert_is_mnist(future.result())
    assert cached() == ["mnist.npz"]
    assert_is_mnist(data.load_mnist())
