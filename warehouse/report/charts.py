"""The charts of the report as SVG to stand in a page.

They are as wide as a phone, and hatches, dashes and marks tell apart what colours do.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import date
from html import escape

from markupsafe import Markup
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from benchmarks.chart_style import FAINT_TEXT, GRID, STYLE

# Units of the SVG: on a phone about as many pixels.
WIDTH, HEIGHT = 360, 190
# Colours of Okabe and Ito, light to dark in grey, each with a hatch of its own.
FILLS = [
    ("#0072B2", ""),
    ("#E69F00", "////"),
    ("#D55E00", "xxxx"),
    ("#56B4E9", "...."),
    ("#CC79A7", "\\\\\\\\"),
    ("#009E73", "++++"),
    ("#C5CDD4", ""),
]
DASHES = ["-", (0, (4, 2)), (0, (1, 1.5))]
_OUTSIDE = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<metadata>.*?</metadata>|\s+xmlns(:\w+)?=\"[^\"]*\"", re.DOTALL)
_STYLE = {**STYLE, "font.size": 12, "hatch.linewidth": 0.7, "hatch.color": "#222222", "axes.unicode_minus": False}
# Texts take their size when they are made.
_STYLED = style.context(_STYLE)


@_STYLED
def stacked(name: str, says: str, days: Sequence[date], series: dict[str, Sequence[float]]) -> Markup:
    """A bar a day, of parts."""
    figure, axes = _figure(HEIGHT + 18 * ((len(series) + 1) // 2))
    floor = [0.0] * len(days)
    for (color, hatch), values in zip(_fills(series), series.values(), strict=True):
        axes.bar(days, values, bottom=floor, width=0.9, color=color, hatch=hatch, edgecolor="white", linewidth=0.3)
        floor = [low + value for low, value in zip(floor, values, strict=True)]
    _days(axes, days)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    _legend(
        figure,
        [
            Patch(facecolor=color, hatch=hatch, label=label, edgecolor="white")
            for (color, hatch), label in zip(_fills(series), series, strict=True)
        ],
    )
    return _svg(figure, name, says)


@_STYLED
def lines(
    name: str,
    says: str,
    days: Sequence[date],
    series: dict[str, Sequence[float | None]],
    *,
    band: tuple[Sequence[float | None], Sequence[float | None]] | None = None,
    height: int = HEIGHT,
    highest: float | None = None,
) -> Markup:
    """A line a series, with a dot a day; a band is hatched."""
    figure, axes = _figure(height)
    handles = []
    for (label, values), dashes, (color, _) in zip(
        series.items(), DASHES, [FILLS[0], FILLS[2], FILLS[4]], strict=False
    ):
        numbers = [float("nan") if value is None else float(value) for value in values]
        marker = "o" if dashes == "-" else "s"
        (line,) = axes.plot(days, numbers, color=color, linestyle=dashes, marker=marker, markersize=2.5, label=label)
        handles.append(line)
    if band and any(value is not None for value in band[0]):
        low, high = ([float("nan") if value is None else max(float(value), 0) for value in edge] for edge in band)
        axes.fill_between(
            days, low, high, facecolor="#E3E7EA", hatch="////", edgecolor="#A9B4BD", linewidth=0.5, zorder=0
        )
        handles.append(Patch(facecolor="#E3E7EA", hatch="////", edgecolor="#A9B4BD", label="usual"))
    _days(axes, days)
    axes.set_ylim(0, highest)
    if len(handles) > 1:
        _legend(figure, handles)
    return _svg(figure, name, says)


@_STYLED
def bars(
    name: str,
    says: str,
    labels: Sequence[str],
    values: Sequence[float],
    texts: Sequence[str],
    limits: Sequence[float | None] = (),
) -> Markup:
    """A bar a row with its text, the label above it; a limit is a line across."""
    figure, axes = _figure(30 + 40 * len(labels))
    places = range(len(labels))
    longest = max([*values, *(limit for limit in limits if limit is not None), 0]) or 1
    axes.barh(places, values, height=0.34, color=FILLS[0][0])
    for place, label, text in zip(places, labels, texts, strict=True):
        axes.annotate(f"{_short(label)}: {text}", (0, place), (0, 14), textcoords="offset points", va="center")
    for place, limit in zip(places, limits, strict=False):
        if limit is not None:
            axes.plot([limit, limit], [place - 0.2, place + 0.2], color="#222222", linewidth=2)
    axes.set_xlim(0, longest * 1.02)
    axes.set_ylim(len(labels) - 0.5, -0.75)
    axes.set_axis_off()
    return _svg(figure, name, says)


@_STYLED
def calendar(name: str, says: str, rows: dict[str, dict[date, bool | None]]) -> Markup:
    """A square a day: full where something was kept, crossed where not, a dot where it was not measured."""
    figure, axes = _figure(50 + 38 * len(rows))
    days = sorted({day for row in rows.values() for day in row})
    for place, (label, row) in enumerate(rows.items()):
        axes.annotate(label, (days[0], place), (-3, 14), textcoords="offset points", va="center")
        for kept, marker, color in ((True, "s", FILLS[0][0]), (False, "x", FILLS[2][0]), (None, ".", FAINT_TEXT)):
            of_kind = [day for day, is_kept in row.items() if is_kept is kept]
            size = 3.2 if kept is not False else 4.5
            axes.plot(
                of_kind,
                [place] * len(of_kind),
                marker,
                color=color,
                markersize=size,
                markeredgewidth=1.3 if kept is False else 0,
            )
    _days(axes, days)
    axes.set_yticks([])
    axes.set_ylim(len(rows) - 0.5, -0.8)
    axes.grid(visible=False)
    axes.spines["left"].set_visible(False)
    return _svg(figure, name, says)


@_STYLED
def flows(name: str, says: str, rows: Sequence[tuple[str, str, list[tuple[str, int]], str]]) -> Markup:
    """Where rows went: for each source and layer a bar of the parts it was divided into, with their names below it."""
    figure, axes = _figure(64 + 54 * len(rows))
    kinds: dict[str, tuple[str, str]] = {}
    for place, (title, text, parts, below) in enumerate(rows):
        whole = sum(count for _, count in parts) or 1
        start = 0.0
        for kind, count in parts:
            color, hatch = kinds.setdefault(kind, FILLS[len(kinds) % len(FILLS)])
            axes.barh(
                place, count / whole, left=start, height=0.3, color=color, hatch=hatch, edgecolor="white", linewidth=0.4
            )
            start += count / whole
        axes.annotate(title, (0, place), (0, 16), textcoords="offset points", va="center", weight="bold")
        axes.annotate(text, (1, place), (0, 16), textcoords="offset points", va="center", ha="right")
        axes.annotate(below, (0, place), (0, -16), textcoords="offset points", va="center", color=FAINT_TEXT, size=10.5)
    axes.set_xlim(0, 1)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_axis_off()
    _legend(
        figure,
        [Patch(facecolor=color, hatch=hatch, label=kind, edgecolor="white") for kind, (color, hatch) in kinds.items()],
    )
    return _svg(figure, name, says)


def _fills(series: dict) -> list[tuple[str, str]]:
    return [FILLS[number % len(FILLS)] for number in range(len(series))]


def _short(label: str, longest: int = 34) -> str:
    return label if len(label) <= longest else label[: longest - 1] + "…"


def _figure(height: float) -> tuple[Figure, Axes]:
    with style.context(_STYLE):
        figure = Figure(figsize=(WIDTH / 72, height / 72), layout="constrained", facecolor="white")
        axes = figure.add_subplot()
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:,g}"))
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.grid(axis="y", color=GRID)
        return figure, axes


def _days(axes: Axes, days: Sequence[date]) -> None:
    locator = AutoDateLocator(minticks=1, maxticks=5)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    if len(days) == 1:
        axes.set_xticks(days, [f"{days[0]:%Y-%m-%d}"])


def _legend(figure: Figure, handles: list) -> None:
    with style.context(_STYLE):
        figure.legend(handles=handles, loc="outside lower left", ncols=2, frameon=False, fontsize=11, handlelength=1.8)


def _svg(figure: Figure, name: str, says: str) -> Markup:
    """The figure as an element of a page, without addresses, and with ids that no other chart of the page has."""
    file = io.StringIO()
    with style.context(_STYLE):
        figure.savefig(file, format="svg", metadata={"Date": None})
    svg = _OUTSIDE.sub("", file.getvalue()).replace("xlink:href", "href")
    svg = re.sub(r'\b(id="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    # As wide as its place, and as high as that makes it.
    svg = re.sub(r'<svg width="[^"]*" height="[^"]*"', "<svg", svg.strip(), count=1)
    return Markup(svg.replace("<svg", f'<svg role="img" aria-label="{escape(says)}"', 1))
