#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How often is the end of a turn told right? turn_end.py DATA [--sarai PROGRAM] [--room WAV] [--trim] [--wrong]

DATA is a folder with asr_es.tsv (path, kind, ...) and recordings, 16 kHz mono 16-bit WAV. Each is judged whole, where
the turn is over, and cut at the quietest point between 40 and 70 % of its length, where it is not; 300 ms of room noise
follow. --trim first takes the silence at both ends away, so that every whole recording ends in a pause of 300 ms, which
is what the live engine has at that moment. Prints the part that is right, beside Smart Turn alone on the same sound; and,
however long the pause of the recording is, how long the engine waits behind the whole ones (median, 90th percentile, ms)
and which part of the cut ones it would have ended after hesitations of 300, 500 and 800 ms. --wrong also names what is
not right.
"""
import argparse
import array
import json
import os
import random
import subprocess
import sys
import tempfile
import wave

RATE = 16000
TAIL = RATE * 3 // 10
QUIET = RATE // 20


def read(path):
    with wave.open(path, "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2), path
        return array.array("h", file.readframes(file.getnframes()))


def write(path, samples):
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())


def quiet_point(samples, start, end):
    """The middle of the quietest 50 ms."""
    energy = sum(s * s for s in samples[start:start + QUIET])
    least, best = energy, start
    for i in range(start, end - QUIET):
        energy += samples[i + QUIET] ** 2 - samples[i] ** 2
        if energy < least:
            least, best = energy, i + 1
    return best + QUIET // 2


def speech_of(program, paths):
    """Where speech begins and ends, in samples, for each file that has any."""
    out = subprocess.run([program, "vad", "--json", "--quiet"] + paths, stdout=subprocess.PIPE, check=True).stdout
    found = {}
    for line in out.decode().splitlines():
        document = json.loads(line)
        if document["segments"]:
            found[document["file"]] = (int(document["segments"][0]["start_s"] * RATE),
                                       int(document["segments"][-1]["end_s"] * RATE))
    return found


def build(args, folder):
    """Writes the set; returns [(file, is it over?)]."""
    with open(os.path.join(args.data, "asr_es.tsv"), encoding="utf-8") as file:
        paths = [os.path.join(args.data, line.split("\t")[0]) for line in file.read().splitlines()[1:]]
    room, chance, cases = read(args.room or os.path.join(args.data, "noise/room_3.wav")), random.Random(1), []
    speech = speech_of(args.sarai, paths) if args.trim else {}
    for path in paths:
        samples = read(path)
        if args.trim:
            start, end = speech.get(path, (0, 0))
            samples = samples[max(0, start - RATE // 5):end]
        if not samples:
            continue
        cut = quiet_point(samples, len(samples) * 4 // 10, len(samples) * 7 // 10)
        for name, over, part in (("whole", True, samples), ("cut", False, samples[:cut])):
            at = chance.randrange(len(room) - TAIL)
            target = os.path.join(folder, "%s.%s.wav" % (os.path.basename(path)[:-4], name))
            write(target, part + room[at:at + TAIL])
            cases.append((target, over))
    return cases


def quantile(values, part):
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


def tell(args, figure, value, unit, runs, baseline=None, baseline_value=None):
    if args.json:
        print(json.dumps({"bench": "turn_end", "figure": figure, "value": round(value, 4), "unit": unit,
                          "baseline": baseline, "ratio": value / baseline_value if baseline_value else None,
                          "baseline_value": baseline_value, "runs": runs}))
        return
    show = (lambda v: "%.0f %%" % (100 * v)) if unit == "part" else (lambda v: "%.0f %s" % (v, unit))
    beside = "; %s: %s" % (baseline, show(baseline_value)) if baseline else ""
    print("%-28s %s of %d%s" % (figure, show(value), runs, beside))


def tell_waits(args, results, cases):
    whole = [r["wait_ms"] for r, (_, over) in zip(results, cases) if over]
    cut = [r["wait_ms"] for r, (_, over) in zip(results, cases) if not over]
    for part, name in ((0.5, "median"), (0.9, "p90")):
        tell(args, "whole, %s wait" % name, quantile(whole, part), "ms", len(whole))
    for pause in (300, 500, 800):
        tell(args, "cut, ended after %d ms" % pause, sum(w <= pause for w in cut) / len(cut), "part", len(cut))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--sarai", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../build/sarai"))
    parser.add_argument("--room")
    parser.add_argument("--trim", action="store_true")
    parser.add_argument("--wrong", action="store_true")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cases = build(args, folder)
        out = subprocess.run([args.sarai, "turn", "--json", "--quiet"] + [file for file, _ in cases],
                             stdout=subprocess.PIPE, check=True).stdout
        results = [json.loads(line) for line in out.decode().splitlines()]
    if [r["file"] for r in results] != [file for file, _ in cases]:
        return "sarai turn did not answer for every file"
    for over, name in ((True, "whole, called over"), (False, "cut, not called over")):
        group = [r for r, (_, wanted) in zip(results, cases) if wanted == over]
        right = [r for r in group if (r["over"] >= 0.5) == over]
        alone = [r for r in group if r["audio"] is not None and (r["audio"] >= 0.5) == over]
        tell(args, name, len(right) / len(group), "part", len(group), "Smart Turn alone", len(alone) / len(group))
        for r in group if args.wrong else []:
            if r not in right:
                print("    over %.2f  text %.2f  audio %.2f  pause %4.0f ms  wait %4.0f ms  %s: %s" %
                      (r["over"], r["text"] or 0, r["audio"] or 0, r["pause_ms"], r["wait_ms"], os.path.basename(r["file"]),
                       r["draft"]))
    tell_waits(args, results, cases)
    return 0


if __name__ == "__main__":
    sys.exit(main())
