"""What SQL Server 2019 would refuse in a statement that a parser of T-SQL lets pass.

A parser knows grammar. SQL Server has further rules, and forgets about them only when a statement runs; each one here
names the number of the error that would come.
"""

import re
from collections.abc import Callable, Iterator

import sqlalchemy as sa
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from sql.tables import metadata

FUNCTIONS = {
    *("abs", "avg", "cast", "ceiling", "charindex", "checkident", "coalesce", "concat", "convert", "count"),
    *("count_big", "dateadd", "datediff", "datepart", "floor", "iif", "isnull", "lag", "lead", "left", "len"),
    *("lower", "max", "min", "nullif", "openjson", "replace", "right", "round", "row_number", "serverproperty"),
    *("datediff_big", "stdevp", "string_agg", "substring", "sum", "sysutcdatetime", "upper"),
}
"""Those that 2019 has, of what statements may come to need; GREATEST, LEAST and shifts of bits came later."""
TYPES = {"datetime2", "decimal", "float", "nchar", "numeric", "nvarchar", "varbinary", "varchar"}
CONDITIONS = (exp.Predicate, exp.Connector, exp.Not, exp.Exists)
LATER = {
    exp.NullSafeEQ: "IS NOT DISTINCT FROM came with 2022",
    exp.NullSafeNEQ: "IS DISTINCT FROM came with 2022",
    exp.BitwiseLeftShift: "<< came with 2022",
    exp.BitwiseRightShift: ">> came with 2022",
    exp.Filter: "FILTER is not known",
    exp.DPipe: "|| is not known",
}
CALL = re.compile(r"(?<![\w.\]@])([A-Za-z_]\w*)\(")
TEXTS = re.compile(r"'(?:[^']|'')*'|\[[^\]]*\]")
FLAGS = {
    column.name for table in metadata.tables.values() for column in table.columns if isinstance(column.type, sa.Boolean)
}

Rule = Callable[[exp.Expr], Iterator[str]]


def faults(text: str) -> list[str]:
    """What SQL Server would refuse; empty when nothing is known to be wrong."""
    try:
        trees = [tree for tree in sqlglot.parse(text, dialect="tsql") if tree is not None]
    except SqlglotError as error:
        return [" ".join(str(error).split())]
    return [*_unknown_functions(text), *(fault for tree in trees for rule in RULES for fault in rule(tree))]


def conditions_are_no_values(tree: exp.Expr) -> Iterator[str]:
    """102: `SELECT a IS NULL` and `SUM(a = b)` need a CASE."""
    for each in tree.find_all(*CONDITIONS):
        if not _may_be_condition(each) and not _is_assignment(each):
            yield f"a condition where a value is wanted: {each.sql('tsql')}"


def values_are_no_conditions(tree: exp.Expr) -> Iterator[str]:
    """4145: `WHERE flag` needs a comparison."""
    for place in tree.find_all(exp.Where, exp.Having, exp.Connector, exp.Not, exp.If, exp.Join):
        for each in _conditions_of(place):
            if not isinstance(each.unnest(), (*CONDITIONS, exp.Escape)):
                yield f"a value where a condition is wanted: {each.sql('tsql')}"


def aggregates_are_of_columns(tree: exp.Expr) -> Iterator[str]:
    """130: no question and no aggregate inside an aggregate. 8117: no MAX of a flag."""
    for each in tree.find_all(exp.AggFunc):
        argument = each.this
        if not isinstance(argument, exp.Expr) or isinstance(each, exp.Count | exp.RowNumber):
            continue
        inner = argument.find(exp.Select, exp.Exists, exp.AggFunc)
        if inner is not None and not isinstance(each.parent, exp.Window):
            yield f"{inner.sql('tsql')[:60]} inside of {each.key}"
        if (
            isinstance(argument, exp.Column)
            and argument.name in FLAGS
            and isinstance(each, exp.Max | exp.Min | exp.Sum)
        ):
            yield f"{each.key} of a flag: {argument.name}"


def groups_are_of_columns(tree: exp.Expr) -> Iterator[str]:
    """8120: two parameters are never the same expression. 164: a constant is no group."""
    for group in tree.find_all(exp.Group):
        for each in group.expressions:
            if each.find(exp.Placeholder, exp.Parameter):
                yield f"a parameter in GROUP BY: {each.sql('tsql')}"
            if isinstance(each.unnest(), exp.Literal):
                yield "a constant in GROUP BY"


def order_is_at_the_end(tree: exp.Expr) -> Iterator[str]:
    """1033: inside of another question only with TOP or OFFSET. 145: of DISTINCT rows only by what is selected."""
    for select in tree.find_all(exp.Select, exp.SetOperation):
        order = select.args.get("order")
        if order is None:
            continue
        if select.parent is not None and not (select.args.get("limit") or select.args.get("offset")):
            yield "ORDER BY in an inner question without TOP"
        if select.args.get("distinct"):
            shown = {part.sql("tsql") for each in select.selects for part in (each, each.unalias())}
            shown |= {each.alias_or_name for each in select.selects}
            for each in order.expressions:
                if each.this.sql("tsql") not in shown:
                    yield f"DISTINCT ordered by {each.this.sql('tsql')}"


def names_stand_before_the_statement(tree: exp.Expr) -> Iterator[str]:
    """156: WITH begins a statement; no inner question has one."""
    for each in tree.find_all(exp.With):
        if each.parent is not tree:
            yield "WITH inside of a statement"


def rows_are_compared_by_columns(tree: exp.Expr) -> Iterator[str]:
    """4145: `(a, b) IN (...)` is not known."""
    for each in tree.find_all(exp.In, exp.EQ, exp.LT, exp.GT, exp.LTE, exp.GTE):
        if isinstance(each.this, exp.Tuple):
            yield f"rows are compared: {each.sql('tsql')[:60]}"


def operators_are_those_of_2019(tree: exp.Expr) -> Iterator[str]:
    """102: what came later, or is of SQLite."""
    for each in tree.find_all(*LATER):
        yield LATER[type(each)]


def _unknown_functions(text: str) -> Iterator[str]:
    """195: functions of SQLite, and those that came with 2022. By the text: the parser gives some their T-SQL name."""
    for name in CALL.findall(TEXTS.sub("''", text)):
        if name.lower() not in FUNCTIONS | TYPES:
            yield f"the function {name} is not known"


def _may_be_condition(each: exp.Expr) -> bool:
    """Whether a condition may stand there."""
    child = each
    while isinstance(child.parent, exp.Paren | exp.Escape):
        child = child.parent
    return child.parent is not None and any(place is child for place in _conditions_of(child.parent))


def _conditions_of(place: exp.Expr) -> list[exp.Expr]:
    """The parts of a place that are conditions."""
    match place:
        case exp.If() if isinstance(place.parent, exp.Case) and place.parent.this is not None:
            found = []  # CASE a WHEN b
        case exp.Where() | exp.Having() | exp.Not() | exp.If():
            found = [place.this]
        case exp.Connector():
            found = [place.left, place.right]
        case exp.Join():
            found = [place.args.get("on")]
        case _:
            found = []
    return [each for each in found if isinstance(each, exp.Expr)]


def _is_assignment(each: exp.Expr) -> bool:
    return isinstance(each, exp.EQ) and isinstance(each.parent, exp.Update)


RULES: tuple[Rule, ...] = (
    conditions_are_no_values,
    values_are_no_conditions,
    aggregates_are_of_columns,
    groups_are_of_columns,
    order_is_at_the_end,
    names_stand_before_the_statement,
    rows_are_compared_by_columns,
    operators_are_those_of_2019,
)
