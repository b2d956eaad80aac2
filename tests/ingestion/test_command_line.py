"""`python -m ingestion`: settings, secrets, and one sentence for whatever is wrong."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ingestion import cli, postgres
from ingestion.errors import ExtractionError
from ingestion.settings import read_settings, resolved, without_secrets

PROJECT = Path(__file__).resolve().parents[2]
FILES = {"kind": "files", "address": "${DROP_FOLDER}", "tables": {"app_logs": {"files": "*.log"}}}


def written(folder: Path, **sources: object) -> Path:
    path = folder / "sources.yml"
    path.write_text(yaml.safe_dump({"sources": sources}))
    return path


def run(capfd: pytest.CaptureFixture, *arguments: str) -> tuple[int, str, str]:
    """The command in this process: its exit code and what it prints."""
    code = 0
    try:
        cli.run(list(arguments))
    except SystemExit as end:
        code = end.code
    out, err = capfd.readouterr()
    return code, out, err


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ('FATAL:  password authentication failed for user "u"', True),
        ('FATAL:  role "u" does not exist', True),
        ('FATAL:  database "d" does not exist', True),
        ("fe_sendauth: no password supplied", True),
        ("FATAL:  the database system is starting up", False),
        ("FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute", False),
        ('FATAL:  too many connections for role "u"', False),
    ],
)
def test_a_server_that_is_busy_refuses_no_login(said, refused):
    assert postgres.is_login(said) == refused


def test_the_sources_of_the_project_can_be_read():
    sources = read_settings(PROJECT / "ingestion" / "sources.yml").sources
    assert {source.kind for source in sources.values()} == {"files", "database", "api", "change_data", "topic"}
    assert sources["shop_database"].tables["users"].lag.total_seconds() == 600


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ({"kind": "ftp", "address": "x", "tables": {}}, "sources.one: Input tag 'ftp'"),
        (FILES | {"adress": "x"}, "sources.one.adress: Extra inputs are not permitted"),
        (FILES | {"tables": {"carts": {"files": "*"}}}, "one has carts, which is no raw table: use one of app_logs"),
        (FILES | {"tables": {"app_logs": {}}}, "sources.one.tables.app_logs.files: Field required"),
        (
            {"kind": "database", "address": "x", "tables": {"users": {"table": "users", "lag": "soon"}}},
            "sources.one.tables.users.lag: 'soon' is no duration such as `10 minutes`",
        ),
    ],
)
def test_what_cannot_be_meant_is_named(tmp_path, source, says):
    with pytest.raises(ExtractionError) as error:
        read_settings(written(tmp_path, one=source))
    assert says in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("text", "says"), [("sources: [", "is no YAML"), ("x", "the file"), (None, "cannot be read")])
def test_a_file_that_is_none_is_named(tmp_path, text, says):
    if text is not None:
        (tmp_path / "sources.yml").write_text(text)
    with pytest.raises(ExtractionError, match=says):
        read_settings(tmp_path / "sources.yml")


def test_a_variable_that_is_not_set_is_named_and_the_other_sources_land(tmp_path, monkeypatch, capfd):
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop/a.log").write_text("2025-01-01|user=1|event=view\n")
    monkeypatch.delenv("NOWHERE", raising=False)
    sources = written(tmp_path, one=FILES | {"address": "${NOWHERE}"}, two=FILES | {"address": str(tmp_path / "drop")})
    options = ("--sources", str(sources), "--landing", str(tmp_path / "landing"))
    code, out, err = run(capfd, "extract", *options)
    assert code == 1
    assert "one: NOWHERE is not set: source one needs this environment variable." in err
    assert "two: 1 records of app_logs" in out
    assert run(capfd, "extract", *options, "--source", "two")[0] == 0
    assert "1 files of *.log read" in run(capfd, "status", *options, "--source", "two")[1]
    assert "two: app_logs: 0 bytes" in run(capfd, "extract", *options, "--source", "two", "--dry-run", "yes")[1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("extract", "--source", "three"), "There is no source three: sources.yml has one."),
        (("extract", "--dry-run", "perhaps"), "DRY_RUN=perhaps is neither yes nor no."),
        (("extract", "--follow", "yes"), "FOLLOW=yes follows one source"),
        (("extract", "--follow", "yes", "--source", "one"), "are for topics and change data"),
        (("extract",), "The drop folder /nowhere of one does not exist"),
        (("drop-slot",), "Say which source of change data is meant"),
        (("drop-slot", "--source", "one"), "only change_data has a log of changes"),
        (("snapshot", "--source", "one"), "Say which tables are meant"),
        (("extrct",), "No such command 'extrct'"),
    ],
)
def test_a_bad_command_gets_one_sentence(tmp_path, capfd, arguments, says):
    sources = written(tmp_path, one=FILES | {"address": "/nowhere"})
    common = () if arguments == ("extrct",) else ("--sources", str(sources))
    if arguments[0] == "extract":
        common += ("--landing", str(tmp_path / "landing"))
    code, _, err = run(capfd, *arguments, *common)
    assert code == 1
    assert says in err
    assert "Traceback" not in err


def test_secrets_are_in_no_message(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_DATABASE_URL", "postgresql://reader:p%40ss-word@db/shop")
    monkeypatch.setenv("IDENTITY_API_TOKEN", "t0ken-of-api")
    one = {"kind": "database", "address": "${SHOP_DATABASE_URL}", "tables": {"users": {"table": "users"}}}
    source = resolved(read_settings(written(tmp_path, one=one)).sources["one"])
    said = without_secrets("p@ss-word p%40ss-word t0ken-of-api reader", source)
    assert said == "*** *** *** reader"


@pytest.mark.parametrize(
    "said",
    [
        "memory://loader:hunter2secret@store/in is gone",
        "failed to resolve host 'at@127.0.0.1'",
        "postgresql://reader:hunt:er2@at@127.0.0.1/shop",
        "password er2@at",
    ],
)
def test_passwords_of_addresses_are_in_no_message_whole_or_in_parts(tmp_path, monkeypatch, said):
    monkeypatch.setenv("SHOP_DATABASE_URL", "postgresql://reader:hunt:er2@at@127.0.0.1/shop")
    one = {"kind": "database", "address": "${SHOP_DATABASE_URL}", "tables": {"users": {"table": "users"}}}
    source = read_settings(written(tmp_path, one=one)).sources["one"]
    shown = without_secrets(said, source)
    assert "hunt" not in shown and "er2" not in shown


def test_make_passes_its_options_on(tmp_path):
    (tmp_path / "drop").mkdir()
    sources = written(tmp_path, one=FILES | {"address": str(tmp_path / "drop")})
    done = subprocess.run(
        [sys.executable, "-m", "ingestion", "extract"],
        cwd=PROJECT,
        env={"WAREHOUSE_OPTION_SOURCES": str(sources), "WAREHOUSE_OPTION_LANDING": str(tmp_path / "landing")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "one: 0 records of app_logs\n", "")


def test_the_exit_code_says_whether_the_same_may_work_later(tmp_path, capfd):
    away = {"kind": "database", "address": "postgresql://127.0.0.1:1/shop", "tables": {"users": {"table": "users"}}}
    gone = FILES | {"address": "/nowhere"}
    common = ("extract", "--sources", str(written(tmp_path, away=away, gone=gone)), "--landing", str(tmp_path / "l"))
    code, _, err = run(capfd, *common, "--source", "away")
    assert code == 75
    assert err.startswith("away: The database at 127.0.0.1:1/shop cannot be reached")
    code, _, err = run(capfd, *common, "--source", "gone")
    assert (code, err.count("\n")) == (1, 1)
    assert run(capfd, *common)[0] == 75
