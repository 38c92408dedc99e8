"""How commands ask the desk, so that they say the same as the service."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from features.errors import InputError
from features.language import preferred_language, render
from huoli.console import waiting
from huoli.opened import existing_home

if TYPE_CHECKING:
    from serving.contract import Strict
    from serving.desk import Desk
    from serving.problems import Problem

Answer = TypeVar("Answer")
Request = TypeVar("Request", bound="Strict")


@contextmanager
def opened_desk() -> Iterator["Desk"]:
    """The desk of the current home, open while the block runs."""
    with waiting(render("Reading tables and models")):
        from serving.desk import Desk

        desk = Desk(existing_home())
        desk.open()
    try:
        yield desk
    finally:
        desk.close()


def checked_request(model: type[Request], body: str) -> Request:
    """The request that a JSON text holds.

    Raises:
        InputError: names each field that breaks the contract, and its rule.
    """
    from pydantic import ValidationError

    from serving.problems import Problem, field_errors

    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise refusal(Problem(400, *field_errors(error))) from None


def answered(ask: Callable[[str], Answer]) -> Answer:
    """What the desk answers in the reader's language.

    Raises:
        InputError: it refused; names the field and the rule.
    """
    from serving.problems import Problem

    try:
        return ask(preferred_language())
    except Problem as problem:
        raise refusal(problem) from None


def refusal(problem: "Problem") -> InputError:
    """The desk's refusal as a command's error."""
    from serving.problems import problem_body

    told = problem_body(problem.status, problem.errors, preferred_language())
    return InputError("{problem}", problem=told["detail"])
