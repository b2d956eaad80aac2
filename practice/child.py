"""The process in which a learner's file runs: reads a task on standard input, writes the verdict on standard output."""

import json
import os
import sys

from practice.guard import Fence, limit_process


def main() -> None:
    """Check the file of a task. What the file prints goes nowhere."""
    answer_to = os.fdopen(os.dup(1), "w")
    silent = os.open(os.devnull, os.O_WRONLY)
    task = json.load(sys.stdin)
    os.dup2(silent, 1)
    limit_process()
    step, name, text = task["step"], task["name"], task["text"]
    fence = Fence()
    if step["kind"] == "model":
        from practice.models import check_model

        verdict = check_model(step, name, text, task["answer"], fence)
    elif step["kind"] == "script":
        from practice.scripts import check_script

        verdict = check_script(step, name, text)
    else:
        from practice.kills import check_killed

        verdict = check_killed(step, name, text, fence)
    json.dump(verdict, answer_to)
    answer_to.flush()
    # Threads of a model that goes on are not waited for.
    os._exit(0)


if __name__ == "__main__":
    main()
