"""The process in which learners' files run: reads tasks on standard input, a line each, and writes verdicts.

Everything is imported once. Each task runs in a fork, which leaves nothing behind for the next.
"""

import json
import os
import resource
import sys

from practice.guard import Fence, limit_process
from practice.kills import check_killed
from practice.models import check_model
from practice.scripts import check_script


def serve() -> None:
    """Answer each task; `null` for one whose process ended without a verdict."""
    silent = os.open(os.devnull, os.O_RDWR)
    for line in sys.stdin:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            # What the file prints goes nowhere.
            for stream in range(3):
                os.dup2(silent, stream)
            os.close(reading)
            _answer(json.loads(line), writing)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            verdict = pipe.read()
        os.waitpid(child, 0)
        print(verdict or "null", flush=True)


def _answer(task: dict, writing: int) -> None:
    try:
        limit_process()
        try:
            verdict = _verdict(task)
        except Exception as error:
            # Nothing of the file's: those have their sentences.
            verdict = {"problem": f"{task['name']} could not be checked: {type(error).__name__}: {error}."}
        with os.fdopen(writing, "w") as pipe:
            json.dump({**verdict, "cpu_seconds": _cpu_seconds()}, pipe)
    finally:
        # Threads of a model that goes on are not waited for.
        os._exit(0)


def _cpu_seconds() -> float:
    """What this process and those that it has waited for have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _verdict(task: dict) -> dict:
    step, name, text, fence = task["step"], task["name"], task["text"], Fence()
    if step["kind"] == "model":
        return check_model(step, name, text, task["answer"], fence)
    if step["kind"] == "script":
        return check_script(step, name, text)
    return check_killed(step, name, text, fence)


if __name__ == "__main__":
    serve()
