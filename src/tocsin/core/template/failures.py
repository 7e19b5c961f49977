"""What failed in a deployment, and what a person does next."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.core.policy.denied import statement_for

# What SQS says for 60 seconds after a queue was deleted (SQS API Reference, "CreateQueue": QueueDeletedRecently).
DELETED_RECENTLY = "60 seconds after deleting a queue"


@dataclass(frozen=True, slots=True)
class Failure:
    """The end of an operation that did not succeed.

    Attributes:
        status: the state in which the stack is now.
        resource: the resource that failed first, by its name in the template; ``""`` where none is named.
        kind: its type.
        reason: what its service said.
    """

    status: str
    resource: str = ""
    kind: str = ""
    reason: str = ""

    @property
    def says(self) -> str:
        """Which resource, and why."""
        if not self.resource:
            return self.reason or "no resource says why"
        return f"{self.resource} ({self.kind}): {self.reason or 'no reason given'}"


_FIVE_TRAILS = (
    "a Region takes five trails, shadow trails included: adopt one of them (`trail` in tocsin.toml; tocsin init shows "
    "them), or delete one"
)
# By what the reason of the service contains; the first that fits.
_CAUSES = (
    (
        ("MaximumNumberOfTrailsExceeded", "MaximumNumberOfTrails"),
        _FIVE_TRAILS,
    ),
    (
        ("already exists", "AlreadyExists", "QueueAlreadyExists"),
        "something else has that name already: choose another `name` in tocsin.toml, or remove it",
    ),
    (
        ("Rate exceeded", "Throttling", "TooManyRequests"),
        "AWS had too many requests at once: run it again in a minute",
    ),
    (
        ("LimitExceeded", "QuotaExceeded", "exceeds the limit"),
        "a quota of the account is used up: raise it",
    ),
)
_STATES = {
    "DELETE_COMPLETE": "nothing is left of it; mend the cause and run tocsin apply again",
    "UPDATE_ROLLBACK_COMPLETE": "the pipeline is as it was before; mend the cause and run tocsin apply again",
    "UPDATE_ROLLBACK_FAILED": "mend the cause, then aws cloudformation continue-update-rollback, then tocsin apply",
    "DELETE_FAILED": "mend the cause and run tocsin destroy again",
}


def hint_of(failure: Failure) -> str:
    """The next step after a failure: what mends the cause, and the verb to go on with."""
    state = _STATES.get(failure.status, "mend the cause, then tocsin destroy, then apply again")
    statement = statement_for(failure.reason)
    if statement:
        return f"add this statement to the policy of who deploys: {statement}; {state}"
    for words, cause in _CAUSES:
        if any(one in failure.reason for one in words):
            return f"{cause}; {state}"
    return state
