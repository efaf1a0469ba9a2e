"""``casesvc upload``: folders to a service elsewhere, for people at a terminal and for scripts alike."""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, TextIO, TypeVar

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Column

from casesvc.card import Found, LeftOut, look_through
from casesvc.remote import Refused, Remote, Unanswered
from casesvc.uploading import Outcome, Phase, State, Uploading
from evidence.exhibit import Kind
from evidence.moments import BEIJING

EXIT_SOME_FAILED, EXIT_NOTHING_DONE, EXIT_INTERRUPTED = 1, 2, 130
PASSWORD = "CASESVC_PASSWORD"  # noqa: S105 - the name of a variable
MOST_AT_ONCE = 8
"""As many bodies as the service takes in from one person at once."""
Handler = TypeVar("Handler", bound=Callable[..., Any])


def fact(option: str, most: int, label: str) -> Callable[[Handler], Handler]:
    """An option that says the same of every file."""

    def checked(_context: click.Context, _option: click.Parameter, said: str) -> str:
        if len(said) > most:
            raise click.BadParameter(f"最多 {most} 个字")
        return said.strip()

    return click.option(option, default="", callback=checked, metavar="文字", help=f"{label}，最多 {most} 个字")


def there(_context: click.Context, _argument: click.Parameter, paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """The paths, all of which must be there."""
    if missing := [shown(str(path)) for path in paths if not path.exists()]:
        raise click.UsageError(f"没有这些文件或文件夹：{'、'.join(missing)}")
    return paths


@click.command()
@click.option("--server", required=True, metavar="URL", help="服务地址，如 https://zhengju.example.cn")
@click.option("--case", "case_number", required=True, metavar="NO", help="案件编号")
@click.option("--login", required=True, metavar="LOGIN", help="登录名；密码取自环境变量 CASESVC_PASSWORD，没有则询问")
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in Kind if not kind.tangible]),
    help="证据种类；不给则按文件名判断",
)
@fact("--category", 20, "照片类别（方位、概貌、重点部位、细目）")
@fact("--place", 200, "提取地点")
@fact("--taken-by", 60, "拍摄（提取）人")
@fact("--witness", 60, "见证人")
@fact("--source", 100, "来源设备或存储卡")
@click.option("--parallel", type=click.IntRange(1, MOST_AT_ONCE), default=4, show_default=True, help="同时上传的文件数")
@click.option(
    "--manifest",
    type=click.Path(dir_okay=False, path_type=Path),
    help="逐个文件记下结果（JSON Lines）；须为新文件",
)
@click.option("--quiet", is_flag=True, help="只显示没有登记的文件")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), callback=there, metavar="PATH…")
def upload(
    server: str,
    case_number: str,
    login: str,
    parallel: int,
    manifest: Path | None,
    paths: tuple[Path, ...],
    *,
    quiet: bool,
    **facts: str | None,
) -> None:
    """把文件和文件夹上传到服务器，登记为证据；中断后原样再运行一次，只传缺少的部分。

    每个文件先在本机计算 SHA-256，登记后与服务器的回执比对。不跟随文件夹中的链接，略过系统文件，都会说明。
    输出不是终端时，逐行打印编号、SHA-256、SM3 和路径。

    退出码 0：全部已登记；1：有文件未登记；2：没有上传任何文件（地址、登录、案件或参数有误）；130：按 Ctrl-C 中断。
    """
    screen: Screen | None = None
    try:
        files, left_out = look_through(paths)
        if not files:
            raise click.UsageError("没有可上传的文件。" + "；".join(summed_up(left_out)))
        remote = Remote(server, login, password_of(login))
        remote.log_in()
        case = remote.case(case_number)
        screen = Screen(files, quiet=quiet)
        run = Uploading(remote, case["number"], {fact: value or "" for fact, value in facts.items()}, screen.moved)
        with written(manifest, server=remote.server, case=case["number"]) as write, screen.shown(case["name"]):
            for each in left_out:
                screen.tell(write(outcome_of(each)))
            screen.say(*summed_up(left_out))
            for outcome in run.outcomes(files, parallel):
                screen.tell(write(outcome))
    except (Refused, Unanswered) as reason:
        click.echo(reason.words, err=True)
        done = screen is not None and (screen.states[State.REGISTERED] or screen.states[State.PRESENT])
        sys.exit(EXIT_SOME_FAILED if done else EXIT_NOTHING_DONE)
    except (KeyboardInterrupt, click.Abort):
        click.echo("已中断。服务器已收到的部分保留；原样再运行一次即从中断处继续。", err=True)
        sys.exit(EXIT_INTERRUPTED)
    sys.exit(EXIT_SOME_FAILED if screen.states[State.FAILED] else 0)


def outcome_of(left_out: LeftOut) -> Outcome:
    state = State.FAILED if left_out.fault else State.SKIPPED
    return Outcome(str(left_out.path), None, state, reason=left_out.reason)


def summed_up(left_out: list[LeftOut]) -> list[str]:
    """A line for each reason why files were left out on purpose: a card from a Mac has one beside every photograph."""
    by_reason: dict[str, list[str]] = {}
    for each in left_out:
        if not each.fault:
            by_reason.setdefault(each.reason, []).append(shown(str(each.path)))
    return [
        f"略过 {len(paths)} 个（{reason}）：{'、'.join(paths[:3])}{' 等' if len(paths) > 3 else ''}"
        for reason, paths in by_reason.items()
    ]


def shown(path: str) -> str:
    """A path as a terminal may be given it: names come from cards, and could hold its commands."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in path)


def password_of(login: str) -> str:
    """The password from the environment, else asked for: as an option every process of the machine could read it."""
    if given := os.environ.get(PASSWORD):
        return given
    if not sys.stdin.isatty():
        raise click.UsageError(f"没有终端可以询问密码，请在环境变量 {PASSWORD} 中给出。")
    return str(click.prompt(f"{login} 的密码", hide_input=True, err=True))


@contextmanager
def written(manifest: Path | None, **facts: str) -> Iterator[Callable[[Outcome], Outcome]]:
    """A function that writes an outcome into the manifest, at once, and passes it on."""
    if manifest is None:
        yield lambda outcome: outcome
        return
    try:
        # never over what is there: it could be evidence. Names that are no UTF-8 become JSON's own \udc80 to \udcff
        file: TextIO = manifest.open("x", encoding="utf-8", errors="backslashreplace")
    except OSError as reason:
        why = "已存在，须为新文件" if isinstance(reason, FileExistsError) else f"不能写入（{reason.strerror}）"
        raise click.UsageError(f"--manifest 的文件“{manifest}”{why}") from reason
    with file:

        def write(outcome: Outcome) -> Outcome:
            row = {**asdict(outcome), **facts, "at": datetime.now(BEIJING).isoformat(timespec="seconds")}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            file.flush()
            return outcome

        yield write


class Screen:
    """Bars on a terminal, lines elsewhere: results to stdout, whatever else is said of them to stderr."""

    def __init__(self, files: list[Found], *, quiet: bool) -> None:
        self.states: Counter[State] = Counter()
        self._files = {str(file.path): file for file in files}
        self._quiet = quiet
        self._lines = not (quiet or sys.stdout.isatty())
        self._console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
        self._bars = Progress(
            TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, max_width=40)),
            BarColumn(20),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            redirect_stdout=False,
            disable=quiet or not self._console.is_terminal,
        )
        self._lock = Lock()
        self._under_way: dict[str, _UnderWay] = {}
        self._ended = 0
        self._to_send = sum(file.size for file in files)
        self._all = self._bars.add_task(self._counted(), total=self._to_send)

    @contextmanager
    def shown(self, case: str) -> Iterator[None]:
        """The bars while it lasts, the sum of it at the end."""
        self.say(f"案件：{case}，{len(self._files)} 个文件")
        try:
            with self._bars:
                yield
        finally:
            parts = [f"{state.label} {self.states[state]} 个" for state in State if self.states[state]]
            if left := len(self._files) - self._ended:
                parts.append(f"没有上传完 {left} 个")
            self.say("，".join(parts))

    def moved(self, file: Found, phase: Phase, done: int) -> None:
        """Hear how far a file is, from any thread."""
        with self._lock:
            under_way = self._under_way.get(str(file.path))
            if under_way is None or under_way.phase is not phase:
                under_way = self._begun(file, phase, done, under_way)
            elif phase is Phase.SENDING:
                self._bars.update(self._all, advance=done - under_way.done)
            under_way.done = done
            self._bars.update(under_way.task, completed=done)

    def _begun(self, file: Found, phase: Phase, done: int, before: "_UnderWay | None") -> "_UnderWay":
        words = f"{phase.value} {shown(file.path.name)}"
        if before is None:
            task = self._bars.add_task(words, total=file.size)
        else:
            task = before.task
            self._bars.reset(task, completed=done, description=words)
        if phase is Phase.SENDING:
            self._spared(done)
        begun = self._under_way[str(file.path)] = _UnderWay(task, phase, done)
        return begun

    def _spared(self, size: int) -> None:
        """Bytes that need not be sent are no speed, and no time that remains."""
        if size:
            self._to_send -= size
            self._bars.update(self._all, total=self._to_send)

    def tell(self, outcome: Outcome) -> None:
        """Say what became of a file."""
        self.states[outcome.state] += 1
        if file := self._files.get(outcome.path):
            with self._lock:
                self._end(file)
        path = shown(outcome.path)
        if outcome.state is State.FAILED:
            self._console.print(f"未登记  {path}：{outcome.reason}")
        elif outcome.exhibit and self._lines:
            click.echo(f"{outcome.exhibit}  {outcome.sha256}  {outcome.sm3}  {path}")

    def _end(self, file: Found) -> None:
        under_way = self._under_way.pop(str(file.path), None)
        sent = 0
        if under_way is not None:
            self._bars.remove_task(under_way.task)
            sent = under_way.done if under_way.phase is Phase.SENDING else 0
        self._spared(file.size - sent)
        self._ended += 1
        self._bars.update(self._all, description=self._counted())

    def say(self, *lines: str) -> None:
        for line in lines:
            if line and not self._quiet:
                self._console.print(line)

    def _counted(self) -> str:
        return f"共 {self._ended}/{len(self._files)} 个文件"


@dataclass
class _UnderWay:
    """A file with a bar: ``done`` are bytes of its phase."""

    task: TaskID
    phase: Phase
    done: int
