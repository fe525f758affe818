"""How a refused piece of SQL is called, and why it is refused: words only."""

from sqlglot import exp

_CHANGES = "its result changes from one call to the next, and a dataset must be the same each time it is read"
_SERVER = "it tells about the connection or the server, not about rows"
_FILES = "it reads or writes files of the server"
_WAITS = "it keeps the server waiting"
_LOCKS = "it locks"

REASONS: dict[str, str] = {
    name: reason
    for reason, names in {
        _CHANGES: "RAND RANDOM RANDOMBLOB RANDOM_BYTES UUID UUID_SHORT SYS_GUID NOW SYSDATE CURDATE CURTIME UTC_DATE "
        "UTC_TIME UTC_TIMESTAMP CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP LOCALTIME LOCALTIMESTAMP NEXTVAL "
        "LASTVAL SETVAL",
        _SERVER: "USER CURRENT_USER SESSION_USER SYSTEM_USER CURRENT_ROLE DATABASE SCHEMA VERSION SQLITE_VERSION "
        "CONNECTION_ID FOUND_ROWS ROW_COUNT LAST_INSERT_ID CHANGES TOTAL_CHANGES LAST_INSERT_ROWID PS_THREAD_ID "
        "CURRENT_CATALOG",
        _FILES: "LOAD_FILE LOAD_EXTENSION READFILE WRITEFILE EDIT FTS3_TOKENIZER",
        _WAITS: "SLEEP BENCHMARK MASTER_POS_WAIT SOURCE_POS_WAIT MASTER_GTID_WAIT WAIT_FOR_EXECUTED_GTID_SET "
        "WAIT_UNTIL_SQL_THREAD_AFTER_GTIDS",
        _LOCKS: "GET_LOCK RELEASE_LOCK RELEASE_ALL_LOCKS IS_FREE_LOCK IS_USED_LOCK "
        "SERVICE_GET_READ_LOCKS SERVICE_GET_WRITE_LOCKS SERVICE_RELEASE_LOCKS",
    }.items()
    for name in names.split()
}

# What the kinds of node are called that people may well write.
_CALLED: dict[type[exp.Expr], str] = {
    exp.Lock: "FOR UPDATE, FOR SHARE or LOCK IN SHARE MODE",
    exp.Into: "INTO",
    exp.Parameter: "a variable (@name)",
    exp.SessionParameter: "a variable of the server (@@name)",
    exp.PropertyEQ: "an assignment (:=)",
    exp.Placeholder: "a placeholder",
    exp.Hint: "a hint",
    exp.IndexTableHint: "an index hint",
    exp.JSONTable: "JSON_TABLE",
    exp.Lateral: "LATERAL",
    exp.Values: "VALUES",
    exp.Partition: "PARTITION",
    exp.Command: "a statement other than SELECT",
    exp.Dot: "a function or column of another database",
    exp.DPipe: "|| (write CONCAT or OR)",
    exp.RegexpLike: "REGEXP",
    exp.Xor: "XOR",
    exp.Rollup: "WITH ROLLUP",
    exp.MatchAgainst: "MATCH … AGAINST",
    exp.JSONArrayContains: "MEMBER OF",
    exp.National: "N'…' (write the text without N)",
    exp.TableSample: "TABLESAMPLE",
}
# The same for parts that a node may not have.
_PARTS_CALLED = {
    "locks": "FOR UPDATE, FOR SHARE or LOCK IN SHARE MODE",
    "into": "INTO",
    "hint": "a hint",
    "hints": "an index hint",
    "partition": "PARTITION",
    "operation_modifiers": "SQL_… and other modifiers after SELECT",
    "recursive": "WITH RECURSIVE",
    "catalog": "a name of three parts",
    "sample": "TABLESAMPLE",
    "version": "FOR SYSTEM_TIME",
    "when": "FOR SYSTEM_TIME",
    "indexed": "INDEXED BY",
}


def call_kind(kind: type[exp.Expr]) -> str:
    """The name of a kind of node, such as "INTO"."""
    return _CALLED.get(kind) or (kind.sql_name() if issubclass(kind, exp.Func) else _spaced(kind.__name__))


def call_part(kind: type[exp.Expr], part: str) -> str:
    """The name of a part of a node, such as "INTO"."""
    return _PARTS_CALLED.get(part) or f"{part.strip('_').replace('_', ' ').upper()} in {_spaced(kind.__name__)}"


def _spaced(name: str) -> str:
    words = "".join(f" {letter}" if letter.isupper() else letter for letter in name)
    return words.strip().upper()
