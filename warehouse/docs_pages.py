"""The charts of the docs: drawn beside the docs, and put into the one file that the docs are."""

import re
from pathlib import Path

_IMAGE = re.compile(r"\]\(benchmarks/(\w+)\.svg\)")
_PLAIN = {ord(sign): sign for sign in "0123456789.-"}
_NOT_MEASURED = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40">'
    '<text x="4" y="25" font-family="sans-serif" font-size="14">Not measured yet.</text></svg>\n'
)


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
