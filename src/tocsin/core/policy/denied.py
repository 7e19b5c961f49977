"""Which permission is missing, out of the words in which AWS refuses.

IAM User Guide, "Troubleshoot access denied error messages": ``User: ARN is not authorized to perform: ACTION on
resource: ARN because no identity-based policy allows the ACTION action``, or ``with an explicit deny in a POLICY``.
"""

from __future__ import annotations

import json
import re

_REFUSED = re.compile(
    r"not authorized to perform: (?P<action>[a-z0-9-]+:[A-Za-z0-9]+)(?: on (?:the )?resource: (?P<resource>\S+))?"
)


def statement_for(said: str) -> str:
    """The statement to add to a policy so that what was refused is allowed, as JSON, or ``""``.

    Args:
        said: the words of AWS.

    Nothing is proposed where a policy denies it expressly: no allow helps there.
    """
    found = _REFUSED.search(said)
    if not found or "explicit deny" in said:
        return ""
    resource = (found["resource"] or "*").rstrip(".,;)\"'")
    return json.dumps({"Effect": "Allow", "Action": found["action"], "Resource": resource})
