"""Which operators may stand next to one another without parentheses.

Where engines and readers group operators differently, as in `a = b IS NULL` and `a NOT IN (1) >= 2`, what is written
anew could mean something else, so a query says it with parentheses. Arithmetic, NOT, AND and OR need none.
"""

from sqlglot import exp

from data_service.queries.dialects import is_written
from data_service.queries.grammar import DialectName, excerpt, refuse

_PREDICATES = (
    exp.EQ,
    exp.NEQ,
    exp.GT,
    exp.GTE,
    exp.LT,
    exp.LTE,
    exp.NullSafeEQ,
    exp.NullSafeNEQ,
    exp.Is,
    exp.Like,
    exp.Escape,
    exp.RegexpLike,
    exp.Glob,
    exp.Between,
    exp.In,
)
_ARITHMETIC = (
    exp.Add,
    exp.Sub,
    exp.Mul,
    exp.Div,
    exp.IntDiv,
    exp.Mod,
    exp.DPipe,
    exp.BitwiseAnd,
    exp.BitwiseOr,
    exp.BitwiseXor,
    exp.BitwiseLeftShift,
    exp.BitwiseRightShift,
    exp.BitwiseNot,
    exp.Neg,
    exp.Collate,
)
_LOOSE = (*_PREDICATES, exp.Not, exp.And, exp.Or, exp.Xor)
_OPERANDS = ("this", "expression", "low", "high")


def check_grouping(tree: exp.Expr, dialect: DialectName) -> None:
    """Raises InvalidInput for the first operand that needs parentheses."""
    for operator in tree.find_all(*_PREDICATES, *_ARITHMETIC, exp.Not):
        for place in _OPERANDS:
            operand = operator.args.get(place)
            if isinstance(operand, exp.Interval) and not (isinstance(operator, exp.Add | exp.Sub) and place != "this"):
                raise refuse(f"expected an interval after + or -, as in d + {excerpt(operand, dialect)}")
            if not isinstance(operator, exp.Not) and operand is not None and _is_loose(operand, operator):
                raise refuse(
                    f"expected parentheses around {excerpt(operand, dialect)}, since engines differ in how they group "
                    f"it in {excerpt(operator, dialect)}"
                )


def _is_loose(operand: exp.Expr, operator: exp.Expr) -> bool:
    if isinstance(operand, exp.Paren) and not is_written(operand):
        # sqlglot's own reading of the grouping; but that of `!a` is everybody's.
        inner = operand.this
        return isinstance(inner.this if isinstance(inner, exp.Not) else inner, _LOOSE)
    # `a LIKE b ESCAPE c` is one operator.
    is_escaped = isinstance(operator, exp.Escape) and isinstance(operand, exp.Like)
    return isinstance(operand, _LOOSE) and not is_escaped
