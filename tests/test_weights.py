"""The real fetching code against a server on this machine."""

import hashlib
import io
import threading
import zipfile
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dreammovie.errors import DreamError
from dreammovie.networks.table import NETWORKS
from dreammovie.networks.weights import check_weights, fetching, given_weights, weights_file

CONTENT = bytes(range(256)) * 4000


def archive(content=CONTENT):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("tensorflow_inception_graph.pb", content)
    return buffer.getvalue()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        data = self.server.content
        if self.path == "/missing":
            return self.send_error(404)
        if self.path == "/babble":
            return self.wfile.write(b"this is no HTTP\r\n\r\n")
        if self.path == "/drops":
            self.send_response(200)
            self.end_headers()
            while not self.server.stopped.wait(0.05):
                try:
                    self.wfile.write(b"x")
                except OSError:
                    return None
            return None
        if self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("Location", "ftp://127.0.0.1/weights")
            return self.end_headers()
        if self.path == "/loud":
            self.send_response_only(500, "no\x1b[31m way")
            return self.end_headers()
        if self.path == "/mute":
            return self.server.stopped.wait(20)
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.path == "/cut":
            data = data[: len(data) // 2]
        if self.path == "/slow":
            self.wfile.write(data[:1000])
            self.wfile.flush()
            self.server.stopped.wait(20)
            return None
        self.wfile.write(data)

    def log_message(self, *_):
        pass


# An archive with a SHA-256, a file with an MD5, and a file with a SHA-256.
@pytest.fixture(params=["inception5h", "vgg19", "vit"])
def network(request):
    return request.param


@pytest.fixture
def server(tmp_path, monkeypatch, network):
    """Sets the row of a network to a path on a local server."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.stopped = threading.Event()
    packed = NETWORKS[network].archive_sha256 is not None
    server.content = archive() if packed else CONTENT
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def serve(path, **changes):
        row = NETWORKS[network]
        digests = {"md5": hashlib.md5(CONTENT).hexdigest()} if row.md5 else {}
        if row.sha256:
            digests["sha256"] = hashlib.sha256(CONTENT).hexdigest()
        if packed:
            # What is served, not packed anew: an archive holds the time of its packing.
            digests["archive_sha256"] = hashlib.sha256(server.content).hexdigest()
        url = f"http://127.0.0.1:{server.server_port}{path}"
        row = replace(row, **{"url": url, **digests, **changes})
        monkeypatch.setitem(NETWORKS, network, row)

    serve.content = server.content
    yield serve
    server.stopped.set()
    server.shutdown()
    server.server_close()


def files_in_cache(network):
    folder = weights_file(network).parent
    return [path.name for path in folder.iterdir()] if folder.exists() else []


def test_good_file_is_fetched_and_verified(server, network):
    server("/good")
    path = weights_file(network)
    path.parent.mkdir(parents=True)
    path.with_name(f".{path.name[:24]}.0123abcd.part").write_bytes(b"left by a kill")
    progress = list(fetching(network))
    assert progress[-1] == (len(server.content), len(server.content))
    assert progress == sorted(progress)
    weights = check_weights(network)
    assert weights.path == weights_file(network)
    assert weights.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert not weights.local
    assert weights.path.read_bytes() == CONTENT
    assert files_in_cache(network) == [NETWORKS[network].file]


def assert_never_used(network, says):
    with pytest.raises(DreamError, match=says) as caught:
        list(fetching(network))
    assert "--weights FILE" in str(caught.value)
    assert str(weights_file(network)) in str(caught.value)
    assert files_in_cache(network) == []


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/missing", "404"),
        ("/cut", "connection broke|IncompleteRead"),
        ("/babble", "this is no HTTP"),
    ],
)
def test_bad_answer_is_never_used(server, network, path, says):
    server(path)
    assert_never_used(network, says)


def test_wrong_digest_is_never_used(server, network):
    row = NETWORKS[network]
    for name in ("archive_sha256", "sha256", "md5"):
        if getattr(row, name):
            server("/good", **{name: "0" * len(getattr(row, name))})
            assert_never_used(network, "(expected is|not) 000")


@pytest.mark.parametrize("network", ["inception5h"], indirect=True)
def test_archive_without_the_file_is_never_used(server, network):
    server("/good", file="other.pb")
    assert_never_used(network, "other.pb")


@pytest.mark.parametrize(("path", "says"), [("/slow", "timed out"), ("/mute", "time")])
def test_silent_server_times_out(server, network, path, says):
    server(path)
    with pytest.raises(DreamError, match=says):
        list(fetching(network, patience=0.3))
    assert files_in_cache(network) == []


def test_a_name_that_nobody_looks_up_times_out(server, network, monkeypatch):
    server("/good")
    stopped = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_: stopped.wait(20))
    with pytest.raises(DreamError, match=r"no answer within 0\.2 seconds"):
        list(fetching(network, patience=0.2))
    stopped.set()


def test_no_server_at_all(server, network):
    server("/good", url="http://127.0.0.1:9/inception5h.zip")
    with pytest.raises(DreamError, match="could not be fetched from"):
        list(fetching(network))


def test_stopped_download_leaves_nothing(server, network):
    server("/good")
    download = fetching(network)
    next(download)
    download.close()
    assert files_in_cache(network) == []


def test_changed_file_in_the_cache_is_refused(server, network):
    server("/good")
    list(fetching(network))
    weights_file(network).write_bytes(b"something else")
    with pytest.raises(DreamError, match="is not the published file"):
        check_weights(network)


def test_given_weights_are_a_file_or_a_preset(tmp_path):
    file = tmp_path / "preset" / "model.weights.h5"
    with pytest.raises(DreamError, match=r"preset is no file"):
        given_weights(file.parent)
    file.parent.mkdir()
    with pytest.raises(DreamError, match=r"preset is a folder.*has no model\.weights\.h5"):
        given_weights(file.parent)
    file.write_bytes(CONTENT)
    assert given_weights(file.parent) == given_weights(file)
    assert given_weights(file).sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert given_weights(file).local


@pytest.mark.parametrize("network", ["vit"])
@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/drops", "only [0-9]+ bytes within 1 seconds"),
        ("/elsewhere", "it leads from there to ftp://127.0.0.1/weights, which is not https"),
        ("/loud", r"no\?\[31m way"),
    ],
)
def test_a_server_that_plays_tricks_is_left(server, network, path, says):
    server(path)
    with pytest.raises(DreamError, match=says):
        list(fetching(network, 1.0))
    assert files_in_cache(network) == []


@pytest.mark.parametrize("network", ["vit"])
def test_whoever_waits_can_stop_while_nothing_comes(server, network):
    server("/slow")
    coming = fetching(network, 20.0)
    assert next(coming)[0] == 0
    while next(coming)[0] < 1000:
        pass
    assert next(coming)[0] == 1000  # nothing more comes, and it is told so
    coming.close()
    assert files_in_cache(network) == []
