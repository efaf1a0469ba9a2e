"""What this package refuses. Facts are attributes; str() is English, labels and reasons are Chinese."""


class TemplatesError(Exception):
    """Base of every error of this package."""


class CatalogueBroken(TemplatesError):
    """The catalogue's own data file is not what it promises."""

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(f"catalogue of forms is broken: {detail}")


class FormUnknown(TemplatesError):
    """No such form in the catalogue."""

    def __init__(self, form: str) -> None:
        self.form = form
        super().__init__(f"no form {form!r} in the catalogue")


class FormNotImplemented(TemplatesError):
    """The form is in the catalogue, but has no fields and no .docx yet."""

    def __init__(self, form: str) -> None:
        self.form = form
        super().__init__(f"form {form} is not implemented")


class NumberInvalid(TemplatesError):
    """A register number cannot be formed; `part` is org, year, serial or day, `reason` is Chinese."""

    def __init__(self, form: str, part: str, reason: str) -> None:
        self.form = form
        self.part = part
        self.reason = reason
        super().__init__(f"form {form}: cannot number, {part} is not usable")


class FieldMissing(TemplatesError):
    """A required field is absent or blank; `field` is a dotted path, `label` its Chinese name."""

    def __init__(self, form: str, field: str, label: str) -> None:
        self.form = form
        self.field = field
        self.label = label
        super().__init__(f"form {form}: field {field} is missing")


class FieldInvalid(TemplatesError):
    """A field holds something the form cannot take; `reason` is Chinese."""

    def __init__(self, form: str, field: str, label: str, reason: str) -> None:
        self.form = form
        self.field = field
        self.label = label
        self.reason = reason
        super().__init__(f"form {form}: field {field} is invalid")


class TemplateBroken(TemplatesError):
    """The .docx cannot be rendered: an unknown variable, bad Jinja, a damaged file."""

    def __init__(self, form: str, detail: str) -> None:
        self.form = form
        self.detail = detail
        super().__init__(f"template of form {form} is broken: {detail}")


class RenderIncomplete(TemplatesError):
    """The rendered document, read again, does not hold this field's value."""

    def __init__(self, form: str, field: str, label: str) -> None:
        self.form = form
        self.field = field
        self.label = label
        super().__init__(f"form {form}: value of {field} is not in the rendered document")
