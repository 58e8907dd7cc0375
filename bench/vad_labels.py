#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Voice activity on labelled recordings, beside the Silero reference: vad_labels.py [--sarai PROGRAM] [--data FOLDER]

FOLDER has vad.tsv (path, start_s, end_s, speech) and noise/*.wav, in which nobody speaks; 16 kHz mono 16-bit WAV. The
reference is the Python package silero-vad 6.2.3 with onnxruntime and numpy (pip install --no-deps silero-vad==6.2.3;
pip install onnxruntime numpy packaging): its weights, and its own way from probabilities to segments, at the same
thresholds. Prints a figure a line, JSON; the exit code is 1 when a bar is missed.
"""
import argparse
import array
import csv
import glob
import json
import os
import subprocess
import sys
import types
import wave

FRAME_S = 0.032
LONG_S = 0.3
AUDIBLE = 2  # times the sound of the recording's own labelled silence: a label of speech on less is a slip
BARS = {"noise_called_speech": 0.02, "utterances_missed": 0.01}


def labels(folder):
    """path -> [(start, end, speech)]"""
    rows = {}
    with open(os.path.join(folder, "vad.tsv"), encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            path = os.path.join(folder, row["path"])
            if os.path.isfile(path):
                rows.setdefault(path, []).append((float(row["start_s"]), float(row["end_s"]), row["speech"] == "1"))
    return rows


def ours(program, paths):
    """path -> (duration, [(start, end)])"""
    done = subprocess.run([program, "vad", "--json", "--quiet", *paths], check=True, stdout=subprocess.PIPE, text=True)
    rows = map(json.loads, done.stdout.splitlines())
    return {row["file"]: (row["duration_s"], [(s["start_s"], s["end_s"]) for s in row["segments"]]) for row in rows}


def reference(paths, threshold):
    """The same from the Python package, whose import of torch is for reading files and type hints only."""
    import numpy
    import onnxruntime
    torch = types.ModuleType("torch")
    torch.no_grad = lambda: lambda function: function
    torch.Tensor, torch.device = object, lambda name: name
    sys.modules.setdefault("torch", torch)
    spec = __import__("importlib.util", fromlist=["util"])
    package = os.path.dirname(spec.find_spec("silero_vad").origin)
    loader = spec.spec_from_file_location("silero_utils", os.path.join(package, "utils_vad.py"))
    utils = spec.module_from_spec(loader)
    loader.loader.exec_module(utils)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(os.path.join(package, "data/silero_vad.onnx"), options)
    found = {}
    for path in paths:
        with wave.open(path) as file:
            raw = file.readframes(file.getnframes())
        samples = numpy.frombuffer(raw, dtype="<i2").astype(numpy.float32) / 32768
        state, context, probabilities = numpy.zeros((2, 1, 128), numpy.float32), numpy.zeros(64, numpy.float32), []
        for at in range(0, len(samples), 512):
            frame = numpy.pad(samples[at:at + 512], (0, max(0, at + 512 - len(samples))))
            out, state = session.run(None, {"input": numpy.concatenate([context, frame])[None], "state": state,
                                            "sr": numpy.array(16000, numpy.int64)})
            context = frame[-64:]
            probabilities.append(float(out[0, 0]))
        segments = utils.get_speech_timestamps_from_probs(probabilities, threshold=threshold,
                                                          audio_length_samples=len(samples))
        found[path] = (len(samples) / 16000, [(s["start"] / 16000, s["end"] / 16000) for s in segments])
    return found


def level(path, spans):
    """Root mean square over stretches of a recording."""
    total = count = 0
    with wave.open(path) as file:
        for start, end in spans:
            file.setpos(int(start * 16000))
            samples = array.array("h", file.readframes(int((end - start) * 16000)))
            total, count = total + sum(value * value for value in samples), count + len(samples)
    return (total / max(1, count)) ** 0.5


def audible(path, rows, start, end):
    return level(path, [(start, end)]) > AUDIBLE * level(path, [(s, e) for s, e, speech in rows if not speech])


def covered(segments, start, end):
    return sum(max(0, min(end, e) - max(start, s)) for s, e in segments)


def frame_errors(found, labelled):
    """Share of the labelled frames that were called wrongly: by the middle of each."""
    wrong = total = 0
    for path, rows in labelled.items():
        _, segments = found[path]
        at = FRAME_S / 2
        for start, end, speech in rows:
            while at < end:
                if at >= start:
                    total += 1
                    wrong += speech != any(s <= at < e for s, e in segments)
                at += FRAME_S
    return wrong / total


def figures(found, labelled, noise):
    long = [(path, s, e) for path, rows in labelled.items() for s, e, speech in rows if speech and e - s >= LONG_S]
    missed = [row for row in long if covered(found[row[0]][1], *row[1:]) == 0]
    really = [(path, s, e) for path, s, e in missed if audible(path, labelled[path], s, e)]
    length = sum(found[path][0] for path in noise)
    return {"noise_called_speech": sum(covered(found[path][1], 0, found[path][0]) for path in noise) / length,
            "utterances_missed": len(really) / len(long),
            "utterances_missed_with_silent_labels": len(missed) / len(long),
            "frame_errors": frame_errors(found, labelled)}


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sarai", default=os.path.join(here, "../build/sarai"))
    parser.add_argument("--data", default=os.path.join(here, "../../shared/data"))
    parser.add_argument("--threshold", type=float, default=0.5, help="of the reference; ours is vad.threshold")
    args = parser.parse_args()
    labelled, noise = labels(args.data), sorted(glob.glob(os.path.join(args.data, "noise/*.wav")))
    paths = sorted(labelled) + noise
    mine = figures(ours(args.sarai, paths), labelled, noise)
    other = figures(reference(paths, args.threshold), labelled, noise)
    good = True
    for figure, value in mine.items():
        bar = BARS.get(figure, other[figure])
        good = good and value <= bar
        print(json.dumps({"bench": "vad_labels", "figure": figure, "value": round(value, 5), "bar": round(bar, 5),
                          "baseline": "silero-vad 6.2.3", "baseline_value": round(other[figure], 5),
                          "runs": len(paths)}))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
