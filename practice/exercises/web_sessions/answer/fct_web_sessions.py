from datetime import timedelta

TIMEOUT = timedelta(minutes=30)


def model(ref):
    open_sessions, sessions = {}, []
    # The records are in order of arrival, and sorting keeps that order where times are equal.
    for event in sorted(ref("stg_web__events"), key=lambda one: one["event_at"]):
        identity = event["user_id"], event["device_id"]
        session = open_sessions.get(identity)
        if session is None or event["event_at"] - session["session_ended_at"] > TIMEOUT:
            session = {
                "user_id": event["user_id"],
                "device_id": event["device_id"],
                "event_name": event["event_name"],
                "session_started_at": event["event_at"],
                "event_count": 0,
            }
            open_sessions[identity] = session
            sessions.append(session)
        session["session_ended_at"] = event["event_at"]
        session["event_count"] += 1
    return sessions
