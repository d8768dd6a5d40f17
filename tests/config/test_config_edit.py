"""Edits change what they should and leave every other sign of the file where it is."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from crawler.config import add_source, load_watch, remove_source, set_source, write_new
from crawler.config.file import splice
from crawler.config.file.edit import adding, changing, removing, replace_text, rewrite, try_change
from crawler.config.file.edit import rewrite as edit_file
from crawler.config.file.places import read_yaml
from crawler.config.invalid_value import InvalidValue
from crawler.errors import ConfigError

A = """\
# the desk's file
sources:   # what we watch
  # the standard
  - id: a     # A
    feed: https://a.org/rss
    tags: [x,   y]
  # second, loved
  - id: b
    page: 'https://b.org'   # why
    extract:
      select:
        - div.a
        - div.b   # end

# ---- rules ----
rules:
- {id: r, query: x}   # r
"""
B = """\
sources:
- id: a
  feed: https://a.org/rss

- id: b
  query: |
    some text
    more

- id: c
  note: &n hi
  last:
- id: d
  first: *n
rules: [{id: a, q: b}, {id: b}]
"""


def edited(before: str, edit: Callable[[], str]) -> tuple[list[str], list[str]]:
    """Return the lines that went and the lines that came, all others unchanged and in order."""
    old, new = before.splitlines(), edit().splitlines()
    start = next((n for n, (x, y) in enumerate(zip(old, new, strict=False)) if x != y), min(len(old), len(new)))
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return old[start : len(old) - end], new[start : len(new) - end]


@pytest.mark.parametrize(
    ("text", "edit", "went", "came"),
    [
        (A, ("add", "sources", [{"id": "n", "feed": "https://n.org"}]), [], ["  - id: n", "    feed: https://n.org"]),
        (A, ("add", "rules", [{"id": "n", "query": '"a b" OR c'}]), [], ["- id: n", "  query: '\"a b\" OR c'"]),
        (A, ("add", "channels", [{"id": "n"}]), [], ["", "channels:", "  - id: n"]),
        (B, ("add", "sources", [{"id": "n", "tags": ["x", "y"]}]), [], ["- id: n", "  tags: [x, y]"]),
        (
            B,
            ("add", "rules", [{"id": "n", "query": "a, b"}]),
            ["rules: [{id: a, q: b}, {id: b}]"],
            ["rules: [{id: a, q: b}, {id: b}, {id: n, query: 'a, b'}]"],
        ),
        (A, ("remove", "sources", "a"), A.splitlines()[3:6], []),
        (A, ("remove", "rules", "r"), ["rules:", "- {id: r, query: x}   # r"], ["rules: []"]),
        (B, ("remove", "sources", "b"), ["- id: b", "  query: |", "    some text", "    more", ""], []),
        (B, ("remove", "sources", "d"), ["- id: d", "  first: *n"], []),
        (B, ("remove", "rules", "a"), ["rules: [{id: a, q: b}, {id: b}]"], ["rules: [{id: b}]"]),
        (B, ("remove", "rules", "b"), ["rules: [{id: a, q: b}, {id: b}]"], ["rules: [{id: a, q: b}]"]),
        (A, ("change", "sources", "a", "tags", ["z"]), ["    tags: [x,   y]"], ["    tags: [z]"]),
        (A, ("change", "sources", "a", "id", "zz"), ["  - id: a     # A"], ["  - id: zz     # A"]),
        (A, ("change", "sources", "b", "paused", True), [], ["    paused: true"]),
        (A, ("change", "sources", "b", "extract", None), A.splitlines()[9:13], []),
        (A, ("change", "sources", "b", "page", None), ["    page: 'https://b.org'   # why"], []),
        (A, ("change", "sources", "b", "nothing", None), [], []),
        (A, ("change", "rules", "r", "on", "a, b"), [A.splitlines()[-1]], ["- {id: r, query: x, on: 'a, b'}   # r"]),
        (A, ("change", "rules", "r", "query", "y z"), [A.splitlines()[-1]], ["- {id: r, query: y z}   # r"]),
        (A, ("change", "rules", "r", "query", None), [A.splitlines()[-1]], ["- {id: r}   # r"]),
        (B, ("change", "sources", "b", "query", "x"), B.splitlines()[5:8], ["  query: x"]),
        (B, ("change", "sources", "c", "last", 3), ["  last:"], ["  last: 3"]),
        (B, ("change", "sources", "c", "more", 3), [], ["  more: 3"]),
        (B, ("change", "sources", "d", "first", "y"), ["  first: *n"], ["  first: y"]),
        (B, ("change", "rules", "a", "q", None), ["rules: [{id: a, q: b}, {id: b}]"], ["rules: [{id: a}, {id: b}]"]),
    ],
)
def test_only_the_lines_that_are_meant_change(text: str, edit: tuple, went: list[str], came: list[str]):
    name, *arguments = edit
    assert edited(text, lambda: getattr(splice, name)(text, *arguments)) == (went, came)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "sources:\n  - id: n\n"),
        ("# hi\n", "# hi\n\nsources:\n  - id: n\n"),
        ("sources:\n", "sources:\n  - id: n\n"),
        ("sources: []  # none\nrules: []\n", "sources:  # none\n  - id: n\nrules: []\n"),
        ("sources: # c\n# d\nrules: []\n", "sources: # c\n  - id: n\n# d\nrules: []\n"),
        ("rules: []", "rules: []\n\nsources:\n  - id: n\n"),
        ("sources:\n  - id: a", "sources:\n  - id: a\n  - id: n\n"),
        ("sources:\n- id: a\n\n- id: b\n", "sources:\n- id: a\n\n- id: b\n\n- id: n\n"),
        ("sources:\r\n- id: a\r\n", "sources:\r\n- id: a\r\n- id: n\r\n"),
        ("sources: [ {id: a} ]\n", "sources: [ {id: a}, {id: n} ]\n"),
    ],
)
def test_an_entry_is_added_in_the_files_own_style(before: str, after: str):
    assert splice.add(before, "sources", [{"id": "n"}]) == after


def test_the_last_entry_leaves_an_empty_list_and_its_comment():
    assert splice.remove("sources: # c\n  - id: a\nrules: []\n", "sources", "a") == "sources: [] # c\nrules: []\n"


@pytest.mark.parametrize("text", ["[]", "sources: {a: b}", "sources: &s [{id: a}]\nrules: *s\n"])
def test_what_cannot_be_edited_safely_is_refused(text: str):
    with pytest.raises(InvalidValue, match="by hand"):
        splice.add(text, "sources", [{"id": "n"}])


@pytest.mark.parametrize("value", [":\n", "?\nb", ":", "a\n: b", "'\n\""])
def test_a_text_of_several_lines_goes_into_a_flow_mapping(value: str):
    text = splice.change("{sources: [{id: a, k: null}, id: b], after: [1]}\n", "sources", "a", "k", value)
    assert read_yaml(text, subject="").data == {"sources": [{"id": "a", "k": value}, {"id": "b"}], "after": [1]}


def test_an_unknown_entry_is_said():
    for edit in (lambda: splice.remove(A, "sources", "zz"), lambda: splice.change(A, "no", "zz", "a", 1)):
        with pytest.raises(InvalidValue, match="no entry with the id `zz`"):
            edit()


VALUES = st.none() | st.booleans() | st.integers(-9, 99) | st.text(alphabet="ab:#'\"*&@{}[],\\ -é\n", max_size=9)
ENTRIES = st.dictionaries(
    st.sampled_from(["k", "l", "m"]), VALUES | st.lists(VALUES, max_size=3) | st.dictionaries(st.just("z"), VALUES)
)


def readable(text: str) -> bool:
    try:
        read_yaml(text, subject="")
    except ConfigError:
        return False
    return True


@settings(max_examples=150)
@given(st.data(), st.lists(ENTRIES, min_size=1, max_size=4), st.booleans())
def test_any_edit_of_a_dumped_file_means_what_was_meant(data: st.DataObject, entries: list[dict], flow: bool):
    import io  # noqa: PLC0415

    named = [{"id": f"e{n}"} | entry for n, entry in enumerate(entries)]
    writer, out = YAML(typ="safe", pure=True), io.StringIO()
    writer.default_flow_style = flow
    writer.sort_base_mapping_type_on_output = False
    writer.dump({"sources": named, "after": [1]}, out)
    text = out.getvalue()
    assume(readable(text))  # ruamel writes a plain ":@" in flow style, which it cannot read itself
    name = data.draw(st.sampled_from([entry["id"] for entry in named]))
    fresh = {"id": "new"} | data.draw(ENTRIES)
    key, value = (
        data.draw(st.sampled_from(["k", "l", "new"])),
        data.draw(VALUES.filter(lambda value: value is not None)),
    )
    for edit in (
        lambda: splice.add(text, "sources", [fresh]),
        lambda: splice.remove(text, "sources", name),
        lambda: splice.change(text, "sources", name, key, value),
    ):
        refused = ""
        try:
            result = read_yaml(edit(), subject="").data
        except InvalidValue as mistake:
            refused = mistake.fix
        assert ("by hand" in refused and flow) or (not refused and result["after"] == [1])


GOOD = "# mine\nsources:\n  - id: a\n    feed: https://a.org/rss   # best\n"


def test_files_are_changed_whole_and_keep_their_mode(tmp_path: Path):
    path = tmp_path / "watch.yaml"
    path.write_text(GOOD, encoding="utf-8")
    path.chmod(0o640)
    add_source(path, {"id": "b", "page": "https://b.org", "every": "1h"}, {"id": "c", "feed": "https://c.org"})
    set_source(path, "b", "every", "2h")
    set_source(path, "a", "paused", value=True)
    remove_source(path, "c")
    assert path.read_text(encoding="utf-8") == (
        GOOD + "    paused: true\n  - id: b\n    page: https://b.org\n    every: 2h\n"
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [p.name for p in tmp_path.iterdir()] == ["watch.yaml"]
    assert [source.id for source in load_watch(path, {}).sources] == ["a", "b"]


def test_a_link_stays_a_link(tmp_path: Path):
    real, link = tmp_path / "real.yaml", tmp_path / "watch.yaml"
    real.write_text(GOOD, encoding="utf-8")
    link.symlink_to(real)
    remove_source(link, "a")
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8") == "# mine\nsources: []\n"


@pytest.mark.parametrize(
    ("edit", "found"),
    [
        (lambda path: add_source(path, {"id": "a", "feed": "https://b.org"}), "duplicate id"),
        (lambda path: add_source(path, {"id": "b", "feed": "b.org"}), "has no https://"),
        (lambda path: add_source(path, {"id": "b"}), "has no address"),
        (lambda path: set_source(path, "a", "every", "1s"), "too short"),
        (lambda path: set_source(path, "a", "feed", None), "has no address"),
        (lambda path: set_source(path, "b", "every", "1h"), "no entry with the id `b`"),
        (lambda path: remove_source(path, "b"), "no entry with the id `b`"),
    ],
)
def test_no_edit_makes_the_file_worse(tmp_path: Path, edit: Callable[[Path], None], found: str):
    path = tmp_path / "watch.yaml"
    path.write_text(GOOD, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        edit(path)
    assert found in str(caught.value)
    assert path.read_text(encoding="utf-8") == GOOD


def test_a_file_with_other_mistakes_can_be_edited(tmp_path: Path):
    path = tmp_path / "watch.yaml"
    path.write_text(GOOD + "    headers: {A: '${TOKEN}'}\n    evry: 10m\n", encoding="utf-8")
    set_source(path, "a", "evry", None)
    add_source(path, {"id": "b", "feed": "https://b.org"})
    assert [source.id for source in load_watch(path, {"TOKEN": "x"}).sources] == ["a", "b"]


def test_an_edit_of_somebody_else_is_not_overwritten(tmp_path: Path):
    path = tmp_path / "watch.yaml"
    path.write_text(GOOD, encoding="utf-8")

    def slow(text: str) -> str:
        path.write_text("# theirs\n" + GOOD, encoding="utf-8")
        return text

    with pytest.raises(ConfigError, match="changed by another process"):
        edit_file(path, slow)
    assert path.read_text(encoding="utf-8").startswith("# theirs")


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path):
    with pytest.raises(UnicodeEncodeError):
        write_new(tmp_path / "new.yaml", "\udc80")
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_written_is_told(tmp_path: Path):
    path = tmp_path / "new.yaml"
    write_new(path, GOOD)
    with pytest.raises(ConfigError, match="already exists"):
        write_new(path, "")
    assert path.read_text(encoding="utf-8") == GOOD
    with pytest.raises(ConfigError, match="No such file"):
        write_new(tmp_path / "no" / "watch.yaml", GOOD)
    broken = tmp_path / "broken.yaml"
    broken.write_text("a: [", encoding="utf-8")
    with pytest.raises(ConfigError, match="an unclosed list"):
        remove_source(broken, "a")


RULES = """\
rules:            # what we look for
  - id: one       # loved
    query: flood* # water
    send: [desk]
  - {id: two, query: fire}
channels:
  - {id: desk, url: "terminal:"}
"""


@pytest.mark.parametrize("query", ["a AND b", '"x y" OR z*', "(a OR\nb)\nAND c", "- x: y", "a # b"])
def test_a_query_of_one_or_more_lines_goes_in_and_back(query: str):
    for number, name in enumerate(("one", "two")):
        changed = splice.change(RULES, "rules", name, "query", query)
        assert read_yaml(changed, subject="").data["rules"][number]["query"] == query
        assert "# water" in changed
    added = splice.add(RULES, "rules", [{"id": "three", "query": query, "send": ["desk"]}])
    assert read_yaml(added, subject="").data["rules"][2] == {"id": "three", "query": query, "send": ["desk"]}
    assert "# what we look for" in added
    assert "# loved" in added


def test_several_keys_are_one_change():
    new = changing("rules", "one", {"query": "drought", "send": None, "urgent": True})(RULES)
    entry = read_yaml(new, subject="").data["rules"][0]
    assert entry == {"id": "one", "query": "drought", "urgent": True}
    assert "# loved" in new
    assert "# water" in new
    assert read_yaml(removing("rules", "two")(new), subject="").data["rules"] == [entry]


def test_mistakes_that_a_change_brings_have_their_places(tmp_path: Path):
    bad = adding("rules", {"id": "bad", "query": "a OR b AND c", "send": ["nobody"]})
    made = try_change(RULES, bad, tmp_path / "w.yaml")
    places = [made.text.splitlines()[problem.line - 1].split(":")[0].strip() for problem in made.problems]
    assert places == ["query", "send"]
    assert try_change(RULES, adding("rules", {"id": "good", "query": "x"}), tmp_path / "w.yaml").problems == ()


def test_nothing_is_written_over_what_somebody_else_wrote(tmp_path: Path):
    path = tmp_path / "w.yaml"
    path.write_text(RULES)
    with pytest.raises(ConfigError, match="the file was changed by another process"):
        replace_text(path, "rules: []\n", expected=RULES + "# mine\n")
    assert path.read_text() == RULES
    rewrite(path, removing("rules", "two"))
    assert "two" not in path.read_text()


@pytest.mark.parametrize("value", [":@", "? x", "?", ": a", "- x", "a: b", "a #b", "{x", "*a", "", "null", "it's"])
@pytest.mark.parametrize("text", ["sources: [{id: a, x: 1}]\n", "sources:\n  - id: a\n    x: 1\n"])
def test_values_that_look_like_yaml_are_quoted(text: str, value: str):
    (entry,) = read_yaml(splice.change(text, "sources", "a", "x", value), subject="").data["sources"]
    assert entry == {"id": "a", "x": value}
