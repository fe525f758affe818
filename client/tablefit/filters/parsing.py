"""From text to filter.

    filter     = conjunction { "or" conjunction }
    conjunction = negation { "and" negation }
    negation   = "not" negation | "(" filter ")" | condition
    condition  = column comparator value | column "is" ["not"] "null" | column ["not"] "in" "(" value { "," value } ")"
               | column ["not"] "like" text | column ["not"] "between" value "and" value
    comparator = "=" | "==" | "!=" | "<>" | "<" | "<=" | ">" | ">="

Keywords may be written in any case.
"""

from tablefit.filters.conditions import And, Comparison, Filter, IsNull, Like, Literal, Membership, Not, Or, Order
from tablefit.filters.tokens import Token, expected, fault, tokenize

_COMPARATORS = {"=": "=", "==": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_EXPECTED_PREDICATE = "a comparison (= != < <= > >=, is null, in, like, between)"
# What the service takes, and far below what Python can nest.
LIMIT_DEPTH = 32


def parse(text: str) -> Filter:
    """The filter that `text` states. Raises InvalidInput, which points at what cannot be understood."""
    parser = _Parser(text)
    found = parser.parse_filter()
    parser.expect_end()
    return found


def parse_order(text: str) -> tuple[Order, ...]:
    """The columns of "age desc, name": in this order, each ascending unless "desc" stands behind it."""
    parser = _Parser(text)
    orders = [parser.parse_order()]
    while parser.take("sign", ","):
        orders.append(parser.parse_order())
    parser.expect_end()
    return tuple(orders)


class _Parser:
    """One pass over the tokens of one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(tokenize(text))
        self._place = 0
        self._depth = 0

    def parse_filter(self) -> Filter:
        parts = [self._parse_conjunction()]
        while self.take("keyword", "or"):
            parts.append(self._parse_conjunction())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def parse_order(self) -> Order:
        column = self._expect("column", "a column")
        following = self._token
        if following.kind == "column" and following.shown.lower() in ("asc", "desc"):
            self._place += 1
            return Order(column.value, following.shown.lower() == "desc")
        return Order(column.value)

    def expect_end(self) -> None:
        if self._token.kind != "end":
            raise expected("and, or or the end", self._token, self._text)

    def take(self, kind: str, value: str) -> bool:
        """Goes past the next token if it is this one; whether it was."""
        found = (self._token.kind, self._token.value) == (kind, value)
        self._place += found
        return found

    @property
    def _token(self) -> Token:
        return self._tokens[self._place]

    def _parse_conjunction(self) -> Filter:
        parts = [self._parse_negation()]
        while self.take("keyword", "and"):
            parts.append(self._parse_negation())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _parse_negation(self) -> Filter:
        start = self._token
        self._depth += 1
        if self._depth > LIMIT_DEPTH:
            raise expected(f"conditions nested at most {LIMIT_DEPTH} deep", start, self._text)
        found = self._parse_nested(start)
        self._depth -= 1
        return found

    def _parse_nested(self, start: Token) -> Filter:
        if self.take("keyword", "not"):
            return Not(self._parse_negation())
        if self.take("sign", "("):
            found = self.parse_filter()
            self._expect("sign", "a closing parenthesis", ")")
            return found
        if start.kind != "column":
            raise expected("a column", start, self._text)
        self._place += 1
        return self._parse_predicate(start)

    def _parse_predicate(self, column: Token) -> Filter:
        name, position = column.value, column.position
        if self._token.kind == "sign" and self._token.value in _COMPARATORS:
            comparator = _COMPARATORS[self._token.value]
            self._place += 1
            return Comparison(name, comparator, self._parse_value(), position=position)
        if self.take("keyword", "is"):
            negated = self.take("keyword", "not")
            self._expect("keyword", "null", "null")
            return _negated(IsNull(name, position=position), negated)
        negated = self.take("keyword", "not")
        return _negated(self._parse_negatable(name, position), negated)

    def _parse_negatable(self, name: str, position: int) -> Filter:
        if self.take("keyword", "in"):
            return Membership(name, self._parse_values(), position=position)
        if self.take("keyword", "like"):
            return Like(name, self._expect("text", "a pattern between single quotes").value, position=position)
        if self.take("keyword", "between"):
            lower = Comparison(name, ">=", self._parse_value(), position=position)
            self._expect("keyword", "and", "and")
            return And((lower, Comparison(name, "<=", self._parse_value(), position=position)))
        raise expected(_EXPECTED_PREDICATE, self._token, self._text)

    def _parse_values(self) -> tuple[Literal, ...]:
        self._expect("sign", "an opening parenthesis", "(")
        values = [self._parse_value()]
        while self.take("sign", ","):
            values.append(self._parse_value())
        self._expect("sign", "a comma or a closing parenthesis", ")")
        return tuple(values)

    def _parse_value(self) -> Literal:
        token = self._token
        self._place += 1
        match token.kind:
            case "text":
                return token.value
            case "number":
                return _to_number(token, self._text)
            case "bytes":
                return bytes.fromhex(token.value)
            case "keyword" if token.value in ("true", "false"):
                return token.value == "true"
            case "keyword" if token.value == "null":
                raise expected("a value (for NULL say is null or is not null)", token, self._text)
            case "column":
                raise expected("a value (texts stand between single quotes)", token, self._text)
        raise expected("a value", token, self._text)

    def _expect(self, kind: str, what: str, value: str | None = None) -> Token:
        token = self._token
        if token.kind != kind or value not in (None, token.value):
            raise expected(what, token, self._text)
        self._place += 1
        return token


def _negated(found: Filter, negated: bool) -> Filter:
    return Not(found) if negated else found


def _to_number(token: Token, text: str) -> int | float:
    """Integers exactly, whatever has a point or an exponent as a float."""
    if any(mark in token.value for mark in ".eE"):
        number = float(token.value)
        if number in (float("inf"), float("-inf")):
            raise fault(f"expected a number of 64 bits at position {token.position}", text, token.position)
        return number
    if len(token.value) > 20:
        raise fault(f"expected an integer of 64 bits at position {token.position}", text, token.position)
    return int(token.value)
