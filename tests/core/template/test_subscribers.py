"""The token of a confirmation, out of whatever a person pastes."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.template.subscribers import token_of

TOKEN = "2336412f37fb687f5d51e6e2425c464de1ed0b9b1d3ba6a1a4fb" * 4
LINK = (
    "https://sns.us-east-1.amazonaws.com/confirmation.html?TopicArn=arn:aws:sns:us-east-1:111122223333:tocsin"
    f"&Token={TOKEN}&Endpoint=ops@example.com"
)
BROKEN = LINK.replace("&Token", "=\n&Token")


def wrapped(link, times):
    for _ in range(times):
        link = f"https://eur01.safelinks.protection.example.com/?url={quote(link, safe='')}&data=05%7C02&reserved=0"
    return link


@pytest.mark.parametrize("times", range(5))
def test_a_link_gives_its_token_however_often_a_scanner_wrapped_it(times):
    assert token_of(wrapped(LINK, times)) == TOKEN


@pytest.mark.parametrize("text", [TOKEN, f"  {TOKEN}\n", f"{TOKEN[:70]}\r\n{TOKEN[70:]}", BROKEN])
def test_a_token_is_taken_as_it_is_and_white_space_of_a_mail_is_none_of_it(text):
    assert token_of(text) == TOKEN


@pytest.mark.parametrize(
    "text", ["", "x", "Token=", "https://example.com/?token=1", LINK.replace(TOKEN, "short"), f"({TOKEN})"]
)
def test_what_holds_no_token_is_said(text):
    with pytest.raises(ValueError, match="there is no token in it"):
        token_of(text)


@given(st.text(max_size=200))
def test_no_text_makes_it_fail_otherwise(text):
    try:
        assert token_of(text).isalnum()
    except ValueError as fault:
        assert str(fault)  # noqa: PT017 - what is refused has a reason
