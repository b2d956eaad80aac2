"""The charts of the benchmarks: drawn from results that are made up, and put into the docs."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.cases import CASES
from benchmarks.chart_style import short, size
from benchmarks.charts import CHARTS, draw_charts
from benchmarks.comparison import PHASES, TOGETHER
from benchmarks.tools import TOOLS

PROJECT = Path(__file__).resolve().parents[2]
HEAD = {"repeats": 3, "machine": {"cores": 2, "memory_gib": 24}}


def run_of(case: str, phase: str, tool: str, work: float | None, differing: int | None = 0) -> dict:
    """What comparison.json has of one tool."""
    seconds = None if work is None else work + 1.5
    return {"case": case, "phase": phase, "tool": tool, "work": work, "seconds": seconds, "differing": differing}


def point(seconds: float) -> dict:
    """What the curves have of one place on them."""
    phase = {"sql": seconds, "seconds": seconds + 6, "peak_mib": 300 + 9 * seconds, "disk_mib": 20 * seconds}
    return {"full": phase, "one_more_day": {name: value / 3 for name, value in phase.items()}}


def project(name: str, nodes: int) -> dict:
    """What dbt_overhead.json has of one project."""
    steps = ("parse_cold", "parse_partial", "compile", "build_first", "build_noop", "build_noop_without_unit_tests")
    return {"project": name, "nodes": nodes, "unit_tests": nodes // 4} | dict.fromkeys(steps, nodes / 16)


TOOL_NAMES = ["warehouse", *(tool.name for tool in TOOLS)]
RESULTS = {
    "comparison": {
        "records": 10_000_000,
        "records_of_last_day": 110_000,
        "runs": [
            run_of(case, phase, tool, 2.5 + number)
            for case in (TOGETHER, *(case.name for case in CASES))
            for phase in PHASES
            for number, tool in enumerate(TOOL_NAMES)
        ],
    },
    "scale": {"points": [{"web_events": 10**6 * 10**number} | point(2 * 10**number) for number in range(3)]},
    "hot_key": {"records": 10**7, "points": [{"hot_key_share": share} | point(30 + share) for share in (0.0, 0.25)]},
    "lateness": {"records": 10**7, "points": [{"late_share": share} | point(30 + share) for share in (0.0, 0.3)]},
    "dbt_overhead": {
        "projects": [project("commerce_warehouse", 640), project("jaffle_shop", 64), project("doing_nothing", 96)]
    },
}
TEXTS = {
    "comparison_full": {"All four", "Web sessions", "PySpark, local[2]", "2.50 + 1.50 s", "seconds"},
    "comparison_one_more_day": {"warehouse, one more day", "warehouse, full build", "Order windows"},
    "scale": {"1 million", "100 million", "full, with dbt", "2.00", "318 MiB", "MiB"},
    "hot_key": {"0 %", "25 %", "1.00", "one more day", "times that without such a user"},
    "lateness": {"30 %", "late records", "30.3 + 6.00 s"},
    "dbt_overhead": {
        "40.0  commerce warehouse",
        "4.00  jaffle shop",
        "6.00  doing nothing",
        "83.3",
        "build, nothing new",
        "milliseconds a node",
    },
}


@pytest.fixture
def measured(tmp_path: Path) -> Path:
    """A folder with a result of every suite."""
    folder = tmp_path / "results"
    folder.mkdir()
    for suite, result in RESULTS.items():
        (folder / f"{suite}.json").write_text(json.dumps(HEAD | result))
    return folder


def texts(svg: Path) -> set[str]:
    """The texts of a chart."""
    return {element.text for element in ElementTree.parse(svg).iter() if element.tag.endswith("}text")}


def test_charts_are_well_formed_say_what_they_show_and_are_the_same_twice(measured, tmp_path):
    charts = draw_charts(tmp_path / "charts", measured)
    assert [chart.stem for chart in charts] == list(CHARTS) == list(TEXTS)
    assert [text for chart in charts for text in TEXTS[chart.stem] - texts(chart)] == []
    again = draw_charts(tmp_path / "again", measured)
    assert [chart.read_bytes() for chart in charts] == [chart.read_bytes() for chart in again]


def test_a_tool_whose_rows_differ_has_no_bar_and_one_that_was_not_run_has_no_line(measured, tmp_path):
    runs = [
        run_of(run["case"], run["phase"], "polars", None, 1234) if run["tool"] == "polars" else run
        for run in RESULTS["comparison"]["runs"]
        if run["tool"] != "pyspark"
    ]
    (measured / "comparison.json").write_text(json.dumps(HEAD | RESULTS["comparison"] | {"runs": runs}))
    full, *_ = draw_charts(tmp_path / "charts", measured)
    assert "1,234 rows differ" in texts(full)
    assert "PySpark, local[2]" not in texts(full)


def test_a_result_that_is_not_there_gives_no_chart(measured, tmp_path):
    draw_charts(tmp_path / "charts", measured)
    (measured / "comparison.json").unlink()
    (measured / "scale.json").unlink()
    charts = draw_charts(tmp_path / "charts", measured)
    assert [chart.stem for chart in charts] == ["hot_key", "lateness", "dbt_overhead"]
    assert sorted((tmp_path / "charts").iterdir()) == sorted(charts)


@pytest.mark.parametrize(
    ("number", "text"), [(0.123, "0.12"), (9.994, "9.99"), (9.996, "10.0"), (99.96, "100"), (12345.6, "12,346")]
)
def test_numbers_are_short(number, text):
    assert short(number) == text


def test_sizes_have_the_unit_that_suits():
    assert (size(1023), size(1536)) == ("1,023 MiB", "1.50 GiB")


def test_every_chart_has_its_place_in_the_docs_and_no_other_is_named():
    page = (PROJECT / "docs" / "benchmarks.md").read_text()
    assert re.findall(r"<!-- chart (\w+): [^>]+ -->", page) == list(CHARTS)
