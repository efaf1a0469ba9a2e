"""What people are told of the log, its checkpoints and those who vouch for them: part of :mod:`casesvc.problems`."""

import casesvc.errors as service
import evidence.errors_proof as proof
from casesvc.problem import Problem

PROOF_PROBLEMS: dict[type[Exception], Problem] = {
    proof.LogForked: Problem(
        503,
        "log-forked",
        "日志与已公布的检查点不一致",
        "现有 {size} 条的日志不以已公布的 {older} 条开头，已停止公布。请保持现状，立即报告监督人员核验。",
    ),
    proof.LogKeyChanged: Problem(
        503,
        "log-key-changed",
        "签名密钥不符",
        "签名密钥为 {given}，登记的是 {registered}。请恢复原密钥文件，或用 casesvc log rotate 办理更换。",
    ),
    proof.StampRefused: Problem(
        502, "stamp-refused", "时间戳无效", "时间戳服务机构的答复未通过校验（{reason}），未采用，将再次申请。"
    ),
    proof.AuthorityUnavailable: Problem(
        503,
        "authority-unavailable",
        "时间戳服务不可用",
        "时间戳服务机构 {authority} 没有答复（{reason}），稍后自动重试。",
    ),
    proof.WitnessUnavailable: Problem(
        503, "witness-unavailable", "见证单位没有会签", "见证单位 {witness} 没有会签（{reason}），稍后自动重试。"
    ),
    proof.WitnessDisagrees: Problem(
        503,
        "witness-disagrees",
        "与见证单位见过的日志不一致",
        "见证单位 {witness} 见过 {size} 条的另一份日志，与现有日志矛盾。请保持现状，立即报告监督人员核验。",
    ),
    proof.CheckpointUnreadable: Problem(
        422,
        "checkpoint-unreadable",
        "不是检查点",
        "“{printed}”不是检查点。请照纸上的顺序输入名称、条数和 16 位校验码，或扫描二维码。",
    ),
    proof.NothingPublished: Problem(
        404, "nothing-published", "尚未公布", "还没有覆盖该内容的检查点，系统每十秒公布一次，请稍后再试。"
    ),
    proof.NoSuchSize: Problem(
        422, "no-such-size", "没有该检查点", "日志没有过 {older} 条至 {size} 条的版本，请核对条数。"
    ),
    service.LogKeyUnusable: Problem(
        503,
        "log-key-unusable",
        "签名密钥文件不可用",
        "{path} 不能作为签名密钥使用（{reason}）。该文件只应由服务本身读写（chmod 600）。",
    ),
}
