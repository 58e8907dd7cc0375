#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How well the memory finds what was put into it: bench/memory.py SARAI PASSAGES.jsonl QUESTIONS.jsonl

PASSAGES has id and text, QUESTIONS passage, question and answer. Adds the passages to an empty memory and prints
recall at 1, 3 and 5, the time of a search, and how many spoken replies hold the answer; then the same questions over a
memory that lacks their passages, where the only right reply is that it doesn't know.
"""
import json
import re
import statistics
import subprocess
import sys
import tempfile
import unicodedata


def fold(text):
    plain = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(c) != "Mn")
    return " " + " ".join(re.sub(r"[^a-z0-9ñ]+", " ", plain).split()) + " "


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def run(program, *args, text=None):
    done = subprocess.run([program, *args, "--json", "--quiet"], input=text, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(args)}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def figure(name, value, unit, runs):
    print(json.dumps({"bench": "memory", "figure": name, "value": round(value, 4), "unit": unit, "runs": runs}))


def main():
    program, passages, questions = sys.argv[1], lines(sys.argv[2]), lines(sys.argv[3])
    asked = "".join(row["question"].replace("\n", " ") + "\n" for row in questions)
    with tempfile.TemporaryDirectory() as folder:
        whole = f"{folder}/whole.db"
        run(program, "memory", "add", "--jsonl", sys.argv[2], "--db", whole)
        found = run(program, "memory", "search", "-k", "5", "--db", whole, "-", text=asked)
        for k in 1, 3, 5:
            hits = [str(q["passage"]) in [hit["id"] for hit in f["hits"][:k]] for q, f in zip(questions, found)]
            figure(f"recall_at_{k}", statistics.mean(hits), "part", len(hits))
        figure("search", statistics.median(f["ms"] for f in found), "ms", len(found))
        replies = run(program, "ask", "--db", whole, "-", text=asked)
        right = [fold(q["answer"]) in fold(r["reply"]) for q, r in zip(questions, replies)]
        figure("answered", statistics.mean(right), "part", len(right))
        figure("refused_although_known", statistics.mean(r["route"] == "unknown" for r in replies), "part", len(right))
        figure("reply_characters", statistics.mean(len(r["reply"]) for r in replies), "characters", len(right))

        refused = []
        for half in 0, 1:
            without = f"{folder}/half{half}.jsonl"
            with open(without, "w", encoding="utf-8") as file:
                file.writelines(json.dumps(p) + "\n" for i, p in enumerate(passages) if i % 2 != half)
            run(program, "memory", "add", "--jsonl", without, "--db", f"{folder}/half{half}.db")
            lost = {str(p["id"]) for i, p in enumerate(passages) if i % 2 == half}
            rows = [q["question"] for q in questions if str(q["passage"]) in lost]
            refused += [r["route"] == "unknown" for r in run(program, "ask", "--db", f"{folder}/half{half}.db", "-",
                                                             text="".join(row + "\n" for row in rows))]
        figure("refused_when_unknown", statistics.mean(refused), "part", len(refused))


if __name__ == "__main__":
    main()
