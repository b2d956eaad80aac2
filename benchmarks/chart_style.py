"""How charts look: fonts, colours, a figure with its title, bars and lines with their values beside them."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

# Points; 800 pixels in a browser.
WIDTH = 600
# Colours of Okabe and Ito, which colour-blind people can tell apart.
FULL = "#0072B2"
ONE_MORE_DAY = "#D55E00"
OTHERS = "#8A97A3"
LOWER_BOUND = "#C5CDD4"
TEXT = "#222222"
FAINT_TEXT = "#5A6570"
GRID = "#E3E7EA"
PALE = 0.3
# Points: about what axes with lines are high, and what a name needs.
_AXES_HEIGHT = 150
_LINE_OF_TEXT = 13
# Texts stay texts. They are measured in the font that comes with matplotlib, so a chart is the same on every machine.
STYLE = {
    "svg.fonttype": "none",
    # Names from data may have a dollar in them.
    "text.parse_math": False,
    "svg.hashsalt": "commerce_warehouse",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],
    "font.size": 9.5,
    "text.color": TEXT,
    "axes.edgecolor": FAINT_TEXT,
    "axes.labelcolor": FAINT_TEXT,
    "axes.titlelocation": "left",
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "xtick.color": FAINT_TEXT,
    "ytick.color": FAINT_TEXT,
    "figure.constrained_layout.h_pad": 0.1,
    "figure.constrained_layout.w_pad": 0.1,
}


@dataclass(frozen=True)
class Bar:
    """A bar: what stands to the left of it, its length and what is added to it in pale, what stands at its end."""

    label: str
    value: float
    color: str
    text: str
    added: float = 0
    begins_group: bool = False


@dataclass(frozen=True)
class Line:
    """A line: its name, its values, how each is written, and whether it is only there to compare with."""

    name: str
    values: Sequence[float]
    color: str
    dashed: bool = False


def figure(height: int, title: str, *lines: str) -> Figure:
    """An empty figure, `height` points high, with a title and lines of small text below it."""
    made = Figure(figsize=(WIDTH / 72, height / 72), layout="constrained", facecolor="white")
    made.text(8 / WIDTH, 1 - 8 / height, title, size=13, weight="bold", va="top")
    for number, line in enumerate(lines):
        made.text(8 / WIDTH, 1 - (29 + 14 * number) / height, line, color=FAINT_TEXT, va="top")
    made.get_layout_engine().set(rect=(0, 0, 1, 1 - (36 + 14 * len(lines)) / height))
    return made


def short(number: float) -> str:
    """A number with three digits that count, as people read it: 0.52, 12.3, 1,234."""
    if number >= 99.95:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 9.995 else f"{number:.2f}"


def size(mib: float) -> str:
    """MiB as a text in the unit that suits."""
    return f"{short(mib / 1024)} GiB" if mib >= 1024 else f"{short(mib)} MiB"


def draw_bars(axes: Axes, bars: Sequence[Bar], unit: str, *, has_labels: bool = True) -> None:
    """Horizontal bars from top to bottom, each with its text at its end."""
    places, place = [], 0.0
    for bar in bars:
        place += 1.6 if bar.begins_group and places else 1.0
        places.append(place)
    for place, bar in zip(places, bars, strict=True):
        axes.barh(place, bar.value, height=0.72, color=bar.color)
        axes.barh(place, bar.added, left=bar.value, height=0.72, color=bar.color, alpha=PALE)
        end, over_grid = (bar.value + bar.added, place), {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
        axes.annotate(bar.text, end, (4, 0), textcoords="offset points", va="center", bbox=over_grid)
    axes.set_yticks(places, [bar.label if has_labels else "" for bar in bars])
    axes.tick_params(axis="y", length=0, labelcolor=TEXT)
    axes.set_ylim(places[-1] + 0.6, places[0] - 0.6)
    longest = max(bar.value + bar.added for bar in bars) or 1
    axes.set_xlim(0, longest * (1.1 + 0.02 * max(len(bar.text) for bar in bars)))
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.set_xlabel(unit)
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)


def draw_lines(axes: Axes, places: Sequence[float], lines: Sequence[Line], write=short) -> None:
    """Lines over `places`, each named at its end, and each value written once: the greatest of a place above its point.

    Dashed lines have no values written, and as they run above the others, everything stands below its point then.
    """
    written = [line for line in lines if not line.dashed]
    for line in lines:
        style = {"linestyle": (0, (3, 2)), "linewidth": 1.2} if line.dashed else {"marker": "o", "markersize": 4.5}
        axes.plot(places, line.values, color=line.color, **style)
    for number, place in enumerate(places):
        texts: dict[str, tuple[float, bool]] = {}
        for line in sorted(written, key=lambda line: -line.values[number]):
            texts.setdefault(
                write(line.values[number]), (line.values[number], not texts and len(written) == len(lines))
            )
        for text, (value, above) in texts.items():
            # Most lines rise, so there is room to the left above them and to the right below.
            left, right = -11 if number else 0, 0 if number + 1 == len(places) else 11
            offset, side = ((left, 5), "bottom") if above else ((right, -5), "top")
            axes.annotate(text, (place, value), offset, textcoords="offset points", ha="center", va=side)
    _name_lines(axes, places[-1], lines)


def logarithmic(axes: Axes, places: Sequence[float], unit: str) -> None:
    """Logarithmic axes with a mark at each place."""
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(places, [in_millions(place) for place in places])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:,g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.margins(x=0.18, y=0.22)
    axes.set_ylabel(unit)
    axes.grid(axis="y")


def in_millions(number: float) -> str:
    """A count as a text: 100 million, 0.5 million."""
    return f"{number / 1e6:g} million"


def _name_lines(axes: Axes, place: float, lines: Sequence[Line]) -> None:
    """The names to the right of the ends, from the top down, each at least a line of text below the one before."""
    axes.autoscale_view()
    to_share_of_height = axes.transScale + axes.transLimits
    ends = [to_share_of_height.transform((place, line.values[-1]))[1] * _AXES_HEIGHT for line in lines]
    last = float("inf")
    for end, line in sorted(zip(ends, lines, strict=True), key=lambda pair: -pair[0]):
        last = min(end, last - _LINE_OF_TEXT)
        axes.annotate(
            line.name,
            (place, line.values[-1]),
            (24, last - end),
            textcoords="offset points",
            va="center",
            color=line.color,
            weight="normal" if line.dashed else "bold",
            annotation_clip=False,
        )
