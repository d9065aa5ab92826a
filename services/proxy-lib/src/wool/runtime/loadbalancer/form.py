"""Tell in which of the supported ways a balancer was written."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from enum import Enum
from inspect import Parameter
from typing import Final

from wool.runtime.loadbalancer.picker import Picker

POSITIONAL: Final = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
OPEN: Final = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


class Form(Enum):
    """How the pool asks a balancer for a worker."""

    PICK = "pick(members, task)"
    DELEGATE = "delegate(*, context)"
    DELEGATE_015 = "delegate(task, *, context)"
    DISPATCH = "dispatch(task, *, context, timeout)"


def form_of(balancer: object) -> Form:
    """
    Return how *balancer* is asked; `delegate` goes before `dispatch`.

    Raises:
        TypeError: it is no load balancer; the text names what is missing.
    """
    if isinstance(balancer, type):
        raise TypeError(f"a load balancer is wanted here, not the class {balancer.__name__}")
    delegate: object = getattr(balancer, "delegate", None)
    if isinstance(balancer, Picker) and getattr(delegate, "__func__", None) is Picker.delegate:
        return Form.PICK
    if callable(delegate):
        return _form_of_delegate(delegate, f"{type(balancer).__name__}.delegate")
    if callable(getattr(balancer, "dispatch", None)):
        return Form.DISPATCH
    raise TypeError(
        f"{balancer!r} is no load balancer: it has no method delegate(*, context) that yields workers"
    )


def _form_of_delegate(delegate: Callable[..., object], name: str) -> Form:
    if inspect.iscoroutinefunction(delegate) or inspect.isgeneratorfunction(delegate):
        raise TypeError(f"{name} must be an async generator: `async def` with a `yield`")
    try:
        parameters = list(inspect.signature(delegate).parameters.values())
    except ValueError:  # some callables written in C do not tell
        return Form.DELEGATE
    if not any(_takes_context(parameter) for parameter in parameters):
        raise TypeError(f"{name} must take the keyword `context`: delegate(*, context)")
    others = [p for p in parameters if p.name != "context" and p.kind not in OPEN]
    tasks = [p for p in others if p.kind in POSITIONAL and (_required(p) or p.name == "task")]
    strangers = [p.name for p in others if _required(p) and p not in tasks[:1]]
    if strangers:
        raise TypeError(
            f"{name} asks for what it is not given: {', '.join(strangers)}; it is called as"
            " delegate(*, context)"
        )
    return Form.DELEGATE_015 if tasks else Form.DELEGATE


def _takes_context(parameter: Parameter) -> bool:
    if parameter.kind is Parameter.VAR_KEYWORD:
        return True
    keyword = (Parameter.KEYWORD_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    return parameter.name == "context" and parameter.kind in keyword


def _required(parameter: Parameter) -> bool:
    return parameter.default is Parameter.empty
