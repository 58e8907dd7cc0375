#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Style checked by machine: run.py SOURCE_FOLDER [CLANG_FORMAT]

Every tracked C file: license line, banned calls, include layering, length, formatting. Every tracked text file: no
registry host, no path of one machine, no notes for later. The text tables: tools/check_tables. Prints FILE:LINE: reason.
"""
import os
import re
import subprocess
import sys

# Folders in the order in which the voice travels; a folder includes only what is left of it, and the shared ones.
SHARED = ["base", "flow", "text", "audio", "model"]
BINARY = ["data/es/router.bin"]  # written by: sarai learn train router
ORDER = ["capture", "aec", "turn", "vad", "stt", "memory", "tools", "brain", "speech", "playback", "learn", "omni", "engine"]
EXTRA = {
    "base": [],
    "flow": ["base"],
    "text": ["base"],
    "audio": ["base"],
    "model": ["base"],
    "cli": ["base", "cli"],  # over sarai.h, with the option tables and strings of base
    "server": ["base", "server"],
}
BANNED = {
    r"\b(printf|puts|putchar|perror)\s*\(": ("library", "the library never prints"),
    r"\b(exit|abort)\s*\(": ("library", "the library never ends the process"),
    r"\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|alloca|atoi|atof)\s*\(": ("all", "use the bounded function"),
    r"\bassert\s*\(": ("library", "return an error instead"),
}
HOSTS = r"(py" r"pi\.org|pythonhosted\.org|registry\.npm" r"js|npm" r"js\.com|maven\.org|deb\.debian\.org|crates\.io)"
PATHS = r"(?<![\w.])/(work|farm|root|home/[a-z]+)/"
NOTES = r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b"
MOST_LINES = 450


def tracked(root):
    out = subprocess.run(["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                         check=True, stdout=subprocess.PIPE).stdout
    return sorted(name for name in out.decode().split("\0") if name and os.path.isfile(os.path.join(root, name)))


def without_comments(text):
    text = re.sub(r'"(\\.|[^"\\\n])*"', '""', text)
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group(0).count("\n"), text, flags=re.S)
    return re.sub(r"//[^\n]*", "", text)


def allowed(folder):
    if folder in EXTRA:
        return EXTRA[folder] + [folder]
    return SHARED + ORDER[:ORDER.index(folder) + 1]


def check_includes(name, lines):
    folder = name.split("/")[1]
    if folder not in EXTRA and folder not in ORDER:
        yield 1, "folder src/%s has no place in tests/lint/run.py" % folder
        return
    for number, line in enumerate(lines, 1):
        match = re.match(r'\s*#\s*include\s+"([a-z_]+)/', line)
        if match and match.group(1) not in allowed(folder):
            yield number, "src/%s may not include %s/" % (folder, match.group(1))


def check_code(name, text):
    lines = text.split("\n")
    first = lines[0] + (lines[1] if len(lines) > 1 else "")
    if "SPDX-License-Identifier: " not in first:
        yield 1, "the first line must be /* SPDX-License-Identifier: Apache-2.0 */"
    if len(lines) > MOST_LINES and not name.startswith("include/"):  # that one is a manual
        yield len(lines), "more than %d lines: split the file" % MOST_LINES
    library = name.startswith("src/") and not name.startswith("src/cli/")
    code = without_comments(text).split("\n")
    if name.startswith(("src/", "include/", "helpers/")):
        for pattern, (where, why) in BANNED.items():
            for number, line in enumerate(code, 1):
                if (library or where == "all") and re.search(pattern, line):
                    yield number, "%s: %s" % (re.search(pattern, line).group(0).strip(), why)
    if name.startswith("src/"):
        yield from check_includes(name, lines)


def check_text(text):
    for number, line in enumerate(text.split("\n"), 1):
        for pattern, why in ((HOSTS, "names a registry host"), (PATHS, "carries a path of one machine"),
                             (NOTES, "is left for later")):
            if re.search(pattern, line):
                yield number, why
        if line.rstrip("\r") != line.rstrip("\r").rstrip() and line.strip():
            yield number, "ends in a space"


def check_format(root, names, clang_format):
    for name in names:
        done = subprocess.run([clang_format, "--dry-run", "-Werror", name], cwd=root, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        if done.returncode:
            found = re.search(r":(\d+):", done.stdout.decode(errors="replace"))
            yield name, int(found.group(1)) if found else 1, "not as clang-format would write it (make format)"


def main(argv):
    root = argv[1]
    clang_format = argv[2] if len(argv) > 2 else "clang-format"
    problems, code = [], []
    for name in tracked(root):
        with open(os.path.join(root, name), "rb") as file:
            raw = file.read()
        if name in BINARY:
            continue
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            problems.append((name, 1, "is not UTF-8 text"))
            continue
        if name.endswith((".c", ".h", ".cc")):
            code.append(name)
            problems += [(name, number, why) for number, why in check_code(name, text)]
        problems += [(name, number, why) for number, why in check_text(text)]
    problems += list(check_format(root, code, clang_format))
    for name, number, why in sorted(problems):
        print("%s:%d: %s" % (name, number, why))
    tables = subprocess.run([sys.executable, os.path.join(root, "tools/check_tables")], stdout=subprocess.DEVNULL)
    print("%d C files, %d problems" % (len(code), len(problems)))
    return 1 if problems or tables.returncode else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
