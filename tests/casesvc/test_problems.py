"""Every refusal has exactly one row of the table, every placeholder exists, every answer has the one shape."""

import inspect
import string

import pytest

import casesvc.errors
import evidence.errors
import evidence.errors_proof
import storage
import storage.store
import templates.errors
import workflows.errors
from casesvc.problems import OTHERS, PROBLEMS

ROOTS = {
    casesvc.errors.ServiceError,
    evidence.errors.EvidenceError,
    storage.StorageError,
    templates.errors.TemplatesError,
    workflows.errors.WorkflowError,
}
MODULES = (
    casesvc.errors,
    evidence.errors,
    evidence.errors_proof,
    storage.store,
    templates.errors,
    workflows.errors,
)


def public_exceptions():
    return {
        member
        for module in MODULES
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, Exception) and member.__module__ == module.__name__ and member not in ROOTS
    }


def test_every_public_exception_has_one_row():
    assert set(PROBLEMS) == public_exceptions()
    slugs = [problem.slug for problem in [*PROBLEMS.values(), *OTHERS.values()]]
    assert len(slugs) == len(set(slugs))


@pytest.mark.parametrize("kind", sorted(public_exceptions(), key=lambda kind: kind.__name__), ids=lambda k: k.__name__)
def test_every_placeholder_is_a_fact_of_the_exception(kind):
    facts = list(inspect.signature(kind.__init__).parameters)[1:]
    values = {"rule": evidence.errors.NameRule.PATH, "minutes": 3, "shortest": 10}
    raised = kind(*[values.get(fact, "甲") for fact in facts])
    told = PROBLEMS[kind].about(raised)
    assert told
    assert "{" not in told
    used = {name for _, name, _, _ in string.Formatter().parse(PROBLEMS[kind].detail) if name}
    assert used <= vars(raised).keys()


def test_every_row_speaks_chinese_and_has_an_http_status():
    for problem in [*PROBLEMS.values(), *OTHERS.values()]:
        assert 400 <= problem.status < 600
        assert any("\u4e00" <= char <= "\u9fff" for char in problem.title)
        assert any("\u4e00" <= char <= "\u9fff" for char in problem.detail) or problem.detail == "{detail}"
