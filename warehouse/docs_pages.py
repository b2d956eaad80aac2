"""The dbt docs as one file, with the page of lineage and the pages of `docs/` beside it: written, found to be new, and
served."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Collection, Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from warehouse import pages
from warehouse.dictionary import dictionary, key, marts, relations
from warehouse.duckdb_files import warehouse_file
from warehouse.errors import UsageError
from warehouse.rejection_reasons import rejection_reasons
from warehouse.screen import printable

if TYPE_CHECKING:
    from warehouse.dbt_runs import Dbt

DOCS = "static_index.html"
LINEAGE = "column_lineage.html"
# What the docs are made from, besides the warehouse: files with these endings in these folders and beside them.
_FOLDERS = (
    "docs",
    "models",
    "analyses",
    "macros",
    "seeds",
    "snapshots",
    "tests",
    "packages",
    "benchmarks",
    "warehouse",
)
_ENDINGS = {".sql", ".yml", ".md", ".csv", ".json", ".py", ".html"}
# A variable in a description, as a model would write it.
_VARIABLE = re.compile(r"\bvar\('(\w+)'\)")
# What holds descriptions: a model or column, and a reason to reject a record.
_DESCRIPTIONS = {"description", "rejection_description"}


def write_docs(dbt: Dbt) -> Path:
    """Write the docs of the DuckDB warehouse into dbt's target folder, the page of lineage and the pages of `docs/`
    beside them, and return their file. What builds have left there stays. The SQL in the docs is that of a full build,
    which has all edges. Raises UsageError when there is no warehouse, or dbt cannot write them."""
    # Only what draws needs matplotlib, which takes a second to import.
    from benchmarks.charts import draw_charts
    from warehouse.entity_diagram import diagram
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
    texts, charts = dbt.project / "docs", aside.target_path / "charts"
    manifest = aside.target_path / "manifest.json"
    variables = yaml.safe_load((dbt.project / "dbt_project.yml").read_text(encoding="utf-8"))["vars"] | dbt.variables
    known = with_values(json.loads(manifest.read_bytes()), variables)
    manifest.write_text(json.dumps(known))
    traced = write_lineage(aside.target_path, LINEAGE)
    reasons = with_values(rejection_reasons(dbt.project), variables)
    addresses = write_page(aside.target_path, reasons, traced, pages.contents(texts))
    draw_charts(charts)
    keys = {mart["name"]: key(mart) for mart in marts(known)}
    charts.mkdir(parents=True, exist_ok=True)
    (charts / "marts.svg").write_text(diagram(keys, relations(known)), encoding="utf-8")
    shutil.rmtree(dbt.target_path / pages.FOLDER, ignore_errors=True)
    pages.write_pages(texts, dbt.target_path / pages.FOLDER, addresses, charts, {"marts": dictionary(known)})
    _made_from(dbt).write_text(_source(dbt))
    (aside.target_path / LINEAGE).replace(dbt.target_path / LINEAGE)
    return (aside.target_path / DOCS).replace(dbt.target_path / DOCS)


def docs_are_new(dbt: Dbt) -> bool:
    """Whether the docs are there, are those of this warehouse, and nothing has changed that they are made from."""
    docs, made_from, warehouse = dbt.target_path / DOCS, _made_from(dbt), warehouse_file(dbt.project)
    written = docs.exists() and (dbt.target_path / LINEAGE).exists()
    if not (written and warehouse.exists() and made_from.exists() and made_from.read_text() == _source(dbt)):
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
    served = {"/": DOCS, "/index.html": DOCS, f"/{DOCS}": DOCS, f"/{LINEAGE}": LINEAGE}
    for path in (dbt.project / "docs").glob("*.md"):
        name = f"{pages.FOLDER}/{pages.file_name(path.stem)}"
        served[f"/{name}"] = name

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = served.get(self.path.partition("?")[0])
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


def write_page(
    target_path: Path, reasons: dict[str, dict[str, str]], traced: Collection[str] = (), contents: str = ""
) -> dict[str, str]:
    """Put what dbt has written about the project and the warehouse into one page, `static_index.html`. The tables whose
    ids are in `traced` have a link to their lineage, and the overview has the `contents`. Returns the address of each
    model, seed and snapshot by its name, as a page in a folder beside it links there.

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
    for doc in manifest.get("docs", {}).values():
        doc["block_contents"] = doc["block_contents"].replace(pages.CONTENTS, contents)
    for macro in manifest.get("macros", {}).values():
        # The list at the side has the project alone.
        macro["docs"]["show"] &= macro["package_name"] == manifest["metadata"]["project_name"]
    for name, value in (("MANIFEST", manifest), ("CATALOG", as_text(catalog))):
        before, after = html.split(f'"{name}.JSON INLINE DATA"')
        html = before + json_in_script(value) + after
    (target_path / DOCS).write_bytes(html.encode())
    return {
        node["name"]: f"../{DOCS}#!/{node['resource_type']}/{unique_id}"
        for unique_id, node in manifest["nodes"].items()
        if node.get("resource_type") in ("model", "seed", "snapshot")
    }


def with_values(value: object, variables: Mapping[str, object]) -> object:
    """A value from JSON in which a variable in a description, as `var('order_window_seconds')`, is name and value."""

    def named(variable: re.Match[str]) -> str:
        found = variables.get(variable[1])
        shown = "not set" if found is None else ", ".join(found) if isinstance(found, list) else found
        return f"`{variable[1]}` ({shown})"

    if isinstance(value, list):
        return [with_values(item, variables) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _VARIABLE.sub(named, item)
        if key in _DESCRIPTIONS and isinstance(item, str)
        else with_values(item, variables)
        for key, item in value.items()
    }


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
