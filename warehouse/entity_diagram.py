"""The entity diagram of the docs: marts as boxes with their keys, and lines from columns to the keys they refer to."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

import networkx as nx

from warehouse.dictionary import Relation

# Pixels. A letter is about so wide at the size of the texts, and wider in a name.
_LETTER, _LETTER_OF_NAME, _ROW, _TITLE = 6.3, 7.2, 15, 19
_BETWEEN_BOXES, _BETWEEN_COLUMNS, _MARGIN = 14, 72, 4
_STYLE = """
svg.marts { font: 11px system-ui, -apple-system, "Segoe UI", sans-serif; }
.marts .box { fill: #fff; stroke: #8a97a3; }
.marts .fact { fill: #dcebf5; } .marts .dimension { fill: #fbe8d3; }
.marts text { fill: #222; } .marts .name { font-weight: 600; } .marts .soft { fill: #5a6570; }
.marts path { fill: none; stroke: #5a6570; }
"""


@dataclass
class _Box:
    """A mart, or where a line passes between others (without rows)."""

    name: str
    rows: list[tuple[str, str]] = field(default_factory=list)
    x: float = 0
    y: float = 0
    width: float = 0
    # How high the next box or place is that the line of a column leads to.
    leads_to: dict[str, float] = field(default_factory=dict)

    @property
    def height(self) -> float:
        return _TITLE + _ROW * len(self.rows) + 5 if self.rows else _ROW

    def line_at(self, column: str) -> float:
        """The height at which lines of a column begin or end."""
        names = [name for name, _ in self.rows]
        return self.y + (_TITLE + _ROW * (names.index(column) + 0.5) if column in names else self.height / 2)


def diagram(keys: dict[str, list[str]], relations: list[Relation]) -> str:
    """An SVG of marts.

    Args:
        keys: by the name of each mart the columns that name a row.
        relations: which column refers to which key; both marts are in `keys`.

    Marts that refer to others stand on the left of these; those without a relation stand below. The box of a mart links
    to `#<name>`.
    """
    boxes = {name: _box(name, columns, relations) for name, columns in keys.items()}
    related = {name for relation in relations for name in (relation.child, relation.parent)}
    layers, paths = _layers(boxes, relations)
    width, height = _place(layers)
    for relation, via in zip(relations, paths, strict=True):
        boxes[relation.child].leads_to[relation.column] = [*via, boxes[relation.parent]][0].y
    for box in boxes.values():
        # Columns that refer stand in the order of what they lead to.
        box.rows.sort(key=lambda row, box=box: (row[1] == "refers", box.leads_to[row[0]] if row[1] == "refers" else 0))
    bottom, width = _place_alone([box for name, box in boxes.items() if name not in related], height, width)
    lines = [_line(boxes, relation, via) for relation, via in zip(relations, paths, strict=True)]
    drawn = "".join(lines) + "".join(map(_drawn, boxes.values()))
    if bottom > height:
        drawn += _text(_MARGIN, height + 2 * _ROW, "Without a line to another mart", "soft")
    size = f"{width + _MARGIN:.0f} {bottom + _MARGIN:.0f}"
    return (
        f'<svg class="marts" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" style="min-width: 800px">'
        f"<style>{_STYLE}</style>{drawn}</svg>"
    )


def _box(name: str, columns: list[str], relations: list[Relation]) -> _Box:
    """A box with the key and the columns that lines begin or end at."""
    refer = [relation.column for relation in relations if relation.child == name]
    referred = [relation.key for relation in relations if relation.parent == name]
    rows = [(column, "key") for column in columns]
    rows += [(column, "unique") for column in referred if column not in columns]
    rows += [(column, "refers") for column in refer if column not in (*columns, *referred)]
    rows = list(dict.fromkeys(rows))
    width = max(len(name) * _LETTER_OF_NAME + 12, *((len(column) + 8) * _LETTER for column, _ in rows))
    return _Box(name, rows, width=width)


def _layers(boxes: dict[str, _Box], relations: list[Relation]) -> tuple[list[list[_Box]], list[list[_Box]]]:
    """The columns of the diagram, those that are referred to first, and for each relation the places where its line
    passes columns in between."""
    graph = nx.DiGraph((relation.parent, relation.child) for relation in relations)
    names = [sorted(generation) for generation in nx.topological_generations(graph)]
    layer_of = {name: number for number, generation in enumerate(names) for name in generation}
    layers = [[boxes[name] for name in generation] for generation in names]
    beside = nx.Graph()
    paths = []
    for number, relation in enumerate(relations):
        between = range(layer_of[relation.child] - 1, layer_of[relation.parent], -1)
        passed = [_Box(f"{number}:{layer}") for layer in between]
        for layer, box in zip(between, passed, strict=True):
            layers[layer].append(box)
        stops = [relation.child, *(box.name for box in passed), relation.parent]
        nx.add_path(beside, stops)
        paths.append(passed)
    # So that few lines cross, each column is put into the order of what its boxes are joined to, forth and back.
    for _ in range(8):
        for layer, other in (*pairwise(layers[::-1]), *pairwise(layers)):
            _sort(other, layer, beside)
    return layers, paths


def _sort(layer: list[_Box], other: list[_Box], beside: nx.Graph) -> None:
    """Sort a column by the places of those in another one that its boxes are joined to."""
    places = {box.name: number / len(other) for number, box in enumerate(other)}
    own = {box.name: number / len(layer) for number, box in enumerate(layer)}

    def place(box: _Box) -> float:
        joined = [places[name] for name in beside[box.name] if name in places]
        return sum(joined) / len(joined) if joined else own[box.name]

    layer.sort(key=place)


def _place(layers: list[list[_Box]]) -> tuple[float, float]:
    """Give each box its place, in columns from right to left; the width and height of all."""
    x = _MARGIN
    height = max((_height(layer) for layer in layers), default=0)
    for layer in reversed(layers):
        width = max(box.width for box in layer)
        y = _MARGIN + (height - _height(layer)) / 2
        for box in layer:
            box.x, box.y, box.width = x, y, width
            y += box.height + _BETWEEN_BOXES
        x += width + _BETWEEN_COLUMNS
    return x - _BETWEEN_COLUMNS, height + _MARGIN


def _height(layer: list[_Box]) -> float:
    return sum(box.height + _BETWEEN_BOXES for box in layer) - _BETWEEN_BOXES


def _place_alone(boxes: list[_Box], top: float, width: float) -> tuple[float, float]:
    """Put boxes in rows below the others; the height and width of all."""
    if not boxes:
        return top, width
    x, y, row = float(_MARGIN), top + 3 * _ROW, 0.0
    for box in boxes:
        if x + box.width > max(width, box.width):
            x, y, row = _MARGIN, y + row + _BETWEEN_BOXES, 0
        box.x, box.y = x, y
        x, row = x + box.width + _BETWEEN_BOXES, max(row, box.height)
    return y + row, max(width, *(box.x + box.width for box in boxes))


def _line(boxes: dict[str, _Box], relation: Relation, passed: list[_Box]) -> str:
    """The line of a relation: a crow's foot where many rows refer, a bar at the one that they refer to."""
    child, parent = boxes[relation.child], boxes[relation.parent]
    x, y = child.x + child.width, child.line_at(relation.column)
    many = f"M{x} {y - 4}L{x + 8} {y}L{x} {y + 4}" if [relation.column] != _key(child) else ""
    path = f"M{x:.1f} {y:.1f}"
    end_y = parent.line_at(relation.key)
    stops = [(box.x, box.line_at(""), box.x + box.width) for box in passed] + [(parent.x, end_y, parent.x)]
    for next_x, next_y, after_x in stops:
        half = (next_x - x) / 2
        path += f"C{x + half:.1f} {y:.1f} {next_x - half:.1f} {next_y:.1f} {next_x:.1f} {next_y:.1f}H{after_x:.1f}"
        x, y = after_x, next_y
    said = f"{relation.child}.{relation.column} refers to {relation.parent}.{relation.key}"
    said += f" where {relation.condition}" if relation.condition else ""
    return f'<path d="{path}{many}M{x - 6} {y - 4}V{y + 4}"><title>{escape(said)}</title></path>'


def _key(box: _Box) -> list[str]:
    return [column for column, kind in box.rows if kind == "key"]


def _drawn(box: _Box) -> str:
    kind = "dimension" if box.name.startswith("dim_") else "fact"
    place = f'x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}"'
    drawn = f'<rect class="box" {place} height="{box.height}"/><rect class="{kind}" {place} height="{_TITLE}"/>'
    drawn += _text(box.x + 6, box.y + 13, box.name, "name")
    for number, (column, marked) in enumerate(box.rows):
        y = box.y + _TITLE + _ROW * (number + 1) - 3
        drawn += _text(box.x + 6, y, column, "")
        if marked != "refers":
            drawn += f'<text class="soft" text-anchor="end" x="{box.x + box.width - 5:.1f}" y="{y:.1f}">{marked}</text>'
    return f'<a href="#{escape(box.name)}">{drawn}</a>'


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'
