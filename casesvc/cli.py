"""The command line: the same acts as the API, for people at the machine."""

import ipaddress
import json
import logging
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import uvicorn

from casesvc import demo as demo_data
from casesvc.accounts import actor_of, disable_account, reset_account
from casesvc.acts import issue as issue_document
from casesvc.acts import run_and_record_canary, system_actor, upload, verify_all, verify_all_chains
from casesvc.answers import told
from casesvc.api.accounts import AccountIn, register_account
from casesvc.api.cases import AlarmIn, OpeningIn, enter_alarm, open_on_incident
from casesvc.app import create_app
from casesvc.errors import InputRefused
from casesvc.installation import Installation, install, prepare_store
from casesvc.log_commands import check_paper, log_group
from casesvc.migrating import check_version
from casesvc.migrating import migrate as migrate_database
from casesvc.passwords import hashed
from casesvc.settings import Settings
from casesvc.upload_command import upload as upload_elsewhere
from casesvc.witness import run_witness
from evidence.act import Actor
from evidence.errors import EmptyFile, FileNameRefused
from evidence.exhibit import Kind, original_of
from evidence.moments import BEIJING
from evidence.register import Procedure, load_units
from storage import StoreUnavailable
from workflows.roles import Role

BLOCK = 1024 * 1024
EXIT_FINDINGS, EXIT_REFUSED = 1, 2


class Commands(click.Group):
    """Refusals go to stderr in the words the pages use, with exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.UsageError as reason:
            click.echo(f"用法有误：{reason.format_message()}\n用法见 {ctx.command_path} --help", err=True)
            sys.exit(EXIT_REFUSED)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as reason:
            problem, detail = told(reason)
            click.echo(f"{problem.title}：{detail}", err=True)
            if problem.status >= 500:
                logging.getLogger(__name__).exception("fault")
            sys.exit(EXIT_REFUSED)


@click.group(cls=Commands)
@click.version_option(package_name="casesvc")
@click.pass_context
def main(ctx: click.Context) -> None:
    """火灾调查案件与证据系统。设置取自 CASESVC_… 环境变量，见 README。"""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    if ctx.invoked_subcommand not in {upload_elsewhere.name, run_witness.name}:  # they work where nothing is installed
        ctx.obj = install(Settings())


main.add_command(upload_elsewhere)
main.add_command(log_group)
main.add_command(check_paper)
main.add_command(run_witness)


AS = click.option("--as", "login", required=True, metavar="LOGIN", help="登录名：以谁的名义办理")


def acting(here: Installation, login: str) -> Actor:
    with here.database.reading() as tx:
        return actor_of(tx, login)


@main.command()
@click.pass_obj
def migrate(here: Installation) -> None:
    """把数据库升级到最新版本，并准备好存储。"""
    click.echo(f"数据库已是最新版本 {migrate_database(here.database.engine)}")
    with here.database.begin(system_actor()) as act:
        load_units(act.tx)
    prepare_if_there(here)


@main.command()
@click.pass_obj
def serve(here: Installation) -> None:
    """提供页面和接口服务，按 Ctrl-C 结束。"""
    check_version(here.database.engine)
    prepare_if_there(here)
    address = f"http://{here.settings.host}:{here.settings.port}"
    click.echo(f"\n火灾调查案件与证据系统  {address}\n接口文档  {address}/schema\n按 Ctrl-C 结束")
    if here.database.engine.dialect.name == "sqlite" and is_loopback(here.settings.host):
        click.echo(demo_data.logins_text(here))
    uvicorn.run(create_app(here), host=here.settings.host, port=here.settings.port, log_level="warning")


@main.command()
@click.pass_obj
def demo(here: Installation) -> None:
    """录入演示数据（只录一次）：各角色人员各一名，一起已登记照片的火灾。"""
    prepare_store(here.store)
    entered = demo_data.enter(here)
    click.echo("演示数据已录入" if entered else "演示数据已存在，保持不变")


@main.group()
def user() -> None:
    """账号。"""


@user.command("add")
@click.argument("login")
@click.option("--name", required=True, help="姓名")
@click.option("--certificate", required=True, help="证件号")
@click.option("--unit", required=True, help="单位代码，如 410502")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in Role]))
@click.password_option(help="密码；不给则询问")
@click.pass_obj
def user_add(
    here: Installation,
    login: str,
    name: str,
    certificate: str,
    unit: str,
    roles: tuple[str, ...],
    password: str,
) -> None:
    """新增人员及其账号；首次登录须修改密码。"""
    asked = AccountIn(
        name=name,
        certificate=certificate,
        unit=unit,
        login=login,
        password=password,
        roles=[Role(role) for role in roles],
    )
    register_account(here, system_actor(), asked)
    click.echo(f"已新增账号 {login}，首次登录须修改密码")


@user.command("disable")
@click.argument("login")
@click.pass_obj
def user_disable(here: Installation, login: str) -> None:
    """停用账号并结束其登录。"""
    with here.database.begin(system_actor()) as act:
        disable_account(act, login)
    click.echo(f"已停用账号 {login}")


@user.command("reset")
@click.argument("login")
@click.password_option(help="新的初始密码；不给则询问")
@click.pass_obj
def user_reset(here: Installation, login: str, password: str) -> None:
    """重置账号的初始密码；已停用的重新启用。"""
    password_hash = hashed(password)
    with here.database.begin(system_actor()) as act:
        reset_account(act, login, password_hash=password_hash)
    click.echo(f"已重置账号 {login} 的密码，下次登录须修改")


@main.command("open-case")
@AS
@click.option("--name", required=True, help="火灾名称")
@click.option("--place", required=True, help="起火地点")
@click.option(
    "--fire-at",
    required=True,
    type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]),
    help="起火时间（北京时间）",
)
@click.option("--caller", required=True, help="报警人")
@click.option("--phone", required=True, help="报警电话")
@click.option("--burning", required=True, help="燃烧对象")
@click.option("--procedure", type=click.Choice([p.value for p in Procedure]), default=Procedure.ORDINARY.value)
@click.pass_obj
def open_case(
    here: Installation,
    login: str,
    name: str,
    place: str,
    fire_at: datetime,
    caller: str,
    phone: str,
    burning: str,
    procedure: str,
) -> None:
    """登记接报并立案；打印案件编号。"""
    at = fire_at.replace(tzinfo=BEIJING)
    alarm = AlarmIn(received_at=at, caller=caller, phone=phone, place=place, burning=burning)
    with here.database.begin(acting(here, login)) as act:
        incident = enter_alarm(act, alarm)
        opening = OpeningIn(incident=incident.number, name=name, fire_at=at, procedure=Procedure(procedure))
        case = open_on_incident(act, opening)
    click.echo(case.number)


@main.command()
@AS
@click.option("--case", "case_number", required=True, metavar="NUMBER")
@click.option("--kind", type=click.Choice([k.value for k in Kind if not k.tangible]), default=Kind.PHOTO.value)
@click.option("--place", default="", help="提取地点")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def collect(here: Installation, login: str, case_number: str, kind: str, place: str, files: tuple[Path, ...]) -> None:
    """把文件登记为证据；逐个打印编号、SHA-256、SM3 和文件名。未登记的在标准错误中说明，退出码 2。"""
    by = acting(here, login)
    facts = {"place": place}
    refused = 0
    for path in files:
        try:
            exhibit = upload(here, by, case_number, blocks_of(path), file_name=path.name, kind=Kind(kind), facts=facts)
        except (EmptyFile, FileNameRefused) as reason:  # of this file alone; the others are still to come
            refused += 1
            click.echo(told(reason)[1], err=True)
            continue
        except OSError as reason:
            refused += 1
            click.echo(f"文件“{path}”读不到（{reason.strerror}），未登记。请检查存储卡。", err=True)
            continue
        with here.database.reading() as tx:
            original = original_of(tx, exhibit)
        if original is not None:
            click.echo(f"{exhibit.number}  {original.sha256}  {original.sm3}  {original.file_name}")
    if refused:
        click.echo(f"{refused} 个文件未登记", err=True)
        sys.exit(EXIT_REFUSED)


@main.command()
@AS
@click.option("--case", "case_number", required=True, metavar="NUMBER")
@click.option("--fields", "fields", required=True, type=click.File(encoding="utf-8"), help="JSON 文件，- 为标准输入")
@click.argument("form")
@click.pass_obj
def issue(here: Installation, login: str, case_number: str, fields: Any, form: str) -> None:
    """出具文书；打印编号和校验值。"""
    try:
        values = json.load(fields)
    except ValueError as reason:
        raise InputRefused(f"字段文件不是有效的 JSON：{reason}") from reason
    issued = issue_document(here, acting(here, login), case_number, form, values)
    click.echo(f"{issued.number.number}  {issued.document.sha256}  {issued.document.sm3}")


@main.command()
@click.option("--case", "case_number", metavar="NUMBER", help="只核验一个案件；不给则核验全部")
@click.option("--chains", is_flag=True, help="只核对全部保管链的原文，不读文件，每百万条事件几秒钟")
@click.pass_obj
def verify(here: Installation, case_number: str | None, *, chains: bool) -> None:
    """重读全部存储字节，核对每条保管链和操作记录。退出码 0：未发现问题；1：发现问题；2：未能核验。"""
    if chains and case_number:
        raise click.UsageError("--chains 核对全部案件，不能与 --case 同用")
    report = verify_all_chains(here) if chains else verify_all(here, case_number)
    click.echo(
        f"证据 {report.exhibits} 件，保管事件 {report.events} 条，原件 {report.originals} 份，副本 {report.copies} 份，"
        f"文书 {report.documents} 份，操作记录 {report.entries} 条，读取 {report.bytes_read} 字节"
    )
    for finding in report.findings:
        place = finding.where if finding.seq is None else f"{finding.where} #{finding.seq}"
        values = f"  登记 {finding.registered}  实际 {finding.found}" if finding.registered or finding.found else ""
        click.echo(f"发现  {place}  {finding.kind.label}{values}")
    click.echo("未发现问题" if report.sound else f"发现 {len(report.findings)} 处问题")
    if not report.sound:
        sys.exit(EXIT_FINDINGS)


@main.command()
@click.pass_obj
def canary(here: Installation) -> None:
    """写入一个锁定的试件，尝试覆盖、删除和缩短保留期，记录存储是否拒绝。退出码 1：不能防护。"""
    run = run_and_record_canary(here)
    for what, label in (("overwrite", "覆盖"), ("delete", "删除"), ("shorten", "缩短保留期")):
        refused = run.report[f"{what}_refused"]
        outcome = "不适用" if refused is None else "已拒绝" if refused else "未拒绝"
        click.echo(f"{label}：{outcome}（{run.report[f'{what}_note']}）")
    click.echo("存储能够防止改动和删除" if run.sound else "存储不能防止改动和删除")
    if not run.sound:
        sys.exit(EXIT_FINDINGS)


def prepare_if_there(here: Installation) -> None:
    """Prepare the store; one that is away keeps nothing from starting, and the jobs prepare it when it is back."""
    try:
        prepare_store(here.store)
    except StoreUnavailable as reason:
        click.echo(f"注意：证据存储暂时连接不上（{reason.cause}），恢复后自动可用。", err=True)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address: elsewhere a printed password is everybody's."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def blocks_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


if __name__ == "__main__":
    main()
