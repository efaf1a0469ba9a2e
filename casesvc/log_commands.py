"""``casesvc log``: the log at the machine – its newest checkpoint, publishing at once, verifying, another key."""

import sys
from pathlib import Path

import click

from casesvc.acts import now, system_actor
from casesvc.errors import InputRefused
from casesvc.installation import Installation
from casesvc.log_key import key_file, read_key_file, signing_key, write_key
from casesvc.publishing import cosign_latest, sequence_and_publish, stamp_latest
from evidence.checkpoint import keys_of, latest, note_of, stamps_of, succeed
from evidence.log import Sequencer, sequenced
from evidence.log_findings import log_findings
from evidence.moments import BEIJING
from evidence.paper import Agreement, agreement, read_printed

EXIT_FINDINGS = 1


@click.group("log")
def log_group() -> None:
    """日志与检查点：公布、核对、更换签名密钥。"""


@log_group.command()
@click.pass_obj
def status(here: Installation) -> None:
    """打印最新检查点、时间戳和供对外公布的密钥。"""
    with here.database.reading() as tx:
        last = latest(tx)
        click.echo(f"已编入 {sequenced(tx)} 条，检查点覆盖 {last.size if last else 0} 条")
        if last is not None:
            click.echo(note_of(last).written().decode(), nl=False)
            for stamp in stamps_of(tx, last):
                click.echo(f"时间戳  {stamp.stamped_at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}  {stamp.authority}")
        for key in keys_of(tx):
            click.echo(f"密钥  自第 {key.since} 条起  {key.line}")
    if not here.settings.tsa:
        click.echo("未配置时间戳服务机构：检查点只有本系统的签名")


@log_group.command("publish")
@click.pass_obj
def publish_now(here: Installation) -> None:
    """立即编入、签名公布，并向到期的时间戳服务机构申请时间戳。"""
    made = sequence_and_publish(here, Sequencer())
    click.echo(f"已公布 {made.size} 条" if made else "没有新的内容，未公布新的检查点")
    for stamp in stamp_latest(here):
        click.echo(f"时间戳  {stamp.stamped_at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}  {stamp.authority}")
    for cosignature in cosign_latest(here):
        click.echo(f"会签  {cosignature.witness}")


@log_group.command("verify")
@click.pass_obj
def verify_log(here: Installation) -> None:
    """重读整个日志，核对每个散列、每个检查点、签名和时间戳，并查找同一证据的两条保管链。退出码 1：发现问题。"""
    found = 0
    with here.database.snapshot() as tx:
        for finding in log_findings(tx):
            found += 1
            place = finding.where if finding.seq is None else f"{finding.where} #{finding.seq}"
            values = f"  登记 {finding.registered}  实际 {finding.found}" if finding.registered or finding.found else ""
            click.echo(f"发现  {place}  {finding.kind.label}{values}")
        click.echo(f"读取 {sequenced(tx)} 条，" + (f"发现 {found} 处问题" if found else "未发现问题"))
    if found:
        sys.exit(EXIT_FINDINGS)


@click.command("check-paper")
@click.argument("printed", nargs=-1, required=True)
@click.pass_obj
def check_paper(here: Installation, printed: tuple[str, ...]) -> None:
    """核对纸上的检查点：名称、条数、校验码，或二维码的内容。退出码 1：与现在的日志不一致。"""
    with here.database.reading() as tx:
        found = agreement(tx, read_printed(" ".join(printed)))
    click.echo(found.label)
    if found is not Agreement.CONSISTENT:
        sys.exit(EXIT_FINDINGS)


@log_group.command()
@click.option("--lost", is_flag=True, help="原密钥已丢失：新密钥没有原密钥的指定，核对时会一直标注")
@click.pass_obj
def rotate(here: Installation, *, lost: bool) -> None:
    """启用新的签名密钥；原密钥文件改名保留。先停止服务，完成后再启动。"""
    path = key_file(here.settings)
    if lost and path.exists():
        raise InputRefused(f"{path} 还在，不能按丢失处理")
    old = None if lost else signing_key(here.settings)
    with here.database.reading() as tx:
        known = keys_of(tx)
    if not known:
        raise InputRefused("还没有公布过检查点，不需要更换密钥")
    fresh = _fresh(path)
    write_key(fresh, old.name if old else known[-1].line.split("+")[0])
    new = read_key_file(fresh)
    with here.database.begin(system_actor()) as act:
        succeed(act.tx, new, act.at, by=old)
    if old is not None:
        path.rename(_fresh(path.with_name(f"{path.name}.old-{now():%Y%m%d}")))
    fresh.rename(path)
    click.echo(f"新密钥  {new.verifier().line}")


def _fresh(path: Path) -> Path:
    """A path beside ``path`` at which nothing is."""
    return next(
        each for each in (path.with_name(f"{path.name}.{number}") for number in range(1, 1000)) if not each.exists()
    )
