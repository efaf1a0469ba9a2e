"""What a template asks for, and what a page shows."""

import re
import subprocess
from io import BytesIO

import pytest
from docxtpl import DocxTemplate
from jinja2 import nodes

from templates.catalogue import template_of
from templates.fields import parts
from templates.rendering import environment


def tags(form_id):
    """The Jinja of the form's body, parsed."""
    document = DocxTemplate(BytesIO(template_of(form_id)))
    document.init_docx()
    xml = document.patch_xml(document.get_xml())
    return environment().parse(xml)


def used(node, models, scope, found):
    """Follow names and attributes through the tree; record each model's fields that the template reads."""
    if isinstance(node, nodes.For):
        targets = resolve(node.iter, models, scope, found)
        scope = scope | {node.target.name: targets}
        for child in [*node.body, *node.else_]:
            used(child, models, scope, found)
        return
    if isinstance(node, nodes.Getattr | nodes.Name):
        resolve(node, models, scope, found)
        return
    for child in node.iter_child_nodes():
        used(child, models, scope, found)


def resolve(node, models, scope, found):
    if isinstance(node, nodes.Name):
        if node.name in scope:
            return scope[node.name]
        holders, name = models, node.name
    elif isinstance(node, nodes.Getattr):
        holders, name = resolve(node.node, models, scope, found), node.attr
        if holders is None:
            return None  # loop.index and its like
    else:
        pytest.fail(f"unexpected in a template: {node}")
    holding = [each for each in holders if name in each.model_fields]
    assert holding, f"{name} is no field of {[each.__name__ for each in holders]}"
    found.update((each, name) for each in holding)
    return [part for each in holding for part in parts(each.model_fields[name].annotation)]


def all_fields(model, found=None):
    found = set() if found is None else found
    for name, field in model.model_fields.items():
        found.add((model, name))
        for part in parts(field.annotation):
            all_fields(part, found)
    return found


def pages(pdf):
    text = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, text=True).stdout
    for page in text.split("\f")[:-1]:
        lines = [line.strip() for line in page.splitlines()]
        yield [line for line in lines if line and not re.fullmatch(r"— ?\d+ ?—", line)]


def facts(pdf):
    return subprocess.run(["pdfinfo", pdf], check=True, capture_output=True, text=True).stdout


def words(pdf):
    """Every word of a PDF as (width of the page, left, right, text), in points."""
    xml = subprocess.run(["pdftotext", "-bbox", pdf, "-"], check=True, capture_output=True, text=True).stdout
    for page in xml.split("<page ")[1:]:
        width = float(re.match(r'width="([\d.]+)"', page)[1])
        for found in re.finditer(
            r'<word xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)" yMax="[\d.]+">(.*?)</word>', page
        ):
            yield width, float(found[1]), float(found[2]), found[3]
