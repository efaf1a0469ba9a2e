"""Refusals of the procedure; each carries its facts, Chinese where they are the procedure's own terms."""


class WorkflowError(Exception):
    """Root of this package's refusals."""


class StepUnknown(WorkflowError):
    def __init__(self, step: str) -> None:
        super().__init__(f"no step {step}")
        self.step = step


class StepOutOfOrder(WorkflowError):
    """A step before which others must stand; ``missing`` names them."""

    def __init__(self, step: str, missing: str, basis: str) -> None:
        super().__init__(f"step {step} needs {missing} first")
        self.step = step
        self.missing = missing
        self.basis = basis


class StepRoleMissing(WorkflowError):
    def __init__(self, step: str, roles: str, basis: str) -> None:
        super().__init__(f"step {step} belongs to {roles}")
        self.step = step
        self.roles = roles
        self.basis = basis


class StepAlreadyRecorded(WorkflowError):
    def __init__(self, step: str) -> None:
        super().__init__(f"step {step} is recorded and cannot be repeated")
        self.step = step


class SamePerson(WorkflowError):
    """Handler and approver of one matter are two people."""

    def __init__(self, step: str, other: str, person: str) -> None:
        super().__init__(f"{person} recorded {other} and cannot record {step}")
        self.step = step
        self.other = other
        self.person = person


class StepFactMissing(WorkflowError):
    def __init__(self, step: str, fact: str) -> None:
        super().__init__(f"step {step}: fact missing: {fact}")
        self.step = step
        self.fact = fact


class StepPersonsSame(WorkflowError):
    """Two facts of a step that must name different people name the same."""

    def __init__(self, step: str, facts: str, basis: str) -> None:
        super().__init__(f"step {step}: {facts} are one person")
        self.step = step
        self.facts = facts
        self.basis = basis


class StepNotInProcedure(WorkflowError):
    """The case is investigated by another procedure, which does not have this step."""

    def __init__(self, step: str, procedure: str) -> None:
        super().__init__(f"step {step} does not exist in the {procedure} procedure")
        self.step = step
        self.procedure = procedure


class StepNeedsDocument(WorkflowError):
    """This step is the issue of a document and is recorded by issuing it."""

    def __init__(self, step: str, document: str) -> None:
        super().__init__(f"step {step} is recorded by issuing {document}")
        self.step = step
        self.document = document


class FireAfterAlarm(WorkflowError):
    """A fire is reported after it began."""

    def __init__(self, incident: str) -> None:
        super().__init__(f"fire of incident {incident} would begin after its alarm")
        self.incident = incident


class IncidentUnknown(WorkflowError):
    def __init__(self, incident: str) -> None:
        super().__init__(f"no incident {incident}")
        self.incident = incident


class IncidentHasCase(WorkflowError):
    def __init__(self, incident: str, case: str) -> None:
        super().__init__(f"incident {incident} has case {case}")
        self.incident = incident
        self.case = case


class DocumentUnknown(WorkflowError):
    def __init__(self, document: str) -> None:
        super().__init__(f"no document {document}")
        self.document = document


class DocumentBeingIssued(WorkflowError):
    """Another issue took the same number first; trying again takes the next."""

    def __init__(self, document: str) -> None:
        super().__init__(f"document {document} was issued meanwhile")
        self.document = document


class NothingToState(WorkflowError):
    """A case without exhibits has no chains of which anything could be stated."""

    def __init__(self, case: str) -> None:
        super().__init__(f"case {case} has no exhibits")
        self.case = case


class TooMuchToState(WorkflowError):
    """More exhibits than one statement holds."""

    def __init__(self, exhibits: int, most: int) -> None:
        super().__init__(f"{exhibits} exhibits, at most {most} in one statement")
        self.exhibits = exhibits
        self.most = most
