"""What is wrong in a workspace is found in one go, with file, line, key and what was expected."""

from __future__ import annotations

import pytest

from mautod.core.chains.definition import parse_chain
from mautod.core.rules.parser import parse
from mautod.core.rules.printer import show
from mautod.core.rules.tree import Named, leaves
from mautod.errors import DefinitionError, DefinitionErrors, NotFound
from mautod.services.definitions.workspace import validate

LETTER = '---\nsubject: Hello\n---\n<p>Hi</p>\n<a href="{{ unsubscribe_url }}">Unsubscribe</a>\n'
TOPICS = '[offers]\nname = "Offers"\n'
VIP = "[vip]\nrule = 'email is known'\n"
CALM = "[lead]\n[[lead.points]]\nevent = 'A'\npoints = 1\n"
LEAD = (
    CALM
    + """\
[[lead.points]]
when   = 'in segment "vip"'
points = 2
"""
)
CHAIN = """\
name  = "Cart"
topic = "offers"
enter = { event = "Product Added" }

[[step]]
send = "cart-1"
"""


def make(folder, **files):
    """A workspace with these files; `__` stands for a folder and a last `_` for the dot."""
    base = {"topics.toml": TOPICS, "chains/cart.toml": CHAIN, "templates/cart-1.liquid": LETTER}
    for name, text in (base | files.pop("files", {})).items():
        if text is not None:
            path = folder / "workspace" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return folder / "workspace"


def errors(folder, files):
    with pytest.raises(DefinitionErrors) as caught:
        validate(make(folder, files=files))
    return [str(error) for error in caught.value.errors]


def test_definitions_that_fit_together_are_all_there(tmp_path):
    workspace = validate(
        make(tmp_path, files={"segments.toml": "[vip]\nrule = 'email is known'\n"})
    )
    assert {(w.kind, w.key) for w in workspace.written} == {
        ("topic", "offers"), ("segment", "vip"), ("template", "cart-1"), ("chain", "cart"),
    }  # fmt: skip


def test_an_empty_folder_is_a_valid_workspace(tmp_path):
    (tmp_path / "workspace").mkdir()
    assert validate(tmp_path / "workspace").written == ()


def test_a_missing_folder_says_how_to_make_one(tmp_path):
    with pytest.raises(NotFound, match="mautod init"):
        validate(tmp_path / "workspace")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"chains/cart.toml": CHAIN.replace("topic ", "topik ")},
            ["workspace/chains/cart.toml:2: topik: there is no such key. Did you mean topic?"],
        ),
        (
            {"chains/cart.toml": CHAIN.replace("cart-1", "cart-2")},
            [
                (
                    "workspace/chains/cart.toml:6: step[1].send: there is no template 'cart-2'."
                    " Did you mean cart-1?"
                )
            ],
        ),
        (
            {"chains/cart.toml": CHAIN.replace('"offers"', '"offer"')},
            [
                "workspace/chains/cart.toml:2: topic: there is no topic 'offer'. Did you mean offers?"
            ],
        ),
        (
            {"chains/cart.toml": CHAIN.replace('event = "Product Added"', 'segment = "vip"')},
            [
                (
                    "workspace/chains/cart.toml:3: enter.segment: there is no segment 'vip'."
                    " There is no segment at all yet."
                )
            ],
        ),
        (
            {"chains/cart.toml": 'channel = "pigeon"\n' + CHAIN},
            [
                "workspace/chains/cart.toml:1: channel: there is no channel 'pigeon'. Known are: email, popup, push."
            ],
        ),
        (
            {"segments.toml": "[a]\nrule = 'email is known'\n\n[b]\nname = \"B\"\n"},
            ["workspace/segments.toml:4: b.rule: is missing. Write rule = …."],
        ),
        (
            {"segments.toml": "[b]\nrule = 'in segment \"vap\"'\n[vip]\nrule = 'email is known'\n"},
            ["workspace/segments.toml:2: b.rule: there is no segment 'vap'. Did you mean vip?"],
        ),
        (
            {"scoring.toml": LEAD.replace("vip", "vap"), "segments.toml": VIP},
            [
                (
                    "workspace/scoring.toml:6: lead.points[2].when: there is no segment 'vap'."
                    " Did you mean vip?"
                )
            ],
        ),
        (
            {"chains/cart.toml": "leave = 'score \"leed\" < 5'\n" + CHAIN, "scoring.toml": CALM},
            ["workspace/chains/cart.toml:1: leave: there is no score 'leed'. Did you mean lead?"],
        ),
        (
            {"segments.toml": "[hot]\nrule = 'score \"leed\" > 9'\n", "scoring.toml": CALM},
            ["workspace/segments.toml:2: hot.rule: there is no score 'leed'. Did you mean lead?"],
        ),
        (
            {"segments.toml": "[hot]\nrule = 'score \"lead\" > 9'\n"},
            [
                (
                    "workspace/segments.toml:2: hot.rule: there is no score 'lead'."
                    " There is no score at all yet."
                )
            ],
        ),
        (
            {"scoring.toml": LEAD.replace("points = 2", "points = 2.5"), "segments.toml": "[vip"},
            [
                (
                    "workspace/scoring.toml:7: lead.points[2].points: expected a whole number from"
                    " -10000 to 10000, found 2.5."
                ),
                (
                    "workspace/segments.toml:1: this is not TOML: Expected ']' at the end of a"
                    ' table declaration. Write key = "value".'
                ),
            ],
        ),
        (
            {"segment.toml": ""},
            ["workspace/segment.toml: is not read. Did you mean segments.toml?"],
        ),
        (
            {"template/a.liquid": LETTER},
            ["workspace/template: is not read. Did you mean templates?"],
        ),
        (
            {"templates/cart-1.html": LETTER},
            [
                (
                    "workspace/templates/cart-1.liquid: is the same template as"
                    " workspace/templates/cart-1.html."
                )
            ],
        ),
        (
            {"templates/cart-1.liquid": LETTER.replace("Hello", "Hello\ntopic: news")},
            [
                "workspace/templates/cart-1.liquid:1: topic: there is no topic 'news'. Known are: offers."
            ],
        ),
    ],
)
def test_an_error_names_file_line_key_and_what_was_expected(tmp_path, files, said):
    assert errors(tmp_path, files) == said


def test_a_rule_that_does_not_parse_is_shown_with_a_caret(tmp_path):
    (said,) = errors(tmp_path, {"segments.toml": "[vip]\nrule = 'orders_count > > 3'\n"})
    first, rule, caret, *_ = said.splitlines()
    assert first.startswith("workspace/segments.toml:2: vip.rule: ")
    assert rule.index("> 3") == caret.index("^")


def test_segments_that_ask_each_other_in_a_circle_are_named(tmp_path):
    text = "[a]\nrule = 'in segment \"b\"'\n[b]\nrule = 'email is known or in segment \"a\"'\n"
    (said,) = errors(tmp_path, {"segments.toml": text})
    assert said.startswith("workspace/segments.toml:")
    assert "segment a → segment b → segment a" in said


def test_a_segment_stands_after_those_that_it_asks(tmp_path):
    text = "[a]\nrule = 'in segment \"z\"'\n[z]\nrule = 'email is known'\n"
    workspace = validate(make(tmp_path, files={"segments.toml": text}))
    assert [segment.key for segment in workspace.segments] == ["z", "a"]


def test_segments_and_scores_that_ask_each_other_in_a_circle_are_named(tmp_path):
    vip = "[vip]\nrule = 'email is known or score \"lead\" >= 26'\n"
    (said,) = errors(tmp_path, {"segments.toml": vip, "scoring.toml": LEAD})
    assert said == (
        "workspace/scoring.toml:6: lead.points[2].when: these ask each other in a circle:"
        " score lead → segment vip → score lead. Take one of them out of the other's rule."
    )


def test_scores_and_segments_stand_after_those_that_they_ask(tmp_path):
    hot = "[hot]\nrule = 'score \"lead\" >= 26'\n"
    files = {"segments.toml": hot + VIP, "scoring.toml": LEAD}
    workspace = validate(make(tmp_path, files=files))
    assert [each.key for each in workspace.living] == ["vip", "lead", "hot"]


def test_all_that_is_wrong_in_a_score_is_said_in_one_go(tmp_path):
    text = LEAD.replace("points = 2", "point = 2").replace("'A'", "''") + "most = 0\n"
    said = errors(
        tmp_path, {"scoring.toml": "[risk]\nthresholds = 1\n" + text, "segments.toml": VIP}
    )
    assert [line.split(": ")[:2] for line in said] == [
        ["workspace/scoring.toml:1", "risk.points"],
        ["workspace/scoring.toml:5", "lead.points[1].event"],
        ["workspace/scoring.toml:9", "lead.points[2].point"],
    ]


def test_more_scores_than_anybody_needs_are_refused(tmp_path):
    text = "".join(CALM.replace("lead", f"s{number}") for number in range(21))
    (said,) = errors(tmp_path, {"scoring.toml": text})
    assert said == "workspace/scoring.toml:81: s20: there are more than 20 scores."


def test_a_marketing_letter_without_unsubscribe_is_refused_with_the_line_to_add(tmp_path):
    (said,) = errors(tmp_path, {"templates/cart-1.liquid": "---\nsubject: A\n---\n<p>Hi</p>\n"})
    assert said.startswith("workspace/templates/cart-1.liquid:")
    assert '<a href="{{ unsubscribe_url }}">Unsubscribe</a>' in said


def test_a_missing_unsubscribe_is_said_of_the_letter_and_not_of_the_frame_it_includes(tmp_path):
    letter = "---\nsubject: A\n---\n<p>Hi</p>\n{% include '_end' %}\n"
    (said,) = errors(
        tmp_path, {"templates/cart-1.liquid": letter, "templates/_end.liquid": "<hr>\n<hr>\n<hr>\n"}
    )
    assert said.startswith("workspace/templates/cart-1.liquid:")


def test_an_error_within_a_shared_piece_names_the_piece_and_its_line(tmp_path):
    letter = LETTER.replace("<p>Hi</p>", "<p>Hi</p>\n{% include '_end' %}")
    (said,) = errors(
        tmp_path,
        {
            "templates/cart-1.liquid": letter,
            "templates/_end.liquid": "<hr>\n{% if x %}\n{% endfor %}\n",
        },
    )
    assert said.startswith(
        ("workspace/templates/_end.liquid:2:", "workspace/templates/_end.liquid:3:")
    )


def test_all_errors_of_all_files_are_found_in_one_go(tmp_path):
    found = errors(
        tmp_path,
        {
            "topics.toml": "[offers]\nname = 1\n",
            "segments.toml": "[a]\nrule = '>'\n[b]\nrule = 3\n",
            "chains/other.toml": "name = ",
            "templates/x.liquid": "no front matter",
            "templates/y.txt": "",
        },
    )
    files = {error.partition(":")[0].removeprefix("workspace/") for error in found}
    assert files == {
        "topics.toml", "segments.toml", "chains/other.toml",
        "templates/x.liquid", "templates/y.txt",
    }  # fmt: skip
    assert len([error for error in found if "segments.toml" in error]) == 2


def test_one_error_stands_for_all_where_only_one_can_be_shown(tmp_path):
    with pytest.raises(DefinitionError) as caught:
        validate(make(tmp_path, files={"segments.toml": "[a]\nrule = '>'\n[b]\nrule = 3\n"}))
    assert (caught.value.line, caught.value.key) == (2, "a.rule")
    assert str(caught.value).startswith("2 errors in the definitions:\n")


def test_a_file_that_is_no_text_is_an_error_and_no_traceback(tmp_path):
    folder = make(tmp_path)
    (folder / "segments.toml").write_bytes(b'[vip]\nname = "\xff"\n')
    with pytest.raises(DefinitionErrors, match=r"segments.toml:2: .*UTF-8"):
        validate(folder)


def test_notes_and_hidden_files_are_nobody_s_business(tmp_path):
    files = {
        "README.md": "notes",
        ".DS_Store": "",
        "chains/.cart.toml.swp": "",
        "templates/x.liquid~": "",
    }
    assert len(validate(make(tmp_path, files=files)).written) == 3


RULES = "[buyer]\nrule = 'did \"Order Completed\"'\n[keen]\nrule = 'rule \"buyer\" and x = 1'\n"


BRANCH = """\
[[step]]
branch = 'rule "buyer"'
else   = "done"
[[step]]
wait = "1h"
[[step]]
id   = "done"
exit = "ok"
"""


def test_named_rules_are_kept_with_whatever_names_them(tmp_path):
    files = {
        "rules.toml": RULES,
        "segments.toml": "[vip]\nrule = 'rule \"keen\" or y = 2'\n",
        "chains/cart.toml": f"{CHAIN}{BRANCH}",
    }
    workspace = validate(make(tmp_path, files=files))
    (vip,), (cart,) = workspace.segments, workspace.chains
    assert dict(vip.rules).keys() == {"buyer", "keen"}
    assert [show(leaf) for leaf in leaves(vip.tree())] == [
        'did "Order Completed"',
        "x = 1",
        "y = 2",
    ]
    assert cart.rules == {"buyer": 'did "Order Completed"'}
    assert cart.steps[1].rule == Named("buyer", parse('did "Order Completed"'))
    body = next(written.body for written in workspace.written if written.kind == "chain")
    assert parse_chain(body, "cart.toml", "cart").steps == cart.steps


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"rules.toml": "[a]\nrule = 'rule \"b\"'\n[b]\nrule = 'rule \"a\"'\n"},
            "workspace/rules.toml:2: a.rule: the rules ask each other in a circle: b → a → b",
        ),
        (
            {"rules.toml": "[a]\nrule = 'did did'\n"},
            "workspace/rules.toml:2: a.rule: did not expect did",
        ),
        (
            {
                "rules.toml": "[a]\nrule = '''\nin segment \"vip\" or\n not in segment \"vipp\"'''\n",
                "segments.toml": "[vip]\nrule = 'x = 1'\n",
            },
            "workspace/rules.toml:4: a.rule: there is no segment 'vipp'.",
        ),
        (
            {"rules.toml": "[a]\nrule = 'stage \"byer\"'\n"},
            "workspace/rules.toml:2: a.rule: there is no stage 'byer'.",
        ),
        (
            {"rules.toml": "[a]\nrule = 'score \"lead\" >= 3'\n"},
            "workspace/rules.toml:2: a.rule: there is no score 'lead'.",
        ),
        (
            {"rules.toml": RULES, "segments.toml": "[v]\nrule = 'rule \"buyr\"'\n"},
            'workspace/segments.toml:2: v.rule: there is no rule "buyr"',
        ),
        (
            {"rules.toml": RULES, "chains/cart.toml": f"leave = 'rule \"kee\"'\n{CHAIN}"},
            "workspace/chains/cart.toml:1: leave: there is no rule 'kee'. Did you mean keen?",
        ),
        (
            {"chains/cart.toml": f"{CHAIN}[rules]\na = 'x = 1'\n"},
            "workspace/chains/cart.toml: rules: there is no such key. Named rules stand in rules.toml.",
        ),
        (
            {
                "rules.toml": "[a]\nrule = 'did did'\n",
                "chains/cart.toml": f"leave = 'rule \"a\"'\n{CHAIN}",
            },
            'workspace/chains/cart.toml: rules: rule "a": did not expect did',
        ),
    ],
)
def test_a_named_rule_that_is_wrong_is_told_in_its_place(tmp_path, files, said):
    assert any(error.startswith(said) for error in errors(tmp_path, files)), errors(tmp_path, files)


STAGED = """\
[seen]
stage = 1
rule  = 'first_seen is known'
[buyer]
stage = 2
rule  = 'did "Order Completed"'
"""


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"segments.toml": STAGED.replace("stage = 2", "stage = 1")},
            "workspace/segments.toml:5: buyer.stage: segment 'seen' is stage 1 too.",
        ),
        (
            {"segments.toml": STAGED.replace("stage = 2", "stage = 0")},
            "workspace/segments.toml:5: buyer.stage: expected a stage of the journey from 1 to 100",
        ),
        (
            {"segments.toml": f"{STAGED}[x]\nrule = 'stage \"buyr\"'\n"},
            "workspace/segments.toml:8: x.rule: there is no stage 'buyr'. Did you mean buyer?",
        ),
        (
            {"segments.toml": STAGED.replace("first_seen is known", 'stage "buyer"')},
            "workspace/segments.toml:3: seen.rule: these ask each other in a circle",
        ),
        (
            {"segments.toml": STAGED, "chains/cart.toml": f"leave = 'stage \"seeen\"'\n{CHAIN}"},
            "workspace/chains/cart.toml:1: leave: there is no stage 'seeen'. Did you mean seen?",
        ),
    ],
)
def test_a_stage_that_is_wrong_is_told_in_its_place(tmp_path, files, said):
    assert any(error.startswith(said) for error in errors(tmp_path, files)), errors(tmp_path, files)


def test_an_unknown_name_in_a_named_rule_is_shown_with_a_caret_and_the_nearest(tmp_path):
    files = {
        "rules.toml": "[a]\nrule = 'x = 1 and in segment \"vipp\"'\n",
        "segments.toml": "[vip]\nrule = 'x = 1'\n",
    }
    (said,) = errors(tmp_path, files)
    assert said.splitlines()[1:] == [
        'x = 1 and in segment "vipp"',
        "                     ^",
        "Did you mean vip?",
    ]
