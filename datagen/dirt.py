"""Every kind of dirt that the committed sample holds, as literal records."""

from itertools import zip_longest

from datagen.chunks import COLUMNS
from datagen.literal import Dirt
from datagen.scan_dirt import SHIPMENT_SCANS
from datagen.shipment_dirt import SHIPMENT_CHANGES
from datagen.stream_dirt import PLAYBACK_HEARTBEATS, USER_EVENTS


def _log(kind: str, hour: str, line: str) -> Dirt:
    return Dirt(kind, hour, (line,))


APP_LOGS = (
    _log("empty line", "2025-01-06T09", ""),
    _log("only spaces", "2025-01-07T10", "   "),
    _log("no separator", "2025-01-08T11", "service restarted by operator"),
    _log("impossible date", "2025-03-01T00", "2025-02-30|user=1|event=login"),
    _log("date with text", "2025-01-10T13", "2025-01-10 noon|user=1|event=view"),
    _log("user missing", "2025-01-13T14", "2025-01-13|event=login"),
    _log("user not a number", "2025-01-14T15", "2025-01-14|user=abc|event=view"),
    _log("user negative", "2025-01-15T16", "2025-01-15|user=-5|event=view"),
    _log("user zero", "2025-01-16T17", "2025-01-16|user=0|event=view"),
    _log("user with a fraction", "2025-01-17T18", "2025-01-17|user=1.5|event=view"),
    _log("user beyond INT64", "2025-01-20T09", "2025-01-20|user=99999999999999999999|event=view"),
    _log("user blank", "2025-01-20T15", "2025-01-20|user=|event=view"),
    _log("event missing", "2025-01-21T10", "2025-01-21|user=2"),
    _log("event blank", "2025-01-22T11", "2025-01-22|user=2|event="),
    _log("event only spaces", "2025-01-22T16", "2025-01-22|user=2|event=  "),
    _log("user twice", "2025-01-23T12", "2025-01-23|user=1|user=2|event=view"),
    _log("event twice", "2025-01-24T13", "2025-01-24|user=3|event=view|event=login"),
    _log("event in other letters", "2025-01-27T14", "2025-01-27|user=3|event=größe_geändert"),
    _log("event with emoji", "2025-01-28T15", "2025-01-28|user=4|event=like_👍🏽"),
    _log("unknown keys", "2025-01-30T17", "2025-01-30|user=1|event=view|theme=dark|experiment=b=2"),
    _log("event before user", "2025-01-31T18", "2025-01-31|event=search|user=2"),
    _log("field without =", "2025-02-03T09", "2025-02-03|user=3|event=view|beta"),
    _log("spaces around fields", "2025-02-03T12", "2025-02-03 | user = 3 | event = view"),
    _log("keys in capitals", "2025-02-03T15", "2025-02-03|USER=3|EVENT=view"),
    _log("empty field", "2025-02-04T09", "2025-02-04||user=3|event=view"),
    _log("far future", "2025-02-05T10", "2035-02-05|user=1|event=login"),
    _log("two days ahead", "2025-02-06T11", "2025-02-08|user=1|event=login"),
    _log("60 days late", "2025-03-11T12", "2025-01-10|user=1|event=purchase"),
    _log("unknown user", "2025-02-10T13", "2025-02-10|user=9001|event=view"),
    _log("user without identity record", "2025-02-11T14", "2025-02-11|user=5|event=view"),
    _log("inactive user", "2025-03-24T15", "2025-03-24|user=6|event=view"),
    _log("user of pandas", "2025-02-14T09", "2025-02-14|user=9002.0|event=view"),
    _log("user of Spark", "2025-02-15T09", "2025-02-15|user=9.002E3|event=view"),
    _log("user with a sign and zeros", "2025-02-16T09", "2025-02-16|user=+009002|event=view"),
    _log("quotes, comma, backslash", "2025-02-13T09", '2025-02-13|user=2|event=search|q="a, b\\c"'),
)


def _order(kind: str, hour: str, number: int, **changed: str | None) -> Dirt:
    """An order that is fine (2 x 19.99 EUR by Alice) but for what `changed` says."""
    day, time = hour.split("T")
    fine = (f"o-9{number:06d}", "1", "p-0007", "2", "19.99", "39.98", "EUR", "completed", f"{day} {time}:15:00")
    fields: dict[str, str | None] = dict(zip_longest(COLUMNS["orders"], fine))
    return Dirt(kind, hour, tuple((fields | changed).values()))


ORDERS = (
    _order("order_id null", "2025-01-07T10", 1, order_id=None),
    _order("customer_id null", "2025-01-09T11", 2, customer_id=None),
    _order("customer not a number", "2025-01-11T12", 3, customer_id="abc"),
    _order("amount negative", "2025-01-14T13", 4, amount="-25.00"),
    _order("amount absurd", "2025-01-16T14", 5, amount="1000000000000.00"),
    _order("amount in words", "2025-01-18T15", 6, amount="twelve"),
    _order("amount with comma", "2025-01-21T16", 7, amount="12,50"),
    _order("amount null", "2025-01-23T17", 8, amount=None),
    _order("amount zero", "2025-01-24T17", 9, quantity="1", unit_price="0.00", amount="0.00"),
    _order("amount with many digits", "2025-01-25T17", 10, amount="39.98000000001"),
    _order("quantity in words", "2025-01-25T18", 11, quantity="two"),
    _order("ordered_at bad", "2025-01-28T09", 12, ordered_at="yesterday evening"),
    _order("ordered_at null", "2025-01-30T10", 13, ordered_at=None),
    _order("from the future", "2025-02-01T11", 14, ordered_at="2035-02-01 11:15:00"),
    _order("unknown status", "2025-02-04T12", 15, status="on_hold"),
    _order("null status", "2025-02-06T13", 16, status=None),
    _order("status in capitals", "2025-02-07T13", 17, status="Completed"),
    _order("updated: pending", "2025-02-08T14", 18, status="pending"),
    _order("updated: completed", "2025-02-09T09", 18, status="completed", ordered_at="2025-02-08 14:15:00"),
    _order("updated: refunded", "2025-02-15T16", 18, status="refunded", ordered_at="2025-02-08 14:15:00"),
    _order("re-delivered: first", "2025-02-11T10", 19, customer_id="2"),
    _order("re-delivered: again", "2025-02-12T05", 19, customer_id="2", ordered_at="2025-02-11 10:15:00"),
    _order("unknown user", "2025-02-13T11", 20, customer_id="9001"),
    _order("user without identity record", "2025-02-18T12", 21, customer_id="5"),
    _order("inactive user", "2025-03-25T13", 22, customer_id="6"),
    _order("other currency", "2025-02-20T14", 23, currency="USD"),
    _order("30 days late", "2025-03-04T15", 24, ordered_at="2025-02-02 15:15:00"),
    _order("time zone in the text", "2025-02-25T03", 25, ordered_at="2025-02-24T22:15:00-05:00"),
    _order("time of PostgreSQL", "2025-01-12T10", 26, ordered_at="2025-01-12 10:15:00+00"),
    _order("time of BigQuery", "2025-01-15T10", 27, ordered_at="2025-01-15 10:15:00 UTC"),
    _order("time of Snowflake", "2025-01-17T10", 28, ordered_at="2025-01-17 12:15:00.000 +0200"),
    _order("time of .NET", "2025-01-22T10", 29, ordered_at="2025-01-22 10:15:00.1234567 +00:00"),
    _order("time of Go", "2025-01-27T10", 30, ordered_at="2025-01-27T10:15:00.123456789Z"),
    _order("time to the minute", "2025-01-30T12", 31, ordered_at="2025-01-30 12:15"),
    _order("a day alone", "2025-02-05T12", 32, ordered_at="2025-02-05"),
    _order("last second of the calendar", "2025-02-09T12", 33, ordered_at="9999-12-31 23:59:59"),
    _order("integers of pandas", "2025-02-16T12", 34, customer_id="9002.0", quantity="2.0"),
    _order("integers of Spark", "2025-02-22T12", 35, customer_id="9.002E3", quantity="2.0E0"),
    _order("integer with a fraction", "2025-02-22T13", 36, quantity="2.5"),
    _order("amounts with exponents", "2025-02-23T12", 37, unit_price="1.999E1", amount="3.998e+01"),
    _order("amounts below a cent", "2025-02-28T12", 38, quantity="1", unit_price="1e-05", amount="1E-05"),
    _order("amounts with zeros at the end", "2025-03-01T12", 39, unit_price="19.99000000000", amount="39.980000000000"),
    _order("amounts without a digit before the point", "2025-03-05T12", 40, quantity="1", unit_price=".5", amount=".5"),
    _order("amount that is negative beyond nine decimals", "2025-03-08T12", 41, amount="-0.0000000004"),
    _order("currency in small letters", "2025-03-09T12", 42, currency="eur"),
    _order("currency of four letters", "2025-03-12T12", 43, currency="EURO"),
)


def _event(
    kind: str,
    hour: str,
    time: str | None,
    user: str | None = "2",
    device: str | None = "dev-900001",
    name: str | None = "page_view",
) -> Dirt:
    return Dirt(kind, hour, (name, user, "3.1.0", time, device, "web"))


WEB_EVENTS = (
    _event("time null", "2025-01-08T10", None),
    _event("time bad", "2025-01-09T11", "2025-02-30 10:00:00"),
    _event("time in words", "2025-01-10T11", "a minute ago"),
    _event("user and device null", "2025-01-11T12", "2025-01-11 12:01:00", user=None, device=None),
    _event("user null, device known", "2025-01-12T12", "2025-01-12 12:01:00", user=None, device="dev-900002"),
    _event("device null, user known", "2025-01-12T13", "2025-01-12 13:01:00", user="3", device=None),
    _event("user not an integer", "2025-01-13T13", "2025-01-13 13:01:00", user="user-2"),
    _event("offset in the text", "2025-01-09T04", "2025-01-08T23:30:00-05:00"),
    _event("Z in the text", "2025-01-14T14", "2025-01-14T14:01:00Z"),
    _event("time zone name in the text", "2025-01-08T11", "2025-01-08 12:00:00 Europe/Berlin"),
    _event("time from the future", "2025-01-15T15", "2035-01-15 15:01:00"),
    _event("event_name null", "2025-01-16T16", "2025-01-16 16:01:00", name=None),
    _event("exact duplicate: first", "2025-01-17T10", "2025-01-17 10:01:00", user="4", device="dev-900003"),
    _event("exact duplicate: again", "2025-01-17T11", "2025-01-17 10:01:00", user="4", device="dev-900003"),
    _event("exact duplicate: days later", "2025-01-20T08", "2025-01-17 10:01:00", user="4", device="dev-900003"),
    _event("over midnight: before", "2025-01-21T23", "2025-01-21 23:58:30", device="dev-900004"),
    _event("over midnight: after", "2025-01-22T00", "2025-01-22 00:03:00", device="dev-900004"),
    _event("over midnight: at", "2025-01-22T00", "2025-01-22 00:00:00", device="dev-900004"),
    _event("gap of exactly 1800 s: before", "2025-01-23T10", "2025-01-23 10:00:00", device="dev-900005"),
    _event("gap of exactly 1800 s: after", "2025-01-23T10", "2025-01-23 10:30:00", device="dev-900005"),
    _event("gap just over 1800 s", "2025-01-23T11", "2025-01-23 11:00:00.000001", device="dev-900005"),
    _event("tie in time: one", "2025-01-24T10", "2025-01-24 10:00:00", device="dev-900006"),
    _event("tie in time: other", "2025-01-24T10", "2025-01-24 10:00:00", device="dev-900006", name="search"),
    _event("time of PostgreSQL", "2025-01-27T10", "2025-01-27 10:00:00+00", device="dev-900008"),
    _event("time of BigQuery", "2025-01-28T10", "2025-01-28 10:00:00 UTC", device="dev-900008"),
    _event("time of Snowflake", "2025-01-29T10", "2025-01-29 12:00:00.000 +0200", device="dev-900008"),
    _event("time of .NET", "2025-01-30T10", "2025-01-30 10:00:00.1234567 +00:00", device="dev-900008"),
    _event("time of Go", "2025-01-31T10", "2025-01-31T10:00:00.123456789Z", device="dev-900008"),
    _event("time to the minute", "2025-02-01T10", "2025-02-01 10:00", device="dev-900008"),
    _event("a day alone", "2025-02-02T10", "2025-02-02", device="dev-900008"),
    _event("last second of the calendar", "2025-02-03T10", "9999-12-31 23:59:59", device="dev-900008"),
    _event("user of pandas", "2025-02-04T10", "2025-02-04 10:00:00", user="9002.0", device="dev-900009"),
    _event("user of pandas: the same written otherwise", "2025-02-04T10", "2025-02-04T10:00Z", "9002.0", "dev-900009"),
    _event("user of Spark", "2025-02-05T10", "2025-02-05 10:00:00", user="9.002E3", device="dev-900009"),
    _event("arrives 20 days late", "2025-02-14T10", "2025-01-25 10:00:00", device="dev-900007"),
)

_CREATED = "2025-01-05 08:00:00"


def _user(
    kind: str,
    hour: str,
    user: str | None,
    name: str | None,
    updated: str | None = _CREATED,
    email: str | None = "someone@example.com",
    country: str = "DE",
) -> Dirt:
    return Dirt(kind, hour, (user, name, email, country, _CREATED, updated))


USERS = (
    _user("user_id null", "2025-01-06T08", None, "Nobody"),
    _user("user_id not an integer", "2025-01-07T08", "x1", "Sybil"),
    _user("created", "2025-01-05T08", "101", "Mallory"),
    _user("repeated record", "2025-01-08T08", "101", "Mallory"),
    _user("two changes in a day: first", "2025-02-03T09", "101", "Mallory", "2025-02-03 09:10:00", country="FR"),
    _user("two changes in a day: second", "2025-02-03T17", "101", "Mallory", "2025-02-03 17:20:00", country="ES"),
    _user("tie in updated_at: first", "2025-03-03T10", "101", "Mallory M.", "2025-03-03 10:00:00", country="ES"),
    _user("tie in updated_at: second", "2025-03-03T10", "101", "Mallory Moss", "2025-03-03 10:00:00", country="ES"),
    _user("change that arrives after a newer one: newer", "2025-02-20T10", "102", "Niaj New", "2025-02-20 10:00:00"),
    _user("change that arrives after a newer one: older", "2025-02-22T10", "102", "Niaj"),
    _user("email null", "2025-01-05T08", "103", "Olivia", email=None),
    _user("user_name null", "2025-01-05T08", "104", None),
    _user("updated_at bad", "2025-01-05T08", "105", "Peggy", "yesterday"),
    _user("updated_at in the future", "2025-01-09T08", "103", "Olivia of tomorrow", "2035-01-09 08:00:00"),
)

ACTIVE_USERS = (
    Dirt("active", "2025-01-05T08", ("101", "true", _CREATED)),
    Dirt("neither true nor false", "2025-01-05T08", ("102", "maybe", _CREATED)),
    Dirt("is_active null", "2025-01-05T08", ("103", None, _CREATED)),
    Dirt("user_id null", "2025-01-06T08", (None, "true", "2025-01-06 08:00:00")),
    Dirt("user_id not an integer", "2025-01-07T08", ("x1", "true", "2025-01-07 08:00:00")),
    Dirt("user that users does not hold", "2025-01-08T08", ("777", "true", "2025-01-08 08:00:00")),
    Dirt("updated_at bad", "2025-01-09T08", ("101", "false", "yesterday")),
    Dirt("inactive in the morning, active at night: first", "2025-02-05T08", ("101", "false", "2025-02-05 08:00:00")),
    Dirt("inactive in the morning, active at night: second", "2025-02-05T21", ("101", "true", "2025-02-05 21:00:00")),
    Dirt("flag of PostgreSQL", "2025-02-06T08", ("101", "t", "2025-02-06 08:00:00+00")),
    Dirt("flag of MySQL", "2025-02-07T08", ("101", "1", "2025-02-07 08:00:00.000000")),
    Dirt("flag of SAS", "2025-02-08T08", ("101", "Y", "2025-02-08T08:00:00.000")),
    Dirt("flag of pandas", "2025-02-09T08", ("9002.0", "1.0", "2025-02-09")),
    Dirt("becomes inactive", "2025-03-20T12", ("6", "false", "2025-03-20 12:00:00")),
)


def _rate(kind: str, hour: str, date: str | None, currency: str | None = "USD", rate: str | None = "0.95") -> Dirt:
    return Dirt(kind, hour, (date, currency, rate))


EXCHANGE_RATES = (
    _rate("rate_date null", "2025-01-08T15", None),
    _rate("rate_date of no calendar", "2025-01-09T15", "2025-02-30"),
    _rate("rate_date in local style", "2025-01-10T15", "31.01.2025"),
    _rate("rate_date with a time of day", "2025-01-13T15", "2025-01-13 16:00:00"),
    _rate("currency null", "2025-01-14T15", "2025-01-14", currency=None),
    _rate("currency in words", "2025-01-15T15", "2025-01-15", currency="US Dollar"),
    _rate("rate null", "2025-01-16T15", "2025-01-16", rate=None),
    _rate("rate in words", "2025-01-17T15", "2025-01-17", rate="n/a"),
    _rate("rate with comma", "2025-01-20T15", "2025-01-20", rate="0,95"),
    _rate("rate with many digits", "2025-01-21T15", "2025-01-21", rate="0.9500000001"),
    _rate("rate zero", "2025-01-22T15", "2025-01-22", rate="0"),
    _rate("rate negative", "2025-01-23T15", "2025-01-23", rate="-0.95"),
    _rate("rate absurd", "2025-01-24T15", "2025-01-24", rate="1000000.000000001"),
    _rate("reporting currency", "2025-01-27T15", "2025-01-27", currency="EUR", rate="1"),
    _rate("reporting currency, decimals", "2025-01-28T15", "2025-01-28", currency="eur", rate="1.000000000"),
    _rate("reporting currency, not 1", "2025-01-29T15", "2025-01-29", currency="EUR", rate="1.02"),
    _rate("currency in small letters", "2025-02-10T20", "2025-02-10", currency="gbp", rate="1.21"),
    _rate("zeros at the end", "2025-02-04T20", "2025-02-04", currency="CHF", rate="1.0650000000000"),
    _rate("on a Saturday", "2025-02-08T15", "2025-02-08", rate="0.9612"),
    _rate("repeated record: first", "2025-02-10T20", "2025-02-10", currency="PLN", rate="0.2391"),
    _rate("repeated record: again", "2025-02-11T20", "2025-02-10", currency="PLN", rate="0.2391"),
    _rate("corrected twice: first", "2025-02-20T20", "2025-02-20", currency="SEK", rate="0.89"),
    _rate("corrected twice: second", "2025-02-22T20", "2025-02-20", currency="SEK", rate="0.0889"),
    _rate("for a day to come", "2025-02-17T15", "2025-02-23", currency="PLN", rate="0.2402"),
    _rate("corrected weeks later", "2025-03-03T15", "2025-02-19", rate="0.9655"),
    _rate("weeks late", "2025-03-04T15", "2025-02-09", rate="0.9583"),
)


def _whole(table: str, dirt: Dirt) -> Dirt:
    """The record with null in the last columns of the table, if it does not name them."""
    return dirt._replace(fields=(*dirt.fields, *(None for _ in COLUMNS[table][len(dirt.fields) :])))


DIRT: dict[str, tuple[Dirt, ...]] = {
    table: tuple(_whole(table, dirt) for dirt in every)
    for table, every in {
        "app_logs": APP_LOGS,
        "users": USERS,
        "active_users": ACTIVE_USERS,
        "orders": ORDERS,
        "web_events": WEB_EVENTS,
        "user_events": USER_EVENTS,
        "playback_heartbeats": PLAYBACK_HEARTBEATS,
        "shipment_changes": SHIPMENT_CHANGES,
        "shipment_scans": SHIPMENT_SCANS,
        "exchange_rates": EXCHANGE_RATES,
    }.items()
}
