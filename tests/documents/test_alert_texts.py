"""The words of alerts are complete."""

from documents.alert_texts import FOR_STAFF, FOR_TENANT
from prepaid.alerts import TENANT_KINDS, AlertKind


def test_every_kind_has_words_for_its_readers() -> None:
    assert set(FOR_TENANT) == TENANT_KINDS
    assert set(FOR_STAFF) == set(AlertKind)


def test_every_text_says_what_happened_what_follows_and_what_to_do() -> None:
    sentences = [sentence for texts in (FOR_TENANT, FOR_STAFF) for text in texts.values() for sentence in text[1:]]

    assert all(sentence.endswith((".", "?")) for sentence in sentences)
