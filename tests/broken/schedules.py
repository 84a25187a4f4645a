"""Mistakes in schedules, in comment expressions and in file patterns."""

# ruff: noqa: E501 - a message stands on one line, as it is told

from __future__ import annotations

from tests.broken import Case, W, case, nightly, widget


def _cron(what: str, expression: str, *told: str) -> Case:
    return case(
        what,
        nightly(f"{{schedule: '{expression}'}}"),
        *(f"{W}:18:13: pipelines.nightly.schedule: {each}" for each in told),
    )


def _comment(what: str, expression: str, *told: str) -> Case:
    return case(what, widget("  post-merge:", f"  post-merge: {{comments: ['{expression}']}}"), *told)


def _ant(what: str, pattern: str, told: str) -> Case:
    return case(
        what,
        widget("  pre-merge:", f"  pre-merge: {{files: '{pattern}'}}"),
        f"{W}:15:15: pipelines.pre-merge.files: {told}",
    )


def _regexp(what: str, pattern: str, *told: str) -> Case:
    return case(what, widget("  pre-merge:", f"  pre-merge: {{files: [{{regexp: '{pattern}'}}]}}"), *told)


SCHEDULES = (
    _cron(
        "four fields", "H 3 * *", "'H 3 * *' has 4 fields, not 5; write minute, hour, day of month, month, day of week"
    ),
    _cron("one field", "often", "'often' has 1 field, not 5; write minute, hour, day of month, month, day of week"),
    _cron("no field", "  ", "'  ' has 0 fields, not 5; write minute, hour, day of month, month, day of week"),
    _cron(
        "six fields",
        "0 0 3 * * *",
        "'0 0 3 * * *' has 6 fields, not 5; write minute, hour, day of month, month, day of week",
    ),
    _cron("minute 61", "61 * * * *", "'61' is not a minute: it has to lie in 0-59"),
    _cron("hour 24", "0 24 * * *", "'24' is not an hour: it has to lie in 0-23"),
    _cron("day 0", "0 0 0 * *", "'0' is not a day of month: it has to lie in 1-31"),
    _cron("month 13", "0 0 * 13 *", "'13' is not a month: it has to lie in 1-12"),
    _cron("weekday 8", "0 0 * * 8", "'8' is not a day of week: it has to lie in 0-7"),
    _cron(
        "the name of a weekday", "0 0 * * MON", "'MON' is not a day of week; use 0-7, '*', 'H', ranges, steps and lists"
    ),
    _cron("a question mark", "0 3 ? * *", "'?' is not a day of month; use 1-31, '*', 'H', ranges, steps and lists"),
    _cron("a small h", "h 3 * * *", "'h' is not a minute; use 0-59, '*', 'H', ranges, steps and lists"),
    _cron("a step of 0", "*/0 * * * *", "'*/0' is not a minute: the step has to lie in 1-60"),
    _cron(
        "a step from one number",
        "5/10 * * * *",
        "'5/10' is not a minute: a step follows '*', 'H' or a range",
    ),
    _cron("a step longer than the hour", "H/90 * * * *", "'H/90' is not a minute: the step has to lie in 1-60"),
    _cron(
        "a step longer than a short month", "H H H/30 * *", "'H/30' is not a day of month: the step has to lie in 1-28"
    ),
    _cron("a step longer than its range", "H(0-3)/5 * * * *", "'H(0-3)/5' is not a minute: the step has to lie in 1-4"),
    _cron("a range that runs backwards", "30-10 * * * *", "'30-10' is not a minute: the range runs backwards"),
    _cron("a range out of the hour", "H(0-70) * * * *", "'H(0-70)' is not a minute: it has to lie in 0-59"),
    _cron("an empty item of a list", "1,,2 * * * *", "'' is not a minute; use 0-59, '*', 'H', ranges, steps and lists"),
    _cron(
        "30 February",
        "0 0 30 2 *",
        "'0 0 30 2 *' never fires: there is no such day; use 'disabled' to switch a job off",
    ),
    _cron(
        "the 31st of short months",
        "0 0 31 4,6,9,11 *",
        "'0 0 31 4,6,9,11 *' never fires: there is no such day; use 'disabled' to switch a job off",
    ),
    _cron(
        "30 February if it is a Monday",
        "0 0 30 2 1",
        "'0 0 30 2 1' never fires: there is no such day; use 'disabled' to switch a job off",
    ),
    _cron("a time zone in front", "TZ=UTC 0 3 * * *", "the time zone has a key of its own; write it under 'timezone'"),
    _cron(
        "an unknown shorthand",
        "@nightly",
        "unknown shorthand '@nightly'; known: @annually, @daily, @hourly, @midnight, @monthly, @weekly, @yearly",
    ),
    _cron(
        "a digit of another script",
        "\u0663 * * * *",
        "'\u0663' is not a minute; use 0-59, '*', 'H', ranges, steps and lists",
    ),
    case(
        "two schedules in one",
        nightly('{schedule: "0 3 * * *\\n0 4 * * *"}'),
        f"{W}:18:13: pipelines.nightly.schedule: a schedule is one line; write several schedules as several pipelines",
    ),
    case(
        "four fields under 'cron'",
        nightly("{schedule: {cron: H 3 * *}}"),
        f"{W}:18:30: pipelines.nightly.schedule.cron: 'H 3 * *' has 4 fields, not 5; write minute, hour, day of month, month, day of week",
    ),
    case(
        "four fields for polling",
        widget("  post-merge:", "  post-merge: {poll: H 3 * *}"),
        f"{W}:16:22: pipelines.post-merge.poll: 'H 3 * *' has 4 fields, not 5; write minute, hour, day of month, month, day of week",
    ),
    case(
        "an unknown time zone",
        nightly("{schedule: {cron: H 3 * * *, timezone: Europe/Berln}}"),
        f"{W}:18:51: pipelines.nightly.schedule.timezone: unknown time zone 'Europe/Berln'; did you mean 'Europe/Berlin'?",
    ),
)

_POSTED = "post-merge.comments: the expression"
_NARROWER = "make it narrower, or every build starts the next one"
_URL = "https://jenkins.example.org/job/widget-post-merge-main/1/"

COMMENTS = (
    _comment(
        "an expression that does not compile",
        "(",
        f"{W}:16:27: pipelines.post-merge.comments[0]: '(' is not a regular expression: missing ) at position 1",
    ),
    _comment(
        "an expression with nothing to repeat",
        "*",
        f"{W}:16:27: pipelines.post-merge.comments[0]: '*' is not a regular expression: nothing to repeat at position 0",
    ),
    _comment(
        "an empty expression",
        "",
        f"{W}:16:27: pipelines.post-merge.comments[0]: an expression is one line and not empty",
    ),
    _comment(
        "an expression of Python",
        "(?P<word>again)",
        f"{W}:16:27: pipelines.post-merge.comments[0]: Java does not read '(?P<word' in the same way; write it more plainly",
    ),
    _comment(
        "an expression of Perl",
        "(?R)",
        f"{W}:16:27: pipelines.post-merge.comments[0]: Java does not read '(?R)' in the same way; write it more plainly",
    ),
    _comment(
        "a class of POSIX",
        "[[:alpha:]]",
        f"{W}:16:27: pipelines.post-merge.comments[0]: Java does not read '[[:alpha' in the same way; write it more plainly",
    ),
    _comment(
        "an expression that is too long",
        "x" * 201,
        f"{W}:16:27: pipelines.post-merge.comments[0]: an expression has at most 200 characters",
    ),
    case(
        "an expression of two lines",
        widget("  post-merge:", '  post-merge: {comments: ["again\\nplease"]}'),
        f"{W}:16:27: pipelines.post-merge.comments[0]: an expression is one line and not empty",
    ),
    _comment(
        "an expression for any comment",
        ".*",
        f"{W}:16:16: pipelines.post-merge.comments: the expression '.*' matches what Jenkins itself posts: 'Build Started https://jenkins.example.org/job/widget-post-merge-main/1/'; make it narrower, or every build starts the next one",
    ),
    _comment(
        "an expression for any link to a job",
        ".*job.*",
        f"{W}:16:16: pipelines.post-merge.comments: the expression '.*job.*' matches what Jenkins itself posts: 'Build Started https://jenkins.example.org/job/widget-post-merge-main/1/'; make it narrower, or every build starts the next one",
    ),
    _comment(
        "an expression that begins like Jenkins",
        "Build .*",
        f"{W}:16:16: pipelines.post-merge.comments: the expression 'Build .*' matches what Jenkins itself posts: 'Build Started https://jenkins.example.org/job/widget-post-merge-main/1/'; make it narrower, or every build starts the next one",
    ),
    _comment(
        "an expression for any link",
        "https?://.*",
        f"{W}:16:16: pipelines.{_POSTED} 'https?://.*' matches what Jenkins itself posts: '{_URL} : SUCCESS'; {_NARROWER}",
    ),
    _comment(
        "an expression for a result",
        ".*FAILURE",
        f"{W}:16:16: pipelines.{_POSTED} '.*FAILURE' matches what Jenkins itself posts: '{_URL} : FAILURE'; {_NARROWER}",
    ),
    _comment(
        "an expression that takes for ever",
        r"((.|\w)+)+ [aA]gain",
        f"{W}:16:16: pipelines.post-merge.comments: '((.|\\\\w)+)+ [aA]gain' takes too long to match; make it simpler",
    ),
)

FILES = (
    _ant(
        "a regular expression as a file pattern",
        "docs/.*",
        "'docs/.*' is a file pattern written as a regular expression ('/.*'); use *, ** and ?, or write it under 'regexp'",
    ),
    _ant(
        "an anchored file pattern",
        "^docs/**",
        "'^docs/**' is a file pattern written as a regular expression ('^'); use *, ** and ?, or write it under 'regexp'",
    ),
    _ant(
        "alternatives in a file pattern",
        "(docs|test)/**",
        "'(docs|test)/**' is a file pattern written as a regular expression ('('); use *, ** and ?, or write it under 'regexp'",
    ),
    _ant(
        "a character class in a file pattern",
        "[ab]/**",
        "'[ab]/**' is a file pattern written as a regular expression ('['); use *, ** and ?, or write it under 'regexp'",
    ),
    _ant(
        "braces in a file pattern",
        "**/*.{c,h}",
        "'**/*.{c,h}' is a file pattern written as a regular expression ('{'); use *, ** and ?, or write it under 'regexp'",
    ),
    _ant(
        "backslashes in a file pattern",
        "docs\\/index.md",
        "'docs\\\\/index.md' is a file pattern written as a regular expression ('\\\\'); use *, ** and ?, or write it under 'regexp'",
    ),
    _ant(
        "an absolute file pattern",
        "/docs/**",
        "'/docs/**' is not a file pattern; write it like docs/**",
    ),
    _ant(
        "an empty file pattern",
        "",
        "'' is not a file pattern; write it like docs/**",
    ),
    _regexp(
        "a file pattern as a regular expression",
        "docs/**",
        f"{W}:15:32: pipelines.pre-merge.files[0].regexp: 'docs/**' is a regular expression written as a file pattern ('/*'); write it under 'ant'",
    ),
    _regexp(
        "a star as a regular expression",
        "*.md",
        f"{W}:15:32: pipelines.pre-merge.files[0].regexp: '*.md' is a regular expression written as a file pattern ('*'); write it under 'ant'",
    ),
    _regexp(
        "a file's expression that does not compile",
        "docs/(",
        f"{W}:15:32: pipelines.pre-merge.files[0].regexp: 'docs/(' is not a regular expression: missing ) at position 6",
    ),
    _regexp(
        "an empty expression for files",
        "",
        f"{W}:15:32: pipelines.pre-merge.files[0].regexp: an expression is one line and not empty",
    ),
)

CASES = (*SCHEDULES, *COMMENTS, *FILES)
