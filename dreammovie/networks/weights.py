"""Weights files: found in the cache, fetched once, and always verified; and networks of them."""

import hashlib
import shutil
import tempfile
import urllib.error
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from importlib.util import find_spec
from pathlib import Path
from typing import IO, NamedTuple

from dreammovie.errors import DreamError
from dreammovie.files import cache_folder, remove_parts, sha256, whole
from dreammovie.networks.download import download
from dreammovie.networks.network import Network, load_network
from dreammovie.networks.precision import PRECISIONS, Seconds, keep, kept, measure, quicker
from dreammovie.networks.table import (
    BUILT_IN,
    FIRST_CHOICE,
    NETWORKS,
    Source,
    check_needs,
    source_of,
)

_PRESET = "model.weights.h5"  # in the folder of a keras-hub preset
_CHUNK = 2**18  # bytes
_MAX_FETCH = 2**31  # bytes
_PATIENCE = 20.0  # seconds to wait for a server
_LESS_PATIENCE = 5.0  # where the built-in network can dream meanwhile


@dataclass(frozen=True)
class Weights:
    """The file a network is loaded from.

    Attributes:
        path: Of the file.
        sha256: Its digest.
        local: Whether a person gave it; otherwise it ships, or was fetched.
    """

    path: Path
    sha256: str
    local: bool


def weights_file(network: str) -> Path:
    """Where the weights of a network are kept, whether they are there or not."""
    source = source_of(network)
    if source.url is None:
        found = find_spec(source.loader)
        assert found
        assert found.origin
        return Path(found.origin).with_name(source.file)
    return cache_folder() / source.file


def given_weights(path: Path) -> Weights:
    """The weights that a person gives with `--weights`.

    Args:
        path: A file, or the folder of a keras-hub preset, which has one.

    Raises:
        DreamError: there is no such file.
        OSError: it cannot be read.
    """
    file = path / _PRESET if path.is_dir() else path
    if path.is_dir() and not file.is_file():
        raise DreamError(
            f"--weights {path} is a folder, and no preset's of keras-hub: it has no {_PRESET}. "
            "Give the file with the weights."
        )
    if not file.is_file():
        raise DreamError(f"--weights {file} is no file. Give the file with the weights.")
    return Weights(file.resolve(), sha256(file), local=True)


def check_weights(network: str) -> Weights:
    """The network's own weights.

    Raises:
        DreamError: the file that is kept is not the one that was published.
        OSError: it is not there, or cannot be read.
    """
    source, path = source_of(network), weights_file(network)
    published = _published(source)
    with open(path, "rb") as file:
        given = hashlib.file_digest(file, published.algorithm).hexdigest()
    if given != published.value:
        mend = "Install dreammovie anew" if source.url is None else "Delete it and run again"
        raise DreamError(
            f"{path} is not the published file of {network}: its {published.algorithm.upper()} is "
            f"{given}, expected is {published.value}. {mend} to have the right one, or use it as "
            "it is with --weights."
        )
    return Weights(path, source.sha256 or sha256(path), local=False)


@dataclass(frozen=True)
class Fetching:
    """A network's weights are being fetched.

    Attributes:
        network: Its name.
        done: Bytes fetched so far.
        total: Bytes in all; 0 where the server does not say.
    """

    network: str
    done: int
    total: int


@dataclass(frozen=True)
class FellBack:
    """The first choice cannot be had; the built-in network dreams in its place.

    Attributes:
        why: What went wrong; its text is a sentence.
    """

    why: DreamError


@dataclass(frozen=True)
class Waking:
    """A network's weights are there, and it is being loaded, which takes seconds."""

    network: str


@dataclass(frozen=True)
class Measured:
    """With which numbers a network is the quicker on this machine was measured, for all times.

    Attributes:
        network: Its name.
        seconds: How long it takes for the same work, by precision.
    """

    network: str
    seconds: Seconds


@dataclass(frozen=True)
class Ready:
    """A loaded network, and what it was loaded from."""

    network: Network
    weights: Weights


def ready(
    name: str | None, precision: str = "float32", given: Path | None = None
) -> Iterator[Fetching | FellBack | Waking | Measured | Ready]:
    """Has a network ready: its weights found or fetched, checked, and loaded.

    Args:
        name: In `NETWORKS`. None: nobody was named, and the built-in network dreams where the
            first choice cannot be had.
        precision: "float32", "bfloat16", or "auto" for the quicker, which is measured where it
            is not known yet.
        given: A file with its weights; None: its own.

    Yields:
        What is being done, and in the end the network.

    Raises:
        DreamError: there is no such file or network, its own weights cannot be had, or a file
            does not hold them.
        OSError: a file cannot be read.
    """
    network = name or FIRST_CHOICE
    if given is not None:
        weights = given_weights(given)
    else:
        if source_of(network).url is not None and not weights_file(network).exists():
            try:
                yield Fetching(network, 0, 0)
                for done, total in fetching(network, _PATIENCE if name else _LESS_PATIENCE):
                    yield Fetching(network, done, total)
            except DreamError as error:
                if name:
                    raise
                yield FellBack(error)
                network = BUILT_IN
        weights = check_weights(network)
    yield Waking(network)
    if precision == "auto":
        seconds = kept(network, weights.sha256)
        if seconds is None:
            seconds = measure([load_network(network, weights.path, each) for each in PRECISIONS])
            keep(network, weights.sha256, seconds)
            yield Measured(network, seconds)
        precision = quicker(seconds)
    yield Ready(load_network(network, weights.path, precision), weights)


def files_of(texts: Sequence[str], networks: Sequence[str | None]) -> dict[str | None, Path]:
    """The weights files that a person names, by network, as `networks` has it.

    Args:
        texts: Each a file, or the name of a network, `=` and a file.
        networks: Those that dream; None stands for the first choice.

    Raises:
        DreamError: a file is for nobody, or for nobody knows whom.
    """
    dreaming = {name or FIRST_CHOICE: name for name in networks}
    for name in dreaming:
        source_of(name)
    first = next(iter(dreaming))
    files: dict[str | None, Path] = {}
    for text in texts:
        name, equals, file = text.partition("=")
        if not equals or (name not in NETWORKS and Path(text).exists()):
            if len(dreaming) > 1:
                raise DreamError(
                    f"--weights {text} does not say for which of {len(dreaming)} networks it is. "
                    f"Write its name, too: --weights {first}={text}"
                )
            name, file = first, text
        source_of(name)
        if name not in dreaming:
            raise DreamError(
                f"--weights {text} is for {name}, which was not asked to dream. "
                f"Add --network {name}."
            )
        files[dreaming[name]] = Path(file)
    return files


class _Digest(NamedTuple):
    """What a file must have for a digest, hexadecimal."""

    algorithm: str
    value: str


def _published(source: Source) -> _Digest:
    """The digest of a network's file, as it was published."""
    return _Digest("sha256", source.sha256) if source.sha256 else _Digest("md5", source.md5)


def fetching(network: str, patience: float = _PATIENCE) -> Iterator[tuple[int, int]]:
    """Fetches the weights of a network into the cache while it is iterated.

    The download goes to a temporary file, and is unpacked or copied into another; only when
    all digests are right does the result take its name.

    Args:
        network: Name in `NETWORKS`, of one that is published.
        patience: Seconds to wait for a connection, and without a byte.

    Yields:
        Bytes fetched so far, and bytes in all (0 where the server does not say).

    Raises:
        DreamError: they could not be fetched, or are not the published ones; the
            message says how to get them by hand.
    """
    source, path = source_of(network), weights_file(network)
    assert source.url is not None
    check_needs(network)  # before a long download for nothing
    inside = f"put {source.file} from inside it" if source.archive_sha256 else "put it"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_parts(path.parent, path.name)
        expected = _published(source)
        if source.archive_sha256 is not None:
            expected = _Digest("sha256", source.archive_sha256)
        with tempfile.TemporaryFile(dir=path.parent) as fetched:
            yield from _download(source.url, fetched, expected, patience)
            fetched.seek(0)
            with whole(path) as part:
                if source.archive_sha256 is None:
                    with open(part, "wb") as file:
                        shutil.copyfileobj(fetched, file, _CHUNK)
                elif (given := _unpack(fetched, source.file, part)) != source.sha256:
                    raise ValueError(f"the SHA-256 inside is {given}, not {source.sha256}")
    except (
        OSError,
        ValueError,
        HTTPException,
        zipfile.BadZipFile,
        KeyError,
    ) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()  # it is the server's answer, too
        reason = error.reason if type(error) is urllib.error.URLError else error
        # A server says what it likes, and a terminal obeys.
        reason = "".join(c if c.isprintable() else "?" for c in str(reason))
        raise DreamError(
            f"The weights of {network} could not be fetched from {source.url} ({reason}). "
            f"Get that file in another way, and {inside} at {path}.",
            by_flag="Or give a file of the same layout with --weights FILE.",
        ) from None


def _download(
    url: str, file: IO[bytes], expected: _Digest, patience: float
) -> Iterator[tuple[int, int]]:
    """Writes what lies at `url` to `file`; yields as `fetching` does.

    Raises:
        ValueError: it is cut off, too large, or has another digest.
        OSError, HTTPException: it cannot be had, or not be written.
    """
    digest, done, total = hashlib.new(expected.algorithm), 0, 0
    for piece in download(url, patience):
        if isinstance(piece, int):
            total = piece
        else:
            done += len(piece)
            digest.update(piece)
            file.write(piece)
        if max(done, total) > _MAX_FETCH:
            raise ValueError("it is far too large")
        yield done, total
    if done < total:
        raise ValueError(f"the connection broke after {done:,} of {total:,} bytes")
    if digest.hexdigest() != expected.value:
        name = expected.algorithm.upper()
        raise ValueError(f"its {name} is {digest.hexdigest()}, expected is {expected.value}")


def _unpack(archive: IO[bytes], member: str, part: Path) -> str:
    """Unpacks one file of a ZIP archive to `part`, and gives its digest."""
    digest = hashlib.sha256()
    with (
        zipfile.ZipFile(archive) as unzipped,
        unzipped.open(member) as packed,
        open(part, "wb") as file,
    ):
        while chunk := packed.read(_CHUNK):
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()
