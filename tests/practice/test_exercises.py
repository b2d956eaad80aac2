"""Every exercise is played: its answer passes, nothing is told what to write, wrong answers break their rules."""

from pathlib import Path

import pytest

from practice.checking import check_text
from practice.exercises import ENDINGS, exercises, rules, unit_tests

STEPS = [
    (step, language) for exercise in exercises().values() for step in exercise.steps for language in step.languages
]
# What a save is checked in, of CPU: a test machine does other things as well.
MOST_SECONDS = 3
WRONG = [(exercise.id, wrong) for exercise in exercises().values() for wrong in exercise.wrong_answers()]


@pytest.mark.parametrize(("step", "language"), STEPS, ids=[f"{step.name}-{language}" for step, language in STEPS])
def test_the_answer_passes_and_an_empty_file_is_told_what_to_write(step, language):
    name = step.name + ENDINGS[language]
    verdict = check_text(step, name, step.answer(language))
    assert verdict.problem is None
    assert not verdict.failures
    assert verdict.passed == len(step.cases) >= 1
    assert 0 < verdict.cpu_seconds < MOST_SECONDS
    empty = check_text(step, name, "\n")
    assert empty.problem.startswith(f"{name} is empty: ")
    assert not empty.is_right


@pytest.mark.parametrize(("exercise", "wrong"), WRONG, ids=[f"{name}-{wrong['mistake'][:60]}" for name, wrong in WRONG])
def test_a_typical_wrong_answer_breaks_its_rule(exercise, wrong):
    verdict = check_text(wrong["step"], wrong["step"].name + ENDINGS[wrong["language"]], wrong["text"])
    assert verdict.problem is None
    assert verdict.broken_rules[0] == wrong["rule"]
    first = verdict.failures[0]
    assert any(row["differs"] for row in first.expected + first.got)
    assert first.rule_says == rules()[wrong["rule"]]


@pytest.mark.parametrize("exercise", exercises().values(), ids=lambda exercise: exercise.id)
def test_an_exercise_is_whole(exercise):
    assert len({wrong["rule"] for name, wrong in WRONG if name == exercise.id}) >= 3
    assert exercise.minutes["expert"] < exercise.minutes["target"]
    assert len(exercise.questions) >= 3 and all(question.names for question in exercise.questions)
    for step in exercise.steps:
        texts = [step.what, step.why, *step.hints, *(why for reference in step.references for why in reference.why)]
        assert all(isinstance(text, str) for text in texts)
        assert len(step.hints) == 3 and step.references and all(reference.text() for reference in step.references)
        assert {case["rule"] for case in step.task()["cases"]} <= set(rules())
        assert step.cases[0]["rule"] == "ordinary"
        models = {Path(reference.file).stem for reference in step.references}
        assert {unit_tests()[case["unit_test"]]["model"] for case in step.cases if "unit_test" in case} <= models


def test_every_rule_is_broken_by_somebody():
    assert {wrong["rule"] for _, wrong in WRONG} | {"ordinary", "unit_test"} == set(rules())
