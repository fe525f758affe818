"""Queries: which are taken, what of them would run, and what is said of the others."""

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tablefit.errors import InvalidInput

from data_service.queries import Query, check_query

TABLES = frozenset({"orders", "Customers", "we`ird", "名"})


def checked(text: str, dialect: str = "mysql", database: str | None = "shop") -> Query:
    return check_query(text, dialect=dialect, database=database, known_tables=TABLES)


def refusal(text: str, dialect: str = "mysql") -> str:
    with pytest.raises(InvalidInput) as caught:
        checked(text, dialect)
    assert caught.value.field == "query"
    return caught.value.message


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("select id, price from orders;", "SELECT `id`, `price` FROM `orders`"),
        ("SELECT * FROM shop.orders -- all\n", "SELECT * FROM `shop`.`orders`"),
        ("SELECT id /* one */ FROM orders # two", "SELECT `id` FROM `orders`"),
        (
            "SELECT o.*, c.name AS who FROM orders o LEFT JOIN Customers c USING (id)",
            "SELECT `o`.*, `c`.`name` AS `who` FROM `orders` AS `o` LEFT JOIN `Customers` AS `c` USING (`id`)",
        ),
        ("SELECT `a``b` FROM `we``ird`, 名", "SELECT `a``b` FROM `we``ird`, `名`"),
        (
            "WITH big (n) AS (SELECT id FROM orders) SELECT n FROM big",
            "WITH `big`(`n`) AS (SELECT `id` FROM `orders`) SELECT `n` FROM `big`",
        ),
        (
            "SELECT id FROM orders UNION ALL SELECT id FROM Customers ORDER BY id LIMIT 2, 3",
            "SELECT `id` FROM `orders` UNION ALL SELECT `id` FROM `Customers` ORDER BY `id` LIMIT 3 OFFSET 2",
        ),
        (
            (
                "SELECT COUNT(DISTINCT a, b) n, GROUP_CONCAT(a ORDER BY b DESC SEPARATOR ';') g FROM orders "
                "GROUP BY c WITH ROLLUP HAVING n > 1"
            ),
            (
                "SELECT COUNT(DISTINCT `a`, `b`) AS `n`, GROUP_CONCAT(`a` ORDER BY `b` DESC SEPARATOR ';') AS `g` "
                "FROM `orders` GROUP BY `c` WITH ROLLUP HAVING `n` > 1"
            ),
        ),
        (
            "SELECT LAG(a, 1) OVER (PARTITION BY b ORDER BY c ROWS 1 PRECEDING) x FROM orders",
            (
                "SELECT LAG(`a`, 1) OVER (PARTITION BY `b` ORDER BY `c` ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) "
                "AS `x` FROM `orders`"
            ),
        ),
        (
            "SELECT CASE a WHEN 1 THEN 'x' ELSE NULL END x, CAST(a AS DECIMAL(10, 2)) y FROM orders",
            "SELECT CASE `a` WHEN 1 THEN 'x' ELSE NULL END AS `x`, CAST(`a` AS DECIMAL(10, 2)) AS `y` FROM `orders`",
        ),
        (
            "SELECT TIMESTAMPDIFF(day, a, b) x, DATE_ADD(a, INTERVAL 1 MONTH) y FROM orders",
            "SELECT TIMESTAMPDIFF(DAY, `a`, `b`) AS `x`, DATE_ADD(`a`, INTERVAL '1' MONTH) AS `y` FROM `orders`",
        ),
        (
            "SELECT JSON_EXTRACT(a, '$.x[0].\"y z\"') x, a RLIKE 'b' y FROM orders",
            "SELECT JSON_EXTRACT(`a`, '$.x[0].\"y z\"') AS `x`, `a` REGEXP 'b' AS `y` FROM `orders`",
        ),
        (
            "SELECT id FROM orders WHERE (a, b) IN (SELECT c, d FROM Customers) AND a > SOME (SELECT e FROM Customers)",
            (
                "SELECT `id` FROM `orders` WHERE (`a`, `b`) IN (SELECT `c`, `d` FROM `Customers`) "
                "AND `a` > ANY (SELECT `e` FROM `Customers`)"
            ),
        ),
        (
            "SELECT 0x41 a, X'41' b, b'01' c, _utf8mb4'd' d, \"e'f\" e FROM orders",
            "SELECT 0x41 AS `a`, x'41' AS `b`, b'01' AS `c`, _utf8mb4 'd' AS `d`, 'e''f' AS `e` FROM `orders`",
        ),
        (
            "SELECT '100%s %% ?' AS a FROM orders WHERE id % 2",
            "SELECT '100%s %% ?' AS `a` FROM `orders` WHERE `id` % 2",
        ),
    ],
)
def test_a_query_is_written_anew_for_mysql(text, sql):
    assert checked(text).sql == sql


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ('SELECT "id", [a b] FROM "orders"', "SELECT `id`, `a b` FROM `orders`"),
        ("SELECT a || 'x' AS y FROM orders", "SELECT `a` || 'x' AS `y` FROM `orders`"),
        ("SELECT a FROM orders ORDER BY a NULLS LAST", "SELECT `a` FROM `orders` ORDER BY `a` NULLS LAST"),
        ("SELECT CAST(a AS NUMERIC) x FROM orders", "SELECT CAST(`a` AS NUMERIC) AS `x` FROM `orders`"),
        ("SELECT STRFTIME('%Y', a) x FROM orders", "SELECT STRFTIME('%Y', `a`) AS `x` FROM `orders`"),
        ("SELECT 'a\\n''b' AS x FROM orders", "SELECT 'a\\n''b' AS `x` FROM `orders`"),
    ],
)
def test_a_query_is_written_anew_for_sqlite(text, sql):
    assert checked(text, "sqlite").sql == sql


def test_a_query_names_its_tables_and_columns():
    query = checked("SELECT o.id, c.name AS who FROM orders o JOIN customers c ON o.c = c.id JOIN orders x ON TRUE")
    assert query.tables == ("orders", "customers")
    assert query.columns == ("id", "who")


def test_a_star_hides_the_names_of_the_columns():
    assert checked("SELECT *, id AS other FROM orders").columns == ()


def test_the_first_part_of_a_union_names_the_columns():
    assert checked("(SELECT id FROM orders) UNION SELECT name FROM Customers").columns == ("id",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # Statements
        ("", "received no statements"),
        (";", "received no statements"),
        ("-- nothing", "received no statements"),
        ("SELECT id FROM orders; DROP TABLE orders", "received 2 statements"),
        ("DELETE FROM orders", "expected a SELECT, received DELETE"),
        ("UPDATE orders SET id = 1", "expected a SELECT, received UPDATE"),
        ("INSERT INTO orders SELECT 1", "received INTO"),
        ("CALL p()", "expected a SELECT"),
        ("SET @x = 1", "expected a SELECT, received SET"),
        ("EXPLAIN SELECT id FROM orders", "expected a SELECT, received DESCRIBE"),
        ("VALUES ROW(1)", "expected a SELECT, received VALUES"),
        ("WITH x AS (DELETE FROM orders) SELECT * FROM x", "expected a query without DELETE"),
        ("SELECT", "expected columns after SELECT"),
        # Functions
        ("SELECT LOAD_FILE('/etc/passwd') x FROM orders", "without LOAD_FILE: it reads or writes files"),
        ("SELECT sleep (5) x FROM orders", "without SLEEP: it keeps the server waiting"),
        ("SELECT sleep/**/(5) x FROM orders", "without SLEEP"),
        ("SELECT BENCHMARK(1, 1) x FROM orders", "without BENCHMARK"),
        ("SELECT id FROM orders WHERE GET_LOCK('a', 1)", "without GET_LOCK: it locks"),
        ("SELECT id FROM orders ORDER BY RAND()", "without RAND: its result changes"),
        ("SELECT NOW() x FROM orders", "without NOW: its result changes"),
        ("SELECT CURRENT_TIMESTAMP x FROM orders", "without CURRENT_TIMESTAMP: its result changes"),
        ("SELECT CURRENT_USER x FROM orders", "without CURRENT_USER: it tells about the connection"),
        ("SELECT DATABASE() x FROM orders", "without DATABASE: it tells about the connection"),
        ("SELECT UNIX_TIMESTAMP() x FROM orders", "expected UNIX_TIMESTAMP with an argument"),
        ("SELECT EXTRACTVALUE(a, '/b') x FROM orders", "received EXTRACTVALUE"),
        ("SELECT REGEXP_LIK(a, 'b') x FROM orders", "received REGEXP_LIK"),
        ("SELECT `abs`(1) x FROM orders", "without quotes around their names"),
        ("SELECT shop.f(1) x FROM orders", "a function or column of another database"),
        ("SELECT COUNT(id) OVER (PARTITION BY SLEEP(1)) x FROM orders", "without SLEEP"),
        ("SELECT id FROM orders LIMIT 1 OFFSET SLEEP(1)", "without SLEEP"),
        ("SELECT x.* FROM (SELECT id FROM orders WHERE a IN (SELECT SLEEP(1))) x", "without SLEEP"),
        # Clauses
        ("SELECT id FROM orders INTO OUTFILE '/tmp/x'", "received INTO"),
        ("SELECT id INTO DUMPFILE '/tmp/x' FROM orders", "received INTO"),
        ("SELECT id INTO @x FROM orders", "received INTO"),
        ("SELECT id FROM orders FOR UPDATE", "without FOR UPDATE"),
        ("SELECT id FROM orders FOR SHARE SKIP LOCKED", "without FOR UPDATE"),
        ("SELECT id FROM orders LOCK IN SHARE MODE", "without FOR UPDATE"),
        ("SELECT id FROM orders WHERE EXISTS (SELECT 1 FROM orders FOR UPDATE)", "without FOR UPDATE"),
        ("SELECT id FROM orders PROCEDURE ANALYSE()", "near 'ANALYSE' in line 1, column 33"),
        ("SELECT SQL_CALC_FOUND_ROWS id FROM orders", "modifiers after SELECT"),
        ("SELECT id FROM orders USE INDEX (i)", "without an index hint"),
        ("SELECT id FROM orders PARTITION (p)", "without PARTITION"),
        ("SELECT id FROM orders FULL JOIN Customers ON TRUE", "expected a join that mysql has"),
        ("SELECT id FROM orders, LATERAL (SELECT 1) x", "without LATERAL"),
        ("SELECT * FROM JSON_TABLE('[1]', '$[*]' COLUMNS (a INT PATH '$')) j", "without JSON_TABLE"),
        ("SELECT id FROM generate_series(1, 2)", "GENERATE_SERIES"),
        ("WITH RECURSIVE x AS (SELECT 1) SELECT * FROM x, orders", "without WITH RECURSIVE"),
        ("SELECT id FROM orders WHERE MATCH (a) AGAINST ('b')", "MATCH … AGAINST"),
        # Variables, placeholders and comments that speak
        ("SELECT @x AS x FROM orders", "without a variable"),
        ("SELECT @@version AS x FROM orders", "without a variable of the server"),
        ("SELECT @x := id AS x FROM orders", "without an assignment"),
        ("SELECT id FROM orders LIMIT @x", "without a variable"),
        ("SELECT id FROM orders WHERE a = ?", "without a placeholder"),
        ("SELECT id FROM orders WHERE a = :x", "without a placeholder"),
        ("SELECT id FROM orders WHERE a = %s", "near 's' in line 1"),
        ("SELECT id /*!50000 , SLEEP(5) */ FROM orders", "which some servers execute"),
        ("SELECT id /*!, SLEEP(5) */ FROM orders", "which some servers execute"),
        ("SELECT id /*M!100000 , SLEEP(5) */ FROM orders", "which some servers execute"),
        ("SELECT /*+ MAX_EXECUTION_TIME(0) */ id FROM orders", "which some servers execute"),
        ("SELECT id FROM orders /* no end", "a text, name or comment that does not end"),
        ("SELECT a->'$.b' x FROM orders", "expected JSON_EXTRACT(column, path)"),
        # Tables
        ("SELECT 1 AS x", "expected a query that reads a table"),
        ("SELECT id FROM order_", "did you mean 'orders'?"),
        ("SELECT id FROM other.orders", "expected tables of the database 'shop' alone, received one of 'other'"),
        ("SELECT id FROM Shop.orders", "received one of 'Shop'"),
        ("SELECT other.orders.id FROM orders", "received one of 'other'"),
        ("SELECT id FROM c.shop.orders", "a name of three parts"),
        ("SELECT id FROM information_schema.tables", "received one of 'information_schema'"),
        ("SELECT id FROM tablefit_uploads", "which is reserved"),
        ("SELECT id FROM TableFit_uploads", "which is reserved"),
        ("SELECT id FROM sqlite_master", "which is reserved"),
        ("WITH mysql AS (SELECT id FROM orders) SELECT id FROM mysql", "which is reserved"),
        ("WITH x AS (SELECT id FROM orders) SELECT id FROM shop.x", "'x', which is not one of them"),
        ("WITH x AS (SELECT id FROM orders) SELECT id FROM X", "expected 'x' written as in its WITH"),
        ("WITH orders AS (SELECT id FROM orders) SELECT id FROM orders", "rename it"),
        ("WITH x AS (SELECT id FROM y), y AS (SELECT id FROM orders) SELECT id FROM x", "rename it"),
        ("SELECT y.id FROM (WITH x AS (SELECT id FROM orders) SELECT id FROM x) y, x", "'x', which is not one of"),
        # Columns
        ("SELECT price * 2 FROM orders", "expected an alias for price * 2"),
        ("SELECT (SELECT * FROM orders) FROM orders", "expected an alias for (SELECT * FROM orders)"),
        ("SELECT id, a AS ID FROM orders", "received 'ID' twice"),
        ("SELECT *, id, id FROM orders", "received 'id' twice"),
        ("SELECT id AS ' ' FROM orders", "expected a name that is not blank"),
        # What engines read differently
        ("SELECT a = b IS NULL x FROM orders", "expected parentheses around"),
        ("SELECT a NOT IN (1) >= 2 x FROM orders", "expected parentheses around"),
        ("SELECT INTERVAL 1 DAY + a x FROM orders", "expected an interval after + or -"),
        ("SELECT x'4' x FROM orders", "expected an even number of hexadecimal digits"),
        ("SELECT _gbk'a' x FROM orders", "expected a text with no character set before it"),
        ("SELECT CAST(a AS INT) x FROM orders", "expected a cast to SIGNED"),
        # What cannot be read
        ("SELECT id FROM\n  orders WHERE a = 'b", "begins in line 2, column 20 and does not end with '"),
        ("SELEC id FROM orders", "a fault near 'FROM' in line 1"),
        ("SELECT (id FROM orders", "expecting )"),
        ("SELECT id\0 FROM orders", "without NUL characters"),
        ("SELECT '\ud800' x FROM orders", "half of a surrogate pair"),
    ],
)
def test_anything_else_is_refused_saying_what_to_change(text, said):
    assert said in refusal(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT load_extension('x') x FROM orders", "reads or writes files"),
        ("SELECT readfile('x') x FROM orders", "reads or writes files"),
        ("SELECT writefile('x', 'y') x FROM orders", "reads or writes files"),
        ("SELECT hex(randomblob(4)) x FROM orders", "its result changes"),
        ("SELECT DATE('now') x FROM orders", "depends on the present"),
        ("SELECT STRFTIME('%Y') x FROM orders", "depends on the present"),
        ("SELECT DATETIME(a, 'localtime') x FROM orders", "depends on the present"),
        ("SELECT CURRENT_TIME x FROM orders", "its result changes"),
        ("SELECT * FROM pragma_table_info('orders')", "PRAGMA_TABLE_INFO"),
        ("SELECT * FROM pragma_database_list", "which is reserved"),
        ("SELECT id FROM orders INDEXED BY i", "without INDEXED BY"),
        ("PRAGMA user_version", "expected a SELECT, received PRAGMA"),
        ("ATTACH 'x' AS y", "expected a SELECT, received ATTACH"),
        ("SELECT INTERVAL 1 DAY x FROM orders", "without INTERVAL"),
        ("SELECT DATE_FORMAT(a, '%Y') x FROM orders", "received DATE_FORMAT"),
    ],
)
def test_sqlite_has_refusals_of_its_own(text, said):
    assert said in refusal(text, "sqlite")


def test_without_a_database_every_qualified_name_is_refused():
    with pytest.raises(InvalidInput, match="names of tables without a database, received one of 'main'"):
        checked("SELECT id FROM main.orders", "sqlite", None)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT " + "(" * 40 + "1" + ")" * 40 + " x FROM orders",
        "SELECT " + "DATE(" * 20 + "a" + ")" * 20 + " x FROM orders",
        "SELECT " + "NOT " * 5_000 + "a x FROM orders",
        "SELECT " + "- " * 5_000 + "a x FROM orders",
        "SELECT " + "CASE WHEN " * 3_000 + "a x FROM orders",
        "SELECT a" + "[" * 3_000 + " FROM orders",
        "SELECT id FROM orders -- " + "x" * 65_536,
    ],
)
@pytest.mark.parametrize("dialect", ["mysql", "sqlite"])
def test_a_query_that_is_too_deep_or_too_long_is_refused_at_once(text, dialect):
    assert refusal(text, dialect).startswith("expected ")


def test_a_long_list_of_conditions_is_no_deep_query():
    text = "SELECT id FROM orders WHERE " + " AND ".join(f"a <> {number}" for number in range(500))
    assert checked(text).sql.count("<>") == 500


@pytest.mark.parametrize(
    "text", ["CALL p()", "EXPLAIN SELECT 1", "ALTER TABLE orders FOO", "SELECT a FROM orders FOR UPDATE"]
)
@pytest.mark.parametrize("dialect", ["mysql", "sqlite"])
def test_nothing_is_logged(text, dialect, caplog, capsys):
    with caplog.at_level(logging.DEBUG):
        refusal(text, dialect)
    assert caplog.records == []
    assert capsys.readouterr() == ("", "")


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)


def quoted(text: str, dialect: str) -> str:
    escaped = text.replace("\\", "\\\\") if dialect == "mysql" else text
    return "'" + escaped.replace("'", "''") + "'"


@given(texts, st.sampled_from(["mysql", "sqlite"]))
@settings(deadline=None)
def test_a_text_keeps_its_value_and_a_query_written_anew_stays_as_it_is(text, dialect):
    query = checked(f"SELECT {quoted(text, dialect)} AS x FROM orders", dialect)
    assert checked(query.sql, dialect) == query
    written = query.sql.removeprefix("SELECT ").removesuffix(" AS `x` FROM `orders`")
    assert unquoted(written, dialect) == text


def unquoted(literal: str, dialect: str) -> str:
    """Reads a literal as the engine's manual says."""
    inner = literal[1:-1].replace("''", "'")
    if dialect == "sqlite":
        return inner
    escapes = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a", "%": "\\%", "_": "\\_"}
    value, characters = "", iter(inner)
    for character in characters:
        if character == "\\":
            following = next(characters)
            value += escapes.get(following, following)
        else:
            value += character
    return value


@given(st.text(st.characters(exclude_characters="\0`", exclude_categories=["Cs"]), min_size=1, max_size=30))
@settings(deadline=None)
def test_a_name_with_odd_characters_stays_a_name(name):
    text = f"SELECT `{name}``` AS x FROM orders"
    assert checked(text).sql == f"SELECT `{name}``` AS `x` FROM `orders`"


@given(st.text("abors'\"`\\/*!-#;()@:?%_x0 \n", max_size=40))
@settings(deadline=None, max_examples=300)
def test_no_text_whatever_slips_out_of_the_query(middle):
    try:
        query = checked(f"SELECT id FROM orders WHERE a = 1 {middle}")
    except InvalidInput:
        return
    assert query.tables in {("orders",), ("orders", "Customers")}
    assert checked(query.sql) == query
