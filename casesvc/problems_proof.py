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
    service.LogKeyUnusable: Problem(
        503,
        "log-key-unusable",
        "签名密钥文件不可用",
        "{path} 不能作为签名密钥使用（{reason}）。该文件只应由服务本身读写（chmod 600）。",
    ),
}
