"""What a text costs in messages, and what is sent of one that costs too many."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.channels.sms.segments import (
    GSM_CODES,
    Alphabet,
    alphabet,
    decoded,
    encoded,
    fitted,
    parts,
    plainer,
)

GSM_TEXT = st.text(alphabet=st.sampled_from(sorted(GSM_CODES)), max_size=1200)
ANY_TEXT = st.text(alphabet=st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("aé[€😀ગ")), max_size=900)
LINK = "https://h.example.org/notifications/inbox/abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    ("text", "many"),
    [("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("€" * 80, 1), ("€" * 81, 2), ("ગ" * 70, 1), ("ગ" * 71, 2),
     ("😀" * 35, 1), ("😀" * 36, 2), ("á" * 71, 2), ("é" * 160, 1)],
)  # fmt: skip
def test_a_text_is_as_many_messages_as_the_networks_count(text, many):
    assert len(parts(text)) == many


@given(ANY_TEXT)
def test_parts_put_together_are_the_text_and_each_fits(text):
    kind, cut = alphabet(text), parts(text)
    alone, each = kind.value
    octets = 1 if kind is Alphabet.GSM else 2
    assert "".join(cut) == text
    assert all(len(encoded(part, kind)) <= octets * (alone if len(cut) == 1 else each) for part in cut)


@given(GSM_TEXT)
def test_the_small_alphabet_survives_its_octets(text):
    assert decoded(encoded(text, Alphabet.GSM), Alphabet.GSM) == text


@given(ANY_TEXT)
def test_any_script_survives_as_ucs2(text):
    assert decoded(encoded(text, Alphabet.UCS2), Alphabet.UCS2) == text


def test_what_comes_in_broken_is_shown_as_well_as_it_goes():
    assert decoded(b"ok\xff\x1b\x01", Alphabet.GSM) == "ok??"


def test_a_typographers_quotes_do_not_make_a_text_twice_as_dear():
    assert plainer("“Riya’s” day – great…") == "\"Riya's\" day - great..."
    assert plainer("“Mateo ayudó”") == "“Mateo ayudó”"  # ó needs the large alphabet anyway: the text stays as written


@given(ANY_TEXT, st.integers(2, 8))
def test_a_text_too_long_is_its_beginning_and_the_link_and_never_more_than_so_many(text, most):
    sent = fitted(text, LINK, most=most)
    if len(parts(plainer(text))) <= most:
        assert sent == plainer(text)
    else:
        assert len(parts(sent)) <= most
        assert sent.endswith(LINK)
        assert plainer(text).startswith(sent.removesuffix(f"... {LINK}").rstrip())


def test_a_cut_leaves_whole_words():
    sent = fitted("helped another student today " * 100, LINK, most=2)
    assert sent.removesuffix(f"... {LINK}").split()[-1] in {"helped", "another", "student", "today"}


def test_without_a_page_to_read_on_nothing_is_left_out():
    assert fitted("word " * 500, None) == "word " * 500
