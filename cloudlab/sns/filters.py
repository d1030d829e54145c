"""Filter policies: which messages a subscription wants.

Read `matches` first. A policy is a dict of keys and lists of rules: each key must be there and satisfy one of its
rules (AND between keys, OR inside a list). What it doesn't name doesn't matter. It looks at the attributes of a
message, or, in the scope MessageBody, at its body as JSON, where it may be nested as the body is.

Numbers such as SNS-7 are facts of the provider: docs/facts.md lists them with their sources.
"""

import json
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from math import prod
from typing import Annotated

from cloudlab.kernel.limits import InvalidParameter, Limit, checked
from cloudlab.sns.publication import checked_attributes

ATTRIBUTES, BODY = "MessageAttributes", "MessageBody"
Scope = Annotated[str, Limit(choices=(ATTRIBUTES, BODY), label="Filter looks at")]

MOST_KEYS, MOST_COMBINATIONS, MOST_BYTES = 5, 150, 262_144
"""What a policy may hold at most (SNS-9)."""

LARGEST = 10**9
"""Numbers in a policy lie between minus this and this, with at most five decimals (SNS-8)."""

COMPARE: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "=": lambda value, bound: value == bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
}
OPERATORS = ("prefix", "suffix", "anything-but", "equals-ignore-case", "exists", "numeric")
"""The rules that are dicts (SNS-8)."""

Values = dict[tuple[str, ...], list]
"""The values of a message, by the way of keys that leads to them: texts, Decimals, True, False, None."""


@checked()
def matches(policy: dict | None, attributes: dict) -> bool:
    """Whether a message with these attributes is wanted. None: everything is. Raises InvalidParameter.

    >>> matches({"kind": ["print"]}, {"kind": {"DataType": "String", "StringValue": "print"}})
    True
    >>> matches({"kind": [{"anything-but": "print"}]}, {})
    False
    """
    if policy is not None:
        check_policy(policy)
    return wants(policy, checked_attributes(attributes))


@checked()
def matches_body(policy: dict | None, body: str) -> bool:
    """Whether a message with this body is wanted. A body that is no JSON object is not. Raises InvalidParameter.

    >>> matches_body({"order": {"total": [{"numeric": [">=", 100]}]}}, '{"order": {"total": 250}}')
    True
    """
    if policy is not None:
        check_policy(policy, BODY)
    return wants_body(policy, body)


def wants(policy: dict | None, attributes: dict) -> bool:
    """As `matches`, of a policy and attributes that were checked."""
    return policy is None or _agrees(policy, values_of_attributes(attributes), ())


def wants_body(policy: dict | None, body: str) -> bool:
    """As `matches_body`, of a policy that was checked."""
    if policy is None:
        return True
    try:
        found = json.loads(body, parse_float=Decimal, parse_int=Decimal)
    except (ValueError, RecursionError):
        return False
    if not isinstance(found, dict):
        return False
    values: Values = {}
    _lay_out(found, (), values)
    return _agrees(policy, values, ())


def values_of_attributes(attributes: dict) -> Values:
    """What the attributes of a message hold: of one of type String.Array each of its members, of a Binary nothing."""
    found: Values = {}
    for name, one in attributes.items():
        kind, text = one["DataType"], one["StringValue"]
        values: list = []
        if kind == "String.Array":
            values = _listed(text)
        elif kind.split(".")[0] == "Number":
            number = _decimal(text)
            values = [] if number is None else [number]
        elif kind.split(".")[0] == "String":
            values = [text]
        found[name,] = values
    return found


def _listed(text: str) -> list:
    try:
        found = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    except (ValueError, RecursionError):
        return []
    return [one for one in found if not isinstance(one, (list, dict))] if isinstance(found, list) else []


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _lay_out(found, way: tuple[str, ...], values: Values) -> None:
    """Write down all that a body holds, lists member by member."""
    if isinstance(found, dict):
        for key, inner in found.items():
            _lay_out(inner, (*way, key), values)
    elif isinstance(found, list):
        values.setdefault(way, [])
        for inner in found:
            _lay_out(inner, way, values)
    else:
        values.setdefault(way, []).append(found)


def _agrees(policy: dict, values: Values, way: tuple[str, ...]) -> bool:
    for key, rules in policy.items():
        if key == "$or":
            good = any(_agrees(one, values, way) for one in rules)
        elif isinstance(rules, dict):
            good = _agrees(rules, values, (*way, key))
        else:
            found = values.get((*way, key))
            good = any(_satisfied(rule, found) for rule in rules)
        if not good:
            return False
    return True


def _satisfied(rule, found: list | None) -> bool:
    if isinstance(rule, dict) and "exists" in rule:
        return (found is not None) == rule["exists"]
    return found is not None and any(_fits(rule, value) for value in found)


def _fits(rule, value) -> bool:
    """Whether one value satisfies one rule."""
    if not isinstance(rule, dict):
        return _same(rule, value)
    ((operator, wanted),) = rule.items()
    if operator == "numeric":
        pairs = zip(wanted[::2], wanted[1::2], strict=True)
        return isinstance(value, Decimal) and all(
            COMPARE[sign](value, _number(bound)) for sign, bound in pairs
        )
    if operator == "anything-but":
        if isinstance(wanted, dict):
            return not _fits(wanted, value)
        return not any(_same(one, value) for one in (wanted if isinstance(wanted, list) else [wanted]))
    if not isinstance(value, str):
        return False
    if operator == "prefix":
        return value.startswith(wanted)
    if operator == "suffix":
        return value.endswith(wanted)
    return value.lower() == wanted.lower()


def _same(rule, value) -> bool:
    """Whether a value is what the rule names: a text is no number, and True is no 1."""
    if isinstance(rule, (int, float)) and not isinstance(rule, bool):
        return isinstance(value, Decimal) and value == _number(rule)
    return type(rule) is type(value) and rule == value


def _number(number: float) -> Decimal:
    return Decimal(str(number))


# What a policy may be


@checked()
def check_policy(policy: dict, scope: Scope = ATTRIBUTES) -> None:
    """Raise InvalidParameter, which points at the key, for what is no filter policy (SNS-8, SNS-9)."""
    try:
        text = json.dumps(policy)
    except (TypeError, ValueError, RecursionError):
        raise InvalidParameter("filter_policy holds something that can't be written as JSON.") from None
    if len(text.encode()) > MOST_BYTES:
        raise InvalidParameter(f"filter_policy is {len(text)} bytes, but must be at most {MOST_BYTES} bytes.")
    if not policy:
        raise InvalidParameter("filter_policy holds no key: give None where all messages are wanted.")
    _check(policy, "filter_policy", nested=scope == BODY)
    if (keys := _keys(policy)) > MOST_KEYS:
        raise InvalidParameter(f"filter_policy has {keys} keys, but must have at most {MOST_KEYS} keys.")
    if (number := combinations(policy)) > MOST_COMBINATIONS:
        rule = f"must have at most {MOST_COMBINATIONS}: the lengths of its lists are multiplied"
        raise InvalidParameter(f"filter_policy has {number} combinations of values, but {rule}.")


def combinations(policy: dict, depth: int = 1) -> int:
    """The lengths of all lists multiplied, those of nested keys by their depth too (SNS-9).

    Alternatives of `$or` are added.

    >>> combinations({"a": ["x", "y", "z"], "b": ["x"], "c": ["x", "y"]})
    6
    """
    return prod(
        sum(combinations(one, depth) for one in rules)
        if key == "$or"
        else combinations(rules, depth + 1)
        if isinstance(rules, dict)
        else len(rules) * depth
        for key, rules in policy.items()
    )


def _keys(policy: dict) -> int:
    return sum(sum(map(_keys, rules)) if key == "$or" else 1 for key, rules in policy.items())


def _check(policy: dict, way: str, *, nested: bool) -> None:
    for key, rules in policy.items():
        here = f"{way}[{key!r:.60}]"
        if not isinstance(key, str) or not key:
            raise InvalidParameter(f"{here} must have a text as its key.")
        if key == "$or":
            _check_alternatives(rules, here, nested=nested)
        elif isinstance(rules, dict):
            if not nested:
                rule = "must be a list of rules: only a policy of the scope MessageBody is nested"
                raise InvalidParameter(f"{here} is {rules!r:.60}, but {rule}.")
            if not rules:
                raise InvalidParameter(f"{here} holds no key.")
            _check(rules, here, nested=True)
        elif not isinstance(rules, list) or not rules:
            raise InvalidParameter(f"{here} is {rules!r:.60}, but must be a list of at least one rule.")
        else:
            for rule in rules:
                _check_rule(rule, here)


def _check_alternatives(rules, here: str, *, nested: bool) -> None:
    whole = isinstance(rules, list) and len(rules) >= 2 and all(isinstance(one, dict) for one in rules)
    if not whole or not all(rules):
        raise InvalidParameter(f"{here} is {rules!r:.60}, but must be a list of two policies or more.")
    for place, one in enumerate(rules):
        _check(one, f"{here}[{place}]", nested=nested)


def _check_rule(rule, here: str) -> None:
    if not isinstance(rule, dict):
        _check_value(rule, here)
        return
    if len(rule) != 1 or next(iter(rule)) not in OPERATORS:
        one_of = f"must be a text, a number, true, false, null, or one of {', '.join(OPERATORS)}"
        raise InvalidParameter(f"{here} holds the rule {rule!r:.60}, but each {one_of}.")
    ((operator, wanted),) = rule.items()
    here = f"{here}[{operator!r}]"
    if operator == "exists":
        if not isinstance(wanted, bool):
            raise InvalidParameter(f"{here} is {wanted!r:.60}, but must be True or False.")
    elif operator == "numeric":
        _check_numeric(wanted, here)
    elif operator == "anything-but":
        _check_other(wanted, here)
    elif not isinstance(wanted, str) or not wanted:
        raise InvalidParameter(f"{here} is {wanted!r:.60}, but must be a text of at least one character.")


def _check_other(wanted, here: str) -> None:
    if isinstance(wanted, dict):
        text = next(iter(wanted.values()), None)
        if list(wanted) != ["prefix"] or not isinstance(text, str) or not text:
            raise InvalidParameter(f"{here} is {wanted!r:.60}, but must be values, or a prefix.")
        return
    values = wanted if isinstance(wanted, list) else [wanted]
    texts = [isinstance(one, str) for one in values]
    if not values or isinstance(wanted, bool) or (any(texts) and not all(texts)):
        raise InvalidParameter(f"{here} is {wanted!r:.60}, but must be texts only or numbers only.")
    for one in values:
        _check_value(one, here)


def _check_numeric(wanted, here: str) -> None:
    rule = "must be as ['>=', 10] or as ['>', 0, '<=', 10]"
    whole = (
        isinstance(wanted, list)
        and len(wanted) in (2, 4)
        and all(isinstance(one, str) for one in wanted[::2])
    )
    if not whole or not all(sign in COMPARE for sign in wanted[::2]):
        raise InvalidParameter(f"{here} is {wanted!r:.60}, but {rule}.")
    if len(wanted) == 4 and not (wanted[0] in (">", ">=") and wanted[2] in ("<", "<=")):
        raise InvalidParameter(f"{here} is {wanted!r:.60}, but a range {rule}: the lower end first.")
    for bound in wanted[1::2]:
        if isinstance(bound, bool) or not isinstance(bound, (int, float)):
            raise InvalidParameter(f"{here} is {wanted!r:.60}, but {rule}.")
        _check_value(bound, here)
    if len(wanted) == 4 and not wanted[1] < wanted[3]:
        raise InvalidParameter(f"{here} is {wanted!r:.60}, but its lower end must be below its upper one.")


def _check_value(value, here: str) -> None:
    if value is None or isinstance(value, (str, bool)):
        return
    if not isinstance(value, (int, float)):
        raise InvalidParameter(
            f"{here} holds {value!r:.60}, but must hold texts, numbers, true, false or null."
        )
    if not -LARGEST <= value <= LARGEST or _number(value) != round(_number(value), 5):
        rule = "must lie between -10⁹ and 10⁹, with at most five decimals"
        raise InvalidParameter(f"{here} holds the number {value!r:.60}, but numbers {rule}.")
