"""How the API's routes say which problems they answer with."""

from litestar.openapi.datastructures import ResponseSpec

from casesvc.answers import ProblemDetails

_MEANINGS = {
    400: "请求格式有误",
    401: "登录已失效",
    403: "没有权限",
    404: "没有该对象，或不在查看范围内",
    409: "与现状冲突（前一步骤未办理、重复等）",
    410: "上传已结束（已停止、逾期或未登记）",
    412: "上传协议版本不符",
    413: "内容超过上限或声明的长度",
    415: "内容类型不对",
    422: "内容不符合要求（缺项、校验值不符等）",
    429: "多次输错密码，须等候",
    460: "分段校验值不符（tus checksum）",
    502: "存储与登记不一致",
    503: "证据存储暂时不可用",
    507: "证据存储空间不足",
}


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """RFC 9457 responses; any route may find a parameter unreadable or the login gone, so 400 and 401 go with all."""
    return {
        status: ResponseSpec(
            ProblemDetails,
            description=_MEANINGS[status],
            generate_examples=False,
            media_type="application/problem+json",
        )
        for status in sorted({400, 401, *statuses})
    }
