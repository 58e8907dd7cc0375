#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes golden_smart_turn.h: what pipecat-ai 1.14.0 makes of the sounds of signals.c.

usage: golden_smart_turn.py, with pipecat-ai==1.14.0, numpy, onnxruntime (Python) and gcc, clang-format at hand.
"""
import ctypes
import os
import subprocess
import tempfile

import numpy as np
import onnxruntime
from pipecat.audio.turn.smart_turn import _whisper_features as reference

HERE = os.path.dirname(os.path.abspath(__file__))
MODEL = os.path.join(os.path.dirname(reference.__file__), "data/smart-turn-v3.2-cpu.onnx")
PLACES = [(0, 0), (0, 799), (1, 792), (7, 771), (20, 750), (40, 777), (60, 700), (79, 798)]  # band, frame


class Signal(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("count", ctypes.c_size_t), ("at", ctypes.c_void_p)]


def signals(folder):
    library = os.path.join(folder, "signals.so")
    subprocess.run(["gcc", "-shared", "-fPIC", "-I", os.path.dirname(HERE), os.path.join(HERE, "signals.c"), "-o",
                    library], check=True)
    made = ctypes.CDLL(library)
    for index, signal in enumerate((Signal * ctypes.c_int.in_dll(made, "test_signal_count").value)
                                   .in_dll(made, "test_signals")):
        samples = np.zeros(signal.count, np.float32)
        made.test_signal_make(index, samples.ctypes.data_as(ctypes.c_void_p))
        yield signal.name.decode(), samples


def features_of(samples):
    padded = np.pad(samples, (max(0, 128000 - samples.size), 0))[-128000:]
    return reference.compute_whisper_log_mel_features(padded, do_normalize=True)


def session(level):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    run = onnxruntime.InferenceSession(MODEL, options).run
    return lambda features: float(run(None, {"input_features": features[None].astype(np.float32)})[0].item())


def main():
    levels = onnxruntime.GraphOptimizationLevel
    judge, judge_plainly = session(levels.ORT_ENABLE_ALL), session(levels.ORT_DISABLE_ALL)
    random = np.random.default_rng(1)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, samples in signals(folder):
            features = features_of(samples)
            probability = judge(features)
            others = [judge(features + random.normal(0, 1e-4, features.shape)) for _ in range(20)]
            others.append(judge_plainly(features))
            steady = max(abs(other - probability) for other in others) < 0.004
            rows.append('{"%s", %.8ff, %s, %.8ff, %.8ff, {%s}},' % (
                name, probability, str(steady).lower(), features.mean(dtype=np.float64),
                (features.astype(np.float64) ** 2).mean(), ", ".join("%.8ff" % features[at] for at in PLACES)))
    path = os.path.join(HERE, "golden_smart_turn.h")
    with open(path, "w") as file:
        file.write("""/* SPDX-License-Identifier: Apache-2.0 */
/* Written by golden_smart_turn.py: what pipecat-ai's Smart Turn makes of the sounds of signals.c. */
static const struct {
    const char *signal;
    float probability;
    bool steady; /* the same for slightly other features and arithmetic: the same, then, on another processor */
    float mean, mean_square; /* of all features */
    float features[%d]; /* at golden_places */
} golden[] = {%s};

static const int golden_places[][2] = {%s}; /* band, frame */
""" % (len(PLACES), "\n".join(rows), ", ".join("{%d, %d}" % at for at in PLACES)))
    subprocess.run(["clang-format", "-i", path], check=True)


if __name__ == "__main__":
    main()
