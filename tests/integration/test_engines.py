"""The test servers are what they say, and survive what the tests do to them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pymysql
import pytest

from tests import engines


def test_mysql_server_is_mysql(mysql_server: engines.Server) -> None:
    assert "MariaDB" not in mysql_server.version()
    assert int(mysql_server.version().split(".")[0]) in {8, 9}


def test_mariadb_server_is_mariadb(mariadb_server: engines.Server) -> None:
    assert "MariaDB" in mariadb_server.version()


def test_database_url_is_an_empty_database(engine_name: str, database_url: str) -> None:
    import sqlalchemy

    engine = sqlalchemy.create_engine(database_url)
    assert sqlalchemy.inspect(engine).get_table_names() == []
    assert engine.dialect.name == ("sqlite" if engine_name == "sqlite" else "mysql")
    engine.dispose()


def test_committed_rows_survive_a_kill(database_server: engines.Server) -> None:
    url = database_server.create_database()
    name = url.rpartition("/")[2]
    database_server.execute(f"CREATE TABLE {name}.kept (id INT PRIMARY KEY)")
    for number in range(20):
        database_server.execute(f"INSERT INTO {name}.kept VALUES (%s)", (number,))
    database_server.kill()
    with pytest.raises(pymysql.err.OperationalError):
        database_server.connect()
    database_server.start()
    assert database_server.execute(f"SELECT id FROM {name}.kept ORDER BY id") == [(number,) for number in range(20)]
    database_server.drop_database(url)


@pytest.mark.parametrize("plugin", ["caching_sha2_password", None])
def test_account_needs_its_password(mysql_server: engines.Server, plugin: str | None) -> None:
    check_account(mysql_server, plugin)


def test_account_on_mariadb_needs_its_password(mariadb_server: engines.Server) -> None:
    check_account(mariadb_server, None)


def check_account(server: engines.Server, plugin: str | None) -> None:
    database = server.create_database()
    account = server.create_account("p@ss/wörd:%", database, grant="SELECT", plugin=plugin)
    assert "p%40ss%2Fw%C3%B6rd%3A%25" in account
    other = engines.Server.at(server.engine, account)
    assert other.execute("SELECT 1") == [(1,)]
    with pytest.raises(pymysql.err.OperationalError, match="denied"):
        other.create_database()
    wrong = engines.Server.at(server.engine, account.replace("p%40ss", "guess"))
    with pytest.raises(pymysql.err.OperationalError, match="denied"):
        wrong.execute("SELECT 1")
    server.drop_database(database)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_server_ends_with_a_session_that_is_killed(number: signal.Signals) -> None:
    script = (
        "from tests import engines\n"
        "with engines.serve('mariadb') as server:\n"
        "    print(server.port, server.folder, flush=True)\n"
        "    input()\n"
    )
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    environment.pop("TABLEFIT_TEST_MARIADB_URL", None)
    session = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    assert session.stdin is not None
    assert session.stdout is not None
    port_text, folder = session.stdout.readline().split()
    port = int(port_text)
    with pymysql.connect(host="127.0.0.1", port=port, user="root") as connection:
        session.send_signal(number)
        session.wait(10)
        # The open connection ends when the server does: no need to guess how long that takes.
        connection._sock.settimeout(10)
        assert connection._sock.recv(1) == b""
    session.stdin.close()
    session.stdout.close()
    with pytest.raises(pymysql.err.OperationalError):
        pymysql.connect(host="127.0.0.1", port=port, user="root")
    engines.remove_left_folders()
    assert not Path(folder).exists()
