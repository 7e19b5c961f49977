"""What an API answers when it refuses a call."""

import pytest
from botocore.exceptions import ClientError


def refused(call, *args, **kwargs):
    """Make a call that is refused and return code, message and status."""
    with pytest.raises(ClientError) as error:
        call(*args, **kwargs)
    response = error.value.response
    return (
        response["Error"]["Code"],
        response["Error"]["Message"],
        response["ResponseMetadata"]["HTTPStatusCode"],
    )
