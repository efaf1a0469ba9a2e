"""The documentation names code that exists, links that resolve, and no machine."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
EVERY_PAGE = sorted(DOCS.rglob("*.md"))
LIVES = [page for page in PAGES if page.name.startswith("life-of-")]

CODE = re.compile(r"`([^`\n]+)`")
REFERENCE = re.compile(r"([\w./-]+\.[a-z]+):([\w.#]+)")  # path:name
FILE = re.compile(r"[\w.-]+(?:/[\w.-]+)+\.[a-z]+")
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
MACHINE = re.compile(r"(?<![\w.-])/(?:work|root|tmp|home)\b")
STEP = re.compile(r"^\d+\. \*\*", re.MULTILINE)


def page_id(page):
    return page.relative_to(DOCS).as_posix()


def references(text):
    return [found.groups() for span in CODE.findall(text) if (found := REFERENCE.fullmatch(span))]


@cache
def defined(path):
    """Every name a Python file defines: plain, and dotted below its class."""
    names = set()

    def walk(node, prefix):
        for child in ast.iter_child_nodes(node):
            inner = prefix
            if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                names.update({child.name, prefix + child.name})
                inner = f"{prefix}{child.name}."
            elif isinstance(child, ast.Assign | ast.AnnAssign) and not isinstance(
                node, ast.FunctionDef | ast.AsyncFunctionDef
            ):
                targets = child.targets if isinstance(child, ast.Assign) else [child.target]
                named = {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
                names.update(prefix + name for name in named)
            walk(child, inner)

    walk(ast.parse((ROOT / path).read_text("utf-8")), "")
    return names


def fault(path, name):
    """What is wrong with a reference; empty when the file exists and defines the name."""
    if not (ROOT / path).is_file():
        return f"no file {path}"
    if path.endswith(".py"):
        return "" if name in defined(path) else f"{path} does not define {name}"
    text = (ROOT / path).read_text("utf-8")
    missing = [part for part in name.split(".") if not re.search(rf"(?<![\w#]){re.escape(part)}(?!\w)", text)]
    return f"{path} does not speak of {missing[0]}" if missing else ""


@pytest.mark.parametrize(
    ("path", "name", "sound"),
    [
        ("evidence/intake.py", "receive", True),
        ("storage/file_store.py", "FileStore.put", True),
        ("storage/file_store.py", "put", True),
        ("evidence/exhibit.py", "Kind.PHOTO", True),
        ("evidence/chain.py", "GENESIS", True),
        ("evidence/intake.py", "recieve", False),
        ("evidence/intake.py", "Exhibit", False),  # imported there, not defined
        ("evidence/intake.py", "FileStore.put", False),
        ("evidence/intakes.py", "receive", False),
        ("casesvc/static/digest-worker.js", "digest", True),
        ("casesvc/static/digest-worker.js", "diges", False),
    ],
)
def test_the_check_of_references_tells_good_from_bad(path, name, sound):
    assert (fault(path, name) == "") is sound


def test_the_pages_are_there():
    lives = {"life-of-a-document.md", "life-of-a-photo.md", "life-of-an-exhibit.md"}
    assert {"glossary.md", *lives} <= {page.name for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_reference_names_code_that_exists(page):
    text = page.read_text("utf-8")
    assert [broken for path, name in references(text) if (broken := fault(path, name))] == []
    files = [span for span in CODE.findall(text) if FILE.fullmatch(span)]
    assert [path for path in files if not (ROOT / path).is_file()] == []


@pytest.mark.parametrize("page", LIVES, ids=page_id)
def test_each_step_of_a_life_names_its_code_and_what_a_kill_leaves(page):
    journey = page.read_text("utf-8").split("\n## Refusals")[0].split("\n## Why")[0]
    steps = STEP.split(journey)[1:]
    assert len(steps) >= 10
    assert [int(number) for number in re.findall(r"^(\d+)\. \*\*", journey, re.MULTILINE)] == [
        *range(1, len(steps) + 1)
    ]
    for step in steps:
        assert references(step), step
        assert step.count("*Killed here:*") == 1, step


def rows():
    """The rows of the glossary's tables, cells stripped; headings and rules left out."""
    lines = [line for line in (DOCS / "glossary.md").read_text("utf-8").splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row[0] != "English" and not set("".join(row)) <= set("-: ")]


def test_the_glossary_is_complete():
    found = rows()
    assert len(found) >= 50
    for row in found:
        assert len(row) == 4, row
        assert all(row), row
        assert re.match(r"\*\*[^*]+\*\*", row[0]), f"{row}: the term stands in bold"
        assert CHINESE.search(row[1]), f"{row}: no Chinese"
        assert references(row[3]), f"{row}: no place in the code"
    terms = [re.match(r"\*\*([^*]+)\*\*", row[0]).group(1) for row in found]
    assert len(set(terms)) == len(terms)


@pytest.mark.parametrize("page", EVERY_PAGE, ids=page_id)
def test_a_page_speaks_of_no_machine(page):
    assert MACHINE.findall(page.read_text("utf-8")) == []


@pytest.mark.parametrize("page", EVERY_PAGE, ids=page_id)
def test_relative_links_resolve(page):
    targets = [target for target in LINK.findall(page.read_text("utf-8")) if not re.match(r"[a-z]+:|#", target)]
    assert [target for target in targets if not (page.parent / target.partition("#")[0]).exists()] == []
