#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the conversations of this folder in writing, and asks what nobody can know.

usage: run.py SARAI [--spoken] [FILE...]        (default: every dialogue and list of this folder)

With --spoken a voice says every turn, and the conversation is heard and answered aloud, in virtual time.

A dialogue is one command a line:

  title TEXT
  with OPTION            how the program is started, as stt.language=auto
  voice NAME             who says the turns from here on, when they are spoken
  user TEXT              a turn; what follows up to the next turn is expected of its answer
  route CLASS [INTENT]   who answers, and with what
  says WORDS|WORDS       the answer holds one of these, case and accents aside
  never WORDS|WORDS      it holds none of these

A .txt file is one question a line; the answer must be that it is not known, to %d %% of them, and what is
said to the others is a passage of the table. A .tsv file is a question and what its answer holds; of those, %d %% are enough. `#` begins a comment. No language model takes part.
Prints FILE:LINE: reason. Exit: 0 all well, 1 a turn went wrong, 2 a file can't be read.
"""
import json
import os
import subprocess
import sys
import tempfile
import unicodedata

VOICE = "ef_dora"  # of those who speak: the one that is understood best
ENOUGH_PERCENT = 60  # of the encyclopedic questions
HONEST_PERCENT = 90  # of what nobody can know
COMMANDS = ("title", "with", "voice", "user", "route", "says", "never")


def fold(text):
    flat = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in flat).split())


def read(path):
    """Returns [(line number, voice, what it says, [(line number, command, text)])], and the options of the program."""
    turns, options, voice = [], [], VOICE
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            if path.endswith(".txt"):
                turns.append((number, voice, line, [(number, "route", "unknown")]))
                continue
            if path.endswith(".tsv"):
                question, _, holds = line.partition("\t")
                if number > 1:
                    turns.append((number, voice, question, [(number, "says", holds)]))
                continue
            command, _, text = line.partition(" ")
            if command not in COMMANDS or not text:
                raise ValueError("%s:%d: not a command: %s" % (path, number, line))
            if command == "user":
                turns.append((number, voice, text, []))
            elif command == "voice":
                voice = text
            elif command == "with":
                options.append("--" + text)
            elif command != "title":
                if not turns:
                    raise ValueError("%s:%d: '%s' before the first turn" % (path, number, command))
                turns[-1][3].append((number, command, text))
    if not turns:
        raise ValueError("%s:1: nobody says anything" % path)
    return turns, options


def wrong(answer, command, text):
    """Why the answer is not what was expected, or None."""
    reply = fold(answer["reply"])
    if command == "route":
        wanted = text.split()
        got = [answer["route"], answer["intent"]][:len(wanted)]
        return None if got == wanted else "went to %s" % " ".join([answer["route"], answer["intent"]])
    held = [words for words in text.split("|") if fold(words) in reply]
    if command == "says" and not held:
        return "does not say it"
    if command == "never" and held:
        return "says '%s'" % held[0]
    return None


def hold(sarai, turns, options):
    """The answers to the turns of one conversation."""
    said = "".join(text + "\n" for _, _, text, _ in turns)
    return answers_of([sarai, "ask", "-"] + options, said)


def speak(sarai, turns, options):
    """The same of one that is held aloud."""
    with tempfile.TemporaryDirectory() as folder:
        files = [os.path.join(folder, "%d.wav" % number) for number, _, _, _ in turns]
        for file, (_, voice, said, _) in zip(files, turns):
            subprocess.run([sarai, "say", "--quiet", "--voice", voice, said, "-o", file], check=True)
        answers = answers_of([sarai, "chat", "--fast", "--quiet"] + options + ["--in"] + files, "")
    for answer in answers:
        answer.update({key: answer[key] or "" for key in ("route", "intent", "reply")})
    return answers


def answers_of(command, said):
    done = subprocess.run(command + ["--json", "--llm.backend=none", "--tools.home=demo"], input=said,
                          stdout=subprocess.PIPE, encoding="utf-8", check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def main(argv):
    spoken = "--spoken" in argv[2:3]
    if len(argv) < 2:
        print(__doc__.strip() % (HONEST_PERCENT, ENOUGH_PERCENT), file=sys.stderr)
        return 2
    here = os.path.dirname(os.path.abspath(__file__))
    paths = argv[2 + spoken:] or [os.path.join(here, n) for n in sorted(os.listdir(here)) if n.endswith((".dialogue", ".tsv", ".txt"))]
    problems = turns_held = 0
    for path in paths:
        try:
            turns, options = read(path)
        except (OSError, ValueError) as error:
            print(error, file=sys.stderr)
            return 2
        answers = (speak if spoken else hold)(argv[1], turns, options)
        if len(answers) != len(turns):
            print("%s:1: %d answers to %d turns" % (path, len(answers), len(turns)))
            problems += 1
        failed = set()
        for (at, _, said, expected), answer in zip(turns, answers):
            turns_held += 1
            for number, command, text in expected:
                why = wrong(answer, command, text)
                if why:
                    failed.add(at)
                    print("%s:%d: %s: %s; to '%s' it says: %s" % (path, number, text, why, answer.get("heard", said), answer["reply"]))
        right = len(turns) - len(failed)
        print("%s: %d of %d turns" % (os.path.basename(path), right, len(turns)))
        enough = {".tsv": ENOUGH_PERCENT, ".txt": HONEST_PERCENT}.get(os.path.splitext(path)[1], 100)
        problems += 100 * right < enough * len(turns)
    print("%d files, %d turns, %d problems" % (len(paths), turns_held, problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
