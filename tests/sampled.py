"""Which of many alike cases are tested always."""

import pytest


def first_alone(values):
    """Cases of one kind, of which the first is tested always and the others are proofs (``make prove``)."""
    first, *others = values
    return [first, *(pytest.param(one, marks=pytest.mark.proof) for one in others)]
