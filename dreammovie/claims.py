"""Names and folders that are taken before what they are for is made.

They are held meanwhile, by the system, which lets go of what a killed run held: so the next run
can tell what was left behind from what another run is just at work on, and removes it.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from tempfile import gettempdir, mkdtemp

from dreammovie.files import HOLDS, before_it_moves, hold, remove_parts

_LONGEST = 255  # bytes of a name, on nearly all disks
_TAKEN = b"This name is taken: a dream is being made for it.\n"
_SCRATCH = "dreammovie_now_"
_SHOWN = 24  # letters of a name by which what was left is looked for; a long one is shortened


@contextmanager
def claimed(stem: Path, *endings: str) -> Iterator[list[Path]]:
    """Names that nobody has, taken at once by files that say so, for what is yet to be made.

    They are the stem with each of the endings, or if one of these is taken, the stem with the
    first of _2, _3, ... with which all are free; shortened where a disk would not take it. At
    the end, a name to which nothing was written is free again.

    Raises:
        OSError: no file can be made there.
    """
    _remove_left(stem.parent, stem.name)
    with ExitStack() as held:
        for number in count(1):
            names = [_numbered(stem, number, ending) for ending in endings]
            if _taken(names, held):
                break
        yield names


@contextmanager
def claimed_folder(path: Path) -> Iterator[Path]:
    """A folder that is nobody's, held, and named as `claimed` does; gone if it stays empty.

    An empty one, or one in which there is nothing but what a killed run left, is nobody's.

    Raises:
        OSError: no folder can be made there.
    """
    with ExitStack() as held:
        for number in count(1):
            folder = _numbered(path, number)
            with suppress(FileExistsError):
                folder.mkdir(exist_ok=HOLDS)
                if _is_held(folder, held):
                    _remove_left(folder)
                    if not any(folder.iterdir()):
                        break
                held.close()
        try:
            yield folder
        finally:
            with suppress(OSError):  # it holds something
                folder.rmdir()


@contextmanager
def scratch() -> Iterator[Path]:
    """An empty folder where the system has room for such, until the end of the block."""
    for left in Path(gettempdir()).glob(f"{_SCRATCH}*") if HOLDS else ():
        with ExitStack() as held, suppress(OSError):
            if _is_held(left, held):
                shutil.rmtree(left)
    with ExitStack() as held:
        while not _is_held(folder := Path(mkdtemp(prefix=_SCRATCH)), held):
            pass  # somebody took it for what was left
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def alone_with(folder: Path) -> Iterator[None]:
    """Waits until nobody else is alone with a folder, in this process or another; then is it."""
    with ExitStack() as held:
        if HOLDS:
            with suppress(OSError):  # of a disk that does not know who holds what
                descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
                held.callback(os.close, descriptor)
                hold(descriptor, wait=True)
        yield


def _numbered(stem: Path, number: int, ending: str = "") -> Path:
    """The stem, a number from 2 on, and the ending; no longer than a disk takes."""
    name, rest = stem.name, f"_{number}{ending}" if number > 1 else ending
    while len(os.fsencode(name + rest)) > _LONGEST:
        name = name[:-1]
    return stem.with_name(name + rest)


def _taken(paths: Sequence[Path], held: ExitStack) -> bool:
    """Takes all of these names, or none where one of them is taken; says which."""
    with ExitStack() as taking:
        for path in paths:
            try:
                file = taking.enter_context(path.open("xb"))
            except FileExistsError:
                return False
            taking.callback(_free, path)
            with suppress(OSError):  # of a disk that does not know who holds what
                hold(file)
            file.write(_TAKEN)
            file.flush()
            before_it_moves(file)
        held.push(taking.pop_all())
    return True


def _free(path: Path) -> None:
    """Removes a file that does nothing but take a name."""
    with suppress(OSError):
        if path.stat().st_size <= len(_TAKEN) and path.read_bytes() in (_TAKEN, b""):
            path.unlink()


def _remove_left(folder: Path, name: str = "") -> None:
    """Removes what killed runs left in a folder of files whose names begin with this one."""
    if not HOLDS:
        return  # nobody can tell
    remove_parts(folder, name)
    for path in folder.iterdir():
        if path.name.startswith(name[:_SHOWN]) and path.is_file():
            with suppress(OSError), path.open("rb") as file:  # else it is held, or gone
                if file.read(len(_TAKEN) + 1) == _TAKEN:
                    hold(file)
                    path.unlink()


def _is_held(folder: Path, held: ExitStack) -> bool:
    """Holds a folder, unless somebody else does; says whether it is held, and still there."""
    if not HOLDS:
        return True
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        held.callback(os.close, descriptor)
        hold(descriptor)
        return os.path.samestat(os.fstat(descriptor), folder.stat())
    except OSError:
        return False
