"""`make report`: one page without server, script or outside address, of one run as of sixty days."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from conftest import PROJECT, Warehouse, warehouse_command
from made_up_history import Run
from test_alerts import DAYS, Simulated, at

from warehouse.report import write_report
from warehouse.report.charts import bars

SECTIONS = ("alerts", "runs", "freshness", "quality", "objectives", "rejections", "volumes", "rows", "figures")
# Whatever is a text in the data: an error message, a name of a program.
MARKUP = "<script>alert(1)</script><img src=//x onerror=x> & \x1b[31m"
VOID = {"meta", "br", "path", "use", "rect", "circle"}


class Page(HTMLParser):
    """The tags, attributes and text of a page; each element that is opened is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def assert_stands_alone(html: str) -> Page:
    """No script, no address outside, ids that are there once, all sections."""
    page = Page(html)
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "iframe", "img", "image", "link", "object", "embed", "form", "foreignobject", "base"}
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")], tag
        for name in ("href", "src", "xlink:href"):
            assert attributes.get(name, "#").startswith("#"), attributes
    assert not re.search(r"https?:|//\w|@import|url\((?!#)", html)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for target in re.findall(r'(?:href="|url\()#([^")]+)', html):
        assert target in ids
    assert [attributes["id"] for tag, attributes in page.tags if tag == "h2"] == list(SECTIONS)
    assert "default-src 'none'" in html
    return page


def charts(page: Page) -> set[str]:
    """What each chart says to who cannot see it."""
    return {attributes["aria-label"] for tag, attributes in page.tags if tag == "svg"}


@pytest.fixture
def sixty_days(copy: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Simulated:
    simulated = Simulated(copy, tmp_path, monkeypatch)
    (tmp_path / "analyses").symlink_to(PROJECT / "analyses")
    for number, day in enumerate(DAYS[:57]):
        simulated.day(number, *day.runs)
        if number in (44, 45, 46):
            simulated.look(number, 12)
    for number in range(57, 60):
        simulated.day(number, Run())
    return simulated


def test_of_one_run_it_says_what_is_not_known_yet(copy: Warehouse):
    result = warehouse_command("report", WAREHOUSE_DUCKDB=str(copy.path))
    assert (result.returncode, result.stdout.strip()) == (0, "Report: target/report.html"), result.stderr
    html = (PROJECT / "target" / "report.html").read_text()
    page = assert_stands_alone(html)
    assert len(html) < 1_000_000
    assert "What is usual is known after seven days." in page.text
    assert "Not known yet: what was there before the first run counts for no day." in page.text
    assert "No alert has been sent and resolved yet." in page.text
    assert "No alert is open: in its first seven days" in page.text
    assert "1 run in 1 day: 1 succeeded." in page.text
    assert "Warehouse report Of warehouse.duckdb, written on" in page.text
    assert re.search(r"of revenue in all, [\d,.]+ on [\d-]+, in the reporting currency", page.text)
    sessions, converted = copy.rows("select count(*), count(*) filter (is_converted) from marts.fct_web_sessions")[0]
    shown = re.search(r"([\d.]+) % of ([\d,]+) sessions on the last \d+ days led to an order", page.text)
    assert 0 < float(shown[1]) < 100
    assert int(shown[2].replace(",", "")) <= sessions
    assert converted


def test_of_sixty_days_it_shows_all_of_it(sixty_days):
    page = assert_stands_alone(write_report(sixty_days.dbt, at(59, 12)).read_text())
    says = charts(page)
    assert "61 runs in 60 days: 56 succeeded, 4 failed, 1 killed" in says
    volumes = {words.split(":")[0] for words in says if " records on " in words}
    assert volumes == {"orders", "users", "web_events", "shipment_scans"}
    for words in (
        "out of budget",
        "PAGE: 98.37 % of what users brought were rejected",
        "exact_duplicate",
        "3 missed of 1",
    ):
        assert words in page.text, words
    assert len((sixty_days.folder / "target" / "report.html").read_bytes()) < 2_500_000


def test_where_the_rows_went_adds_up(copy: Warehouse):
    assert warehouse_command("report", WAREHOUSE_DUCKDB=str(copy.path)).returncode == 0
    page = Page((PROJECT / "target" / "report.html").read_text())
    assert "Every record that came in was accepted, or rejected for a reason." in page.text
    counted = copy.rows(
        "select source_table, sum(row_count) filter (layer = 'raw')::bigint, "
        "sum(row_count) filter (outcome = 'rejected')::bigint from observability.layer_row_counts group by 1"
    )
    for source, came, rejected in counted:
        assert re.search(rf"\b{source} {came:,} in, {rejected:,} rejected", page.text), source


def test_texts_of_the_data_stay_texts(sixty_days):
    message = MARKUP.replace("'", "''")
    sixty_days.execute(
        f"update run_history.run_events set message = '{message}', outcome = 'failed' where run_id = 'r0061'"
    )
    sixty_days.execute(
        f"update run_history.node_results set message = '{message}', failure_count = null, status = 'fail' "
        "where run_id = 'r0061' and node_name = 'assert_users'"
    )
    html = write_report(sixty_days.dbt, at(59, 12)).read_text()
    page = assert_stands_alone(html.replace("//x onerror", "x onerror"))
    assert "<script>alert(1)</script><img src=x onerror=x> & \\x1b[31m" in page.text


def test_the_sketch_in_the_readme_has_headings_and_tiles_of_the_report(copy: Warehouse):
    assert "](docs/report.svg)" in (PROJECT / "README.md").read_text()
    sketch = (PROJECT / "docs" / "report.svg").read_text()
    headings = re.findall(r'<text class="heading"[^>]*>([^<]+)</text>', sketch)
    assert warehouse_command("report", WAREHOUSE_DUCKDB=str(copy.path)).returncode == 0
    html = (PROJECT / "target" / "report.html").read_text()
    assert len(headings) == 9
    assert set(headings) <= set(re.findall(r"<h[123][^>]*>([^<]+)</h[123]>", html))
    tiles = re.findall(r'y="85">([^<]+)</text>', sketch)
    shown = re.findall(r'<div class="tile"><b>[^<]*</b>([^<]+)</div>', html)
    assert len(tiles) == len(shown) == 4
    assert all(real.startswith(tile) for tile, real in zip(tiles, shown, strict=True))


def test_a_name_with_dollars_is_no_formula():
    assert r"$\foo$" in bars("programs", "Programs", [r"$\foo$"], [1.0], ["1"])


def test_without_a_warehouse_it_is_one_sentence(tmp_path):
    result = warehouse_command("report", WAREHOUSE_DUCKDB=str(tmp_path / "w.duckdb"))
    assert (result.returncode, result.stderr) == (1, "There is no warehouse yet; run `make build` first.\n")
