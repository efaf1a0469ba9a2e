"""From typed fields to an issued .docx: strict Jinja in a sandbox; the result is read again (house §9)."""

import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from io import BytesIO
from types import SimpleNamespace
from typing import Any, Literal, get_origin

from docx import Document
from docx.opc.exceptions import OpcError
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError, Undefined
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape
from pydantic import BaseModel

from templates.catalogue import form, template_of
from templates.errors import FormNotImplemented, RenderIncomplete, TemplateBroken
from templates.fields import locate
from templates.validation import validated
from templates.values import FormFields, numeral, printed

# Whatever an expression in a template can raise: its own syntax, but also 1 + "a" or a missing loader.
_TEMPLATE_FAULTS = (
    TemplateError,
    OpcError,
    SyntaxError,  # also of lxml
    zipfile.BadZipFile,
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    ArithmeticError,
)
_CORE = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    "<cp:coreProperties"
    ' xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<dc:title>{title}</dc:title><dc:creator></dc:creator><dc:language>zh-CN</dc:language>"
    "</cp:coreProperties>"
)
_APP = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"/>'
)
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold


@dataclass(frozen=True)
class Rendered:
    """A .docx, the SHA-256 (hex) of its template, and its text (cells of a row joined by tabs)."""

    content: bytes
    template_sha256: str
    text: str


def render(form_id: str, fields: BaseModel | Mapping[str, Any]) -> Rendered:
    """Fill the form. The same template and fields give the same bytes.

    FormUnknown, FormNotImplemented; FieldMissing and FieldInvalid before anything is rendered;
    TemplateBroken when the .docx asks for what the form does not have;
    RenderIncomplete when a value is not found in the result.
    """
    checked = validated(form_id, fields)
    template = template_of(form_id)
    if template is None:
        raise FormNotImplemented(form_id)
    return fill(form_id, template, checked, title=form(form_id).name_zh)


def fill(form_id: str, template: bytes, fields: FormFields, *, title: str) -> Rendered:
    """Fill this .docx with fields that are already checked; `title` goes into its properties.

    A document outside the catalogue is filled by this, under a name of its own (templates.custody_statement).
    """
    try:
        content = _neutral(_filled(template, fields), title=title)
        text = text_of(content)
    except _TEMPLATE_FAULTS as error:
        raise TemplateBroken(form_id, f"{type(error).__name__}: {error}") from error
    held = set(text.replace("\t", "\n").split("\n"))  # a large statement has tens of thousands of values
    for path, value in _leaves(fields):
        for line in value.split("\n"):
            if line not in held and line not in text:
                raise RenderIncomplete(form_id, *locate(type(fields), path))
            held.add(line)
    return Rendered(content=content, template_sha256=sha256(template).hexdigest(), text=text)


def _filled(template: bytes, fields: FormFields) -> bytes:
    document = DocxTemplate(BytesIO(template))
    document.render(_namespace(fields), environment(), autoescape=True)
    saved = BytesIO()
    document.save(saved)
    return saved.getvalue()


def environment() -> SandboxedEnvironment:
    """Jinja as our forms use it: sandboxed, escaping, strict, printing values as values.printed does."""
    made = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined, finalize=_ink)
    made.filters["numeral"] = numeral
    return made


def text_of(content: bytes) -> str:
    """The text of a .docx body as a reader meets it: one line a paragraph, cells of a row joined by tabs."""
    return "\n".join(_lines(Document(BytesIO(content)).iter_inner_content()))


def _ink(value: object) -> Markup:
    """One value as XML.

    A line end becomes docxtpl's mark for a new paragraph. The underscore is written as a reference,
    or docxtpl would take {_{ in a value for Jinja's braces afterwards.
    """
    if isinstance(value, Undefined):
        return Markup(str(value))  # noqa: S704 (never reached: a strict undefined raises here)
    safe = str(escape(printed(value))).replace("_", "&#95;").replace("\n", "\a")
    return Markup(safe)  # noqa: S704 (escaped on the line above)


def _namespace(value: Any) -> Any:
    """Models as bare attribute holders: a template reaches their fields and no method of theirs."""
    if isinstance(value, FormFields):
        return {name: _namespace(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, BaseModel):
        return SimpleNamespace(**{name: _namespace(getattr(value, name)) for name in type(value).model_fields})
    if isinstance(value, tuple):
        return [_namespace(each) for each in value]
    return value


def _leaves(value: Any, path: tuple[int | str, ...] = ()) -> Iterator[tuple[tuple[int | str, ...], str]]:
    """Every value that must be found in the document, printed; what only chooses the wording is left out."""
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            if get_origin(field.annotation) is not Literal:
                yield from _leaves(getattr(value, name), (*path, name))
    elif isinstance(value, tuple):
        for position, each in enumerate(value):
            yield from _leaves(each, (*path, position))
    elif value is not None and not isinstance(value, bool | Enum):
        yield path, printed(value)


def _lines(blocks: Iterator[Paragraph | Table]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Paragraph):
            yield block.text
            continue
        for row in block.rows:
            cells: dict[Any, _Cell] = {cell._tc: cell for cell in row.cells}  # noqa: SLF001 (a merged cell once)
            yield "\t".join("\n".join(_lines(cell.iter_inner_content())) for cell in cells.values())


def _neutral(content: bytes, *, title: str) -> bytes:
    """The same package without author, editor or clock in it."""
    replaced = {"docProps/core.xml": _CORE.format(title=escape(title)), "docProps/app.xml": _APP}
    packed = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(content)) as source,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, replaced.get(name, source.read(name)))
    return packed.getvalue()
