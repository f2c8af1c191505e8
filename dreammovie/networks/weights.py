"""Weights files: found in the cache, fetched once, and always verified."""

import hashlib
import os
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from typing import IO

from dreammovie.errors import DreamError
from dreammovie.files import sha256, whole
from dreammovie.networks import source_of

_TIMEOUT = 20  # seconds without a byte
_CHUNK = 2**18  # bytes
_MAX_FETCH = 2**31  # bytes


def cached_file(network: str) -> Path:
    """Where the weights of a network are kept, whether they are there or not."""
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    cache = Path(base) if base else Path.home() / ".cache"
    return cache / "dreammovie" / source_of(network).member


def check_cached(network: str) -> None:
    """Raises DreamError where the file in the cache is not the one that was published."""
    path, expected = cached_file(network), source_of(network).member_sha256
    if (given := sha256(path)) != expected:
        raise DreamError(
            f"{path} is not the published file of {network}: its SHA-256 is {given}, expected is "
            f"{expected}. Delete it and run again to fetch it anew, or use it as it is with "
            "--weights."
        )


def fetch(network: str) -> Iterator[tuple[int, int]]:
    """Fetches the weights of a network into the cache.

    The download goes to a temporary file and is unpacked into another; only when both
    digests are right does the result take its name.

    Yields:
        Bytes fetched so far, and bytes in all (0 where the server does not say).

    Raises:
        DreamError: they could not be fetched, or are not the published ones; the
            message says how to get them by hand.
    """
    source, path = source_of(network), cached_file(network)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with (
            tempfile.TemporaryFile(dir=path.parent) as archive,
            urllib.request.urlopen(source.url, timeout=_TIMEOUT) as response,
        ):
            total = int(response.headers.get("Content-Length") or 0)
            digest = hashlib.sha256()
            done = 0
            while chunk := response.read(_CHUNK):
                done += len(chunk)
                if done > _MAX_FETCH:
                    raise ValueError("it is far too large")
                digest.update(chunk)
                archive.write(chunk)
                yield done, total
            if done < total:
                raise ValueError(f"the connection broke after {done:,} of {total:,} bytes")
            if digest.hexdigest() != source.sha256:
                raise ValueError(
                    f"its SHA-256 is {digest.hexdigest()}, expected is {source.sha256}"
                )
            archive.seek(0)
            with whole(path) as part:
                given = _unpack(archive, source.member, part)
                if given != source.member_sha256:
                    raise ValueError(f"the SHA-256 inside is {given}, not {source.member_sha256}")
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
        raise DreamError(
            f"The weights of {network} could not be fetched from {source.url} ({reason}). "
            f"Get that file in another way, and put {source.member} from inside it at {path}; "
            "or give a file of the same layout with --weights FILE."
        ) from None


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
