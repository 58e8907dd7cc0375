#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who answers what: the lists of this folder against what is asked of the router.

usage: run.py SARAI

Each list is a text a line, a tab, and who should answer it; nothing of them is in what the router learns from.
Prints what misses its bar. Exit: 0 all well, 1 something is below its bar or a list could not be judged.
"""
import json
import os
import subprocess
import sys

# file: figure, least or most in percent
BARS = [("open.tsv", "open_swallowed", "most", 2), ("commands.tsv", "right", "least", 90),
        ("templates.tsv", "right", "least", 75)]


def learned(data):
    """The texts that the router learns from, word for word."""
    with open(os.path.join(data, "es", "router.tsv"), encoding="utf-8") as file:
        return set(line.split("\t")[0] for line in list(file)[1:])


def main(argv):
    here = os.path.dirname(os.path.abspath(__file__))
    known = learned(os.path.join(here, "..", "..", "data"))
    wrong = 0
    for name, figure, way, bar in BARS:
        path = os.path.join(here, name)
        with open(path, encoding="utf-8") as file:
            for line in file:
                if line.split("\t")[0] in known:
                    print("%s: '%s' is an example of router.tsv too" % (name, line.split("\t")[0]))
                    wrong += 1
        done = subprocess.run([argv[1], "bench", "router", "--json", path], stdout=subprocess.PIPE, encoding="utf-8")
        values = dict((row["figure"], row["value"]) for row in map(json.loads, done.stdout.splitlines()))
        if done.returncode or figure not in values:
            print("%s: could not be judged" % name)
            wrong += 1
        elif values[figure] > bar if way == "most" else values[figure] < bar:
            print("%s: %s is %.1f %%, at %s %d %% is asked for" % (name, figure, values[figure], way, bar))
            wrong += 1
        else:
            print("%s: %s %.1f %%" % (name, figure, values[figure]))
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
