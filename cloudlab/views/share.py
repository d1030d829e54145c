"""A short text for a run: print it in class, paste it, and the same run is there again.

    4KQ7-12-A2B95-X3F   the scenario, the seed, what differs from the defaults, a checksum

Each changed control is a letter and its value: the number of the choice, or the number itself (P is the
point, M the minus, Y stands between two moments, N for no value). Large and small letters are the same, and
I, L, O and U don't occur. Read `encode` first.
"""

import hashlib
import re
from collections.abc import Callable

from cloudlab.kernel.limits import Action, InvalidParameter, Parameter

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LETTERS = "ABCDEFGHJKQRSTVWXZ"
"""Letters that stand for controls: those that no value has."""

LONGEST = 60
"""Characters of a code."""


def encode(scenario: Callable, parameters: dict[str, Parameter], values: dict, seed: int | None) -> str:
    """The code of a run of `scenario` with these values.

    Raises InvalidParameter when it would be longer than 60 characters.
    """
    items = ""
    for letter, (name, parameter) in zip(LETTERS, parameters.items(), strict=False):
        if values[name] != parameter.default:
            items += letter + _value_text(parameter, values[name])
    body = f"{_mark(_name(scenario), 4)}-{0 if seed is None else seed}-{items or '0'}"
    code = f"{body}-{_mark(body, 3)}"
    if len(code) > LONGEST:
        raise InvalidParameter(f"This run has a code of {len(code)} characters, but {LONGEST} are possible.")
    return code


def decode(scenario: Callable, parameters: dict[str, Parameter], code: str) -> tuple[dict, int]:
    """(all values, seed) of a code. Raises InvalidParameter with what is wrong with it."""
    text = re.sub(r"\s", "", str(code)).upper()[:200]
    parts = text.split("-")
    if len(parts) != 4 or not all(parts):
        raise InvalidParameter(f"code is {text!r:.70}, but must have four pieces with - between them.")
    home, seed, items, mark = parts
    if mark != _mark(f"{home}-{seed}-{items}", 3):
        raise InvalidParameter(
            f"code is {text!r:.70}, but a character in it is wrong: compare it letter by letter."
        )
    if home != _mark(_name(scenario), 4):
        raise InvalidParameter(f"code is {text!r:.70}, but it belongs to another panel or lesson.")
    if not re.fullmatch(r"\d{1,18}", seed):
        raise InvalidParameter(f"code is {text!r:.70}, but its seed must be a whole number.")
    values = {name: parameter.default for name, parameter in parameters.items()}
    by_letter = dict(zip(LETTERS, parameters, strict=False))
    if items != "0":
        found = re.findall(rf"([{LETTERS}])([0-9PMYN]*)", items)
        if "".join(letter + value for letter, value in found) != items:
            raise InvalidParameter(f"code is {text!r:.70}, but its third piece can't be read.")
        for letter, value in found:
            if letter not in by_letter:
                raise InvalidParameter(f"code is {text!r:.70}, but this panel has no control {letter}.")
            values[by_letter[letter]] = _value_of(parameters[by_letter[letter]], value, text)
    return values, int(seed)


def _name(scenario: Callable) -> str:
    return f"{scenario.__module__.rpartition('.')[2]}.{scenario.__name__}"


def _mark(text: str, length: int) -> str:
    number = int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest()[:8], "big")
    return "".join(ALPHABET[number >> 5 * place & 31] for place in range(length))


def _value_text(parameter: Parameter, value) -> str:
    choices = getattr(parameter.limit, "choices", ())
    if isinstance(parameter.limit, Action):
        return "Y".join(_number_text(moment) for moment in value) or "N"
    if value is None:
        return "N"
    if isinstance(value, str) or (choices and value in choices and parameter.type is bool):
        return str(choices.index(value))
    return _number_text(value)


def _number_text(value) -> str:
    if isinstance(value, bool):
        return str(int(value))
    text = f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return text.replace(".", "P").replace("-", "M")


def _value_of(parameter: Parameter, text: str, code: str):
    choices = getattr(parameter.limit, "choices", ())
    try:
        if isinstance(parameter.limit, Action):
            return () if text == "N" else tuple(_number_of(piece, float) for piece in text.split("Y"))
        if text == "N" and parameter.optional:
            return None
        if parameter.type is str or (choices and parameter.type is bool):
            return choices[int(text)]
        return bool(int(text)) if parameter.type is bool else _number_of(text, parameter.type)
    except (ValueError, IndexError):
        raise InvalidParameter(
            f"code is {code!r:.70}, but {parameter.name} can't have the value {text!r}."
        ) from None


def _number_of(text: str, kind: type):
    return kind(text.replace("P", ".").replace("M", "-"))
