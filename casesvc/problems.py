"""One table from what is raised to what people are told: status, slug, Chinese title and what to do (RFC 9457)."""

import casesvc.errors as service
import evidence.errors as evidence
import storage
import templates
import workflows.errors as workflows
from casesvc.problem import Problem
from casesvc.problems_custody import CUSTODY_PROBLEMS
from casesvc.problems_proof import PROOF_PROBLEMS

PROBLEMS: dict[type[Exception], Problem] = {
    **CUSTODY_PROBLEMS,
    **PROOF_PROBLEMS,
    service.LoginRefused: Problem(
        401, "login-refused", "登录失败", "账号或密码不正确，请重新输入。十分钟内输错五次，须等十分钟再试。"
    ),
    service.LoginPaused: Problem(
        429, "login-paused", "请稍后再试", "从这台电脑登录账号“{login}”多次输错密码，请约 {minutes} 分钟后再试。"
    ),
    service.NotLoggedIn: Problem(401, "not-logged-in", "登录已失效", "登录已失效，请重新登录。"),
    service.LoginTaken: Problem(409, "login-taken", "账号已存在", "账号“{login}”已被使用，请换一个。"),
    service.CertificateTaken: Problem(
        409, "certificate-taken", "证件号已登记", "证件号“{certificate}”已被使用，请核对。同一人员只登记一次。"
    ),
    service.AccountUnknown: Problem(
        404, "account-unknown", "没有该账号", "没有账号“{login}”，或该账号已停用，请核对。"
    ),
    service.RolesApart: Problem(
        422, "roles-apart", "角色不能兼任", "系统管理员不得兼任其他角色（三员分立）。请为办案人员另设账号。"
    ),
    service.PasswordChangeNeeded: Problem(
        403,
        "password-change-needed",
        "请先修改密码",
        "初始密码由管理员设置，请先改成只有您自己知道的密码，再继续使用。",
    ),
    service.PasswordWrong: Problem(
        422,
        "password-wrong",
        "密码不正确",
        "现在使用的密码不正确，请重新输入。十分钟内输错五次，须等十分钟再试。",
    ),
    service.PasswordUnchanged: Problem(
        422, "password-unchanged", "新密码与原密码相同", "新密码与原密码相同，请换一个。"
    ),
    service.PasswordWeak: Problem(
        422, "password-weak", "密码太弱", "密码至少 {shortest} 位，并同时含有两类字符（字母、数字、符号）。"
    ),
    service.ConfirmationRefused: Problem(
        422,
        "confirmation-refused",
        "没有确认",
        "“密码或动态口令”不正确，本次没有办理。请重新输入；十分钟内输错五次，须等十分钟再试。",
    ),
    service.TotpNotInForce: Problem(
        409, "totp-not-in-force", "没有启用动态口令", "您没有启用动态口令；需要确认时请输入登录密码。"
    ),
    service.TotpInForce: Problem(
        409, "totp-in-force", "动态口令已启用", "您的动态口令已经启用。更换手机的，请先停用，再重新启用。"
    ),
    service.TotpNotBegun: Problem(
        409, "totp-not-begun", "须重新开始", "没有等待启用的密钥，或已超过 {minutes} 分钟，请重新开始启用动态口令。"
    ),
    service.TotpWrong: Problem(
        422,
        "totp-wrong",
        "没有启用",
        "“动态口令”不正确，没有启用。请核对手机时间已设为自动，再输入正在显示的六位数字。",
    ),
    service.TotpUsed: Problem(
        409,
        "totp-used",
        "动态口令已用过",
        "“密码或动态口令”：该动态口令已用过，每个只能用一次，本次没有办理。请等手机显示下一个再输入，或输入登录密码。",
    ),
    service.TotpUnreadable: Problem(
        409,
        "totp-unreadable",
        "动态口令不能使用",
        "系统密钥已经更换，动态口令不能再用，本次没有办理。请输入登录密码，并到“动态口令”停用后重新启用。",
    ),
    service.NotPermitted: Problem(403, "not-permitted", "没有权限", "您没有“{permission}”权限，该操作限{roles}办理。"),
    service.OutsideUnit: Problem(
        403, "outside-unit", "由其他单位办理", "{number} 由其他单位办理，您可以查看，不能办理。"
    ),
    service.DeviceUnknown: Problem(
        422,
        "device-unknown",
        "本案没有该设备的文件",
        "本案没有“{device}”的文件，未记录。请核对名称；设备确无文件（例如监控主机）的，请勾选确认后再记录。",
    ),
    service.PurposeMissing: Problem(
        422,
        "purpose-missing",
        "须写明用途",
        "调阅 {exhibit} 的原件须写明用途（每次调阅都会记录），请填写后重试。",
    ),
    service.NotAFile: Problem(
        404, "not-a-file", "没有该文件", "证据 {exhibit} 没有这一文件（实物，或缩略图尚未生成）。"
    ),
    service.VerifyingBusy: Problem(
        503, "verifying-busy", "正在核验其他案件", "已有 {most} 项核验正在进行，请稍后再试。"
    ),
    service.CopyingBusy: Problem(
        503, "copying-busy", "正在制作其他副本", "已有 {most} 份副本正在制作，本次没有制作，请稍后再试。"
    ),
    service.SendingsBusy: Problem(503, "sendings-busy", "上传繁忙", "同时上传的文件太多，本文件未登记，请稍后重试。"),
    service.SendingBroken: Problem(
        408, "sending-broken", "上传中断", "连接在传送中断开，文件未登记，已收到的部分保留。请检查网络后继续。"
    ),
    service.DatabaseOutdated: Problem(
        500,
        "database-outdated",
        "数据库版本不符",
        "数据库版本为 {found}，本程序需要 {needed}。请先备份数据，再运行 casesvc migrate。",
    ),
    service.SendingStalled: Problem(
        408, "sending-stalled", "上传中断", "超过 {seconds} 秒没有收到数据，文件未登记。请检查网络后重试。"
    ),
    service.Quarantined: Problem(
        403,
        "quarantined",
        "文件已隔离",
        "证据 {exhibit} 的原件被病毒扫描发现“{signature}”，不能下载；原件照原样保存，没有改动。确需使用时由{roles}写明用途调取；如属误报，病毒库更新后可重新扫描。",
    ),
    service.ScannerMissing: Problem(
        409, "scanner-missing", "没有病毒扫描服务", "本系统没有配置病毒扫描服务，未扫描。如需扫描，请告知管理员。"
    ),
    service.ScanningBusy: Problem(503, "scanning-busy", "正在扫描其他文件", "另一个文件正在重新扫描，请稍后再试。"),
    service.SecretUnusable: Problem(
        500,
        "secret-unusable",
        "密钥文件不能用",
        "密钥文件 {path} 为空或不完整，服务没有启动。请从备份恢复该文件；没有备份的，删除后重新启动即可（打开着的页面须刷新，动态口令须重新启用）。",
    ),
    service.DigestMissing: Problem(
        400,
        "digest-missing",
        "须声明校验值",
        "文件“{name}”未登记：一次上传整个文件须在 Content-Digest 中写明 SHA-256。",
    ),
    service.TusVersionDiffers: Problem(
        412, "tus-version", "上传协议版本不符", "上传请求须带 Tus-Resumable: {version}，请检查客户端。"
    ),
    service.WrongContentType: Problem(
        415, "wrong-content-type", "内容类型不对", "上传分段的 Content-Type 应为 {wanted}，请检查客户端。"
    ),
    service.InputRefused: Problem(400, "input-refused", "输入有误", "{detail}"),
    evidence.CaseUnknown: Problem(
        404,
        "case-unknown",
        "没有该案件",
        "没有编号为“{case}”的案件，或该案件不在您的查看范围内。请核对案件编号。",
    ),
    evidence.ExhibitUnknown: Problem(
        404, "exhibit-unknown", "没有该证据", "本案没有编号为“{exhibit}”的证据，请核对编号。"
    ),
    evidence.UnitUnknown: Problem(404, "unit-unknown", "没有该单位", "没有代码为“{unit}”的单位，请核对。"),
    evidence.SameOfficer: Problem(
        422,
        "same-officer",
        "提取人须为二人",
        "“第二提取人”不能是登记人 {person} 本人（提取不少于二人，XF 839 第4.7.2条）。",
    ),
    evidence.KindNeedsSample: Problem(
        422,
        "kind-needs-sample",
        "请按痕迹物品登记",
        "文件“{name}”不能按痕迹物品登记；实物请用“登记物品或介质”，写明数量、部位、提取人等。",
    ),
    evidence.EmptyFile: Problem(
        422, "empty-file", "空文件", "文件“{name}”没有内容（0 字节），未登记。请检查存储卡后重新选择。"
    ),
    evidence.DigestMismatch: Problem(
        422,
        "digest-mismatch",
        "校验值不符",
        "文件“{name}”未登记：上传前计算的 {algorithm} 为 {declared}，服务器收到的为 {received}。传输有误，请重新上传。",
    ),
    evidence.SendingReused: Problem(
        409,
        "sending-reused",
        "重复的上传标识",
        "文件“{name}”的上传标识此前已用于其他文件，未登记。请重新选择文件上传。",
    ),
    evidence.SendingUnknown: Problem(
        404, "upload-unknown", "没有该上传", "没有标识为“{sending}”的上传，或它不是您发起的。"
    ),
    evidence.SendingEnded: Problem(
        410, "upload-ended", "上传已结束", "文件“{name}”的上传已结束（{end}），不能继续。需要时请重新上传。"
    ),
    evidence.SendingTakenOver: Problem(
        409,
        "upload-taken-over",
        "上传已在别处继续",
        "文件“{name}”正由另一连接继续上传，本次传送的内容以其为准。请查询进度后再继续。",
    ),
    evidence.TooManyUnfinished: Problem(
        429,
        "too-many-unfinished",
        "未传完的文件太多",
        "您已有 {most} 个文件开始上传而没有传完。请先传完或取消，再上传新的文件。",
    ),
    evidence.OffsetDiffers: Problem(
        409,
        "offset-differs",
        "续传位置不符",
        "文件“{name}”已收到 {acknowledged} 字节，不能从 {sent} 字节处继续。请查询进度后从已收到处续传。",
    ),
    evidence.LongerThanDeclared: Problem(
        413,
        "longer-than-declared",
        "内容超过声明的长度",
        "文件“{name}”声明为 {length} 字节，实际发送的更多，未登记。文件可能在上传中被改动，请重新选择后上传。",
    ),
    evidence.ChecksumDiffers: Problem(
        460,
        "checksum-differs",
        "分段校验值不符",
        "文件“{name}”的一段在传输中出错（{algorithm} 不符），该段没有接收。请重新发送该段。",
    ),
    evidence.FileTooLarge: Problem(
        413, "file-too-large", "文件过大", "文件“{name}”超过 {most} GiB，不能上传。请保留原始存储介质并联系管理员。"
    ),
    evidence.PartsLost: Problem(
        410,
        "parts-lost",
        "已传部分已失效",
        "文件“{name}”已传的部分在存储中不完整或已被清除，未登记。请重新上传该文件。",
    ),
    evidence.DigestUnreadable: Problem(
        400, "digest-unreadable", "校验值格式不对", "“{declared}”不是 64 位十六进制的 SHA-256 值。"
    ),
    evidence.FileNameRefused: Problem(
        422, "file-name-refused", "文件名不能接受", "文件名“{name}”{rule}，未登记。请改名后重新上传。"
    ),
    evidence.FactMissing: Problem(422, "fact-missing", "缺少必填事项", "请填写“{fact}”。"),
    evidence.AlreadyHeld: Problem(
        409, "already-held", "已在保管中", "证据 {exhibit} 已由 {person} 保管，不必重复接收。"
    ),
    evidence.CopyRefused: Problem(422, "copy-refused", "副本没有制作", "{where}{rule}。副本没有制作，原件没有改动。"),
    evidence.CopyUnknown: Problem(404, "copy-unknown", "没有该副本", "证据 {exhibit} 没有第 {copy} 号标注副本。"),
    evidence.ScannerUnavailable: Problem(
        503,
        "scanner-unavailable",
        "扫描服务不可用",
        "病毒扫描服务暂时没有答复，本次没有扫描，文件不受影响。请稍后重试；持续出现请告知管理员。",
    ),
    evidence.ScanStands: Problem(
        409,
        "scan-stands",
        "不必重复扫描",
        "证据 {exhibit} 已用现在的引擎和病毒库（{engine}）扫描过，结果仍然有效。病毒库更新后可再扫描。",
    ),
    workflows.StepUnknown: Problem(404, "step-unknown", "没有该步骤", "办案流程中没有“{step}”这一步骤。"),
    workflows.StepOutOfOrder: Problem(
        409, "step-out-of-order", "尚不能办理本步骤", "办理“{step}”之前须先完成：{missing}。依据：{basis}。"
    ),
    workflows.StepRoleMissing: Problem(
        403, "step-role-missing", "不是您的职责", "“{step}”由{roles}办理。依据：{basis}。"
    ),
    workflows.StepAlreadyRecorded: Problem(409, "step-recorded", "步骤已办理", "“{step}”已经办理，不能重复。"),
    workflows.SamePerson: Problem(
        403, "same-person", "承办与审批须为不同的人", "“{other}”由 {person} 办理，“{step}”须由其他人办理。"
    ),
    workflows.StepFactMissing: Problem(422, "step-fact-missing", "缺少必填事项", "办理“{step}”请填写“{fact}”。"),
    workflows.StepNotInProcedure: Problem(
        409,
        "step-not-in-procedure",
        "本案不适用该步骤",
        "本案适用{procedure}，不办理“{step}”。简易程序使用《火灾事故简易调查认定书》（D04，暂不能由系统生成）。",
    ),
    workflows.StepPersonsSame: Problem(
        422, "step-persons-same", "须为不同的人", "办理“{step}”时，“{facts}”须为不同的人。依据：{basis}。"
    ),
    workflows.StepNeedsDocument: Problem(
        409,
        "step-needs-document",
        "该步骤须出具文书",
        "“{step}”在出具文书（{document}）时自动记录，请到“文书”中出具。",
    ),
    workflows.FireAfterAlarm: Problem(
        422, "fire-after-alarm", "起火时间晚于接报时间", "起火时间不能晚于接报 {incident} 的接报时间，请核对两个时间。"
    ),
    workflows.IncidentUnknown: Problem(
        404, "incident-unknown", "没有该接报", "没有编号为“{incident}”的接报记录，请核对。"
    ),
    workflows.IncidentHasCase: Problem(
        409, "incident-has-case", "已经立案", "接报 {incident} 已立案（{case}），不能重复立案。"
    ),
    workflows.DocumentUnknown: Problem(
        404, "document-unknown", "没有该文书", "本案没有编号为“{document}”的已出具文书。"
    ),
    workflows.DocumentBeingIssued: Problem(
        409, "document-being-issued", "该文书刚由他人出具", "文书 {document} 刚由他人出具，请刷新后再操作。"
    ),
    templates.FormUnknown: Problem(404, "form-unknown", "没有该文书式样", "文书目录中没有“{form}”。"),
    templates.FormNotImplemented: Problem(
        409,
        "form-not-implemented",
        "该文书尚不能生成",
        "文书式样 {form} 已列入目录，尚不能由系统生成，请按现行办法手工制作。",
    ),
    templates.FieldMissing: Problem(
        422, "field-missing", "文书缺少必填项", "文书 {form} 缺少：{label}。请填写后重新出具。"
    ),
    templates.FieldInvalid: Problem(
        422, "field-invalid", "文书填写有误", "文书 {form} 填写有误：{label}——{reason}。请改正后重新出具。"
    ),
    templates.NumberInvalid: Problem(422, "number-invalid", "文号无法编排", "文书 {form} 的文号无法编排：{reason}。"),
    templates.TemplateBroken: Problem(
        500,
        "template-broken",
        "文书模板有误",
        "文书 {form} 的模板有误，未出具。请将模板恢复到改动前的版本，并告知管理员。",
    ),
    templates.RenderIncomplete: Problem(
        500,
        "render-incomplete",
        "文书生成不完整",
        "文书 {form} 生成后缺少“{label}”，未出具。请告知管理员检查模板。",
    ),
    templates.CatalogueBroken: Problem(500, "catalogue-broken", "文书目录有误", "文书目录文件有误，请告知管理员。"),
    storage.StoreUnavailable: Problem(
        503,
        "store-unavailable",
        "存储暂时不可用",
        "证据存储暂时连接不上，本次操作没有登记，已有数据不受影响。请稍后重试；持续出现请告知管理员。",
    ),
    storage.StoreFull: Problem(
        507,
        "store-full",
        "存储空间不足",
        "证据存储空间不足，本次操作没有登记，已有数据和已收到的部分不受影响。请告知管理员扩充后再继续。",
    ),
    storage.MakingUnknown: Problem(
        502, "making-unknown", "存储中找不到已传的部分", "该文件已传的部分在存储中找不到，文件未登记。请重新上传。"
    ),
    storage.PartsDiffer: Problem(
        502, "parts-differ", "存储中已传的部分不一致", "该文件已传的部分在存储中不一致，文件未登记。请重新上传。"
    ),
    storage.ObjectMissing: Problem(
        502,
        "object-missing",
        "存储中找不到文件",
        "登记的文件在存储中找不到。请勿再操作，立即告知监督人员核验。",
    ),
    storage.ObjectExists: Problem(
        409, "object-exists", "文件已存在", "同名对象已存在于存储中，原件不会被覆盖。请重试。"
    ),
    storage.KeyRefused: Problem(500, "key-refused", "存储键不合规", "存储键不合规，操作未进行。请告知管理员。"),
}

OTHERS: dict[int, Problem] = {
    400: Problem(400, "bad-request", "请求有误", "请求的格式不对，请检查填写的内容。"),
    403: Problem(403, "forbidden", "请求被拒绝", "页面已过期或请求来源不明，请刷新页面后重试。"),
    404: Problem(404, "not-found", "没有该页面", "您访问的地址不存在，请从首页进入。"),
    405: Problem(405, "method-not-allowed", "不能直接打开", "页面不支持直接打开，请从案件进入。"),
    413: Problem(413, "too-large", "内容过大", "提交的内容超过上限，请分次提交。"),
    500: Problem(
        500,
        "internal-error",
        "系统出错",
        "本次操作未登记，已有数据不受影响。请重试；持续出现请告知管理员。",
    ),
}


def problem_of(reason: Exception) -> Problem | None:
    """The table's row for a domain exception; None for anything else."""
    return PROBLEMS.get(type(reason))
