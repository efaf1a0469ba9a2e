"""What an installation keeps beside its database: the secret."""

import subprocess
import sys
import textwrap

import pytest
from pydantic import SecretStr

from casesvc.answers import told
from casesvc.errors import SecretUnusable
from casesvc.installation import secret_of
from casesvc.settings import Settings
from tests.servers import ROOT


def test_the_secret_is_made_once_and_only_the_service_can_read_it(tmp_path):
    settings = Settings(data_dir=tmp_path / "data")
    secret = secret_of(settings)
    assert len(secret) == 64
    assert secret_of(settings) == secret
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret"]
    assert (tmp_path / "data" / "secret").stat().st_mode & 0o777 == 0o600


def test_a_configured_secret_leaves_no_file(tmp_path):
    assert secret_of(Settings(data_dir=tmp_path / "data", secret=SecretStr("configured"))) == "configured"
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("kept", ["", "\n", "0123456789abcdef", "密" * 20])
def test_an_empty_or_cut_secret_is_refused_and_not_replaced(tmp_path, kept):
    (tmp_path / "secret").write_text(kept, "utf-8")
    with pytest.raises(SecretUnusable) as refused:
        secret_of(Settings(data_dir=tmp_path))
    assert str(tmp_path / "secret") in told(refused.value)[1]
    assert (tmp_path / "secret").read_text("utf-8") == kept


def test_two_processes_at_once_get_the_same_secret(tmp_path):
    program = textwrap.dedent("""
        import sys
        from pathlib import Path
        from casesvc.installation import secret_of
        from casesvc.settings import Settings
        print("ready", flush=True)
        sys.stdin.readline()
        print(secret_of(Settings(data_dir=Path(sys.argv[1]))))
    """)
    command = [sys.executable, "-c", program, str(tmp_path / "data")]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(3)
    ]
    assert [process.stdout.readline() for process in started] == ["ready\n"] * 3
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    told_secrets = {process.communicate()[0] for process in started}
    assert len(told_secrets) == 1
    assert len(told_secrets.pop().strip()) == 64
