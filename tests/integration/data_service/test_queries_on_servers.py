"""Queries on real servers: what was written anew gives the rows asked for, and what is dangerous never runs."""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pymysql
import pytest
from tablefit.errors import InvalidInput

from data_service.queries import DialectName, Query, check_query
from data_service.queries.allowed import FUNCTIONS
from tests import engines

TABLES = frozenset({"orders", "customers", "odd`name"})
STATEMENTS = (
    "CREATE TABLE customers (id INTEGER, name VARCHAR(40))",
    "INSERT INTO customers VALUES (1, 'Ann'), (2, 'Bo''b'), (3, NULL)",
    "CREATE TABLE orders (id INTEGER, customer INTEGER, price INTEGER, day DATE)",
    "INSERT INTO orders VALUES (1, 1, 10, '2024-02-28'), (2, 1, 30, '2024-02-29'), (3, 2, 5, NULL)",
    "CREATE TABLE `odd``name` (`a b` INTEGER)",
    "INSERT INTO `odd``name` VALUES (7)",
)
Run = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture
def dialect(engine_name: str) -> DialectName:
    return "sqlite" if engine_name == "sqlite" else "mysql"


@pytest.fixture
def database(database_url: str, engine_name: str) -> str | None:
    """The name of a database that holds a few rows."""
    statements = STATEMENTS
    if engine_name == "sqlite":
        with contextlib.closing(sqlite3.connect(path_of(database_url))) as connection, connection:
            for statement in statements:
                connection.execute(statement)
        return None
    with connect(database_url) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        connection.commit()
    return urlsplit(database_url).path[1:]


@pytest.fixture
def run(database_url: str, database: str | None) -> Iterator[Run]:
    """Runs one statement in a read-only transaction, with a plain driver and no parameters."""
    if database is None:
        uri = f"file:{path_of(database_url)}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
            yield lambda statement: connection.execute(statement).fetchall()
        return
    with connect(database_url) as connection, connection.cursor() as cursor:

        def execute(statement: str) -> list[tuple[Any, ...]]:
            cursor.execute("START TRANSACTION READ ONLY")
            cursor.execute(statement)
            rows = list(cursor.fetchall())
            connection.rollback()
            return rows

        yield execute


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def connect(url: str) -> "pymysql.Connection[Any]":
    parts = urlsplit(url)
    return pymysql.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=parts.username,
        password=parts.password or "",
        database=parts.path[1:],
        charset="utf8mb4",
    )


@pytest.mark.parametrize(
    ("text", "columns", "rows"),
    [
        (
            "SELECT o.id, c.name AS who FROM orders o JOIN customers c ON o.customer = c.id ORDER BY o.id -- joined",
            ("id", "who"),
            [(1, "Ann"), (2, "Ann"), (3, "Bo'b")],
        ),
        ("SELECT `a b` FROM `odd``name`", ("a b",), [(7,)]),
        (
            (
                "WITH s AS (SELECT customer, SUM(price) AS total FROM orders GROUP BY customer HAVING SUM(price) > 5)\n"
                "SELECT name, total FROM s LEFT JOIN customers ON id = customer"
            ),
            ("name", "total"),
            [("Ann", Decimal(40))],
        ),
        (
            "SELECT id, ROW_NUMBER() OVER (PARTITION BY customer ORDER BY price DESC) AS place FROM orders ORDER BY id",
            ("id", "place"),
            [(1, 2), (2, 1), (3, 1)],
        ),
        (
            "SELECT id, CASE WHEN price BETWEEN 6 AND 20 THEN 'some' ELSE 'other' END AS x FROM orders ORDER BY id",
            ("id", "x"),
            [(1, "some"), (2, "other"), (3, "other")],
        ),
        (
            "SELECT '50%s %% \"?\" :x' AS x FROM customers WHERE id % 2 AND name IS NOT NULL",
            ("x",),
            [('50%s %% "?" :x',)],
        ),
        ("SELECT id FROM orders UNION SELECT id FROM customers ORDER BY id LIMIT 1, 1", ("id",), [(2,)]),
        ("SELECT id FROM customers EXCEPT SELECT customer FROM orders", ("id",), [(3,)]),
        ("SELECT name FROM customers WHERE name LIKE 'Bo''%' OR NOT id IN (1, 2, 3)", ("name",), [("Bo'b",)]),
        ("SELECT id FROM orders WHERE price * 2 + 1 > ABS(-20) AND day IS NOT NULL ORDER BY id", ("id",), [(1,), (2,)]),
    ],
)
def test_a_query_gives_its_rows_on_every_engine(run, dialect, database, text, columns, rows):
    query = check_query(text, dialect=dialect, database=database, known_tables=TABLES)
    assert query.columns == columns
    assert run(query.sql) == rows


# A sample of every form that is read by rules of its own.
EXPRESSIONS = r"""
'a\'b\\c\nd\te\0f\%g\_h\q"i''j'
"double 'quoted' \"text\""
'one' 'two'
_utf8mb4'é名'
_binary'x'
X'4142'
x'41' + 0
0x41 + 0
0x4 + 0
b'1000001' + 0
DATE '2024-02-29'
TIMESTAMP '2024-02-29 01:02:03.5'
TIME '01:02:03'
day + INTERVAL 1 MONTH
day - INTERVAL '1 2' DAY_HOUR
DATE_ADD(day, INTERVAL -price DAY)
TIMESTAMPADD(MONTH, 1, day)
TIMESTAMPDIFF(DAY, day, '2024-03-01')
EXTRACT(YEAR_MONTH FROM day)
DATE_FORMAT(day, '%a %b %c %D %d %e %f %H %h %I %i %j %k %l %M %m %p %r %S %s %T %U %u %V %v %W %w %X %x %Y %y %%')
STR_TO_DATE('29,2,2024 13:14:15', '%d,%m,%Y %H:%i:%s')
UNIX_TIMESTAMP(day)
WEEK(day, 3)
DAYOFWEEK(day)
LAST_DAY(day)
TO_DAYS(day)
CAST(price AS CHAR(1))
CAST(price AS CHAR CHARACTER SET latin1)
CAST('12.345' AS DECIMAL(4, 2))
CAST('-1' AS SIGNED) + CAST('1' AS UNSIGNED)
CAST('2024-02-29 10:11:12.123456' AS DATETIME(3))
CAST('10:11:12.5' AS TIME(1))
CAST(price AS DOUBLE) / 3
CONVERT(price, CHAR)
CONVERT('é' USING utf8mb4)
CONVERT('5', SIGNED)
BINARY 'a' = 'A'
'a' COLLATE utf8mb4_bin = 'A'
TRIM(BOTH 'x' FROM 'xxaxx')
TRIM(LEADING 'x' FROM 'xxaxx')
TRIM('  a ')
SUBSTRING('abcdef' FROM 2 FOR 3)
SUBSTR('abcdef', -2)
MID('abcdef', 2, 2)
LEFT('abc', 2)
INSERT('abcdef', 2, 1, 'xy')
REPLACE('aXb', 'X', 'y')
POSITION('b' IN 'abc')
LOCATE('b', 'abcb', 3)
CHAR(65, 66 USING utf8mb4)
HEX(CHAR(65, 256))
FORMAT(1234.5, 1)
TRUNCATE(-1.55, 1)
MOD(-7, 3)
-7 MOD 3
-7 DIV 2
LOG(2, 8)
LOG(10)
ROUND(2.5)
GREATEST(1, 2.5, price)
IF(price > 5, 'much', NULL)
IFNULL(day, 'never')
ISNULL(day)
NULLIF(price, 10)
price REGEXP '^[13]'
price NOT REGEXP '^1'
'a|b' LIKE 'a||b' ESCAPE '|'
NOT price > 5
!price
NOT price IN (10, 30) XOR TRUE
price | 1 & 3 << 2 ^ 1
- -price
~price & 255
price <=> NULL
(price = 10) IS TRUE
(price, id) IN ((10, 1), (5, 3))
price > ALL (SELECT id FROM customers)
EXISTS (SELECT 1 FROM customers WHERE customers.id = orders.id AND name IS NULL)
(SELECT GROUP_CONCAT(DISTINCT id, '-' ORDER BY id DESC SEPARATOR '\'') FROM customers)
(SELECT COUNT(DISTINCT id, name) FROM customers)
JSON_EXTRACT('{"a b": [1, {"c": 2}]}', '$."a b"[1].c')
JSON_UNQUOTE(JSON_EXTRACT('{"a": "x"}', '$.a'))
JSON_VALUE('{"a": "x"}', '$.a')
SUM(price) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
LAG(price, 1) OVER (PARTITION BY customer ORDER BY id)
NTH_VALUE(price, 2) OVER (ORDER BY id RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING)
SHA2('a', 256)
CRC32('a')
""".strip().splitlines()


@pytest.mark.parametrize("engine_name", ["mysql", "mariadb"], indirect=True)
def test_an_expression_means_what_was_written(run, database):
    texts = {expression: f"SELECT id, {expression} AS x FROM orders ORDER BY id" for expression in EXPRESSIONS}
    expected = {expression: run(text) for expression, text in texts.items()}
    assert {expression: run(checked(text, database).sql) for expression, text in texts.items()} == expected


def grouped_at_random(random: Random) -> str:
    """Operators next to one another as they come."""
    signs = ["+", "-", "*", "/", "DIV", "%", "|", "&", "^", "<<", ">>", "=", "<>", "<", ">=", "<=>", "LIKE", "REGEXP"]
    words = ["AND", "OR", "XOR", "&&", "||", "BETWEEN 1 AND", "NOT BETWEEN 0 AND", "NOT LIKE"]
    operands = ["id", "price", "customer", "2", "0", "1.5", "'x'", "NULL", "0x0A", "day", "(id + 1)", "ABS(price)"]
    endings = ["", "", "", "", " IS NULL", " IS NOT NULL", " IN (1, 2)", " NOT IN (0, 3)", " IS NOT FALSE"]
    parts = []
    for _ in range(random.randint(2, 4)):
        operand = random.choice(["", "", "", "-", "NOT ", "~", "!"]) + random.choice(operands) + random.choice(endings)
        parts += [operand, random.choice(signs + words)]
    return " ".join(parts[:-1])


@pytest.mark.parametrize("engine_name", ["mysql", "mariadb"], indirect=True)
def test_operators_are_grouped_as_the_server_groups_them(run, database):
    random, compared, wrong = Random(7), 0, {}
    while compared < 300:
        text = f"SELECT {grouped_at_random(random)} AS x FROM orders ORDER BY id"
        try:
            expected, query = run(text), checked(text, database)
        except (InvalidInput, pymysql.err.MySQLError):
            # Refused by us, or by the server (as a number out of its range is).
            continue
        compared += 1
        if expected != run(query.sql):
            wrong[text] = query.sql
    assert wrong == {}


@pytest.mark.parametrize("engine_name", ["mysql", "mariadb"], indirect=True)
def test_every_function_on_the_list_is_one_of_the_server(run, database):
    """Else the name could be taken by a stored function, which may do anything."""
    unknown = set()
    for name in sorted(FUNCTIONS["mysql"]):
        try:
            run(f"SELECT {name}()")
        except pymysql.err.MySQLError as error:
            if error.args[0] == pymysql.constants.ER.SP_DOES_NOT_EXIST:
                unknown.add(name)
    assert unknown == set()


def test_a_misspelt_column_of_sqlite_is_no_text(tmp_path):
    path = tmp_path / "plain.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER)")
        connection.execute("INSERT INTO orders VALUES (1)")
        query = check_query('SELECT "idd" FROM orders', dialect="sqlite", database=None, known_tables=TABLES)
        with pytest.raises(sqlite3.OperationalError, match="no such column"):
            connection.execute(query.sql)


DANGEROUS = {
    "load_file": "SELECT LOAD_FILE('{file}') AS x FROM orders",
    "sleep": "SELECT SLEEP(30) AS x FROM orders",
    "sleep in a comment that speaks": "SELECT id /*!50000 , SLEEP(30) AS x */ FROM orders",
    "sleep in MariaDB's comment": "SELECT id /*M! , SLEEP(30) AS x */ FROM orders",
    "write in a comment that speaks": "SELECT id FROM orders /*! INTO OUTFILE '{file}' */",
    "lock": "SELECT id FROM orders WHERE GET_LOCK('tablefit_test', 0)",
    "benchmark": "SELECT BENCHMARK(1000000000, SHA2('a', 512)) AS x FROM orders",
    "outfile": "SELECT id FROM orders INTO OUTFILE '{file}'",
    "dumpfile": "SELECT id FROM orders LIMIT 1 INTO DUMPFILE '{file}'",
    "for update": "SELECT id FROM orders FOR UPDATE",
    "share": "SELECT id FROM orders LOCK IN SHARE MODE",
    "variable": "SELECT @v := id AS x FROM orders",
    "into a variable": "SELECT id FROM orders LIMIT 1 INTO @v",
    "other database": "SELECT user FROM mysql.user",
    "second statement": "SELECT id FROM orders; DELETE FROM orders",
    "second statement behind a quote": "SELECT id FROM orders WHERE 'a\\'' = ''; DELETE FROM orders -- '",
    "write": "DELETE FROM orders",
}


@pytest.mark.parametrize("text", DANGEROUS.values(), ids=list(DANGEROUS))
def test_a_dangerous_text_is_refused_and_nothing_happens(
    database_server: engines.Server, text: str, tmp_path: Path
) -> None:
    url = database_server.create_database()
    name, written = urlsplit(url).path[1:], tmp_path / "written"
    try:
        with connect(url) as connection, connection.cursor() as cursor:
            for statement in STATEMENTS:
                cursor.execute(statement)
            connection.commit()
            before = time.monotonic()
            with pytest.raises(InvalidInput) as caught:
                cursor.execute(checked(text.format(file=written), name).sql)
            assert caught.value.field == "query"
            assert time.monotonic() - before < 5
            cursor.execute("SELECT COUNT(*), IS_FREE_LOCK('tablefit_test'), @v FROM orders")
            assert list(cursor.fetchall()) == [(3, 1, None)]
        assert not written.exists()
    finally:
        database_server.drop_database(url)


def checked(text: str, database: str) -> Query:
    return check_query(text, dialect="mysql", database=database, known_tables=TABLES)
