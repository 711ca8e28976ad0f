"""Letters as files: layouts, formats and what is attached, from the folder to what is sent."""

from __future__ import annotations

import email
from email import policy

import pytest
from mail_kit import NOON, Clock
from simulate_kit import Files

from mautod import channels
from mautod.channels.port import Net
from mautod.core.sending.links import Links
from mautod.core.sending.message import Draft
from mautod.errors import DefinitionErrors
from mautod.services.definitions.apply import apply, drift
from mautod.services.definitions.templates import Templates
from mautod.services.definitions.workspace import validate
from mautod.store.db import Database

WAY_OUT = '<p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>'
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 20


@pytest.fixture
def files(tmp_path):
    return Files.new(tmp_path / "shop")


@pytest.fixture
def db(tmp_path):
    db = Database(tmp_path / "mautod.db").open()
    yield db
    db.close()


def letter(files, body="<p>Hi</p>", head="", ending="liquid"):
    text = f"---\nsubject: Hi\ntopic: offers\n{head}---\n{body}{WAY_OUT}\n"
    return files.write(f"workspace/templates/terms.{ending}", text)


def attach(files, name="price list.pdf", content=PDF):
    path = files.folder / "workspace/templates" / name
    path.write_bytes(content)
    return path


def errors(files):
    with pytest.raises(DefinitionErrors) as caught:
        validate(files.folder / "workspace")
    return str(caught.value)


def sent(db, tmp_path):
    known = Templates()
    known.refresh(db.read())
    template = known.find("terms", "")
    channel = channels.create("email", {"sender": "a@shop.test"}, Net(tmp_path, clock=Clock()))
    draft = Draft(7, 1, "ann@x.test", "terms", "offers", "en", {"name": "Ann"})
    payload = channel.render(template, draft, Links("secret", "https://go.test")).payload
    return email.message_from_bytes(payload, policy=policy.default)


def test_a_file_in_the_folder_goes_out_with_the_letter(files, db, tmp_path):
    letter(files, head="attachments: price list.pdf, прайс.csv\n")
    attach(files)
    attach(files, "прайс.csv", "имя;цена\n".encode())
    apply(db, files.folder / "workspace", NOON)
    message = sent(db, tmp_path)
    assert message.get_content_type() == "multipart/mixed"
    found = {part.get_filename(): part for part in message.iter_attachments()}
    assert found["price list.pdf"].get_content() == PDF
    assert found["price list.pdf"].get_content_type() == "application/pdf"
    assert found["прайс.csv"].get_content() == "имя;цена\n"
    assert "Hi" in message.get_body(("plain",)).get_content()


def test_another_file_is_another_version_and_the_one_sent_is_the_one_applied(files, db, tmp_path):
    letter(files, head='attachments = ["price list.pdf"]\n')
    attach(files)
    apply(db, files.folder / "workspace", NOON)
    assert not drift(db, files.folder / "workspace")
    attach(files, content=PDF + b"new")
    assert [str(change) for change in drift(db, files.folder / "workspace").items] == [
        "~ template terms v2 (workspace/templates/terms.liquid)"
    ]
    assert next(sent(db, tmp_path).iter_attachments()).get_content() == PDF


def test_a_file_that_is_not_there_is_named_with_the_nearest_one(files):
    letter(files, head="attachments: pricelist.pdf\n")
    attach(files)
    assert "terms.liquid:4: attachments: there is no file pricelist.pdf" in errors(files)
    assert "price list.pdf" in errors(files)


def test_a_file_that_nobody_attaches_may_be_a_misspelt_letter(files):
    attach(files, "welcome.liqud", b"---\n")
    assert "welcome.liqud: is no template, and no letter attaches it" in errors(files)


def test_a_link_out_of_the_folder_is_not_followed(files, tmp_path):
    (tmp_path / "secret.pdf").write_bytes(PDF)
    letter(files, head="attachments: secret.pdf\n")
    (files.folder / "workspace/templates/secret.pdf").symlink_to(tmp_path / "secret.pdf")
    assert "there is no file secret.pdf" in errors(files)


def test_letters_in_markdown_and_mjml_are_stored_as_html(files):
    files.write("workspace/templates/a.md", f"---\nsubject: A\n---\n# Hi\n\n{WAY_OUT}\n")
    files.write(
        "workspace/templates/b.mjml",
        "---\nsubject: B\n---\n<mjml><mj-body><mj-section><mj-column>"
        f"<mj-text>{WAY_OUT}</mj-text></mj-column></mj-section></mj-body></mjml>\n",
    )
    bodies = {one.key: one.body for one in validate(files.folder / "workspace").written}
    assert "<h1>Hi</h1>" in bodies["a"]
    assert "<table" in bodies["b"]
    assert "mj-" not in bodies["b"].replace("mj-outlook-group-fix", "").replace("mj-column-per", "")


def test_one_key_in_two_formats_is_one_too_many(files):
    letter(files)
    letter(files, ending="md")
    assert "is the same template as" in errors(files)


def test_an_error_in_a_layout_names_the_layout(files):
    letter(files, head="layout: shop\n")
    files.write("workspace/templates/_layout-shop.liquid", "<h1>\n{{ content }}\n{{ persn.x }}")
    assert "_layout-shop.liquid:3: persn: is no variable" in errors(files)


def test_the_way_out_may_stand_in_the_layout(files):
    text = "---\nsubject: Hi\nlayout: shop\n---\n<p>Hi</p>\n"
    files.write("workspace/templates/terms.liquid", text)
    files.write("workspace/templates/_layout-shop.liquid", "<h1>\n{{ content }}\n" + WAY_OUT)
    validate(files.folder / "workspace")
    files.write("workspace/templates/_layout-shop.liquid", "<h1>\n{{ content }}\n")
    assert "terms.liquid:5: unsubscribe_url" in errors(files)
