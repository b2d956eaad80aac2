"""The pages of `docs/`: all are listed, their links lead somewhere, and charts and models have their places."""

import re
from pathlib import Path

import pytest

from warehouse import pages
from warehouse.docs_pages import with_values, write_page

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
    (folder / "two.md").write_text("# Two\n\n| a | b |\n|---|---|\n| [`orders`](one.md) | `unknown` |\n")
    return folder


def test_a_page_has_its_links_its_charts_and_the_contents(docs, tmp_path):
    (tmp_path / "speed.svg").write_text('<?xml version="1.0"?>\n<svg a="1">é</svg>')
    files = pages.write_pages(docs, tmp_path / "pages", {"orders": "../all.html#orders"}, tmp_path)
    assert [file.name for file in files] == ["index.html", "one.html", "two.html"]
    one, two = (file.read_text() for file in files[1:])
    assert "<title>One &amp; all" in one and '<h2 id="a-part-of-it">' in one
    text = '<a href="two.html#its-end">two</a>, code, <a href="https://example.com/x.md">outside</a> and '
    assert text + '<a href="../all.html#orders">' + "<code>orders</code></a>" in one
    assert '<figure role="img" aria-label="Bars: &quot;fast&quot;"><svg a="1">é</svg></figure>' in one
    assert "Not measured yet" in one
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


def test_every_variable_that_a_description_names_is_there(documented: Path):
    """`documented` is the folder of the docs of the sample, as dbt writes them."""
    descriptions = re.findall(r'"description": ?"((?:[^"\\]|\\.)*)"', (documented / "manifest.json").read_text())
    named = {name for text in descriptions for name in re.findall(r"\bvar\('(\w+)'\)", text)}
    listed = set(re.findall(r"(?m)^\| `(\w+)`", (DOCS / "variables.md").read_text()))
    assert len(named) >= 10 and not named - listed


def test_names_lead_to_the_pages_of_the_dbt_docs(documented: Path):
    addresses = write_page(documented, {}, contents="### Here")
    assert addresses["fct_orders"] == "../static_index.html#!/model/model.commerce_warehouse.fct_orders"
    html = (documented / "static_index.html").read_text()
    assert pages.CONTENTS not in html and "### Here" in html
