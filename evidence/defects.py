"""What can be wrong in the keeping of an exhibit: gaps that a defence would find, found here first."""

from dataclasses import dataclass

from evidence.columns import Labelled


class DefectKind(Labelled):
    """Kinds of gaps. Those of MINOR weaken the chain; each other one breaks it at a place that has to be explained."""

    HOLE = "hole", "保管中断：交出人不是当时的持有人"
    ONE_SIDED = "one_sided", "单方登记：交出人未提出移交"
    RECEIVER_ABSENT = "receiver_absent", "接收人没有亲自确认，也没有签字的交接单"
    NOT_HOLDER = "not_holder", "由不持有该证据的人办理"
    AFTER_END = "after_end", "保管结束后仍有保管事件"
    NO_COLLECTION = "no_collection", "链首不是提取"
    TIME_BACKWARD = "time_backward", "时间倒退：发生在前一事件之前"
    HAPPENED_LATER = "happened_later", "登记的发生时间晚于登记时间"
    SEAL_DIFFERS = "seal_differs", "封条号与前一次封装不符"
    SEAL_UNCHECKED = "seal_unchecked", "已封装，交接时没有核对封条"
    SEAL_OPEN = "seal_open", "已启封，尚未重新封装"
    SEAL_BROKEN = "seal_broken", "启封后没有重新封装即移交"
    DIGEST_UNCHECKED = "digest_unchecked", "交接时没有核对校验值"
    DIGEST_DIFFERS = "digest_differs", "校验值不一致"
    QUANTITY_DIFFERS = "quantity_differs", "交接数量与登记不符"
    LATE_HAND_IN = "late_hand_in", "超过时限才交保管人"
    NOT_HANDED_IN = "not_handed_in", "超过时限仍未交保管人"
    TERM_EXCEEDED = "term_exceeded", "超过约定期限才归还"
    NOT_RETURNED = "not_returned", "超过约定期限仍未归还"
    OFFER_OPEN = "offer_open", "移交长时间未接收"
    TAKEN_OVER = "taken_over", "紧急接管"
    NOT_REVIEWED = "not_reviewed", "紧急接管超过时限未经审查"
    REVIEWED_LATE = "reviewed_late", "紧急接管超过时限才审查"
    TAKE_OVER_REFUSED = "take_over_refused", "紧急接管经审查不予认可"
    NOT_DECIDED = "not_decided", "先行登记保存超过时限未作处理决定"
    DECIDED_LATE = "decided_late", "先行登记保存超过时限才作处理决定"
    NOT_APPROVED = "not_approved", "未经审批"
    ONE_OFFICER = "one_officer", "办理人员不足两人"
    NO_WITNESS = "no_witness", "没有见证人，也没有写明原因"
    ONE_WITNESS = "one_witness", "见证人不足两人"
    CUSTODIAN_INVESTIGATES = "custodian_investigates", "保管人是提取人"
    LOST = "lost", "遗失，尚未找到"
    WAS_LOST = "was_lost", "曾经遗失"
    RULE_BROKEN = "rule_broken", "办理时不符合规定，已写明情况"
    PLACE_UNFIT = "place_unfit", "存放的场所不合要求，已写明情况"
    UNREADABLE = "unreadable", "事件原文无法读取"
    CORRECTED_AWAY = "corrected_away", "更正前登记的内容不符合规定"


MINOR = frozenset(
    {
        DefectKind.TAKEN_OVER,
        DefectKind.OFFER_OPEN,
        DefectKind.NO_WITNESS,
        DefectKind.SEAL_UNCHECKED,
        DefectKind.SEAL_OPEN,
        DefectKind.WAS_LOST,
        DefectKind.ONE_OFFICER,
        DefectKind.CORRECTED_AWAY,
        DefectKind.PLACE_UNFIT,
    }
)


class Health(Labelled):
    """One colour for a chain."""

    SOUND = "sound", "完整"
    ATTENTION = "attention", "需关注"
    DEFECTIVE = "defective", "有缺陷"


@dataclass(frozen=True)
class Defect:
    """One gap: the event where it shows (none where time alone brings it), the row of the rules it breaks, both values
    where there are two, and the reason that the person gave.
    """

    kind: DefectKind
    seq: int | None = None
    rule: str = ""
    expected: str = ""
    found: str = ""
    reason: str = ""

    @property
    def minor(self) -> bool:
        return self.kind in MINOR


def health(defects: list[Defect]) -> Health:
    if any(not defect.minor for defect in defects):
        return Health.DEFECTIVE
    return Health.ATTENTION if defects else Health.SOUND
