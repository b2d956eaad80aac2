"""Where alerts go: a webhook, e-mail, a file. Addresses and passwords come from the environment and are never shown."""

from __future__ import annotations

import os
import smtplib
import ssl
from email.message import EmailMessage
from pathlib import Path

from warehouse.screen import printable

TIMEOUT_SECONDS = 20
# Slack cuts messages that are longer.
LONGEST_TEXT = 3500


class NotDelivered(Exception):  # noqa: N818
    """A channel did not take a message; says why, without the address."""


def to_webhook(text: str) -> None:
    """Post a text as Slack, Mattermost and others take it: `{"text": …}`."""
    # It takes a tenth of a second to import.
    import requests

    # The form has markup of its own: `<!channel>` would wake everybody.
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    try:
        answer = requests.post(
            os.environ["WAREHOUSE_ALERT_WEBHOOK"],
            json={"text": escaped},
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        # What it says has the address in it, which is a secret.
        raise NotDelivered(f"the webhook cannot be reached ({type(error).__name__})") from None
    if answer.status_code // 100 != 2:
        raise NotDelivered(f"the webhook answers with HTTP {answer.status_code}")


def to_email(text: str) -> None:
    """Send a text by e-mail, its first line as the subject."""
    message = EmailMessage()
    message["Subject"] = text.partition("\n")[0][:200]
    try:
        message["To"] = os.environ["WAREHOUSE_ALERT_EMAIL"]
        message["From"] = (
            os.environ.get("WAREHOUSE_ALERT_EMAIL_FROM") or os.environ["WAREHOUSE_ALERT_EMAIL"].split(",")[0]
        )
        message.set_content(text)
        host, _, port = os.environ.get("WAREHOUSE_ALERT_SMTP", "localhost").partition(":")
        user, password = (os.environ.get(f"WAREHOUSE_ALERT_SMTP_{name}", "") for name in ("USER", "PASSWORD"))
        connect = smtplib.SMTP_SSL if port == "465" else smtplib.SMTP
        with connect(host, int(port or 25), timeout=TIMEOUT_SECONDS) as server:
            server.ehlo()
            if connect is smtplib.SMTP and server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
            elif connect is smtplib.SMTP and password:
                raise NotDelivered("the mail server offers no encryption, so the password was not sent")
            if password:
                server.login(user, password)
            server.send_message(message)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        # Servers repeat names and addresses in what they say.
        code = f" {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else ""
        raise NotDelivered(f"the mail server did not take it ({type(error).__name__}{code})") from None


def to_file(text: str) -> None:
    """Add a text to a file."""
    try:
        with Path(os.environ["WAREHOUSE_ALERT_FILE"]).open("a", encoding="utf-8") as file:
            file.write(text + "\n\n")
    except OSError as error:
        raise NotDelivered(f"the file cannot be written to ({error.strerror})") from None


CHANNELS = {"webhook": to_webhook, "email": to_email, "file": to_file}
VARIABLES = {
    "webhook": "WAREHOUSE_ALERT_WEBHOOK",
    "email": "WAREHOUSE_ALERT_EMAIL",
    "file": "WAREHOUSE_ALERT_FILE",
}


def is_set(channel: str) -> bool:
    """Whether the environment says where a channel leads."""
    return bool(os.environ.get(VARIABLES[channel]))


def deliver(channel: str, text: str) -> None:
    """Send a text, which holds nothing but what can be read. Raises NotDelivered."""
    try:
        CHANNELS[channel]("\n".join(printable(line) for line in text.splitlines())[:LONGEST_TEXT])
    except NotDelivered:
        raise
    except Exception:
        # What an address that is none makes of a library may name the address.
        raise NotDelivered(f"{channel} cannot be used: look at {VARIABLES[channel]}") from None
