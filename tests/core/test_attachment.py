import pytest

from mautod.core.templates.attachment import (
    LARGEST_BYTES,
    Attachment,
    check_sum,
    read_attachment,
    type_of,
    with_content,
)
from mautod.errors import BadInput


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.pdf", b"%PDF-1.7 x", "application/pdf"),
        ("a.txt", b"\x89PNG\r\n\x1a\n0", "image/png"),
        ("a.pdf", b"<html>", "text/plain; charset=utf-8"),
        ("a.csv", "имя;1".encode(), "text/csv; charset=utf-8"),
        ("a.docx", b"PK\x03\x040", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.zip", b"PK\x03\x040", "application/zip"),
        ("a.jpg", b"\xff\xfe\x00", "application/octet-stream"),
        ("a.ics", b"BEGIN:VCALENDAR\r\n", "text/calendar; charset=utf-8"),
    ],
)  # fmt: skip
def test_what_a_file_is_its_content_says(name, content, kind):
    assert type_of(Attachment(name, content=content)) == kind


@pytest.mark.parametrize("name", ["../a.pdf", "a/b.pdf", ".env", "run.exe", "a\nb.pdf", "", "x" * 90, 'a".pdf'])  # fmt: skip
def test_a_name_that_no_mail_program_takes_is_refused(name):
    with pytest.raises(BadInput):
        read_attachment(name)


@pytest.mark.parametrize("content", [b"", b"x" * (LARGEST_BYTES + 1), b"MZ\x90", b"\x7fELF", b"#!/bin/sh"])  # fmt: skip
def test_nothing_empty_huge_or_runnable_is_attached(content):
    with pytest.raises(BadInput):
        with_content(Attachment("a.pdf"), content)


def test_files_are_few_and_small_together():
    five = with_content(Attachment("a.bin"), b"x" * LARGEST_BYTES)
    check_sum((five, Attachment("b.bin", content=five.content)))
    with pytest.raises(BadInput, match="together"):
        check_sum((five, Attachment("b.bin", content=five.content), Attachment("c", content=b"x")))
    with pytest.raises(BadInput, match="twice"):
        check_sum((five, five))


def test_what_is_stored_is_read_back():
    one = with_content(Attachment("price list.pdf"), b"%PDF-")
    assert read_attachment(str(one)) == Attachment(one.name, one.hash)
