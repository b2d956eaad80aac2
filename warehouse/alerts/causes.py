"""Which of the things that are wrong is the cause of which: one alert a root cause, by dbt's lineage."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import networkx

from warehouse.alerts.candidates import TIERS, Candidate, Found

# A cause stands before what it causes.
ORDER = (
    "run_hangs",
    "run_killed",
    "run_stopped",
    "no_run",
    "source_stale",
    "source_rejected",
    "rejections_high",
    "node_failed",
    "check_failed",
    "run_failed",
    "task_failed",
    "volume_low",
    "volume_high",
    "runs_slow",
    "budget_spent",
    "budget_low",
    "quality_low",
)
_OF_RUNS = {"run_hangs", "run_killed", "run_stopped", "no_run", "node_failed", "check_failed", "run_failed"}
# What an objective of a measure is missed for; others may be missed for anything.
_CAUSES = {
    "ready_hour": _OF_RUNS | {"runs_slow"},
    "success_percentage": _OF_RUNS,
    "retry_count": _OF_RUNS,
    "passed_check_percentage": {"node_failed", "check_failed", "source_rejected", "rejections_high"},
    "freshness_hours": {"source_stale", "no_run"},
    "rejected_percentage": {"source_rejected", "rejections_high"},
    "duplicate_percentage": {"source_rejected", "rejections_high"},
    "missing_value_percentage": {"source_rejected", "rejections_high"},
    "arrived_count": {"source_stale", "volume_low", "volume_high"},
    "median_run_seconds": {"runs_slow", "volume_high"},
    "p95_run_seconds": {"runs_slow", "volume_high"},
}
_NO_BUDGETS = {rule for rule in ORDER if not rule.startswith("budget")}
# So many sources that are stale at once are one trouble: what brings them.
FEWEST_STALE_TOGETHER = 3


@dataclass
class Alert:
    """A root cause, and the other rules that are broken because of it."""

    root: Candidate
    effects: list[Candidate] = field(default_factory=list)

    @property
    def members(self) -> list[Candidate]:
        """The root and its effects."""
        return [self.root, *self.effects]

    @property
    def tier(self) -> str:
        """The highest tier among them."""
        return max((member.tier for member in self.members), key=TIERS.index)


@dataclass
class Lineage:
    """Who reads what, as dbt's manifest has it."""

    manifest: dict

    @classmethod
    def of(cls, target_path: Path) -> Lineage:
        """The lineage that the last dbt command has written; an empty one where it is not there or cannot be read."""
        try:
            return cls(json.loads((target_path / "manifest.json").read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return cls({})

    @cached_property
    def graph(self) -> networkx.DiGraph:
        """An edge leads from each node to what reads it."""
        edges = self.manifest.get("parent_map", {}).items()
        return networkx.DiGraph([(parent, child) for child, parents in edges for parent in parents])

    def about(self, candidate: Candidate) -> set[str]:
        """The nodes that a candidate is about: a source, a model, or the models that a check looks at."""
        if candidate.node.startswith(("test.", "unit_test.")):
            return set(self.graph.predecessors(candidate.node)) if candidate.node in self.graph else set()
        if candidate.node:
            return {candidate.node} & set(self.graph)
        return self.raw(candidate.source) if candidate.source else set()

    def raw(self, table: str) -> set[str]:
        """The raw table of a source: dbt's source or seed of the name."""
        return {node for node in self.graph if node.startswith(("source.", "seed.")) and node.endswith(f".{table}")}

    def named(self, name: str) -> set[str]:
        """The sources, seeds, models and snapshots of a name."""
        return {
            node
            for node in self.graph
            if node.endswith(f".{name}") and node.startswith(("source.", "seed.", "model.", "snapshot."))
        }

    def below(self, nodes: Iterable[str]) -> set[str]:
        """The nodes and all that depends on them."""
        return set(nodes).union(*(networkx.descendants(self.graph, node) for node in nodes))

    def hits(self, candidate: Candidate) -> tuple[list[str], list[str]]:
        """Marts and reports (exposures) that a candidate reaches. A run that does not end well reaches all."""
        below = (
            set(self.graph) if candidate.rule in _OF_RUNS and not candidate.node else self.below(self.about(candidate))
        )
        nodes = self.manifest.get("nodes", {})
        marts = {nodes[node]["name"] for node in below if node in nodes and is_mart(nodes[node])}
        reports = {node.split(".")[-1] for node in below if node.startswith("exposure.")}
        return sorted(marts), sorted(reports)


def is_mart(node: dict) -> bool:
    """Whether a node of the manifest is a model in models/marts."""
    return node["resource_type"] == "model" and len(node["fqn"]) > 2 and node["fqn"][1] == "marts"


def group(candidates: list[Candidate], found: Found, lineage: Lineage, told: set[str]) -> list[Alert]:
    """One alert a root cause, the most urgent first. What was told as a root cause by its key stays one."""
    candidates = [*_stale_together(candidates, found.sources), *candidates]
    depth = _depths(lineage.graph)

    def place(candidate: Candidate) -> tuple:
        about = lineage.about(candidate)
        return (
            ORDER.index(candidate.rule),
            bool(candidate.source),
            min((depth[node] for node in about), default=0),
            -_excess(candidate),
            candidate.key,
        )

    alerts: dict[str, Alert] = {}
    root_of: dict[str, str] = {}
    ordered = sorted({candidate.key: candidate for candidate in candidates}.values(), key=place)
    for number, candidate in enumerate(ordered):
        earlier = [] if candidate.key in told else ordered[:number]
        cause = next((other for other in earlier if explains(other, candidate, found, lineage)), None)
        root_of[candidate.key] = root_of[cause.key] if cause else candidate.key
        if cause:
            alerts[root_of[candidate.key]].effects.append(candidate)
        else:
            alerts[candidate.key] = Alert(candidate)
    return sorted(alerts.values(), key=lambda alert: -TIERS.index(alert.tier))


def explains(cause: Candidate, effect: Candidate, found: Found, lineage: Lineage) -> bool:
    """Whether one is the cause of the other, where it stands before it."""
    if effect.rule in ("budget_spent", "budget_low"):
        measure, source = found.objectives.get(effect.subject, ("", ""))
        is_about = not source or not cause.source or cause.source == source
        # The message begins with the newest day on which it was missed.
        is_since = not effect.message or f"{cause.since:%Y-%m-%d}" <= effect.message[:10]
        return cause.rule in _CAUSES.get(measure, _NO_BUDGETS) and is_about and is_since
    if effect.rule == "quality_low":
        return True
    if effect.rule == "run_failed":
        return cause.rule in ("node_failed", "check_failed")
    if effect.rule in ("node_failed", "check_failed"):
        if cause.rule not in ("source_stale", "source_rejected", "rejections_high", "node_failed", "check_failed"):
            return False
        return bool(lineage.below(lineage.about(cause)) & lineage.about(effect))
    if effect.rule in ("run_killed", "run_stopped", "no_run"):
        return cause.rule in ("run_hangs", "run_killed", "run_stopped")
    if effect.rule == "task_failed":
        # A run that does not end well is why a task fails and why it is late, but not why a source is.
        return cause.rule in _OF_RUNS and not re.search(r"\bextract", effect.subject)
    if effect.rule == "runs_slow":
        return cause.rule == "volume_high"
    if effect.rule == "source_stale":
        return cause.rule == "source_stale" and not cause.source
    return bool(effect.source) and cause.source == effect.source


def _stale_together(candidates: list[Candidate], sources: set[str]) -> list[Candidate]:
    stale = [candidate for candidate in candidates if candidate.rule == "source_stale"]
    if len(stale) < FEWEST_STALE_TOGETHER or 2 * len(stale) < len(sources):
        return []
    newest = max(candidate.since for candidate in stale)
    message = f"{len(stale)} of {len(sources)} sources: {', '.join(sorted(candidate.source for candidate in stale))}"
    return [Candidate("source_stale", stale[0].tier, since=newest, message=message)]


def _excess(candidate: Candidate) -> float:
    """How far a value is beyond its limit, as a factor."""
    return (candidate.value or 0) / candidate.limit if candidate.limit else 0


def _depths(graph: networkx.DiGraph) -> dict[str, int]:
    """How many steps each node is behind raw."""
    depths: dict[str, int] = {}
    for node in networkx.topological_sort(graph):
        depths[node] = max((depths[parent] + 1 for parent in graph.predecessors(node)), default=0)
    return depths
