"""Playback heartbeats read from their JSON."""

import polars as pl

TEXTS = ("program_id", "start_time", "session_id", "device", "event_time")
# How players write a heartbeat: these keys in this order, plain ASCII, nothing escaped.
USUAL = (
    r'^\{"user_id": ?(?<user_id>0|[1-9][0-9]{0,17})'
    + "".join(f', ?"{name}": ?"(?<{name}>[ !#-\\[\\]-~]*)"' for name in TEXTS)
    + r"\}$"
)
# What serde reads and a strict reader does not: outside strings, numbers that a double may not hold.
ALMOST_JSON = r",\s*[}\]]|(?i)nan|inf|e[-+]?[0-9]{3}|[0-9]{200}"
JSON_STRING = r'"(?:[^"\\]|\\.)*"'


def with_fields(records: pl.LazyFrame) -> pl.LazyFrame:
    """The records with `user_id` and TEXTS of their payload as text, null where it has no such field or is no JSON."""
    names = ("user_id", *TEXTS)
    groups = pl.col("payload").str.extract_groups(USUAL).alias("fields")
    read = records.with_columns(groups).unnest("fields").collect(engine="streaming")
    is_usual = pl.col("user_id").is_not_null()
    is_json = ~pl.col("payload").str.replace_all(JSON_STRING, '""').str.contains(ALMOST_JSON)
    # What is not usual is little, and so goes through a parser for every field. It is taken out first, since filters in
    # a row would be joined to one that is_json makes slow.
    rest = read.filter(~is_usual).lazy().filter(is_json).with_columns(_field(name).alias(name) for name in names)
    return pl.concat([read.filter(is_usual).lazy(), rest]).drop("payload")


def _field(name: str) -> pl.Expr:
    """A field of any JSON: text, true, false, or a number that all engines write alike; null for objects and lists."""
    document = pl.col("payload")
    value = document.str.json_path_match(f"$.{name}")
    begin = document.str.extract(rf'"{name}"\s*:\s*(.)')
    is_number_alike = value.cast(pl.Int64, strict=False).is_not_null() | (
        value.str.contains(r"^-?[0-9]+\.[0-9]+$") & (value.str.len_chars() <= 16) & ~value.str.contains(r"^-?0\.0000")
    )
    return pl.when(begin.is_in(['"', "t", "f"]) | begin.str.contains("[-0-9]") & is_number_alike).then(value)
