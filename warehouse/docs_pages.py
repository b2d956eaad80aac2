"""The dbt docs as one file, with charts, and the page of lineage beside it: written, found to be new, and served."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.duckdb_files import warehouse_file
from warehouse.errors import UsageError
from warehouse.rejection_reasons import rejection_reasons
from warehouse.screen import printable

if TYPE_CHECKING:
    from warehouse.dbt_runs import Dbt

DOCS = "static_index.html"
LINEAGE = "column_lineage.html"
# What the docs are made from, besides the warehouse: files with these endings in these folders and beside them.
_FOLDERS = ("models", "analyses", "macros", "seeds", "snapshots", "tests", "packages", "benchmarks", "warehouse")
_ENDINGS = {".sql", ".yml", ".md", ".csv", ".json", ".py", ".html"}
_IMAGE = re.compile(r"\]\(benchmarks/(\w+)\.svg\)")
_PLAIN = {ord(sign): sign for sign in "0123456789.-"}
_NOT_MEASURED = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40">'
    '<text x="4" y="25" font-family="sans-serif" font-size="14">Not measured yet.</text></svg>\n'
)


def write_docs(dbt: Dbt) -> Path:
    """Write the docs of the DuckDB warehouse into dbt's target folder, the page of lineage beside them, and return
    their file. What builds have left there stays. The SQL in the docs is that of a full build, which has all edges.
    Raises UsageError when there is no warehouse, or dbt cannot write them."""
    from warehouse.lineage_page import write_lineage
    from warehouse.packages import ensure_packages

    if not warehouse_file(dbt.project).exists():
        raise UsageError("There is no warehouse to document; run `make build` first.")
    ensure_packages(dbt.project)
    aside = replace(dbt, folder="docs")
    parsed = dbt.target_path / "partial_parse.msgpack"
    options = ("--partial-parse-file-path", str(parsed)) if parsed.exists() else ()
    if not aside.run("docs", "generate", *options, full_refresh=True).success:
        raise UsageError("The docs could not be written: the errors stand above, and in full in logs/dbt.log.")
    write_page(aside.target_path, rejection_reasons(dbt.project), write_lineage(aside.target_path, LINEAGE))
    add_charts(aside.target_path)
    _made_from(dbt).write_text(_source(dbt))
    (aside.target_path / LINEAGE).replace(dbt.target_path / LINEAGE)
    return (aside.target_path / DOCS).replace(dbt.target_path / DOCS)


def docs_are_new(dbt: Dbt) -> bool:
    """Whether the docs are there, are those of this warehouse, and nothing has changed that they are made from."""
    docs, made_from, warehouse = dbt.target_path / DOCS, _made_from(dbt), warehouse_file(dbt.project)
    pages = docs.exists() and (dbt.target_path / LINEAGE).exists()
    if not (pages and warehouse.exists() and made_from.exists() and made_from.read_text() == _source(dbt)):
        return False
    paths = [warehouse, *dbt.project.glob("*.yml")]
    for folder in _FOLDERS:
        # A folder is newer once a file in it is gone.
        found = [dbt.project / folder, *(dbt.project / folder).rglob("*")]
        found = [path for path in found if path.suffix in _ENDINGS or path.is_dir()]
        paths += [path for path in found if "__pycache__" not in path.parts]
    return max(path.stat().st_mtime for path in paths) <= docs.stat().st_mtime


def docs_server(dbt: Dbt, port: str) -> ThreadingHTTPServer:
    """A server of the docs and nothing else, for this machine only. Raises UsageError when the port cannot be used."""
    pages = {"/": DOCS, "/index.html": DOCS, f"/{DOCS}": DOCS, f"/{LINEAGE}": LINEAGE}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = pages.get(self.path.partition("?")[0])
            if not name:
                self.send_error(404)
                return
            page = (dbt.target_path / name).read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            """Requests are no news."""

    try:
        return ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
    except (ValueError, OSError, OverflowError) as error:
        raise UsageError(f"PORT={port} cannot be used; choose another, such as: make docs-serve PORT=8081.") from error


def _made_from(dbt: Dbt) -> Path:
    """The file that says which warehouse the docs are of."""
    return replace(dbt, folder="docs").target_path / "made_from.json"


def _source(dbt: Dbt) -> str:
    return json.dumps({"warehouse": str(warehouse_file(dbt.project)), "variables": dbt.variables})


def write_page(target_path: Path, reasons: dict[str, dict[str, str]], traced: Collection[str] = ()) -> None:
    """Put what dbt has written about the project and the warehouse into one page, `static_index.html`. The tables whose
    ids are in `traced` have a link to their lineage.

    `dbt docs generate --static` leaves names of raw columns as they are: one that ends the script ends the page too.
    """
    html = (target_path / "index.html").read_bytes().decode()
    manifest, catalog = (json.loads((target_path / f"{name}.json").read_bytes()) for name in ("manifest", "catalog"))
    for unique_id, node in {**manifest.get("sources", {}), **manifest["nodes"]}.items():
        if unique_id.endswith(".rejection_reasons"):
            node["description"] += f"\n\n{as_table(reasons)}"
        # The page would begin with it.
        if meta := node.pop("meta", {}):
            node["description"] += f"\n\n{as_line(meta)}"
        if unique_id in traced:
            node["description"] += f"\n\n[Lineage of its columns]({LINEAGE}#{node['name']})"
    for name, value in (("MANIFEST", manifest), ("CATALOG", as_text(catalog))):
        before, after = html.split(f'"{name}.JSON INLINE DATA"')
        html = before + json_in_script(value) + after
    (target_path / DOCS).write_bytes(html.encode())


def as_table(reasons: dict[str, dict[str, str]]) -> str:
    """The reasons for which records are rejected as a table in Markdown."""
    # A fourth column would not fit the page.
    lines = ["| reason | says | usual cause, and what to do |", "|---|---|---|"]
    for reason, row in reasons.items():
        # A `|` ends a cell, also between back quotes.
        says, cause, to_do = (
            row[name].replace("`|`", "|").replace("|", "&#124;")
            for name in ("rejection_description", "usual_cause", "what_to_do")
        )
        lines.append(f"| `{reason}` | {says} | {cause} **To do:** {to_do} |")
    return "\n".join(lines)


def as_line(meta: dict[str, object]) -> str:
    """What a model says about itself to programs, as a line in Markdown."""
    said = {name: ", ".join(value) if isinstance(value, list) else value for name, value in meta.items()}
    return "Meta: " + "; ".join(f"{name} `{value}`" for name, value in said.items())


def as_text(value: object) -> object:
    """A value from JSON whose texts, keys too, hold no markup: the page takes a found name for HTML in its search."""
    if isinstance(value, dict):
        return {as_text(key): as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_text(item) for item in value]
    return printable(value).replace("<", r"\x3c") if isinstance(value, str) else value


def json_in_script(value: object) -> str:
    """JSON to stand in a script of a page: nothing in it ends the script or begins a comment."""
    return json.dumps(value, separators=(",", ":")).replace("<", r"\u003c")


def add_charts(target_path: Path) -> None:
    """Draw the charts of the benchmarks into `benchmarks/` under dbt's target path, for `dbt docs serve`, and put
    them into `static_index.html` there, which has no other files beside it where it goes."""
    # Only what draws needs matplotlib, which takes a second to import.
    from benchmarks.charts import draw_charts

    folder = target_path / "benchmarks"
    draw_charts(folder)
    docs = target_path / "static_index.html"
    html = docs.read_bytes().decode()
    for chart in set(_IMAGE.findall(html)):
        if not (folder / f"{chart}.svg").exists():
            (folder / f"{chart}.svg").write_text(_NOT_MEASURED)
    docs.write_bytes(with_charts(html, folder).encode())


def with_charts(html: str, folder: Path) -> str:
    """The docs with each Markdown image `benchmarks/<chart>.svg` replaced by what `<folder>/<chart>.svg` holds.

    Raises FileNotFoundError without the chart.
    """

    def data_address(image: re.Match[str]) -> str:
        svg = (folder / f"{image[1]}.svg").read_bytes()
        # No letters stand beside each other, and nothing needs an escape in JSON: the docs hold Markdown as JSON and
        # search in it, and would find short words many times in base64.
        return "](data:image/svg+xml," + "".join(_PLAIN.get(byte, f"%{byte:02X}") for byte in svg) + ")"

    return _IMAGE.sub(data_address, html)
