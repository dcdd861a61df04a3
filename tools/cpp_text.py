# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""C++ sources as the checks of this folder read them: without comments, texts and lines of the preprocessor."""
import re

FOLDERS = ("framework", "sdk", "plugins", "tests")
TOKENS = re.compile(
    r'R"(?P<mark>[^(\s]{0,16})\(.*?\)(?P=mark)"'  # raw string
    r"|//(?:\\\n|[^\n])*|/\*.*?\*/"               # comments
    r'|"(?:\\.|[^"\\\n])*"'                       # string
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'"       # character, but not a digit separator
    r"|^[ \t]*#(?:\\\n|[^\n])*",                  # preprocessor
    re.DOTALL | re.MULTILINE)


def blank(match):
    """The same lines without content; a string stays a pair of quotes."""
    text = match[0]
    keep = '""' if text[0] in "\"R" else ""
    return keep + "\n" * text.count("\n")


def plain(source):
    return TOKENS.sub(blank, source)
