"""The catalogue is whole: every key in every language, with the params its contract declares."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from services.translation.catalogue import CatalogueError, load
from services.translation.catalogue.load import FOLDER
from shared.language.templates import params_of

NEEDED = """survey.invitation survey.reminder survey.receipt survey.call_instead meeting.offer meeting.offer_again meeting.booked
meeting.cancelled promise.reminder promise.kept promise.missed alert.early concern.ack reply.ack_outside_hours
message.label_machine message.label_source message.label_extra digest.intro stop.confirmed help.text welcome.intro
positive.credit_line""".split()


@pytest.mark.parametrize("language", load().languages)
def test_every_key_of_a_language_has_the_declared_params_and_no_more(language):
    catalogue = load()
    for key, wording in catalogue.wordings[language].items():
        assert params_of(wording.text) == catalogue.keys[key], key
        assert wording.text == wording.text.strip() != "", key


@pytest.mark.parametrize("language", ["en", "es", "so", "vi", "ar", "gu", "zh-Hans"])
def test_the_first_seven_languages_have_every_key(language):
    assert load().wordings[language].keys() == load().keys.keys()


def test_the_keys_that_other_services_were_promised_are_there():
    assert set(NEEDED) <= load().keys.keys()


def test_every_param_is_explained_and_every_key_says_for_whom():
    declared = yaml.safe_load((FOLDER / "keys.yaml").read_text("utf-8"))
    for entry in declared["keys"].values():
        assert set(entry["params"]) <= declared["params"].keys()
        assert entry["audience"] in ("guardian", "staff")
        assert entry["purpose"]


def test_english_is_the_source_and_every_other_text_is_a_draft_until_signed():
    for language, wordings in load().wordings.items():
        assert {wording.approved_by for wording in wordings.values()} == ({"source"} if language == "en" else {None})


def test_a_region_is_served_by_its_language_and_a_script_by_no_other():
    catalogue = load()
    assert catalogue.find("help.text", "es-MX").language == "es"
    assert catalogue.find("help.text", "zh-CN").language == "zh-Hans"
    assert catalogue.find("help.text", "zh-Hant") is None


def folder(tmp_path: Path, text: str) -> Path:
    (tmp_path / "keys.yaml").write_text("keys:\n  a.b: {audience: staff, params: [student], purpose: x}\n", "utf-8")
    (tmp_path / "es.yaml").write_text(text, "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("approved_by: draft\nentries: {}\n", "CATALOGUE_KEYS"),
        ('approved_by: draft\nentries: {a.b: "{student}", c.d: "x"}\n', "CATALOGUE_KEYS"),
        ('approved_by: draft\nentries: {a.b: "{teacher}"}\n', "CATALOGUE_PARAMS"),
        ("approved_by: [draft\n", "CATALOGUE_FILE"),
    ],
)
def test_a_file_that_disagrees_with_the_contract_is_refused_by_name(tmp_path, content, code):
    with pytest.raises(CatalogueError) as refused:
        load(folder(tmp_path, content))
    assert refused.value.code == code
    assert refused.value.where.startswith("es.yaml")


def test_an_entry_may_be_signed_by_itself(tmp_path):
    content = 'approved_by: draft\nentries: {a.b: {text: "{student}", approved_by: "Mr Abdi"}}\n'
    assert load(folder(tmp_path, content)).find("a.b", "es").approved_by == "Mr Abdi"
