"""The roles that the procedure names."""

from collections.abc import Iterable

from evidence.columns import Labelled


class Role(Labelled):
    """What a person is in the house; who may do what stands in tables that name these."""

    INVESTIGATOR = "investigator", "调查人员"
    CUSTODIAN = "custodian", "物证保管人"
    LEGAL = "legal", "法制人员"
    APPROVER = "approver", "审批负责人"
    SUPERVISOR = "supervisor", "监督人员"
    ADMINISTRATOR = "administrator", "系统管理员"
    EXAMINER = "examiner", "检验鉴定人员"


def role_labels(roles: Iterable[str]) -> str:
    return "、".join(Role(role).label for role in roles)
