"""What people are told when an act of custody is refused: part of the one table in :mod:`casesvc.problems`."""

import casesvc.errors as service
import evidence.errors as evidence
import workflows.errors as workflows
from casesvc.problem import Problem

CUSTODY_PROBLEMS: dict[type[Exception], Problem] = {
    evidence.RuleBroken: Problem(
        409,
        "rule-broken",
        "不符合规定",
        "{exhibit}：规定要求“{rule}”（{basis}）。请核对；如果事实已经发生，请填写情况说明后再登记，系统会标注不符合规定。",
    ),
    evidence.ActNotDirect: Problem(
        422, "act-not-direct", "不能单方登记", "“{act}”不能由一方单独登记，请从移交、审批或接管中办理。"
    ),
    evidence.ActOutOfPlace: Problem(
        409, "act-out-of-place", "状态不符", "{exhibit} 现为“{where}”，不能办理“{act}”。请核对保管链。"
    ),
    evidence.HappensLater: Problem(
        422, "happens-later", "时间晚于现在", "“{act}”的实际发生时间晚于现在，请核对手机或电脑的时钟。"
    ),
    evidence.PhotoUnknown: Problem(
        422, "photo-unknown", "没有该照片", "本案没有编号为“{photo}”的照片，请先上传照片，再填写其证据编号。"
    ),
    evidence.SealTaken: Problem(
        409, "seal-taken", "封条号已使用", "封条“{seal}”已用于{exhibit}，每个封条只使用一次，请核对封条号。"
    ),
    evidence.WitnessesSame: Problem(
        422, "witnesses-same", "见证人重复", "“{person}”填写了两次，见证人应为不同的人员，也不能是办理人。"
    ),
    evidence.HandoverUnknown: Problem(404, "handover-unknown", "没有该移交", "没有移交“{handover}”，请核对编号。"),
    evidence.HandoverAnswered: Problem(
        409, "handover-answered", "移交已处理", "{exhibit} 的移交已由{person}处理（{outcome}），请刷新页面查看。"
    ),
    evidence.NotHandover: Problem(422, "not-handover", "不是移交事项", "“{act}”不是移交事项，请在保管事项中登记。"),
    evidence.NotTheGiver: Problem(
        403, "not-the-giver", "不在您手中", "{exhibit} 由{holder}持有或移交，您不能办理。请核对保管链。"
    ),
    evidence.NotTheReceiver: Problem(
        403, "not-the-receiver", "不是接收人", "移交 {handover} 的接收人不是您，请由接收人本人确认。"
    ),
    evidence.OfferOpen: Problem(
        409, "offer-open", "正在移交", "{exhibit} 已在移交中，对方尚未接收。需要改变时请先撤回原移交。"
    ),
    evidence.PaperUnknown: Problem(
        422, "paper-unknown", "没有签字的扫描件", "本案没有 {paper} 的扫描件，请先上传签字的交接单或报告。"
    ),
    evidence.PaperTaken: Problem(
        409,
        "paper-taken",
        "扫描件已有他用",
        "{paper} 已是“{use}”的材料，不能再作为本次的签字交接单。请上传本次签字的交接单。",
    ),
    evidence.PaperOlder: Problem(
        409,
        "paper-older",
        "扫描件早于签字",
        "{paper} 上传时交接单还没有签字，不是本次的交接单。请上传签字后的扫描件；签字早于提出移交的，请填写签字时间。",
    ),
    evidence.ReceiverIsGiver: Problem(
        422, "receiver-is-giver", "接收人是本人", "移交人和接收人都是{person}，请选择其他接收人。"
    ),
    evidence.ReceiverMissing: Problem(
        422, "receiver-missing", "没有接收人", "“{act}”的接收人应为{receiver}，请填写完整。"
    ),
    evidence.StoredBytesDiffer: Problem(
        409,
        "stored-bytes-differ",
        "校验值不一致",
        "重新读取 {exhibit} 的原件，校验值与登记的不一致，不能接收。请拒收并写明原因，立即报告监督人员核验。",
    ),
    evidence.ReviewNotOpen: Problem(
        409, "review-not-open", "没有待审查的接管", "{exhibit} 没有待审查的紧急接管，或已由他人审查。"
    ),
    evidence.RequestNotOpen: Problem(
        409, "request-not-open", "没有待审批的申请", "{exhibit} 没有待审批的申请，或已由他人审批。"
    ),
    evidence.RequestStands: Problem(
        409, "request-stands", "申请尚未审批", "{exhibit} 已有申请等待审批，请待审批后再申请。"
    ),
    evidence.NotRequestable: Problem(422, "not-requestable", "不需要审批", "“{act}”不需要审批，可以直接办理。"),
    evidence.DecidesOwn: Problem(
        403, "decides-own", "不能审批本人的申请", "{exhibit} 的申请或接管由{person}本人办理，应由他人审批或审查。"
    ),
    evidence.CorrectionRefused: Problem(
        422, "correction-refused", "不能更正", "第 {event} 条保管事件：{why}。已登记的内容始终保留。"
    ),
    evidence.QuantityDiffers: Problem(
        422,
        "quantity-differs",
        "数量不平衡",
        "{exhibit} 现有 {whole}，填写的合计为“{stated}”。请用相同的单位填写，并核对各份与剩余之和。",
    ),
    evidence.QuantityUnknown: Problem(
        422,
        "quantity-unknown",
        "请填写实测数量",
        "{exhibit} 登记的数量为“{registered}”，不能计算。请先称量或清点，填写带单位的实测数量，例如 250 g。",
    ),
    evidence.NotItsKind: Problem(422, "not-its-kind", "种类不符", "{exhibit} 的种类不能办理“{act}”，请核对证据编号。"),
    evidence.HasParent: Problem(
        409, "has-parent", "来源已登记", "{exhibit} 的来源已经登记，或与所填的介质互为来源，请核对。"
    ),
    evidence.TermTooEarly: Problem(422, "term-too-early", "时间不对", "“{what}”应当晚于{than}，请核对日期和时间。"),
    evidence.ExaminationUnknown: Problem(
        404, "examination-unknown", "没有该委托", "没有检验（鉴定）委托“{examination}”，请核对编号。"
    ),
    evidence.ExaminationEnded: Problem(
        409, "examination-ended", "报告已登记", "委托 {examination} 的报告已经登记，补充的报告请另行上传为证据。"
    ),
    evidence.PlaceUnknown: Problem(
        404, "place-unknown", "没有该场所", "没有编码为“{code}”的保管场所，或不在您的查看范围内。请核对标签或编码。"
    ),
    evidence.PlaceTaken: Problem(
        409, "place-taken", "编码已使用", "编码“{code}”已用于本单位的保管场所（停用的也不能重复使用），请换一个编码。"
    ),
    evidence.PlaceCodeRefused: Problem(
        422, "place-code-refused", "编码不能印成条码", "编码“{code}”应为 1 至 8 位大写英文字母或数字，例如 G03。"
    ),
    evidence.PlaceMisplaced: Problem(
        422,
        "place-misplaced",
        "场所的层级不对",
        "{kind}不能设在{parent}下面：顺序为库房、柜、层、盒，最上一级应为库房。",
    ),
    evidence.PlaceClosed: Problem(409, "place-closed", "场所已停用", "保管场所“{code}”已停用，请选择启用中的场所。"),
    evidence.PlaceOccupied: Problem(
        409, "place-occupied", "场所里还有证据", "按登记，“{code}”中还有 {count} 件证据。请先移到其他场所，再停用。"
    ),
    evidence.PlaceChanged: Problem(
        409, "place-changed", "场所已被他人更改", "“{code}”刚刚被他人更改，请刷新页面，核对后再更改。"
    ),
    evidence.LabelUnreadable: Problem(
        422, "label-unreadable", "不是证据标签", "“{code}”不是本系统的证据标签或场所标签，请核对后重新扫描。"
    ),
    evidence.LabelUnknown: Problem(
        404, "label-unknown", "没有该证据", "没有编号为“{exhibit}”的证据，或不在您的查看范围内。请核对标签或编号。"
    ),
    evidence.LabelForeign: Problem(
        422,
        "label-foreign",
        "其他系统的标签",
        "这是另一套系统（标识 {tag}）打印的标签，本系统没有登记该证据。请核对是否拿错，或由对方移交后重新登记。",
    ),
    evidence.StockTakeUnknown: Problem(
        404, "stock-take-unknown", "没有该盘点", "没有盘点“{stock_take}”，或不在您的查看范围内。请核对编号。"
    ),
    evidence.StockTakeOpen: Problem(
        409,
        "stock-take-open",
        "正在盘点",
        "“{code}”正在盘点（{stock_take}），请在该次盘点中一起扫描，结束后再开始新的盘点。",
    ),
    evidence.StockTakeEnded: Problem(
        409, "stock-take-ended", "盘点已结束", "盘点 {stock_take} 已由{person}签字结束，请刷新页面查看结果。"
    ),
    workflows.NothingToState: Problem(
        422, "nothing-to-state", "没有证据", "案件 {case} 还没有登记证据，没有可以说明的保管链。"
    ),
    workflows.TooMuchToState: Problem(
        422,
        "too-much-to-state",
        "证据太多",
        "本案有 {exhibits} 件证据，一份说明最多 {most} 件。请选择一件证据，或只含有缺陷的、实物的证据。",
    ),
    service.ExportUnexplained: Problem(
        422, "export-unexplained", "须写明用途", "导出{what}须写明用途（每次导出都会记录），请填写“用途”后重试。"
    ),
    service.ExportingBusy: Problem(
        503, "exporting-busy", "正在制作其他文件", "已有 {most} 份导出文件正在制作，本次没有制作，请稍后再试。"
    ),
    service.PersonUnknown: Problem(
        422, "person-unknown", "没有该人员", "没有证件号为“{certificate}”的人员，请从列表中选择。"
    ),
    service.ReceiverCannot: Problem(
        422, "receiver-cannot", "不能接收", "{person}不能作为{role}接收，请选择有该职责的人员或单位。"
    ),
}
