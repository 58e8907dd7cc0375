#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Drives the program as a user would: python3 run.py PROGRAM SOURCE_FOLDER. No model is needed: null backends stand in."""
import json
import math
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import wave

PROGRAM, SOURCE = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
NULL = ["--vad.backend=null", "--stt.backend=null", "--tts.backend=null", "--llm.backend=null"]
VERBS = ["demo", "talk", "chat", "ask", "route", "memory", "say", "transcribe", "vad", "turn", "learn",
         "omni", "split", "normalize", "models", "devices",
         "doctor", "bench", "config", "help", "man", "completion", "version"]


class Cli(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.env = {"PATH": os.environ["PATH"], "HOME": self.folder.name, "LC_ALL": "C",
                    "SARAI_MODELS_DIR": self.path("no-models")}

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def tone(self, name, *loud):
        """16 kHz: for each number so many seconds of sound, then as many of silence; negative: silence alone."""
        with wave.open(self.path(name), "wb") as file:
            file.setparams((1, 2, 16000, 0, "NONE", ""))
            for seconds in loud:
                for gain in (0,) if seconds < 0 else (12000, 0):
                    file.writeframes(b"".join(struct.pack("<h", int(gain * math.sin(i / 6)))
                                              for i in range(int(16000 * abs(seconds)))))
        return self.path(name)

    def run_it(self, *args, stdin="", **env):
        return subprocess.run([PROGRAM, *args], input=stdin, capture_output=True, text=True, timeout=120,
                              cwd=self.folder.name, env={**self.env, **env})

    def check(self, code, *args, says="", stdin="", **env):
        """Runs; a failure must have said why in one line on stderr and nothing on stdout."""
        done = self.run_it(*args, stdin=stdin, **env)
        self.assertEqual(done.returncode, code, done.stderr)
        if code:
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            self.assertTrue(done.stderr.startswith("sarai: "), done.stderr)
        self.assertIn(says, done.stderr if code else done.stdout)
        return done

    # -- words ----------------------------------------------------------------------------------------------------

    def test_nothing_to_do_is_wrong_usage(self):
        self.check(2, says="try: sarai help")

    def test_a_mistyped_command_option_word_or_model_is_answered_with_the_nearest_name(self):
        self.check(2, "transcirbe", says="did you mean 'transcribe'?")
        self.check(2, "chat", "--fats", says="did you mean --fast?")
        self.check(2, "models", "verfy", says="did you mean 'verify'?")
        self.check(2, "models", "verify", "silero-vda", says="did you mean 'silero-vad'?")
        self.check(2, "vad", "--vad.treshold=1", "x.wav", says="did you mean 'vad.threshold'?")
        self.check(2, "vad", "--set", "vad.treshold=1", "x.wav", says="did you mean 'vad.threshold'?")

    def test_wrong_usage_says_what_is_expected(self):
        self.check(2, "chat", "-o", "x.wav", says="--in FILE")
        self.check(2, "vad", says="FILE")
        self.check(2, "say", "hola", says="-o FILE.wav")
        self.check(2, "say", "", "-o", "x.wav", *NULL, says="nothing to say")
        self.check(2, "say", "hola", "-o", "x.wav", "--speed", "9", says="from 0.5 to 2")
        self.check(2, "say", "hola", "-o", "x.wav", "--style", "loud", *NULL, says="there are: auto, normal")
        self.check(2, "say", "hola", "-o", "x.wav", "--tts", "loud", says="kokoro|vits|espeak")
        self.check(2, "say", "hola", "-o", "x.wav", "--rate", "1", says="from 8000")
        self.check(2, "say", "hola", "-o", says="needs a value: FILE")
        self.check(2, "say", "hola", "-o", ".", *NULL, says="must be a file")
        self.check(2, "version", "--json=perhaps", says="must be true or false")
        self.check(2, "vad", "--vad.threshold=7", "x.wav", says="from 0 to 1")
        self.check(2, "vad", "--vad.threshold", says="needs a value")
        self.check(2, "vad", "--set", "vad.threshold", "x.wav", says="KEY=VALUE")
        self.check(2, "version", "more", says="too much")
        self.check(2, "bench", "all", says="queue")
        self.check(2, "vad", "-z", "x.wav", says="unknown option -z")

    def test_every_command_has_help_in_both_languages(self):
        for verb in VERBS:
            english = self.check(0, verb, "--help").stdout
            spanish = self.check(0, verb, "--help", LC_ALL="es_ES.UTF-8").stdout
            self.assertIn("Options of every command", english)
            self.assertIn("Opciones de toda orden", spanish)
            self.assertEqual(english, self.check(0, "help", verb).stdout)
            self.assertIn(f"  {verb} ", self.check(0, "help").stdout)
            self.assertIn(f"sarai {verb}", self.check(0, "man").stdout)
        self.assertIn("Opciones", self.check(0, "vad", "-h", LC_ALL="", LC_MESSAGES="es_MX", LANG="en_US").stdout)
        self.assertIn("Options", self.check(0, "vad", "-h", LC_ALL="", LC_MESSAGES="en_US", LANG="es_ES").stdout)

    def test_the_version_is_the_same_everywhere(self):
        version = json.loads(self.check(0, "version", "--json").stdout)["version"]
        self.assertEqual(self.check(0, "--version").stdout, f"sarai {version}\n")

    def test_completions_name_every_command_and_bash_can_read_its_own(self):
        for shell in "bash", "zsh", "fish":
            text = self.check(0, "completion", shell).stdout
            for verb in VERBS:
                self.assertIn(verb, text)
        script = self.write("c.sh", self.check(0, "completion", "bash").stdout +
                            "COMP_WORDS=(sarai cha); COMP_CWORD=1; _sarai; echo ${COMPREPLY[@]}\n"
                            "COMP_WORDS=(sarai say --vo); COMP_CWORD=2; _sarai; echo ${COMPREPLY[@]}\n"
                            "COMP_WORDS=(sarai say --vad.t); COMP_CWORD=2; _sarai; echo ${COMPREPLY[@]}\n")
        done = subprocess.run(["bash", script], capture_output=True, text=True)
        self.assertEqual(done.stdout.split(), ["chat", "--voice", "--vad.threshold="], done.stderr)

    # -- configuration ----------------------------------------------------------------------------------------------

    def value(self, key, *args, **env):
        lines = self.check(0, "config", "--json", *args, **env).stdout.splitlines()
        return {row["key"]: row["value"] for row in map(json.loads, lines)}[key]

    def test_the_printed_configuration_is_a_good_file_and_the_committed_one(self):
        text = self.check(0, "config").stdout
        self.check(0, "config", "--check", self.write("all.yaml", text))
        with open(os.path.join(SOURCE, "config/sarai.yaml"), encoding="utf-8") as file:
            self.assertEqual(file.read(), text)

    def test_a_bad_file_is_named_with_its_line(self):
        bad = self.write("bad.yaml", "vad:\n  treshold: 1\n")
        self.check(3, "config", "--check", bad, says="bad.yaml:2: unknown key 'vad.treshold'; did you mean")
        self.check(3, "vad", "--config", bad, "x.wav", says="bad.yaml:2")
        self.check(3, "vad", "--config", "/nowhere.yaml", "x.wav", says="/nowhere.yaml")
        self.check(3, "vad", "x.wav", SARAI_VAD_THRESHOLD="x", says="SARAI_VAD_THRESHOLD")

    def test_command_line_over_environment_over_file_over_default(self):
        key, env = "vad.threshold", {"SARAI_VAD_THRESHOLD": "0.3"}
        file = ["--config", self.write("a.yaml", "vad:\n  threshold: 0.2\n")]
        self.assertEqual(self.value(key), "0.5")
        self.assertEqual(self.value(key, *file), "0.2")
        self.assertEqual(self.value(key, *file, **env), "0.3")
        self.assertEqual(self.value(key, "--vad.threshold=0.4", *file, **env), "0.4")
        self.assertEqual(self.value(key, "--set", f"{key}=0.6", *file, **env), "0.6")
        self.assertEqual(self.value(key, "--vad.threshold", "0.7", *file, **env), "0.7")

    def test_the_users_file_is_found(self):
        os.makedirs(self.path(".config/sarai"))
        os.makedirs(self.path("xdg/sarai"))
        self.write(".config/sarai/sarai.yaml", "vad:\n  threshold: 0.1\n")
        self.write("xdg/sarai/sarai.yaml", "vad:\n  threshold: 0.9\n")
        self.assertEqual(self.value("vad.threshold"), "0.1")
        self.assertEqual(self.value("vad.threshold", XDG_CONFIG_HOME=self.path("xdg")), "0.9")

    # -- models -----------------------------------------------------------------------------------------------------

    def test_a_missing_model_is_named_with_the_command_that_gets_it(self):
        self.check(4, "vad", self.tone("t.wav", 0.5), says="sarai models pull ")
        done = self.run_it("models", "verify", "silero-vad")
        self.assertEqual(done.returncode, 4)
        self.assertIn("run: sarai models pull silero-vad", done.stderr)
        done = self.run_it("doctor", "--json")
        self.assertEqual(done.returncode, 4)
        checks = {c["name"]: c for c in json.loads(done.stdout)["checks"]}
        self.assertFalse(checks["model silero-vad"]["ok"])
        self.assertIn("sarai models pull silero-vad", checks["model silero-vad"]["remedy"])
        self.assertTrue(checks["data tables"]["ok"])

    def test_models_list_has_a_document_for_each_file(self):
        rows = [json.loads(line) for line in self.check(0, "models", "list", "--json").stdout.splitlines()]
        self.assertTrue({"model", "part", "file", "bytes", "license", "default", "state"} <= set(rows[0]))
        self.assertEqual({row["state"] for row in rows}, {"missing"})

    # -- the omni pipeline; what needs the runtime is in tests/omni ---------------------------------------------------

    def test_omni_says_what_it_needs(self):
        self.check(2, "omni", "run", says="sarai omni run FILE")
        self.check(2, "omni", "talker", "x.npy", says="-o OUT.npy")
        self.check(2, "omni", "quantize", "x.onnx", says="-o OUT.onnx")
        self.check(2, "omni", "fixture", says="sarai omni fixture DIR")
        self.check(2, "omni", "fixtur", says="did you mean 'fixture'?")
        self.check(2, "omni", "run", "a.wav", "b.wav", "-o", "c.wav", says="one file")
        self.check(4, "omni", "run", self.tone("t.wav", 0.2), says="sarai models pull onnxruntime")
        self.check(4, "omni", "check", says="sarai models pull onnxruntime")

    def test_omni_writes_models_of_the_exact_size(self):
        rows = [json.loads(line) for line in self.check(0, "omni", "fixture", "m", "--json").stdout.splitlines()]
        self.assertEqual([row["component"] for row in rows], ["encoder", "talker", "vocoder", "monolithic"])
        self.assertEqual(os.path.getsize(self.path("m/qwen25_7b_audio.onnx.data")), 43126272)
        self.assertEqual(sorted(os.listdir(self.path("m"))),
                         sorted([os.path.basename(row["file"]) for row in rows] + ["qwen25_7b_audio.onnx.data"]))
        self.check(1, "omni", "fixture", "/nowhere/m", says="/nowhere/m")

    def test_omni_has_the_variables_of_its_specification(self):
        for name, key, value in (("AUDIO_PIPELINE_MODE", "pipeline_mode", "monolithic"),
                                 ("TALKER_MODEL_PATH", "talker_path", "t.onnx"),
                                 ("ENCODER_BACKEND", "encoder_backend", "onnx"),
                                 ("VOCODER_BACKEND", "vocoder_backend", "onnx"),
                                 ("AUDIO_MODEL_PATH_FALLBACK", "model_path", "m.onnx"),
                                 ("SAMPLE_RATE", "sample_rate", "22050")):
            self.assertNotEqual(self.value("audio_omni." + key), value)
            self.assertEqual(self.value("audio_omni." + key, **{name: value}), value)
        self.check(3, "config", "--json", AUDIO_PIPELINE_MODE="modulr", says="AUDIO_PIPELINE_MODE")

    # -- work, with null backends --------------------------------------------------------------------------------------

    def test_a_batch_names_the_bad_file_and_does_the_rest(self):
        good, bad = self.tone("good.wav", 0.5), self.write("bad.wav", "this is no sound")
        for verb in "vad", "transcribe", "turn":
            done = self.run_it(verb, "--json", "/nowhere.wav", good, bad, good, *NULL)
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertEqual([json.loads(line)["file"] for line in done.stdout.splitlines()], [good, good])
            self.assertIn("/nowhere.wav", done.stderr)
            self.assertIn("bad.wav", done.stderr)

    def test_a_batch_shows_a_bar_on_a_terminal_and_nowhere_else(self):
        files = [self.tone(f"{i}.wav", 0.2) for i in range(4)]
        for verb in "vad", "transcribe":
            for quiet in [], ["--quiet"]:
                reader, terminal = os.openpty()
                done = subprocess.run([PROGRAM, verb, *files, *NULL, *quiet], stdout=subprocess.PIPE, stderr=terminal,
                                      env=self.env, timeout=60)
                os.close(terminal)
                try:
                    shown = os.read(reader, 100000)
                except OSError:  # nothing was written
                    shown = b""
                os.close(reader)
                self.assertEqual(done.returncode, 0)
                for bar in b"[....................]   0 % 1/4", b"[##########..........]  50 % 3/4":
                    self.assertEqual(bar in shown, not quiet, shown)
            self.assertEqual(self.check(0, verb, *files, *NULL).stderr, "")

    def test_a_batch_says_of_each_bad_file_what_is_wrong_with_it(self):
        good, cut = self.tone("good.wav", 0.5), self.tone("cut.wav", 2)
        os.truncate(cut, 20000)
        self.tone("nothing.wav")
        os.mkdir(self.path("folder.wav"))
        reasons = {"missing.wav": "No such file", self.write("text.wav", "this is no sound"): "not a sound file",
                   self.write("empty.wav", ""): "is empty", cut: "cut off", self.path("nothing.wav"): "holds no sound",
                   self.write("picture.ppm", "P3\n1 1\n255\n255 0 0\n"): "holds no sound",
                   self.path("folder.wav"): "is a folder"}
        if os.geteuid():  # root may read everything
            os.chmod(self.tone("mine.wav", 0.1), 0)
            reasons[self.path("mine.wav")] = "Permission denied"
        done = self.run_it("vad", "--json", *reasons, good, *NULL)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertEqual([json.loads(line)["file"] for line in done.stdout.splitlines()], [good])
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), len(reasons), done.stderr)
        for line, (name, reason) in zip(lines, reasons.items()):
            self.assertIn(f"{name}: ", line)
            self.assertIn(reason, line)

    def test_three_hours_take_no_more_memory_than_a_minute(self):
        def peak_mb(seconds):
            path = self.path(f"{seconds}.wav")
            with open(path, "wb") as file:  # 8 kHz; the silence is a hole in the file
                size = seconds * 16000
                file.write(struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, 1, 8000, 16000,
                                       2, 16, b"data", size))
                file.truncate(44 + size)
            process = subprocess.Popen([PROGRAM, "vad", "--json", path, *NULL], stdout=subprocess.PIPE, env=self.env)
            row = json.loads(process.stdout.read())
            process.stdout.close()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self.assertEqual(process.returncode, 0)
            self.assertAlmostEqual(row["duration_s"], seconds, 0)
            return usage.ru_maxrss / 1024
        minute, hours = peak_mb(60), peak_mb(3 * 3600)
        print(f"a minute: {minute:.1f} MB, three hours: {hours:.1f} MB", file=sys.stderr)
        self.assertLess(hours - minute, 8)

    def test_vad_and_transcribe_have_their_fields(self):
        sound = self.tone("t.wav", 1)
        row = json.loads(self.check(0, "vad", "-j", sound, *NULL).stdout)
        self.assertAlmostEqual(row["duration_s"], 2, 1)
        self.assertAlmostEqual(row["segments"][0]["start_s"], 0, 0)
        self.assertIn("us_per_frame", row)
        row = json.loads(self.check(0, "transcribe", "-j", sound, *NULL, "--stt.script=hola").stdout)
        self.assertTrue({"file", "text", "language", "duration_s", "decode_s", "rtf", "segments"} <= set(row))
        self.assertEqual(row["text"], "hola")

    def test_turn_tells_the_pause_and_waits_longer_in_doubt(self):
        """Without the models the table still reads words: "de" ends no turn."""
        rows = {}
        for name, text, sounds in (("over", "Hasta luego.", (1, -1)), ("cut", "quiero una caja de", (1,)),
                                   ("long", "quiero una caja de", (1, -1))):
            sound = self.tone(name + ".wav", *sounds)
            rows[name] = json.loads(self.check(0, "turn", "-j", sound, *NULL, "--stt.script=" + text).stdout)
            self.assertEqual(set(rows[name]), {"file", "over", "draft", "audio", "text", "pause_ms", "wait_ms"})
            self.assertEqual((rows[name]["draft"], rows[name]["audio"]), (text, None))
        self.assertAlmostEqual(rows["cut"]["pause_ms"], 1000, delta=40)
        self.assertGreater(rows["over"]["text"], 0.8)
        self.assertLess(rows["cut"]["text"], 0.2)
        self.assertGreaterEqual(rows["over"]["over"], 0.5)
        self.assertLess(rows["cut"]["over"], 0.5)
        self.assertGreaterEqual(rows["long"]["over"], 0.5)  # nobody waits for ever

    def test_without_its_table_the_turn_ends_after_a_fixed_silence(self):
        sound = self.tone("t.wav", 1)
        for end_ms, over in ("900", 1), ("1100", 0):
            done = self.check(0, "turn", "-j", sound, *NULL, "--model.share=" + self.path("empty"), "--turn.end-ms=" + end_ms)
            row = json.loads(done.stdout)
            self.assertEqual((row["over"], row["text"]), (over, None))
            self.assertIn("turn_end.tsv", done.stderr)

    def test_learning_needs_to_know_what_and_its_models(self):
        self.check(2, "learn", "train", says="learn train turn")
        self.check(2, "learn", "train", "nothing", says="learn train turn")
        self.assertEqual(self.run_it("learn", "train", "turn").returncode, 4)

    def test_say_writes_a_whole_file_or_none(self):
        row = json.loads(self.check(0, "say", "-j", "hola,", "mundo", "-o", "s.wav", *NULL).stdout)
        self.assertTrue({"file", "audio_s", "synth_s", "rtf", "first_audio_ms", "sample_rate"} <= set(row))
        with wave.open(self.path("s.wav")) as file:
            self.assertEqual(file.getframerate(), row["sample_rate"])
            self.assertAlmostEqual(file.getnframes() / file.getframerate(), row["audio_s"], 2)
        self.check(0, "say", "-", "-o", "s2.wav", *NULL, stdin="hola\n")
        row = json.loads(self.check(0, "say", "-j", "--rate", "44100", "--style", "calmado", "hola", "-o", "s3.wav",
                                    *NULL).stdout)
        self.assertEqual(row["sample_rate"], 44100)
        self.check(1, "say", "hola", "-o", "/nowhere/s.wav", *NULL, says="/nowhere/s.wav")
        self.assertEqual(sorted(os.listdir(self.folder.name)), ["s.wav", "s2.wav", "s3.wav"])

    def test_ask_answers_each_line(self):
        row = json.loads(self.check(0, "ask", "-j", "¿cómo", "te", "llamas?", *NULL).stdout)
        self.assertTrue({"text", "route", "intent", "confidence", "reply", "sources", "ms"} <= set(row))
        self.assertEqual(row["route"], "template")
        for args in ["-"], []:
            done = self.check(0, "ask", "-j", *args, *NULL, stdin="hola\n\n¿cómo te llamas?\n")
            self.assertEqual([json.loads(r)["text"] for r in done.stdout.splitlines()], ["hola", "¿cómo te llamas?"])

    def test_memory_takes_files_and_answers_from_them(self):
        notes = self.write("casa.md", "# Llaves\nLas llaves del garaje están en el cajón azul.\n\n# Wifi\n"
                                      "La clave del wifi es naranja.\n")
        self.check(3, "memory", "list", says="nothing is remembered yet")
        done = self.check(0, "memory", "add", "--json", notes)
        self.assertEqual(json.loads(done.stdout), {"file": notes, "passages": 2})
        rows = [json.loads(line) for line in self.check(0, "memory", "list", "--json").stdout.splitlines()]
        self.assertEqual([(row["id"], row["title"]) for row in rows], [("casa.md#1", "Llaves"), ("casa.md#2", "Wifi")])
        found = json.loads(self.check(0, "memory", "search", "-k", "1", "--json", "¿Y las llaves del garaje?").stdout)
        self.assertEqual([hit["id"] for hit in found["hits"]], ["casa.md#1"])
        self.assertGreater(found["ms"], 0)
        self.assertEqual(2, len(self.check(0, "memory", "search", "--json", stdin="llaves\n\nwifi\n").stdout.splitlines()))
        answer = json.loads(self.check(0, "ask", "--json", *NULL, "¿Dónde están las llaves del garaje?").stdout)
        self.assertEqual((answer["route"], answer["sources"]), ("knowledge", ["casa.md#1"]))
        self.assertIn("cajón azul", answer["reply"])

        self.write("casa.md", "# Llaves\nLas llaves del garaje cuelgan en la entrada.\n")  # shorter than it was
        self.check(0, "memory", "add", notes)
        self.assertEqual(["casa.md#1"], [json.loads(line)["id"] for line in
                                         self.check(0, "memory", "list", "--json").stdout.splitlines()])
        self.check(0, "memory", "forget", "casa.md#1")
        self.check(3, "memory", "forget", "casa.md#1", says="no such id")
        self.assertEqual("", self.check(0, "memory", "list").stdout)
        self.check(2, "memory", "add", says="say what to add")
        self.check(2, "memory", "forget", says="say what to forget")

    def test_a_bad_note_is_named_with_its_line_and_the_others_are_kept(self):
        good = self.write("good.txt", "El perro se llama Rayo.")
        bad = self.write("bad.jsonl", '{"id": 1, "text": "uno"}\n{"id": 2}\n')
        done = self.run_it("memory", "add", bad, self.path("none.txt"), good, "--db", self.path("own.db"))
        self.assertEqual(done.returncode, 3)
        self.assertIn("line 2", done.stderr)
        self.assertIn("none.txt", done.stderr)
        kept = self.check(0, "memory", "list", "--json", "--db", self.path("own.db")).stdout.splitlines()
        self.assertEqual(["1", "good.txt#1"], [json.loads(line)["id"] for line in kept])
        self.check(3, "ask", *NULL, "--db", self.path("none.db"), "hola", says="none.db")
        self.write("text.db", "no database " * 100)
        self.check(1, "ask", *NULL, "--db", self.path("text.db"), "hola", says="text.db")

    def test_a_memory_survives_a_killed_process(self):
        notes = self.write("many.jsonl", "".join(json.dumps({"id": i, "text": f"La nota {i} trata del asunto{i}."}) + "\n"
                                                 for i in range(20000)))
        adding = subprocess.Popen([PROGRAM, "memory", "add", notes, "--quiet"], env=self.env, cwd=self.folder.name)
        database = self.path(".local/share/sarai/memory.db-wal")
        for _ in range(1000):
            time.sleep(0.01)
            if os.path.exists(database) and os.path.getsize(database) > 100000:
                break
        adding.kill()
        self.assertEqual(adding.wait(), -signal.SIGKILL)
        kept = [json.loads(line)["id"] for line in self.check(0, "memory", "list", "--json").stdout.splitlines()]
        self.assertTrue(0 < len(kept) < 20000, len(kept))
        self.assertEqual(kept, [str(i) for i in range(len(kept))])
        last = f"asunto{len(kept) - 1}"
        found = json.loads(self.check(0, "memory", "search", "-k", "1", "--json", last).stdout)
        self.assertEqual([hit["id"] for hit in found["hits"]], kept[-1:])

    def test_split_and_normalize_read_a_file_or_stdin(self):
        done = self.check(0, "split", "-j", stdin="El Sr. Ruiz vino. ¿Y tú?\nYo no.")
        self.assertEqual(json.loads(done.stdout)["sentences"], ["El Sr. Ruiz vino.", "¿Y tú?", "Yo no."])
        file = self.write("t.txt", "Son 21 casas.\n\nA las 10:30.")
        done = self.check(0, "normalize", file)
        self.assertEqual(done.stdout, "Son veintiuna casas.\n\nA las diez y media.\n")
        rows = [json.loads(line) for line in self.check(0, "normalize", "-", "-j", stdin="2 km\n3").stdout.splitlines()]
        self.assertEqual(rows, [{"written": "2 km", "spoken": "dos kilómetros"}, {"written": "3", "spoken": "tres"}])
        done = self.check(0, "normalize", "--tts.voice=af_heart", stdin="It costs $5.50.")
        self.assertEqual(done.stdout, "It costs five dollars and fifty cents.\n")
        self.check(3, "normalize", "/nowhere.txt", says="/nowhere.txt")

    CHAT = ["turn", "heard", "route", "intent", "reply", "ttfa_ms", "endpoint_ms", "stt_ms", "route_ms",
            "first_token_ms", "gaps_ms", "interrupted", "stop_ms", "heard_reply"]

    def test_chat_answers_file_after_file(self):
        one, two = self.tone("1.wav", 0.8), self.tone("2.wav", 0.8)
        done = self.check(0, "chat", "--fast", "--json", "--in", one, two, "-o", "r.wav", *NULL,
                          "--stt.script=¿cómo te llamas?")
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([row["turn"] for row in rows], [1, 2])
        for row in rows:
            self.assertEqual([name for name in self.CHAT if name not in row], [])
            self.assertEqual(row["heard"], "¿cómo te llamas?")
            self.assertEqual(row["route"], "template")
            self.assertGreater(row["ttfa_ms"], 0)
        self.assertGreater(os.path.getsize(self.path("r.wav")), 10000)
        self.assertEqual(sorted(os.listdir(self.folder.name)), ["1.wav", "2.wav", "r.wav"])
        again = self.run_it("chat", "--fast", "--json", "-i", one, "-i", two, "-o", "r.wav", *NULL,
                            "--stt.script=¿cómo te llamas?")
        self.assertEqual(again.stdout, done.stdout)
        plain = self.check(0, "chat", "-f", one, *NULL, "--stt.script=¿cómo te llamas?").stdout
        self.assertIn("Sarai: ", plain)
        self.assertIn("#", plain)

    def test_chat_ends_when_nothing_is_said_and_names_a_bad_file(self):
        done = self.check(0, "chat", "-j", "-f", "--in", self.tone("s.wav", -2), *NULL)
        row = json.loads(done.stdout)
        self.assertEqual(row["heard"], "")
        self.assertIsNone(row["ttfa_ms"])
        done = self.run_it("chat", "-j", "-f", "/nowhere.wav", self.tone("t.wav", 0.8), *NULL, "--stt.script=hola")
        self.assertEqual(done.returncode, 3)
        self.assertEqual(len(done.stdout.splitlines()), 1)
        self.assertIn("/nowhere.wav", done.stderr)

    def test_demo_leaves_sound_records_and_a_page(self):
        done = self.run_it("demo", "--fast", "--json", *NULL, "--stt.script=¿cómo te llamas?|¿qué es un agujero negro?")
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([row["name"] for row in rows], ["short", "explanation"])
        for row in rows:
            self.assertIn("pass", row)
            self.assertTrue(set(self.CHAT) <= set(row["turns"][0]))
            for kind in "question", "answer":
                self.assertGreater(os.path.getsize(self.path(f"out/demo/{row['name']}-{kind}.wav")), 1000)
        self.assertTrue(rows[0]["pass"])
        with open(self.path("out/demo/timeline.jsonl"), encoding="utf-8") as file:
            self.assertEqual(file.read(), done.stdout)
        with open(self.path("out/demo/index.html"), encoding="utf-8") as file:
            page = file.read()
        self.assertIn('class="track"', page)
        self.assertIn('src="short-answer.wav"', page)
        self.assertNotIn("http", page)

    def test_verbose_tells_what_was_loaded_and_quiet_by_default(self):
        done = self.run_it("ask", "--verbose", "hola", *NULL)
        self.assertEqual(done.returncode, 0)
        self.assertIn("sarai: info: brain: ready after", done.stderr)
        self.assertEqual(self.run_it("ask", "hola", *NULL).stderr, "")

    # -- ends -------------------------------------------------------------------------------------------------------

    def test_an_interruption_ends_with_130_and_leaves_nothing(self):
        sound = self.tone("t.wav", 5)
        process = subprocess.Popen([PROGRAM, "chat", "--in", sound, "-o", "r.wav", *NULL], cwd=self.folder.name,
                                   env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 20
        while len(os.listdir(self.folder.name)) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
        self.assertEqual((process.returncode, out, err), (130, b"", b""))
        self.assertEqual(os.listdir(self.folder.name), ["t.wav"])

    def test_a_closed_or_full_stdout_is_no_crash(self):
        done = subprocess.run(f"{PROGRAM} config --json | head -n 1", shell=True, executable="/bin/bash",
                              capture_output=True, text=True, env=self.env)
        self.assertEqual(done.stderr, "")
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run([PROGRAM, "config", "--json"], stdout=write, stderr=subprocess.PIPE, env=self.env)
        os.close(write)
        self.assertEqual((done.returncode, done.stderr), (1, b""))
        with open("/dev/full", "wb") as full:
            done = subprocess.run([PROGRAM, "config"], stdout=full, stderr=subprocess.PIPE, env=self.env)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"No space left", done.stderr)

    def test_a_benchmark_prints_a_figure(self):
        for bench in ["queue"], ["vad", *NULL]:
            row = json.loads(self.check(0, "bench", *bench, "--json").stdout.splitlines()[0])
            self.assertTrue({"bench", "figure", "value", "unit", "baseline", "ratio", "runs"} <= set(row))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
