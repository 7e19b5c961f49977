"""How a stack operation fails."""

from __future__ import annotations


class StackError(Exception):
    """A call that CloudFormation refuses.

    Args:
        message: as AWS words it.
        code: the error code of the API.
    """

    def __init__(self, message: str, code: str = "ValidationError") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
