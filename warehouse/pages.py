"""The pages of `docs/` beside the dbt docs: one HTML file each, with contents, charts and links to models."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Mapping
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

FOLDER = "pages"
# Stands in the overview of the dbt docs where the contents are to be.
CONTENTS = "<!-- contents -->"
_LINK = re.compile(r"\]\((\w+)\.md\)")
_CHART = re.compile(r"<!-- chart (\w+): ([^>]+) -->")
_NOT_MEASURED = "<p><em>Not measured yet.</em></p>"


def contents(docs: Path) -> str:
    """The lists of `docs/README.md`, in Markdown, as the overview of the dbt docs links to the pages."""
    return _LINK.sub(rf"]({FOLDER}/\1.html)", _lists(docs).replace("## ", "### "))


def write_pages(
    docs: Path, folder: Path, models: Mapping[str, str], charts: Path, parts: Mapping[str, str]
) -> list[Path]:
    """Write a page into `folder` for each file of `docs`, and return them. A code span that is a key of `models` links
    to that page of the dbt docs; `charts` has the SVG files of the charts that the texts name. `parts` has what is
    written from the project, in Markdown: it takes the place of `<!-- name -->`."""
    folder.mkdir(parents=True, exist_ok=True)
    template = Path(__file__).with_name("pages.html").read_text(encoding="utf-8")
    names = {path.stem for path in docs.glob("*.md")}
    # Beside a page its contents are links only.
    listed = re.sub(r"(?m)^(- \[[^]]+\]\([^)]+\)): .*$", r"\1", _lists(docs))
    written = []
    for path in sorted(docs.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        for name, part in parts.items():
            text = text.replace(f"<!-- {name} -->", part)
        tokens = _parsed(text, names, models)
        page = template
        for name, value in {
            "title": html.escape(_title(tokens)),
            "contents": _markdown().render(_LINK.sub(_as_page, listed)),
            "text": _with_charts(_markdown().renderer.render(tokens, _markdown().options, {}), charts),
        }.items():
            page = page.replace(f"<!-- {name} -->", value)
        written.append(folder / file_name(path.stem))
        written[-1].write_text(page, encoding="utf-8")
    return written


def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table")


def file_name(stem: str) -> str:
    """The file of the page that is made from `docs/<stem>.md`."""
    return "index.html" if stem == "README" else f"{stem}.html"


def _as_page(link: re.Match[str]) -> str:
    return f"]({file_name(link[1])})"


def _lists(docs: Path) -> str:
    return "## " + (docs / "README.md").read_text(encoding="utf-8").partition("\n## ")[2]


def _title(tokens: list[Token]) -> str:
    return next(token.content for before, token in pairwise(tokens) if before.tag == "h1")


def _parsed(text: str, pages: Collection[str], models: Mapping[str, str]) -> list[Token]:
    """The text with links that work from a page: to other pages, and from names to models. What leads to another place
    of the repository is text."""
    tokens = _markdown().parse(text)
    for number, token in enumerate(tokens):
        if token.type == "inline":
            if tokens[number - 1].type == "heading_open":
                tokens[number - 1].attrSet("id", re.sub(r"[^\w-]", "", token.content.lower().replace(" ", "-")))
            token.children = list(_linked(token.children or [], pages, models))
    return tokens


def _linked(children: list[Token], pages: Collection[str], models: Mapping[str, str]):
    is_dead = is_in_link = False
    for child in children:
        if child.type == "link_open":
            address = str(child.attrGet("href"))
            stem, _, part = address.partition(".md")
            is_in_link, is_dead = True, stem not in pages and "://" not in address and not address.startswith("#")
            if stem in pages:
                child.attrSet("href", file_name(stem) + part)
        if child.type == "code_inline" and child.content in models and not is_in_link:
            yield Token("link_open", "a", 1, {"href": models[child.content]})
            yield child
            yield Token("link_close", "a", -1)
        elif not (is_dead and child.type in ("link_open", "link_close")):
            yield child
        if child.type == "link_close":
            is_dead = is_in_link = False


def _with_charts(text: str, charts: Path) -> str:
    def figure(chart: re.Match[str]) -> str:
        path = charts / f"{chart[1]}.svg"
        svg = path.read_text(encoding="utf-8") if path.exists() else ""
        # What stands before the element is for files of their own.
        drawn = svg[svg.find("<svg") :] or _NOT_MEASURED
        return f'<figure role="img" aria-label="{html.escape(chart[2])}">{drawn}</figure>'

    return _CHART.sub(figure, text)
