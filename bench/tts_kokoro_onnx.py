#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How fast sarai speaks, beside kokoro-onnx with the same weights, voice, pace and number of threads, in the same run.

    bench/tts_kokoro_onnx.py [--sarai build/sarai] [--threads 1] [--runs 3] [--venv FOLDER]

Rounds alternate: sarai's, then kokoro-onnx's. Prints JSON: the medians of both and their ratio. kokoro-onnx is
installed into a virtual environment of its own.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

PEER = ["kokoro-onnx==0.6.1", "onnxruntime==1.31.1"]
SENTENCES = ["El tren llega a la estación del norte a las siete de la mañana.",
             "La capital de Francia es París y tiene dos millones de habitantes."]
CLAUSES = ["Claro que sí.", "Son las tres.", "Ahora mismo."]
PACE = 1.0  # of sarai's normal style


def in_venv(folder):
    """Runs this program again with the peer installed."""
    python = pathlib.Path(folder) / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    probe = subprocess.run([python, "-c", "import kokoro_onnx"], stderr=subprocess.DEVNULL)
    if probe.returncode != 0:
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEER], check=True, stdout=sys.stderr)
    os.execv(python, [str(python), *sys.argv, "--inside"])


def open_peer(threads):
    import numpy
    import onnxruntime
    from kokoro_onnx import Kokoro
    models = pathlib.Path(os.environ.get("SARAI_MODELS_DIR") or pathlib.Path(
        os.environ.get("XDG_DATA_HOME") or pathlib.Path.home() / ".local/share") / "sarai/models") / "kokoro"
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(models / "model.onnx"), options, providers=["CPUExecutionProvider"])
    with tempfile.NamedTemporaryFile(suffix=".npz") as voices:
        style = numpy.fromfile(models / "voices/ef_dora.bin", dtype=numpy.float32).reshape(510, 1, 256)
        numpy.savez(voices, ef_dora=style)
        voices.flush()
        return Kokoro.from_session(session, voices.name)


def measure_peer(kokoro):
    def speak(text):
        start = time.perf_counter()
        samples, rate = kokoro.create(text, voice="ef_dora", speed=PACE, lang="es")
        return time.perf_counter() - start, len(samples) / rate
    speak(CLAUSES[0])
    rtf = [took / length for took, length in (speak(text) for text in SENTENCES * 3)]
    first = [1000 * speak(text)[0] for text in CLAUSES * 3]
    return {"rtf": statistics.median(rtf), "first_clause_ms": statistics.median(first)}


def measure_sarai(program, threads):
    out = subprocess.run([program, "bench", "tts", "--json", "--quiet", f"--tts.threads={threads}"], check=True,
                         stdout=subprocess.PIPE, text=True).stdout
    return {row["figure"]: row["value"] for row in map(json.loads, out.splitlines())}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sarai", default="build/sarai")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--venv", default=os.path.join(tempfile.gettempdir(), "sarai-kokoro-onnx"))
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if not args.inside:
        in_venv(args.venv)
    peer = open_peer(args.threads)
    rounds = [(measure_sarai(args.sarai, args.threads), measure_peer(peer)) for _ in range(args.runs)]
    for figure in ("rtf", "first_clause_ms"):
        ours = statistics.median(ours[figure] for ours, _ in rounds)
        theirs = statistics.median(theirs[figure] for _, theirs in rounds)
        print(json.dumps({"bench": "tts", "figure": figure, "value": round(ours, 3),
                          "baseline": " ".join(PEER), "baseline_value": round(theirs, 3),
                          "ratio": round(ours / theirs, 3), "threads": args.threads, "runs": args.runs}))


if __name__ == "__main__":
    main()
