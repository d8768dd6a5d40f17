"""Checks of the private API of a library: each failure names what is missing and which code of ours depends on it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any


def names_in(function: Callable[..., Any]) -> set[str]:
    """Return the attributes and names that a function uses, those of inner functions included."""
    codes, found = [inspect.unwrap(function).__code__], set[str]()
    while codes:
        code = codes.pop()
        found |= {*code.co_names, *code.co_freevars, *code.co_varnames}
        codes += [const for const in code.co_consts if inspect.iscode(const)]
    return found


def require(owner: Any, name: str, user: str, parameters: str | None = None) -> Any:
    """Return `owner.name`, which `user` depends on; `parameters`: the first parameters, without `self`."""
    title = getattr(owner, "__qualname__", None) or getattr(owner, "__name__", None) or type(owner).__name__
    assert hasattr(owner, name), f"{title}.{name} is gone: {user} must be adapted"
    found = getattr(owner, name)
    if parameters is not None:
        actual = [one for one in inspect.signature(found).parameters if one not in {"self", "cls"}]
        expected = parameters.split()
        assert actual[: len(expected)] == expected, (
            f"{title}.{name} has the parameters {actual}, expected {expected}: {user} must be adapted"
        )
    return found


def require_call(caller: Callable[..., Any], name: str, user: str) -> None:
    """Check that a function of the library still uses `name`, which `user` replaces."""
    assert name in names_in(caller), f"{caller.__qualname__} no longer uses {name}: {user} has no effect"
