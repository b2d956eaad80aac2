from datetime import timedelta
from itertools import groupby, zip_longest

TIMEOUT = timedelta(seconds=60)


def session_of(heartbeat):
    return heartbeat["user_id"], heartbeat["session_id"]


def model(ref):
    watermark = max(day["watermark_after_at"] for day in ref("int_playback__heartbeat_arrival_days"))
    # The records are in order of arrival, and sorting keeps that order where times are equal.
    heartbeats = sorted(ref("stg_playback__heartbeats"), key=lambda one: (*session_of(one), one["event_at"]))
    for _, of_session in groupby(heartbeats, session_of):
        yield from streams_of(list(of_session), watermark)


def streams_of(heartbeats, watermark):
    runs, watched = [], set()
    for heartbeat in heartbeats:
        last = runs[-1][-1] if runs else None
        is_same = last and (last["program_id"], last["start_at"]) == (heartbeat["program_id"], heartbeat["start_at"])
        if is_same and heartbeat["event_at"] - last["event_at"] <= TIMEOUT:
            runs[-1].append(heartbeat)
        else:
            runs.append([heartbeat])
    for run, following in zip_longest(runs, runs[1:]):
        first, ended_at = run[0], run[-1]["event_at"]
        program = first["program_id"], first["start_at"]
        is_resumed = program in watched
        watched.add(program)
        is_open = following is None and watermark - ended_at <= TIMEOUT
        has_moved_on = following is not None and following[0]["event_at"] - ended_at <= TIMEOUT
        yield {
            "user_id": first["user_id"],
            "session_id": first["session_id"],
            "program_id": first["program_id"],
            "device": first["device"],
            "start_at": first["start_at"],
            "began_at": first["event_at"] if is_resumed else first["start_at"],
            "ended_at": ended_at,
            "heartbeat_count": len(run),
            "is_resumed": is_resumed,
            "is_open": is_open,
            "ended_by": None if is_open else "next_program" if has_moved_on else "timeout",
        }
