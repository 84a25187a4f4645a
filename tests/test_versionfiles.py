"""The version in each kind of file: read by the rules of its format, hostile files included, changed in its place."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jjbgen import versionfiles
from jjbgen.version import Version, parse
from jjbgen.versionfiles import MISSING, Reading, reading

NOT_A_VERSION = "is not a version; write MAJOR.MINOR.PATCH, like 1.2.3 or 1.2.3-dev"
LEADING_V = "begins with a 'v'; write 1.2.3; a git tag gets its prefix by itself"
BILLION_LAUGHS = (
    '<!DOCTYPE p [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><project><version>&b;</version></project>'
)
OTHER_FILES = '<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]><project><version>&x;</version></project>'


def of(name: str, text: str) -> Reading:
    """The reading of a component that has just this file."""
    return reading({name: text}.get)


def reason(path: str, text: str) -> str:
    """Why a linked file cannot be read; empty when it can."""
    try:
        versionfiles.linked(path, text)
    except ValueError as error:
        return str(error)
    return ""


SOURCES = {
    "VERSION": "1.0.0\n",
    "package.json": '{"version": "2.0.0"}',
    "pom.xml": "<project><version>3.0.0</version></project>",
    "Chart.yaml": "version: 4.0.0\n",
}


@pytest.mark.parametrize(
    ("missing", "source", "expected"),
    [
        ((), "VERSION", "1.0.0"),
        (("VERSION",), "package.json", "2.0.0"),
        (("VERSION", "package.json"), "pom.xml", "3.0.0"),
        (("VERSION", "package.json", "pom.xml"), "Chart.yaml", "4.0.0"),
        (("package.json", "pom.xml", "Chart.yaml"), "VERSION", "1.0.0"),
    ],
)
def test_the_first_file_that_is_there_has_the_version(missing: tuple[str, ...], source: str, expected: str) -> None:
    found = reading({name: text for name, text in SOURCES.items() if name not in missing}.get)
    assert (found.source, str(found.version), found.fault) == (source, expected, "")


def test_without_any_there_is_none() -> None:
    assert reading({"README": "1.2.3", "chart/Chart.yaml": "version: 1.2.3"}.get) == MISSING
    assert MISSING.fault == "there is no version; write one like 0.1.0-dev into VERSION"
    with pytest.raises(ValueError, match=r"^there is no version; write one like 0\.1\.0-dev into VERSION$"):
        MISSING.known()


@pytest.mark.parametrize(
    "without",
    [
        {"package.json": "{}"},
        {"package.json": '{"name": "version"}'},
        {"package.json": '{"engines": {"version": "9.9.9"}}'},
        {"pom.xml": "<project><artifactId>x</artifactId></project>"},
        {"pom.xml": "<project><parent><version>9.9.9</version></parent></project>"},
        {"pom.xml": "<version>9.9.9</version>"},
        {"package.json": "{}", "pom.xml": "<project/>"},
    ],
)
def test_a_file_without_a_version_leaves_it_to_the_next(without: dict[str, str]) -> None:
    found = reading({"Chart.yaml": "version: 4.0.0", **without}.get)
    assert (found.source, str(found.version)) == ("Chart.yaml", "4.0.0")


@pytest.mark.parametrize(
    "broken",
    [
        {"VERSION": "1.2\n"},
        {"VERSION": ""},
        {"package.json": "{"},
        {"package.json": '{"version": "1.2"}'},
        {"package.json": '{"version": ""}'},
        {"package.json": '{"version": 1}'},
        {"package.json": '{"version": ["1.2.3"]}'},
        {"pom.xml": "<project>"},
        {"pom.xml": "<project><version>${revision}</version></project>"},
    ],
)
def test_a_wrong_version_is_a_fault_and_no_reason_to_look_elsewhere(broken: dict[str, str]) -> None:
    found = reading({"Chart.yaml": "version: 4.0.0", **broken}.get)
    assert (found.source, found.version) == (*broken, None)
    assert found.fault


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("VERSION", "1.2.3\n\n", "1.2.3"),
        ("package.json", '{"version": "1.2.3-rc.1", "dependencies": {"version": "9.9.9"}}', "1.2.3-rc.1"),
        ("package.json", '{"version": "1.2.3-SNAPSHOT"}', "1.2.3-SNAPSHOT"),
        ("package.json", r'{"version": "1.2\u002e3"}', "1.2.3"),
        ("pom.xml", "<project><version>1.2.3</version></project>", "1.2.3"),
        ("pom.xml", "<project><version>1.2.3-SNAPSHOT</version></project>", "1.2.3-dev"),
        ("pom.xml", "<project><version>1.2.3-rc.1</version></project>", "1.2.3-rc.1"),
        (
            "pom.xml",
            '<?xml version="1.0" encoding="ISO-8859-1"?>\r\n<!-- <version>0.0.1</version> -->\r\n'
            '<m:project xmlns:m="http://maven.apache.org/POM/4.0.0"><m:parent><m:version>9.9.9</m:version></m:parent>'
            "<m:version>\r\n  1.2.3\r\n</m:version><m:name>\u00e9</m:name></m:project>",
            "1.2.3",
        ),
        ("pom.xml", "<project><version><![CDATA[1.2.3]]></version></project>", "1.2.3"),
        ("Chart.yaml", 'apiVersion: v2\nversion: "1.2.3" # of the chart\nappVersion: 9.9.9\n', "1.2.3"),
        ("Chart.yaml", "dependencies: [{name: a, version: 9.9.9}]\nversion: 1.2.3-dev\n", "1.2.3-dev"),
    ],
)
def test_each_format_is_read(name: str, text: str, expected: str) -> None:
    found = of(name, text)
    assert (found.source, str(found.version), found.fault) == (name, expected, "")
    assert str(found.known()) == expected


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("VERSION", "v1.2.3\n", LEADING_V),
        ("VERSION", "1.2.3\r\n", "has the line ends of Windows (CR LF); save it with LF"),
        ("package.json", '{"version": "v1.2.3"}', LEADING_V),
        ("package.json", '{"version": "1.2.3\\n"}', "has more than one line; a version is one line"),
        ("package.json", r'{"version": "1.2.3\ud800"}', rf"'1.2.3\ud800' {NOT_A_VERSION}"),
        ("package.json", "", "is not JSON: Expecting value: line 1 column 1 (char 0)"),
        ("package.json", "{'version': '1.2.3'}", "is not JSON: Expecting property name enclosed in double quotes: "),
        ("package.json", "\ufeff{}", "is not JSON: Unexpected UTF-8 BOM (decode using utf-8-sig): "),
        pytest.param("package.json", "[" * 10**6, "is not JSON: maximum recursion depth exceeded", id="deep JSON"),
        pytest.param("package.json", '{"a":' * 10**6, "is not JSON: maximum recursion depth exceeded", id="deep {}"),
        ("pom.xml", "<project><version>${revision}</version></project>", f"'${{revision}}' {NOT_A_VERSION}"),
        ("pom.xml", "<project><version>v1.2.3</version></project>", LEADING_V),
        ("pom.xml", "", "is not XML: no element found: line 1, column 0"),
        ("pom.xml", "<project><version>1.2.3</version>", "is not XML: no element found: line 1, column 33"),
        ("pom.xml", "<project><version>&x;</version></project>", "is not XML: undefined entity: line 1, column 18"),
        pytest.param("pom.xml", "<a>" * 10**5, "is not XML: no element found: line 1, column 300000", id="deep XML"),
        ("pom.xml", BILLION_LAUGHS, "has a DOCTYPE, which a pom.xml does not need; remove it"),
        ("pom.xml", OTHER_FILES, "has a DOCTYPE, which a pom.xml does not need; remove it"),
        ("Chart.yaml", 'version: "v1.2.3"', LEADING_V),
        ("Chart.yaml", "version: 1.2\n", "has two numbers instead of three; write 1.2.0"),
        ("Chart.yaml", "version: 1.10\n", "has two numbers instead of three; write 1.10.0"),
        ("Chart.yaml", "", "is empty"),
        ("Chart.yaml", "a: [", "line 2: is not YAML: did not find expected node content"),
        ("Chart.yaml", "a:\n\tversion: 1.2.3", "line 2: a tab in the indentation"),
        ("Chart.yaml", "version: 1.2.3\nversion: 1.2.4\n", "line 2: the key 'version' stands here twice"),
        (
            "Chart.yaml",
            'name: x\nversion: !!python/object/apply:os.system ["true"]\n',
            "line 2: the tag '!!python/object/apply:os.system' is not allowed",
        ),
        pytest.param("Chart.yaml", "[" * 10**5, "line 1: nested deeper than 40 levels", id="deep YAML"),
    ],
)
def test_broken_and_hostile_files_are_told(name: str, text: str, fault: str) -> None:
    found = of(name, text)
    assert (found.source, found.version) == (name, None)
    assert found.fault.startswith(fault)
    with pytest.raises(ValueError, match=f"^{re.escape(found.fault)}$"):
        found.known()


def test_a_file_that_cannot_be_read_is_a_fault_of_this_file() -> None:
    def read(path: str) -> str | None:
        if path == "package.json":
            raise ValueError("is not UTF-8; save the file in UTF-8")
        return None

    assert reading(read) == Reading("package.json", None, None, "is not UTF-8; save the file in UTF-8")


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("VERSION", "1.2.3\n", "1.2.3"),
        ("pom.xml", "<project><version>1.2.3-SNAPSHOT</version></project>", "1.2.3-dev"),
        ("VERSION", "v1.2.3\n", r"v1.2.3\n"),
        ("VERSION", "\x1b[31m\u0663\r\n", r"\x1b[31m\u0663\r\n"),
        ("VERSION", "x" * 1000, "x" * 60),
        ("VERSION", "", ""),
        ("package.json", "{", None),
        ("README", "1.2.3", None),
    ],
)
def test_what_is_no_version_is_shown_in_one_short_line(name: str, text: str, shown: str | None) -> None:
    assert of(name, text).shown == shown


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("api/VERSION", "1.2.3\r\n", ("version", "1.2.3")),
        ("web/package.json", '{"version": "1.2.3"}', ("version", "1.2.3")),
        ("web/package.json", "{}", ("version", None)),
        ("web/package.json", "[]", ("version", None)),
        ("pom.xml", "<project><version>1.2.3-SNAPSHOT</version></project>", ("<version>", "1.2.3-SNAPSHOT")),
        ("pom.xml", "<project><version/></project>", ("<version>", None)),
        ("c/Chart.yaml", "version: 9.9.9\nappVersion: 1.2.3\n", ("appVersion", "1.2.3")),
        ("c/Chart.yaml", "appVersion: 1.10\n", ("appVersion", "1.10")),
        ("c/Chart.yaml", "version: 9.9.9\n", ("appVersion", None)),
        ("c/Chart.yaml", "- appVersion\n", ("appVersion", None)),
        ("pyproject.toml", '[project]\nversion = "1.2.3"\n', ("project.version", "1.2.3")),
        ("pyproject.toml", '[tool.poetry]\nversion = "1.2.3"\n', ("project.version", "1.2.3")),
        (
            "pyproject.toml",
            '[tool.poetry]\nversion = "9.9.9"\n[project]\nversion = "1.2.3"\n',
            ("project.version", "1.2.3"),
        ),
        ("pyproject.toml", '[project]\ndynamic = ["version"]\n', ("project.version", None)),
        ("pyproject.toml", "project = 1\ntool = 2\n", ("project.version", None)),
        ("pyproject.toml", "[tool]\npoetry = 2\n", ("project.version", None)),
        ("setup.cfg", "[metadata]\nversion = 1.2.3\n", ("metadata.version", "1.2.3")),
        ("setup.cfg", "[metadata]\nversion: %(x)s\n", ("metadata.version", "%(x)s")),
        ("setup.cfg", "[flake8]\nversion = 9.9.9\n", ("metadata.version", None)),
        ("setup.cfg", "[metadata]\nversion =\n", ("metadata.version", None)),
        ("a/__init__.py", '"""A."""\n\n__version__ = "1.2.3"  # now\n', ("__version__", "1.2.3")),
        ("a/version.py", "__version__: str = '1.2.3'\n", ("__version__", "1.2.3")),
        ("a/version.py", "__version__ = get()\n", ("__version__", None)),
        ("a/version.py", "my__version__ = '1.2.3'\n", ("__version__", None)),
        ("a/version.py", "# __version__ = '1.2.3'\n", ("__version__", None)),
    ],
)
def test_linked_files_are_read(path: str, text: str, expected: tuple[str, str | None]) -> None:
    assert versionfiles.linked(path, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"""How it was:\n\n__version__ = "0.1.0"\n"""\n__version__ = "1.2.3"\n', "1.2.3"),
        ('__version__: Final[str] = "1.2.3"\n', "1.2.3"),
        ('__version__ = """1.2.3"""\n', "1.2.3"),
    ],
)
def test_the_version_of_a_python_file_is_what_python_makes_of_it(text: str, expected: str) -> None:
    assert versionfiles.linked("a/__init__.py", text) == ("__version__", expected)


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("package.json", "{", "is not JSON: Expecting property name enclosed in double quotes: "),
        ("pom.xml", BILLION_LAUGHS, "has a DOCTYPE, which a pom.xml does not need; remove it"),
        ("Chart.yaml", "appVersion: !x 1.2.3", "line 1: the tag '!x' is not allowed"),
        ("pyproject.toml", "[project", "is not TOML: Expected ']' at the end of a table declaration"),
        ("pyproject.toml", "a = 1\na = 2\n", "is not TOML: Cannot overwrite a value (at line 2, column 6)"),
        pytest.param("pyproject.toml", "a=" + "[" * 10**5, "is not TOML: ", id="deep TOML"),
        ("setup.cfg", "version = 1.2.3", "is not an INI file: File contains no section headers."),
        ("setup.cfg", "[metadata]\nversion\n", "is not an INI file: Source contains parsing errors: "),
        (
            "setup.cfg",
            "[metadata]\nversion = attr: a.__version__\n",
            "takes its version from another file; name that file instead",
        ),
        (
            "setup.cfg",
            "[metadata]\nversion = file: VERSION\n",
            "takes its version from another file; name that file instead",
        ),
    ],
)
def test_linked_files_that_cannot_be_read_are_told(path: str, text: str, expected: str) -> None:
    assert reason(path, text).startswith(expected)


@pytest.mark.parametrize(
    "path",
    ["VERSION", "a/package.json", "pom.xml", "c/Chart.yaml", "pyproject.toml", "setup.cfg", "src/a/__init__.py"],
)
def test_files_that_can_be_linked(path: str) -> None:
    assert versionfiles.check_linked(path) == path


@pytest.mark.parametrize("path", ["", "README", "a/version", "package-lock.json", "Chart.yml", "VERSION/x", "py"])
def test_files_that_cannot(path: str) -> None:
    expected = (
        f"{path!r} is no file that jjbgen reads versions from; known: "
        "VERSION, package.json, pom.xml, Chart.yaml, pyproject.toml, setup.cfg, *.py"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        versionfiles.check_linked(path)


PLAIN = ("VERSION", "package.json", "Chart.yaml")
PYTHON = ("pyproject.toml", "setup.cfg", "a/version.py")


@pytest.mark.parametrize(
    ("paths", "text", "own", "others", "never"),
    [
        (PLAIN, "1.2.3", "1.2.3", (), ("v1.2.3", "1.2.3-dev", "1.2", "1.2.30", " 1.2.3", "1.2.3-SNAPSHOT", "")),
        (PLAIN, "1.2.3-dev", "1.2.3-dev", (), ("1.2.3", "1.2.3.dev0", "1.2.3-SNAPSHOT", "1.2.3-dev3")),
        (("pom.xml",), "1.2.3", "1.2.3", (), ("1.2.3-SNAPSHOT", "1.2.4")),
        (("pom.xml",), "1.2.3-dev", "1.2.3-SNAPSHOT", ("1.2.3-dev",), ("1.2.3", "1.2.4-SNAPSHOT", "1.2.3.dev0")),
        (("pom.xml",), "1.2.3-rc.1", "1.2.3-rc.1", (), ("1.2.3-SNAPSHOT",)),
        (PYTHON, "1.2.3", "1.2.3", (), ("1.2.3.dev0", "1.2.3.dev", "1.2.3.post1")),
        (
            PYTHON,
            "1.2.3-dev",
            "1.2.3.dev0",
            ("1.2.3-dev", "1.2.3.dev", "1.2.3.dev7"),
            ("1.2.3", "1.2.4.dev0", "1.2.3.devel", "1.2.3-SNAPSHOT"),
        ),
        # PEP 440 has no other way to write it: 1.2.3-dev3 becomes 1.2.3.dev3 as soon as a tool touches it.
        (PYTHON, "1.2.3-dev3", "1.2.3.dev3", ("1.2.3-dev3",), ("1.2.3.dev4", "1.2.3", "1.2.3.dev0")),
    ],
)
def test_files_agree_in_their_own_words(
    paths: tuple[str, ...], text: str, own: str, others: tuple[str, ...], never: tuple[str, ...]
) -> None:
    version = parse(text)
    for path in paths:
        assert versionfiles.in_words_of(path, version) == own
        assert [each for each in (own, *others) if not versionfiles.agrees(path, version, each)] == []
        assert [each for each in never if versionfiles.agrees(path, version, each)] == []


POM = (
    "<project>\r\n\t<parent>\r\n\t\t<version>1.0.0</version>\r\n\t</parent>\r\n"
    "\t<!-- 1.0.0 -->\r\n\t<version>@</version>\r\n"
    "\t<dependencies><dependency><version>1.0.0</version></dependency></dependencies>\r\n</project>"
)
PACKAGE = '{\n\t"dependencies": {"a": "1.0.0", "version": "1.0.0"},\n\t"version":"@",\n\t"x": "11.0.0"\n}'
CHART = "# 1.0.0\r\ndependencies:\r\n- {name: a, version: 1.0.0}\r\nappVersion: 1.0.0\r\nversion:   '@'   # 1.0.0\r\n"
APP = 'version: 1.0.0\nappVersion: "@"\nannotations: {appVersion: 1.0.0}\n'
PROJECT = '[build-system]\nrequires = ["a==1.0.0"]\n[tool.x]\nversion = "1.0.0"\n[project]\nversion = "@" # 1.0.0\n'
SETUP = "[bumpversion]\nversion = 1.0.0\n[metadata]\nname = a\nversion=@\n\n[options]\ninstall_requires = a==1.0.0\n"
MODULE = '"""Since 1.0.0."""\nOLD = "1.0.0"\n__version__: str = \'@\'\nNEXT = "1.0.0"\n'


@pytest.mark.parametrize(
    ("path", "text", "is_source", "place"),
    [
        pytest.param("VERSION", "@\n", True, (1, 1), id="VERSION"),
        pytest.param("VERSION", "@", True, (1, 1), id="VERSION without a newline"),
        pytest.param("VERSION", "@\r\n", True, (1, 1), id="VERSION with CR LF"),
        pytest.param("api/VERSION", "@\n\n", False, (1, 1), id="a linked VERSION"),
        pytest.param("package.json", PACKAGE, True, (3, 13), id="package.json"),
        pytest.param("web/package.json", PACKAGE, False, (3, 13), id="a linked package.json"),
        pytest.param("pom.xml", POM, True, (6, 11), id="pom.xml"),
        pytest.param("sub/pom.xml", POM, False, (6, 11), id="a linked pom.xml"),
        pytest.param("Chart.yaml", CHART, True, None, id="Chart.yaml"),
        pytest.param("c/Chart.yaml", APP, False, (2, 14), id="appVersion"),
        pytest.param("pyproject.toml", PROJECT, False, (6, 12), id="pyproject.toml"),
        pytest.param("setup.cfg", SETUP, False, (5, 9), id="setup.cfg"),
        pytest.param("a/__init__.py", MODULE, False, (3, 21), id="a Python file"),
    ],
)
def test_only_the_version_is_replaced_and_every_other_character_stays(
    path: str, text: str, is_source: bool, place: tuple[int, int] | None
) -> None:
    assert versionfiles.replaced(
        path, text.replace("@", "1.0.0"), "1.0.0", "1.0.1-dev", is_source=is_source
    ) == text.replace("@", "1.0.1-dev")
    if place:
        assert versionfiles.place(path, text.replace("@", "1.0.0"), "1.0.0") == place


@pytest.mark.parametrize(
    ("path", "text", "old"),
    [
        ("package.json", r'{"version": "1.0\u002e0"}', "1.0.0"),
        ("pom.xml", "<project><version>1.0<!-- . -->.0</version></project>", "1.0.0"),
        ("pom.xml", "<project><version>1.0.0</version></project>", "2.0.0"),
        ("Chart.yaml", "appVersion: 1.0.1\n", "1.0.0"),
        ("pyproject.toml", '[project]\ndescription = "1.0.0"\n', "1.0.0"),
    ],
)
def test_what_does_not_show_is_not_replaced_and_has_no_place(path: str, text: str, old: str) -> None:
    expected = f"does not show where it holds the version {old}; change it by hand"
    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        versionfiles.replaced(path, text, old, "3.0.0")
    assert versionfiles.place(path, text, old) == (0, 0)


def test_a_place_is_found_for_whatever_version_is_looked_for() -> None:
    assert versionfiles.place("pyproject.toml", '[project]\nversion = "0.0.0"\n', "0.0.0") == (2, 12)
    assert versionfiles.place("package.json", '{"a": "1", "version": "1"}', "1") == (1, 24)


FORMATS = {"VERSION": "@\n", "package.json": PACKAGE, "pom.xml": POM, "pyproject.toml": PROJECT, "a/v.py": MODULE}
VERSIONS = st.builds(
    Version, st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.sampled_from([None, "dev", "rc.1"])
)


@given(st.sampled_from(sorted(FORMATS)), VERSIONS, VERSIONS)
def test_what_was_replaced_is_read_back_and_can_be_undone(path: str, old: Version, new: Version) -> None:
    before, after = (versionfiles.in_words_of(path, each) for each in (old, new))
    text = FORMATS[path].replace("@", before)
    changed = versionfiles.replaced(path, text, before, after)
    assert versionfiles.linked(path, changed)[1] == after
    assert versionfiles.agrees(path, new, after)
    assert versionfiles.replaced(path, changed, after, before) == text


def test_a_file_that_repeats_its_version_many_times_is_not_parsed_as_often() -> None:
    text = "x = '1.2.3'\n" * 60_000 + "__version__ = '1.2.3'\n"
    assert versionfiles.place("big.py", text, "1.2.3") == (0, 0)
