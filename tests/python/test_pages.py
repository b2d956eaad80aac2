"""The pages of `docs/`: all are listed, their links lead somewhere, and charts and models have their places."""

import json
import re
from html import unescape
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from warehouse import pages
from warehouse.dictionary import dictionary, key, marts, relations
from warehouse.docs_pages import with_values, write_page
from warehouse.entity_diagram import diagram
from warehouse.errors import UsageError

PROJECT = Path(__file__).resolve().parents[2]
DOCS = PROJECT / "docs"
TEXTS = [*DOCS.glob("*.md"), *(PROJECT / name for name in ("README.md", "CONTRIBUTING.md", "models/overview.md"))]


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "README.md").write_text("# Docs\nAll.\n\n## First\n- [One](one.md): of two\n- [Two](two.md): the other\n")
    (folder / "one.md").write_text(
        "# One & all\n\n## A part, of it\nSee [two](two.md#its-end), [code](../code.py), "
        "[outside](https://example.com/x.md) and `orders`.\n"
        '\n<!-- chart speed: Bars: "fast" -->\n\n<!-- chart gone: Bars -->\n'
    )
    (folder / "two.md").write_text(
        "# Two\n\n<!-- all -->\n\n| a | b |\n|---|---|\n| [`orders`](one.md) | `unknown` |\n"
    )
    return folder


def test_a_page_has_its_links_its_charts_and_the_contents(docs, tmp_path):
    (tmp_path / "speed.svg").write_text('<?xml version="1.0"?>\n<svg a="1">é</svg>')
    files = pages.write_pages(
        docs, tmp_path / "pages", {"orders": "../all.html#orders"}, tmp_path, {"all": "## `orders`"}
    )
    assert [file.name for file in files] == ["index.html", "one.html", "two.html"]
    one, two = (file.read_text() for file in files[1:])
    assert "<title>One &amp; all" in one and '<h2 id="a-part-of-it">' in one
    text = '<a href="two.html#its-end">two</a>, code, <a href="https://example.com/x.md">outside</a> and '
    assert text + '<a href="../all.html#orders">' + "<code>orders</code></a>" in one
    assert '<figure role="img" aria-label="Bars: &quot;fast&quot;"><svg a="1">é</svg></figure>' in one
    assert "Not measured yet" in one
    assert '<h2 id="orders"><a href="../all.html#orders"><code>orders</code></a></h2>' in two
    assert '<td><a href="one.html"><code>orders</code></a></td>\n<td><code>unknown</code></td>' in two
    assert '<h2>First</h2>\n<ul>\n<li><a href="one.html">One</a></li>\n<li><a href="two.html">Two</a></li>' in two


def test_the_overview_has_the_contents(docs):
    assert pages.contents(docs) == "### First\n- [One](pages/one.html): of two\n- [Two](pages/two.html): the other\n"
    assert (PROJECT / "models" / "overview.md").read_text().count(pages.CONTENTS) == 1


def test_every_page_is_listed_once():
    listed = re.findall(r"(?m)^- \[[^]]+\]\((\w+)\.md\): ", (DOCS / "README.md").read_text())
    assert sorted([*listed, "README"]) == sorted(path.stem for path in DOCS.glob("*.md"))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_links_lead_to_files_that_are_there(path):
    text = path.read_text()
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[\w-]+)?\)", text)
    made = {"column_lineage.html", *(f"{pages.FOLDER}/{pages.file_name(page.stem)}" for page in DOCS.glob("*.md"))}
    assert not [link for link in links if link not in made and not (path.parent / link).exists()]


@pytest.mark.parametrize("path", sorted(DOCS.glob("*.md")), ids=lambda path: path.name)
def test_links_within_pages_lead_to_headings(path):
    for page, part in re.findall(r"\]\((?:(\w+)\.md)?#([\w-]+)\)", path.read_text()):
        target = (DOCS / f"{page}.md" if page else path).read_text()
        headings = re.findall(r"(?m)^#+ (.*)$", target)
        assert part in {re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-")) for heading in headings}


def test_variables_have_their_values_beside_their_names():
    said = {"description": "At most var('size'), by var('who'), not var('none'); invar('size').", "sql": "var('size')"}
    values = {"size": 60, "who": ["a", "b"], "none": None}
    shown = "At most `size` (60), by `who` (a, b), not `none` (not set); invar('size')."
    assert with_values([{"columns": {"a": said}}], values) == [{"columns": {"a": said | {"description": shown}}}]
    reason = with_values({"too_long": {"rejection_description": "Over var('size')."}}, values)
    assert reason == {"too_long": {"rejection_description": "Over `size` (60)."}}


def test_every_variable_that_a_description_names_is_there(documented: Path):
    """`documented` is the folder of the docs of the sample, as dbt writes them."""
    descriptions = re.findall(r'"description": ?"((?:[^"\\]|\\.)*)"', (documented / "manifest.json").read_text())
    named = {name for text in descriptions for name in re.findall(r"\bvar\('(\w+)'\)", text)}
    listed = set(re.findall(r"(?m)^\| `(\w+)`", (DOCS / "variables.md").read_text()))
    assert len(named) >= 10 and not named - listed


def test_a_mart_without_a_grain_is_named():
    with pytest.raises(UsageError, match="fct_mine has no grain: give it"):
        key({"name": "fct_mine", "config": {"meta": {}}})


def test_names_lead_to_the_pages_of_the_dbt_docs(documented: Path):
    addresses = write_page(documented, {}, contents="### Here")
    assert addresses["fct_orders"] == "../static_index.html#!/model/model.commerce_warehouse.fct_orders"
    html = (documented / "static_index.html").read_text()
    assert pages.CONTENTS not in html and "### Here" in html


def declared() -> list[dict]:
    """What the yml files of the marts say, file by file."""
    return [yaml.safe_load(path.read_text()) for path in (PROJECT / "models" / "marts").glob("**/*.yml")]


def declared_marts() -> dict[str, dict]:
    """The models of the marts by their names."""
    return {model["name"]: model for file in declared() for model in file.get("models", [])}


def ref(text: str) -> str:
    return re.fullmatch(r"ref\('(\w+)'\)", text)[1]


def declared_relations() -> set[str]:
    """What tests and foreign entities say of two marts, in the words of the diagram."""
    found = set()
    for name, model in declared_marts().items():
        for column in model["columns"]:
            for test in column.get("data_tests", []):
                if isinstance(test, dict) and "relationships" in test:
                    said = test["relationships"]
                    to, field = ref(said["arguments"]["to"]), said["arguments"]["field"]
                    where = f" where {said['config']['where']}" if "config" in said else ""
                    found.add(f"{name}.{column['name']} refers to {to}.{field}{where}")
    layers = [layer for file in declared() for layer in file.get("semantic_models", [])]
    entities = [(ref(layer["model"]), entity) for layer in layers for entity in layer["entities"]]
    for child, entity in entities:
        for parent, other in entities:
            if (entity["type"], other["type"], other["name"]) == ("foreign", "primary", entity["name"]):
                columns = [one.get("expr", one["name"]) for one in (entity, other)]
                found.add(f"{child}.{columns[0]} refers to {parent}.{columns[1]}")
    return found


@pytest.fixture(scope="module")
def manifest(documented: Path) -> dict:
    return json.loads((documented / "manifest.json").read_text())


@pytest.fixture(scope="module")
def drawn(manifest: dict) -> str:
    return diagram({mart["name"]: key(mart) for mart in marts(manifest)}, relations(manifest))


def test_the_dictionary_has_every_mart_with_its_key_and_each_of_its_columns(manifest, tmp_path):
    pages.write_pages(DOCS, tmp_path, {}, tmp_path, {"marts": dictionary(manifest)})
    page = (tmp_path / "dictionary.html").read_text()
    parts = re.split(r'<h3 id="(\w+)">', page)
    said = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert set(said) == set(declared_marts())
    for name, model in declared_marts().items():
        rows = re.findall(r"<tr>\n<td><code>(\w+)</code></td>\n<td>(.*?)</td>\n<td>(.*?)</td>", said[name])
        assert [row[0] for row in rows] == [column["name"] for column in model["columns"]], name
        keys = ", ".join(f"<code>{column}</code>" for column in model["config"]["meta"]["grain"])
        assert f"<p>Key: {keys}." in said[name]
        never = {column["name"] for column in model["columns"] if column.get("constraints")}
        assert never <= {column for column, _, null in rows if null == "never"}, name
    orders, streams = said["fct_orders"], said["fct_watch_streams"]
    assert re.search(r"<code>exchange_rate</code></td>\n<td>numeric\(38, 9\)</td>\n<td></td>", orders)
    assert re.search(r"<code>ended_by</code></td>\n<td>string</td>\n<td>never</td>", streams), "by a test"
    to_users = '<a href="#dim_users"><code>dim_users</code></a> where <code>is_known_user</code>'
    assert to_users in orders and "Also unique: <code>user_version_id</code>" in said["dim_user_history"]


def test_each_line_of_the_diagram_is_a_test_or_an_entity_and_none_is_missing(drawn):
    titles = {unescape(title) for title in re.findall(r"<title>(.*?)</title>", drawn)}
    assert titles == declared_relations()
    assert "fct_orders.session_id refers to fct_web_sessions.session_id" in titles, "an entity"
    assert "fct_orders.user_id refers to dim_users.user_id where is_known_user" in titles, "a test"


def test_the_diagram_has_every_mart_once_and_no_two_overlap(drawn):
    svg = ElementTree.fromstring(drawn)
    name = "{http://www.w3.org/2000/svg}"
    links = svg.findall(f"{name}a")
    assert sorted(link.get("href")[1:] for link in links) == sorted(declared_marts())
    _, _, width, height = map(float, svg.get("viewBox").split())
    boxes = []
    for link in links:
        rect = link.find(f"{name}rect[@class='box']")
        x, y, w, h = (float(rect.get(side)) for side in ("x", "y", "width", "height"))
        boxes.append((x, y, x + w, y + h))
        assert x >= 0 and y >= 0 and x + w <= width and y + h <= height
    for one, other in combinations(boxes, 2):
        assert one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
