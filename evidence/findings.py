"""Findings of a verification: values, never raised."""

from dataclasses import dataclass

from evidence.columns import Labelled


class FindingKind(Labelled):
    """What can be wrong between record and bytes."""

    OBJECT_MISSING = "object_missing", "存储中找不到文件"
    OBJECT_UNREADABLE = "object_unreadable", "存储读不出文件（存储报告数据损坏）"
    DIGEST_DIFFERS = "digest_differs", "存储的字节与登记的校验值不符"
    EVENT_MISSING = "event_missing", "保管链缺少事件（序号不连续或链尾被截）"
    EVENT_ALTERED = "event_altered", "保管事件内容被改动（前后链接不符）"
    TIME_BACKWARD = "time_backward", "时间倒退（后一条早于前一条）"
    HEAD_MISSING = "head_missing", "链尾登记缺失"
    HEAD_BEHIND = "head_behind", "链尾登记落后"
    INDEX_DIFFERS = "index_differs", "索引列与事件原文不符"
    EXHIBIT_DIFFERS = "exhibit_differs", "证据登记与提取事件不符"
    EXHIBIT_MISSING = "exhibit_missing", "证据登记缺失"
    SERIES_BEHIND = "series_behind", "编号序列的最后一号落后于已登记的编号"
    ORIGINAL_MISSING = "original_missing", "电子原件登记缺失"
    READING_DIFFERS = "reading_differs", "文件信息登记与操作记录不符"
    READING_MISSING = "reading_missing", "操作记录中的文件信息登记缺失"
    COPY_DIFFERS = "copy_differs", "副本登记与操作记录不符"
    COPY_MISSING = "copy_missing", "操作记录中的副本登记缺失"
    SCAN_DIFFERS = "scan_differs", "病毒扫描登记与操作记录不符"
    SCAN_MISSING = "scan_missing", "操作记录中的病毒扫描登记缺失"
    CLOCK_DIFFERS = "clock_differs", "对时登记与操作记录不符"
    CLOCK_MISSING = "clock_missing", "操作记录中的对时登记缺失"
    STANDING_DIFFERS = "standing_differs", "保管状态与保管链不符"
    DEFECTS_DIFFER = "defects_differ", "缺陷登记与保管链不符"
    SEAL_ROW_DIFFERS = "seal_row_differs", "封条登记与保管链不符"
    HANDOVER_DIFFERS = "handover_differs", "交接登记与保管链不符"
    HANDOVER_MISSING = "handover_missing", "保管链中的交接登记缺失"
    KINSHIP_DIFFERS = "kinship_differs", "分样（提取）关系与保管链不符"
    EXAMINATION_DIFFERS = "examination_differs", "检验鉴定登记与操作记录不符"
    EXAMINATION_MISSING = "examination_missing", "操作记录中的检验鉴定登记缺失"
    PLACE_DIFFERS = "place_differs", "保管场所登记与操作记录不符"
    PLACE_MISSING = "place_missing", "操作记录中的保管场所登记缺失"
    STOCK_TAKE_DIFFERS = "stock_take_differs", "盘点登记与操作记录不符"
    STOCK_TAKE_MISSING = "stock_take_missing", "操作记录中的盘点登记缺失"
    ENTRY_MISSING = "entry_missing", "操作记录缺少条目"
    ENTRY_ALTERED = "entry_altered", "操作记录内容被改动"
    ENTRY_INDEX_DIFFERS = "entry_index_differs", "操作记录的索引列与原文不符"
    LEAF_MISSING = "leaf_missing", "日志缺少条目"
    LEAF_DIFFERS = "leaf_differs", "日志条目与已编入的散列不符"
    TILE_DIFFERS = "tile_differs", "日志的散列与条目不符"
    CHAIN_FORKED = "chain_forked", "同一序号有两条保管事件"
    LOG_ORDER = "log_order", "日志中保管事件的先后与保管链不符"
    CHECKPOINT_DIFFERS = "checkpoint_differs", "检查点与日志不一致"
    CHECKPOINT_UNSIGNED = "checkpoint_unsigned", "检查点的签名无效"
    KEY_UNKNOWN = "key_unknown", "签名密钥没有由前一密钥指定"
    STAMP_DIFFERS = "stamp_differs", "时间戳不是该检查点的"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: where (exhibit, document, step, record), what, and both values where there are two."""

    where: str
    kind: Labelled
    seq: int | None = None
    registered: str = ""
    found: str = ""
