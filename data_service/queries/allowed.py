"""What may stand in a query: the kinds of node, the functions and the types, as tables.

What is on no table is refused. Leaves to `rules` the walk over the tree and to `phrases` how a refusal is worded.
"""

from sqlglot import exp

from data_service.queries.grammar import DialectName

# Kinds of node, with the names of the parts that they may have; a part that is not named must be empty.
_PARTS: dict[str, tuple[type[exp.Expr], ...]] = {
    "this": (
        exp.From,
        exp.Where,
        exp.Having,
        exp.Paren,
        exp.Neg,
        exp.Not,
        exp.BitwiseNot,
        exp.Boolean,
        exp.Exists,
        exp.Any,
        exp.All,
        exp.Var,
        exp.BitString,
        exp.DataTypeParam,
    ),
    "this expression": (
        exp.Add,
        exp.Sub,
        exp.Mul,
        exp.IntDiv,
        exp.Mod,
        exp.BitwiseAnd,
        exp.BitwiseOr,
        exp.BitwiseXor,
        exp.BitwiseLeftShift,
        exp.BitwiseRightShift,
        exp.And,
        exp.Or,
        exp.Xor,
        exp.EQ,
        exp.NEQ,
        exp.GT,
        exp.GTE,
        exp.LT,
        exp.LTE,
        exp.NullSafeEQ,
        exp.NullSafeNEQ,
        exp.Is,
        exp.Escape,
        exp.RegexpLike,
        exp.Glob,
        exp.Collate,
        exp.Extract,
        exp.Introducer,
        exp.Filter,
        exp.Offset,
        exp.Limit,
    ),
    "this expression negate": (exp.Like,),
    "this expression safe": (exp.DPipe,),
    "this expression typed safe": (exp.Div,),
    "": (exp.Null, exp.Star),
    "expressions": (exp.Tuple, exp.Distinct, exp.Rollup, exp.With),
    "expressions safe coalesce": (exp.Concat,),
    "expressions charset": (exp.Chr,),
    "expressions rollup": (exp.Group,),
    "expressions nested kind this": (exp.DataType,),
    "with_ expressions distinct from_ joins where group having order limit offset windows": (exp.Select,),
    "with_ this expression distinct order limit offset": (exp.Union, exp.Except, exp.Intersect),
    "this alias with_ joins order limit offset": (exp.Subquery,),
    "this alias db joins": (exp.Table,),
    "this columns": (exp.TableAlias,),
    "this alias": (exp.Alias, exp.CTE),
    "this side kind method on using": (exp.Join,),
    "this desc nulls_first": (exp.Ordered,),
    "this partition_by order spec alias over": (exp.Window,),
    "kind start start_side end end_side exclude": (exp.WindowSpec,),
    "this table db": (exp.Column,),
    "this quoted": (exp.Identifier,),
    "this is_string": (exp.Literal,),
    "this is_integer": (exp.HexString,),
    "this expressions": (exp.Anonymous, exp.Order),
    "this expressions query": (exp.In,),
    "this low high": (exp.Between,),
    "this ifs default": (exp.Case,),
    "this true false": (exp.If,),
    "this to": (exp.Cast,),
    "this unit": (exp.Interval,),
    "this expression position": (exp.Trim,),
    "this start length": (exp.Substring,),
    "this substr position": (exp.StrPosition,),
    "this separator": (exp.GroupConcat,),
}
PARTS = {kind: frozenset(names.split()) for names, kinds in _PARTS.items() for kind in kinds}
# What only one of the two languages has, and the other would read as something else or not at all.
_FOREIGN: dict[DialectName, frozenset[type[exp.Expr]]] = {
    "mysql": frozenset({exp.DPipe, exp.Glob, exp.Filter, exp.NullSafeNEQ}),
    "sqlite": frozenset(
        {
            exp.All,
            exp.Any,
            exp.BitString,
            exp.IntDiv,
            exp.Interval,
            exp.Introducer,
            exp.RegexpLike,
            exp.Rollup,
            exp.Xor,
        }
    ),
}
JOINS: dict[DialectName, dict[str, frozenset[str]]] = {
    "mysql": {
        "side": frozenset({"LEFT", "RIGHT"}),
        "kind": frozenset({"INNER", "OUTER", "CROSS", "STRAIGHT_JOIN", "STRAIGHT"}),
        "method": frozenset({"NATURAL"}),
    },
    "sqlite": {
        "side": frozenset({"LEFT", "RIGHT", "FULL"}),
        "kind": frozenset({"INNER", "OUTER", "CROSS"}),
        "method": frozenset({"NATURAL"}),
    },
}
INTRODUCERS = frozenset({"_utf8", "_utf8mb3", "_utf8mb4", "_binary"})

_NUMERIC = {exp.DType.BIGINT, exp.DType.UBIGINT, exp.DType.DECIMAL, exp.DType.DOUBLE, exp.DType.FLOAT}
_TEMPORAL = {exp.DType.DATE, exp.DType.DATETIME, exp.DType.TIME, exp.DType.TIMESTAMPTZ, exp.DType.YEAR}
TYPES: dict[DialectName, frozenset[exp.DType]] = {
    "mysql": frozenset(
        _NUMERIC
        | _TEMPORAL
        | {exp.DType.CHAR, exp.DType.NCHAR, exp.DType.CHARACTER_SET, exp.DType.BINARY, exp.DType.JSON}
    ),
    "sqlite": frozenset(
        _NUMERIC | {exp.DType.INT, exp.DType.TEXT, exp.DType.CHAR, exp.DType.VARCHAR, exp.DType.VARBINARY}
    ),
}
TYPES_CALLED: dict[DialectName, str] = {
    "mysql": "SIGNED, UNSIGNED, DECIMAL, FLOAT, DOUBLE, CHAR, BINARY, JSON, DATE, TIME, DATETIME or YEAR",
    "sqlite": "INTEGER, REAL, NUMERIC, TEXT or BLOB",
}

_BOTH_FUNCTIONS = """
    ABS ACOS ASIN ATAN ATAN2 CEIL CEILING COS DEGREES EXP FLOOR LN LOG LOG10 LOG2 MOD PI POW POWER RADIANS ROUND SIGN
    SIN SQRT TAN
    CHAR CONCAT CONCAT_WS HEX INSTR LENGTH LOWER LTRIM OCTET_LENGTH QUOTE REPLACE RTRIM SUBSTR SUBSTRING TRIM
    UNHEX UPPER
    DATE TIME TIMEDIFF
    AVG COUNT GROUP_CONCAT MAX MIN SUM
    CUME_DIST DENSE_RANK FIRST_VALUE LAG LAST_VALUE LEAD NTH_VALUE NTILE PERCENT_RANK RANK ROW_NUMBER
    CAST COALESCE IFNULL NULLIF
    JSON_ARRAY JSON_EXTRACT JSON_OBJECT JSON_QUOTE JSON_TYPE JSON_VALID
"""
# All of them are functions of MySQL and of MariaDB: a name that a server lacks could be a stored function of its users.
# (MySQL 9.7 lacks MD5 and SHA1.)
_MYSQL_FUNCTIONS = """
    BIT_COUNT CONV COT CRC32 GREATEST LEAST TRUNCATE
    ASCII BIN BIT_LENGTH CHARACTER_LENGTH CHAR_LENGTH ELT FIELD FIND_IN_SET FORMAT FROM_BASE64 INSERT LCASE LEFT LOCATE
    LPAD MAKE_SET MID OCT ORD POSITION REGEXP_INSTR REGEXP_REPLACE REGEXP_SUBSTR REPEAT REVERSE RIGHT RPAD
    SHA2 SOUNDEX SPACE STRCMP SUBSTRING_INDEX TO_BASE64 UCASE
    ADDDATE ADDTIME CONVERT_TZ DATEDIFF DATE_ADD DATE_FORMAT DATE_SUB DAY DAYNAME DAYOFMONTH DAYOFWEEK DAYOFYEAR EXTRACT
    FROM_DAYS FROM_UNIXTIME HOUR LAST_DAY MAKEDATE MAKETIME MICROSECOND MINUTE MONTH MONTHNAME PERIOD_ADD PERIOD_DIFF
    QUARTER SECOND SEC_TO_TIME STR_TO_DATE SUBDATE SUBTIME TIMESTAMP TIMESTAMPADD TIMESTAMPDIFF TIME_FORMAT TIME_TO_SEC
    TO_DAYS TO_SECONDS UNIX_TIMESTAMP WEEK WEEKDAY WEEKOFYEAR YEAR YEARWEEK
    BIT_AND BIT_OR BIT_XOR JSON_ARRAYAGG JSON_OBJECTAGG STD STDDEV STDDEV_POP STDDEV_SAMP VARIANCE VAR_POP VAR_SAMP
    CONVERT IF ISNULL
    JSON_CONTAINS JSON_CONTAINS_PATH JSON_DEPTH JSON_KEYS JSON_LENGTH JSON_SEARCH JSON_UNQUOTE JSON_VALUE
"""
_SQLITE_FUNCTIONS = """
    TRUNC UNICODE IIF TOTAL TYPEOF DATETIME JULIANDAY STRFTIME UNIXEPOCH JSON_ARRAY_LENGTH JSON_GROUP_ARRAY
    JSON_GROUP_OBJECT
"""
FUNCTIONS: dict[DialectName, frozenset[str]] = {
    "mysql": frozenset((_BOTH_FUNCTIONS + _MYSQL_FUNCTIONS).split()),
    "sqlite": frozenset((_BOTH_FUNCTIONS + _SQLITE_FUNCTIONS).split()),
}
# Words other than functions that a parenthesis may follow in what is written.
WORDS_BEFORE_PARENTHESES = frozenset(
    """
    ALL AND ANY AS BETWEEN BINARY BY CASE CHAR DATETIME DECIMAL DISTINCT DIV ELSE ESCAPE EXCEPT EXISTS FILTER FROM GLOB
    GROUP_BY HAVING IN INTERSECT INTERVAL IS JOIN LIKE LIMIT NOT NUMERIC OFFSET ON OR ORDER_BY OVER PARTITION_BY REGEXP
    SELECT SEPARATOR TEXT THEN TIME UNION USING VARCHAR WHEN WHERE XOR
    """.split()  # noqa: SIM905 (a list of words reads better than one of literals)
)


def parts_of(kind: type[exp.Expr], dialect: DialectName) -> frozenset[str] | None:
    """The names of the parts that a node of `kind` may have; None where it may not stand at all."""
    return None if kind in _FOREIGN[dialect] else PARTS.get(kind)
