"""Where the landing folder is: on this machine, or in an object store that fsspec knows."""

import contextlib
import errno
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

import fsspec

from ingestion.errors import ExtractionError

# Stores in which of two who create an object one succeeds; and that of tests.
EXCLUSIVE = frozenset({"s3", "gs", "memory"})


class Storage(Protocol):
    """Files by name below one root, with forward slashes. What is written is there as a whole, or not at all."""

    root: str

    def names(self, folder: str) -> list[str]:
        """Names of the files directly in a folder, sorted, without the folder; none where there is no folder."""

    def exists(self, name: str) -> bool:
        """Whether there is a file of this name."""

    def read(self, name: str) -> bytes:
        """A small file."""

    def local(self, name: str) -> AbstractContextManager[str]:
        """The path of a file on this machine, until the block ends. Raises FileNotFoundError where there is none."""

    def create(self, name: str, content: bytes) -> bool:
        """Write a small file unless its name is taken; false where it is. Of two who try, one succeeds.

        Where it holds just this content, it is this one.
        """

    def writer(self, name: str) -> AbstractContextManager[BinaryIO]:
        """A file to write to; it stands on the disk, as a whole, when the block has ended."""

    def move(self, name: str, to: str) -> None:
        """Give a file another name. Where it has its old name no more, somebody has done that."""

    def remove(self, name: str) -> None:
        """Remove a file; nothing happens where there is none."""


class LocalFolder:
    """A folder of this machine. What is written has reached the disk before anything that names it."""

    def __init__(self, root: str) -> None:
        self.root = os.path.abspath(root)

    def _path(self, name: str) -> Path:
        return Path(self.root, name)

    def names(self, folder: str) -> list[str]:
        try:
            return sorted(entry.name for entry in os.scandir(self._path(folder)) if entry.is_file())
        except FileNotFoundError:
            return []

    def exists(self, name: str) -> bool:
        return self._path(name).exists()

    def read(self, name: str) -> bytes:
        return self._path(name).read_bytes()

    @contextmanager
    def local(self, name: str) -> Iterator[str]:
        path = self._path(name)
        path.stat()
        yield str(path)

    def create(self, name: str, content: bytes) -> bool:
        path = self._path(name)
        unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        with self.writer(unfinished.relative_to(self.root).as_posix()) as file:
            file.write(content)
        try:
            # A second link fails where the name is taken; renaming would replace.
            os.link(unfinished, path)
        except FileExistsError:
            return path.read_bytes() == content
        finally:
            unfinished.unlink()
        _sync(path.parent)
        return True

    @contextmanager
    def writer(self, name: str) -> Iterator[BinaryIO]:
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())

    def move(self, name: str, to: str) -> None:
        source, target = self._path(name), self._path(to)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.replace(source, target)
        except FileNotFoundError:
            return
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            # The table's folder is on another disk.
            unfinished = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
            shutil.copyfile(source, unfinished)
            _sync(unfinished)
            os.replace(unfinished, target)
            source.unlink()
        _sync(target.parent)

    def remove(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)


class ObjectStore:
    """A bucket, or a folder in one: `s3://…`, `gs://…`, as fsspec reads such an address."""

    def __init__(self, root: str) -> None:
        self.root = root.rstrip("/")
        try:
            self._files, self._base = fsspec.core.url_to_fs(self.root)
        except (ImportError, ValueError, OSError) as error:
            raise ExtractionError(f"The landing folder {self.root} cannot be used: {error}.") from error
        if fsspec.utils.get_protocol(self.root) not in EXCLUSIVE:
            raise ExtractionError(
                f"The landing folder {self.root} is in a store where two extractions at once could both commit: use a "
                "folder of this machine, s3:// or gs://."
            )

    def _path(self, name: str) -> str:
        return f"{self._base}/{name}"

    def names(self, folder: str) -> list[str]:
        self._files.invalidate_cache()
        try:
            entries = self._files.ls(self._path(folder), detail=True)
        except FileNotFoundError:
            return []
        return sorted(entry["name"].rsplit("/", 1)[-1] for entry in entries if entry["type"] == "file")

    def exists(self, name: str) -> bool:
        self._files.invalidate_cache()
        return self._files.exists(self._path(name))

    def read(self, name: str) -> bytes:
        return self._files.cat_file(self._path(name))

    @contextmanager
    def local(self, name: str) -> Iterator[str]:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, os.path.basename(name))
            self._files.get_file(self._path(name), path)
            yield path

    def create(self, name: str, content: bytes) -> bool:
        try:
            self._files.pipe_file(self._path(name), content, mode="create")
        except FileExistsError:
            # The client has tried again where an answer was lost: then it is there, and ours.
            return self._files.cat_file(self._path(name)) == content
        return True

    @contextmanager
    def writer(self, name: str) -> Iterator[BinaryIO]:
        # An upload that is not finished is no object.
        with self._files.open(self._path(name), "wb") as file:
            yield file

    def move(self, name: str, to: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._files.copy(self._path(name), self._path(to))
        self.remove(name)

    def remove(self, name: str) -> None:
        if self.exists(name):
            self._files.rm_file(self._path(name))


def storage(root: str) -> Storage:
    """That of a landing folder: a path, or an address with `://`."""
    root = root.removeprefix("file://")
    return ObjectStore(root) if "://" in root else LocalFolder(root)


def _sync(path: Path) -> None:
    """A file has reached the disk then. A name has when its folder has."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
