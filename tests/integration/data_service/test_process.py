"""`python -m data_service`: how it starts, what it refuses, how it ends."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from tablefit.data import DataClient
from tablefit.errors import AlreadyExists, NotFound
from tablefit.rpc.probe import is_serving
from tablefit.v1 import data_service_pb2 as pb
from tablefit.v1.data_service_pb2_grpc import DataServiceStub

from tests.data_program import data_services
from tests.image_files import MadeImages


@pytest.fixture
def start_service(tmp_path):
    """Starts data services as anybody does, each in a directory of its own unless it is named."""
    with data_services(tmp_path, fresh=True) as start:
        yield start


def test_it_serves_says_where_and_ends_on_sigterm(start_service, tmp_path):
    service = start_service("--address-file", str(tmp_path / "address"))
    assert service.lines[-1].endswith(f"data service ready at {service.address}")
    assert (tmp_path / "address").read_text() == f"{service.address}\n"
    assert is_serving(service.address)
    assert service.end() == 0


def test_the_embedded_database_lies_in_the_directory_and_stays(start_service, tmp_path):
    first = start_service(directory=tmp_path / "data")
    with DataClient(first.address) as data:
        data.create_table("digits")
    assert first.end() == 0
    assert (tmp_path / "data/tablefit.sqlite").exists()
    second = start_service(directory=tmp_path / "data")
    with DataClient(second.address) as data:
        assert data.get_table("digits").row_count == 0


def test_it_ends_with_streams_open(start_service):
    service = start_service()
    with grpc.insecure_channel(service.address) as channel, DataClient(service.address) as data:
        data.create_table("digits")
        stub = DataServiceStub(channel)
        hold = stub.HoldTable(pb.HoldTableRequest(table="digits", reader="r"))
        next(hold)
        request = pb.IngestRowsRequest(start=pb.IngestStart(table="digits", upload_id="u"))
        ingest = stub.IngestRows(endless(request))
        next(ingest)
        assert service.end() == 0
        with pytest.raises(grpc.RpcError) as caught:
            next(hold)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


def endless(request):
    """A caller that opens an upload and then says nothing until its channel closes."""
    yield request
    left, right = socket.socketpair()
    with left, right:
        left.settimeout(60)
        try:
            left.recv(1)
        except TimeoutError:
            return


def test_it_never_loads_tensorflow():
    code = "import sys, data_service.__main__; sys.exit(bool({'keras', 'tensorflow', 'jax'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_second_service_in_the_same_directory_is_told_so(start_service, tmp_path):
    directory = tmp_path / "data"
    start_service(directory=directory)
    second = start_service(directory=directory)
    assert second.end() == 1
    expected = f"Another data service uses the directory {directory}; stop it, or name another by --directory."
    assert second.lines[-1] == expected


@pytest.mark.parametrize("is_linked", [False, True])
def test_a_second_service_on_the_same_database_file_is_told_to_use_mysql(start_service, tmp_path, is_linked):
    (tmp_path / "link").symlink_to(tmp_path, target_is_directory=True)
    first = start_service("--database-url", f"sqlite:///{tmp_path}/tables.db")
    second = start_service("--database-url", f"sqlite:///{tmp_path}/{'link/' if is_linked else ''}tables.db")
    assert second.end() == 1
    used = f"Another data service uses the database file {tmp_path}/tables.db."
    assert second.lines[-1] == f"{used} Only one can; for more, use a MySQL database."
    first.kill()
    third = start_service("--database-url", f"sqlite:///{tmp_path}/tables.db")
    assert is_serving(third.address)


@pytest.mark.parametrize("engine_name", ["mysql", "mariadb"])
def test_two_services_share_a_mysql_database(start_service, database_url):
    services = [start_service("--database-url", database_url) for _ in range(2)]
    with DataClient(services[0].address) as one, DataClient(services[1].address) as other:
        one.create_table("digits")
        one.ingest("digits", MadeImages(30), upload_id="u")
        assert other.get_table("digits").row_count == 30
        with pytest.raises(AlreadyExists):
            other.create_table("Digits")
        assert other.ingest("digits", MadeImages(40), upload_id="v").committed_rows == 40
        other.rename_table("digits", "numbers")
        assert [row.values["label"] for row in one.list_rows("numbers")] == [
            str(n % 10) for n in [*range(30), *range(40)]
        ]
        one.delete_table("numbers")
        with pytest.raises(NotFound):
            other.get_table("numbers")


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgresql://me:s3cret@localhost/x", "received one for 'postgresql'"),
        ("mysql+mysqldb://me:s3cret@localhost/x", "received one for 'mysql+mysqldb'"),
        ("me:s3cret@localhost", "received something else"),
        ("mysql://me:s3cret@localhost:port/x", "received something else"),
        ("mysql://me:s3cret@localhost/", "received one without host or database"),
        ("mysql://me@localhost/x?password=s3cret", "received a password behind the question mark"),
        ("sqlite://", "received a SQLite URL without a plain file"),
        ("sqlite:///:memory:", "received a SQLite URL without a plain file"),
        ("sqlite:////nowhere/s3/x.db", "The folder of the database file does not exist: /nowhere/s3"),
        ("sqlite:////proc/x.db", "Cannot write beside the database file /proc/x.db"),
    ],
)
def test_a_url_that_cannot_be_opened_is_refused_in_a_sentence_without_the_password(start_service, url, sentence):
    service = start_service("--database-url", url)
    assert service.end() == 1
    assert sentence in service.lines[-1]
    assert "s3cret" not in service.log
    assert "Traceback" not in service.log


def test_a_file_that_is_no_database_is_refused_in_a_sentence(start_service, tmp_path):
    (tmp_path / "tables.db").write_text("no database, but a text that is long enough to be looked at " * 20)
    service = start_service("--database-url", f"sqlite:///{tmp_path}/tables.db")
    assert service.end() == 1
    expected = f"Cannot open the database file {tmp_path}/tables.db: file is not a database."
    assert service.lines[-1] == expected


@pytest.fixture
def account_url(database_server, request):
    """Makes an account with a password on an empty database; the URL of the database under it."""
    database = database_server.create_database()

    def make(password, grant="ALL"):
        return database_server.create_account(password, database, grant=grant)

    yield make
    database_server.drop_database(database)


def test_a_password_of_any_letters_opens_the_database_and_is_never_shown(start_service, account_url):
    password = "p@ss:w/ö?#%rd'\"\\ €"
    url = account_url(password)
    by_url = start_service("--database-url", url)
    by_environment = start_service(
        TABLEFIT_DATABASE_URL=url.replace(url[url.index(":", 15) : url.index("@")], ""),
        TABLEFIT_DATABASE_PASSWORD=password,
    )
    for service in (by_url, by_environment):
        with DataClient(service.address) as data:
            data.create_table(f"t{service.pid}")
        assert service.end() == 0
        assert password not in service.log
        assert "p%40ss" not in service.log
    assert "opening mysql+pymysql://user_" in by_url.log
    assert ":***@" in by_url.log


def test_a_refused_login_and_an_unknown_database_are_said_at_once(start_service, account_url):
    url = account_url("right")
    wrong = start_service("--database-url", url.replace(":right@", ":wr0ngsecret@"))
    assert wrong.end() == 1
    assert "refuses the login; check user and password" in wrong.lines[-1]
    unknown = start_service("--database-url", url.rpartition("/")[0] + "/nosuchbase")
    assert unknown.end() == 1
    assert "check user and password" in unknown.lines[-1] or "does not exist on its server" in unknown.lines[-1]
    for service in (wrong, unknown):
        assert "wr0ngsecret" not in service.log
        assert "right" not in service.log
        assert "Traceback" not in service.log


def test_an_unknown_database_is_said_in_a_sentence(start_service, database_server):
    service = start_service("--database-url", f"{database_server.url}nosuchbase")
    assert service.end() == 1
    assert "does not exist on its server; create it first" in service.lines[-1]


def test_an_account_that_may_not_create_tables_is_told_so_and_may_read(start_service, account_url):
    service = start_service("--database-url", account_url("right", grant="SELECT"))
    assert "which needs SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER and DROP: all is read-only" in service.log
    assert service.end() == 0


def test_a_server_that_is_not_there_is_waited_for_and_then_given_up(start_service):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"mysql+pymysql://me:s3cret@127.0.0.1:{nobody.getsockname()[1]}/x"
        service = start_service("--database-url", url, "--database-wait", "1")
    assert service.end() == 1
    assert any("waiting up to 1 s for mysql+pymysql://me:***@127.0.0.1" in line for line in service.lines)
    assert service.lines[-1].startswith("Cannot reach the database mysql+pymysql://me:***@127.0.0.1")
    assert "s3cret" not in service.log


def test_an_address_in_use_is_said_in_a_sentence(start_service):
    first = start_service()
    second = start_service(address=first.address)
    assert second.end() == 1
    assert second.lines[-1] == f"Cannot listen on {first.address}: the address is in use or not this machine's."


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("--directory", r"Cannot write in the directory .*file/new: Not a directory; name another by --directory\."),
        ("--address-file", r"Cannot write .*file/new: Not a directory\."),
    ],
)
def test_a_place_that_cannot_be_written_to_is_said_in_a_sentence(start_service, tmp_path, option, sentence):
    (tmp_path / "file").touch()
    service = start_service(option, str(tmp_path / "file" / "new"))
    assert service.end() == 1
    assert re.fullmatch(sentence, service.lines[-1])
    assert "Traceback" not in service.log


def test_it_warns_when_other_machines_can_reach_it(start_service):
    service = start_service(address="0.0.0.0:0")
    assert any("WARNING" in line and "can be reached from other machines" in line for line in service.lines)
    assert not any("WARNING" in line for line in start_service().lines)


def test_help_names_every_option_and_its_variable():
    command = [sys.executable, "-m", "data_service", "--help"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for word in ("--address", "--database-url", "--directory", "TABLEFIT_DATABASE_URL", "TABLEFIT_DATABASE_PASSWORD"):
        assert word in text


def test_it_ends_with_the_process_that_started_it(tmp_path):
    read, write = os.pipe()
    command = [sys.executable, "-m", "data_service", "--directory", str(tmp_path), "--address", "127.0.0.1:0"]
    environment = {**os.environ, "TABLEFIT_LIFELINE_FD": str(read)}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, pass_fds=[read])
    os.close(read)
    assert any("ready at" in line for line in process.stderr)
    os.close(write)
    assert process.wait(30) == 0
    process.stderr.close()


def test_ctrl_c_ends_it_cleanly(start_service):
    service = start_service()
    assert service.end(signal.SIGINT) == 0
    assert "Traceback" not in service.log


def test_its_files_hold_no_password(start_service, database_server, account_url, tmp_path):
    service = start_service("--database-url", account_url("s3cretword"), directory=tmp_path / "own")
    assert service.end() == 0
    for path in Path(tmp_path / "own").rglob("*"):
        assert path.is_dir() or b"s3cretword" not in path.read_bytes()
