#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A conversation through a real sound server: run.py SARAI

Starts a PulseAudio of its own with two null sinks. What is played into `micbus` is a person speaking, for its monitor is
the microphone; what arrives at `spk` is what the loudspeaker says. Then the server is killed while somebody speaks, and
started again. Everything has a time limit.
"""
import json
import os
import queue
import re
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PROGRAM = os.path.abspath(sys.argv[1])
TOOLS = ["pulseaudio", "pactl", "paplay", "parec"]
STILL_S = 0.03  # the shortest buffer between the loudspeaker and the microphone


def models():
    data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return os.environ.get("SARAI_MODELS_DIR") or os.path.join(data, "sarai/models")


def wait(what, condition, limit=20):
    """Until `condition` gives something; its result."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.1)
    raise AssertionError(f"after {limit} s: still waiting for {what}")


class Server:
    """PulseAudio in a folder of its own."""

    def __init__(self, folder):
        self.folder, self.process = folder, None
        self.socket = os.path.join(folder, "native")
        with open(os.path.join(folder, "client.conf"), "w") as file:
            file.write("autospawn = no\n")
        self.offer()
        self.env = {"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": folder, "XDG_RUNTIME_DIR": folder,
                    "PULSE_SERVER": f"unix:{self.socket}", "PULSE_CLIENTCONFIG": os.path.join(folder, "client.conf"),
                    "SARAI_MODELS_DIR": models()}

    def offer(self, *microphones):
        """Devices that are there from now on, beside the server's own."""
        path = os.path.join(self.folder, ".asoundrc")
        with open(path + ".new", "w") as file:
            file.write("pcm.!default pulse\nctl.!default pulse\n")
            file.writelines(f"pcm.{name} {{ type pulse device mic }}\n" for name in microphones)
        os.replace(path + ".new", path)

    def run(self, *command, limit=60):
        return subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=limit)

    def start(self):
        loads = [f"module-native-protocol-unix socket={self.socket} auth-anonymous=1",
                 "module-null-sink sink_name=spk rate=48000", "module-null-sink sink_name=micbus rate=48000",
                 "module-remap-source source_name=mic master=micbus.monitor"]
        with open(os.path.join(self.folder, "pulse.log"), "w") as log:
            self.process = subprocess.Popen(
                ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"] +
                [f"--load={load}" for load in loads], env=self.env, stdout=log, stderr=log)
        wait("PulseAudio", lambda: self.run("pactl", "set-default-sink", "spk").returncode == 0)
        self.run("pactl", "set-default-source", "mic")

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def streams(self):
        """Does a program record, does one play?"""
        return ["protocol-native.c" in self.run("pactl", "list", "short", kind).stdout
                for kind in ("source-outputs", "sink-inputs")]

    def echo(self, delay_ms, percent):
        """From now on the microphone hears the loudspeaker, so late and so loud."""
        self.run("pactl", "unload-module", "module-loopback")
        done = self.run("pactl", "load-module", "module-loopback", "source=spk.monitor", "sink=micbus",
                        f"latency_msec={delay_ms}", "adjust_time=0")
        listed = self.run("pactl", "list", "short", "sink-inputs").stdout
        number = next(line.split()[0] for line in listed.splitlines() if "module-loopback" in line)
        self.run("pactl", "set-sink-input-volume", number, f"{percent}%")
        return done.returncode == 0

    def card_ms(self):
        """What waits in the loudspeaker's own buffers."""
        listed = self.run("pactl", "list", "sink-inputs").stdout
        return sum(int(us) for us in re.findall(r"(?:Buffer|Sink) Latency: (\d+) usec", listed)) / 1000

    def play(self, path):
        """Somebody speaks; returns at once."""
        return subprocess.Popen(["paplay", "-d", "micbus", path], env=self.env, stderr=subprocess.DEVNULL)

    def say(self, path):
        self.play(path).wait(20)

    def listen(self):
        return Ear(self)

    def record(self, path):
        return subprocess.Popen(["parec", "-d", "spk.monitor", "--file-format=wav", path], env=self.env)


class Ear:
    """Hears the loudspeaker and knows when it was last loud."""

    def __init__(self, server):
        command = ["parec", "-d", "spk.monitor", "--raw", "--format=s16le", "--rate=48000", "--channels=1",
                   "--latency-msec=5"]
        self.process = subprocess.Popen(command, env=server.env, stdout=subprocess.PIPE)
        self.loud = 0.0
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while True:
            data = os.read(self.process.stdout.fileno(), 65536)
            now = time.monotonic()
            if not data:
                break
            samples = struct.unpack(f"<{len(data) // 2}h", data[:len(data) // 2 * 2])
            last = max((i for i, value in enumerate(samples) if abs(value) > 60), default=-1)
            if last >= 0:
                self.loud = now - (len(samples) - 1 - last) / 48000

    def close(self):
        self.process.kill()
        self.process.wait(10)
        self.thread.join(10)
        self.process.stdout.close()


class Misheard(AssertionError):
    """Something was understood, but not what was said."""


class Clock:
    """Knows when the machine last stood still: then the sound server dropped sound, and no ear could make sense of it."""

    def __init__(self):
        self.stood_still, self.running = 0.0, True
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        last = time.monotonic()
        while self.running:
            time.sleep(0.01)
            now = time.monotonic()
            if now - last > 0.01 + STILL_S:
                self.stood_still = now
            last = now

    def close(self):
        self.running = False
        self.thread.join(10)


class Talk:
    """A running `sarai talk --json`."""

    def __init__(self, server, *options):
        # Without the language model, whose wording may vary, a fact is always answered by the same sentence. Nothing
        # is rendered beside the conversation, whose own work is measured.
        command = [PROGRAM, "talk", "--llm.backend=none", "--speech.bank=read", "--json", *options]
        self.process = subprocess.Popen(command, env=server.env, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.events, self.seen, self.errors = queue.Queue(), [], []
        self.readers = [threading.Thread(target=target) for target in (self.read_events, self.read_errors)]
        for reader in self.readers:
            reader.start()

    def close(self):
        self.process.kill()
        self.process.wait(10)
        for reader in self.readers:
            reader.join(10)
        self.process.stdout.close()
        self.process.stderr.close()

    def read_events(self):
        for line in self.process.stdout:
            self.events.put(dict(json.loads(line), read=time.monotonic()))

    def read_errors(self):
        for line in self.process.stderr:
            self.errors.append(line.rstrip("\n"))

    def expect(self, what, fits, limit=40):
        """The next event that fits."""
        end = time.monotonic() + limit
        while time.monotonic() < end:
            try:
                event = self.events.get(timeout=0.5)
            except queue.Empty:
                continue
            self.seen.append(event)
            if fits(event):
                return event
        raise AssertionError(f"after {limit} s: no {what}; seen: {json.dumps(self.seen)}; stderr: {self.errors}")

    def expect_all(self, *wanted, limit=40):
        """Events by name, or by name and text, in any order."""
        missing, end = set(wanted), time.monotonic() + limit

        def found(event):
            return {event["event"], (event["event"], event.get("text"))} & missing
        while missing:
            missing -= found(self.expect(f"{missing}", found, end - time.monotonic()))

    def calm(self, quiet_s=4, limit=60):
        """Passes over what happens until nothing does."""
        end = time.monotonic() + limit
        while time.monotonic() < end:
            try:
                self.seen.append(self.events.get(timeout=quiet_s))
            except queue.Empty:
                return

    def cpu_s(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Devices(unittest.TestCase):
    def setUp(self):
        for tool in TOOLS:
            self.assertTrue(shutil.which(tool), f"{tool} is missing; run: make setup")
        folder = tempfile.TemporaryDirectory(prefix="sarai-devices-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.server = Server(self.folder)
        self.addCleanup(self.server.kill)

    def path(self, name):
        return os.path.join(self.folder, name)

    def question(self, name, text):
        done = self.server.run(PROGRAM, "say", "--quiet", "--voice", "em_alex", "-o", self.path(name), text)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.path(name)

    def cleaned_up(self, process):
        self.addCleanup(process.wait, 10)
        self.addCleanup(process.kill)
        return process

    def what_the_loudspeaker_said(self, recorder, name):
        time.sleep(0.5)
        recorder.terminate()
        recorder.wait(10)
        done = self.server.run(PROGRAM, "transcribe", "--json", self.path(name))
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["text"]

    def test_devices_are_listed_and_chosen_by_number_and_by_part_of_a_name(self):
        self.server.start()

        def listed(*args):
            done = self.server.run(PROGRAM, "devices", "--json", *args)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            return {row["name"]: row for row in map(json.loads, done.stdout.splitlines())}
        rows = listed()
        self.assertTrue(rows["default"]["is_input"] and rows["default"]["is_output"], rows)
        self.assertGreater(rows["pulse"]["inputs"], 0)
        self.assertFalse(rows["pulse"]["is_input"])
        self.assertTrue(listed("--capture.device=PUL")["pulse"]["is_input"])
        number = rows["pulse"]["number"]
        self.assertTrue(listed(f"--playback.device={number}")["pulse"]["is_output"])
        self.assertFalse(any(row["is_input"] for row in listed("--capture.device=trumpet").values()))

    def test_without_a_device_one_line_says_so(self):
        for args in [], ["--capture.device=trumpet"]:
            done = self.server.run(PROGRAM, "talk", *args)
            self.assertEqual((done.returncode, done.stderr.count("\n")), (1, 1), done.stderr)
            self.assertIn("sarai devices", done.stderr)
        done = self.server.run(PROGRAM, "devices", "--json")
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_a_barge_in_silences_the_loudspeaker_at_once(self):
        story = self.question("story.wav", "¿Qué es un agujero negro?")
        stop = self.question("stop.wav", "Espera un momento, por favor, que no te entiendo.")
        self.server.start()
        # Nothing is learned of a room without an echo; a whole clause at once sounds for long enough on any machine.
        talk = Talk(self.server, "--aec.backend=off", "--speech.first-max-chars=0")
        self.addCleanup(talk.close)
        wait("the conversation", lambda: any("Ctrl-C" in line for line in talk.errors), 60)
        ear = self.server.listen()
        self.addCleanup(ear.close)
        beyond_ms = []
        for _ in range(8):
            if len(beyond_ms) == 3:
                break
            self.server.say(story)
            talk.expect("answer", lambda event: event["event"] == "audio_started")
            time.sleep(1)
            wait("the answer", lambda: time.monotonic() - ear.loud < 0.15)  # and no pause in it
            card_ms = self.server.card_ms()
            self.cleaned_up(self.server.play(stop))
            held = talk.expect("hold", lambda event: event["event"] == "held")
            turn = talk.expect("record", lambda event: event["event"] == "turn" and event["interrupted"])
            time.sleep(0.2)
            heard_ms = (ear.loud - held["read"]) * 1000
            self.assertTrue(turn["reply"].startswith(turn["heard_reply"]))
            talk.expect("own answer", lambda event: event["event"] == "turn")
            if turn["stop_ms"] is None:
                continue  # between two sentences it was silent anyway
            print(f"silent {heard_ms:.0f} ms after the decision at the monitor, {turn['stop_ms']:.0f} ms by the record; "
                  f"{card_ms:.0f} ms are the card's", file=sys.stderr)
            beyond_ms.append(max(heard_ms, turn["stop_ms"]) - card_ms)
        self.assertLessEqual(statistics.median(beyond_ms), 30)

    def answered(self, talk, path, word):
        """The machine answers, and never takes itself for somebody."""
        self.server.say(path)
        turn = talk.expect("answer", lambda event: event["event"] == "turn")
        self.assertFalse(turn["interrupted"], turn)
        time.sleep(1.5)
        own = [event for event in list(talk.events.queue) if event["event"] == "speech_started"]
        self.assertEqual([], own, f"it answers itself; before: {json.dumps(talk.seen[-12:])}")
        if word not in turn["heard"].lower():
            raise Misheard(f"{word}: {turn}")

    def interrupted(self, talk, story, stop):
        self.server.say(story)
        talk.expect("answer", lambda event: event["event"] == "audio_started")
        time.sleep(2)
        self.cleaned_up(self.server.play(stop))
        turn = talk.expect("interruption", lambda event: event["event"] == "turn")
        self.assertTrue(turn["interrupted"], turn)
        answer = talk.expect("answer to it", lambda event: event["event"] == "turn")
        time.sleep(1)
        if "agujero" not in turn["heard"] or "momento" not in answer["heard"].lower():
            raise Misheard(f"{turn}, {answer}")

    def in_real_time(self, clock, talk, happens, *args):
        """What fails while the machine stands still is tried again, and so is what was misheard, for the sound server
        drops sound now and then; true unless the machine stood still each time."""
        for left in range(3, -1, -1):
            began = time.monotonic()
            try:
                happens(talk, *args)
                return True
            except AssertionError as failure:
                still = clock.stood_still >= began
                if not still and not (left and isinstance(failure, Misheard)):
                    raise
                print(f"{'the machine stood still' if still else 'misheard'}, once more: {str(failure)[:200]}",
                      file=sys.stderr)
                talk.calm()
        return False

    def test_over_an_echo_that_changes_it_answers_ten_questions_never_itself_and_is_interrupted(self):
        asked = [("llamas", "¿Cómo te llamas?"), ("capital", "¿Cuál es la capital de Francia?"),
                 ("hacer", "¿Qué sabes hacer?"), ("gracias", "Muchas gracias."), ("tal", "Hola, ¿qué tal estás?")]
        files = [(word, self.question(f"{word}.wav", text)) for word, text in asked]
        story = self.question("story.wav", "¿Qué es un agujero negro?")
        stop = self.question("stop.wav", "Espera un momento, por favor, que no te entiendo.")
        self.server.start()
        talk = Talk(self.server)
        self.addCleanup(talk.close)
        clock = Clock()
        self.addCleanup(clock.close)
        wait("the conversation", lambda: any("Ctrl-C" in line for line in talk.errors), 60)
        judged = []
        # How late and how loud the echo is, other than before for each answer.
        rooms = [(30, 60), (150, 40), (80, 90), (200, 70), (30, 40), (120, 90), (60, 50), (150, 80), (80, 40), (30, 90)]
        for number, (delay_ms, percent) in enumerate(rooms):
            self.assertTrue(self.server.echo(delay_ms, percent))
            word, path = files[number * 3 % 5]
            judged.append(self.in_real_time(clock, talk, self.answered, path, word))
            if number % 4 == 1:
                judged.append(self.in_real_time(clock, talk, self.interrupted, story, stop))
        names = [event["event"] for event in talk.seen]
        print(", ".join(f"{name}: {names.count(name)}" for name in ("ducked", "held", "restored", "interrupted")) +
              f"; {judged.count(False)} of {len(judged)} could not be judged", file=sys.stderr)

    def test_a_conversation_survives_the_death_of_the_sound_server(self):
        name, capital = self.question("name.wav", "¿Cómo te llamas?"), self.question(
            "capital.wav", "¿Cuál es la capital de Francia?")
        self.server.start()
        talk = Talk(self.server)
        self.addCleanup(talk.close)
        wait("the conversation", lambda: any("Ctrl-C" in line for line in talk.errors), 60)

        recorder = self.cleaned_up(self.server.record(self.path("first.wav")))
        self.server.say(name)
        turn = talk.expect("answer", lambda event: event["event"] == "turn")
        self.assertIn("llamas", turn["heard"])
        self.assertIn("Sarai", turn["heard_reply"])
        self.assertIn("llamo", self.what_the_loudspeaker_said(recorder, "first.wav"))
        names = [event["event"] for event in talk.seen]
        for wanted in "speech_started", "speech_stopped", "final", "reply", "audio_started", "turn":
            self.assertIn(wanted, names)

        self.cleaned_up(self.server.play(capital))
        talk.expect("speech", lambda event: event["event"] == "speech_started")
        self.server.kill()
        talk.expect_all(("device_lost", "capture"), ("device_lost", "playback"), "speech_stopped", limit=15)
        time.sleep(2)  # what was said is still decoded
        before = talk.cpu_s()
        time.sleep(2)
        self.assertLess(talk.cpu_s() - before, 0.6, "waiting for a device costs more than it should")
        self.assertIsNone(talk.process.poll())
        self.server.start()
        talk.expect_all(("device_back", "capture"), ("device_back", "playback"), "turn", limit=20)

        recorder = self.cleaned_up(self.server.record(self.path("second.wav")))
        self.server.say(capital)
        turn = talk.expect("answer after the return",
                           lambda event: event["event"] == "turn" and "Francia" in event["heard"])
        self.assertIn("París", turn["heard_reply"])
        self.assertIn("París", self.what_the_loudspeaker_said(recorder, "second.wav"))

        talk.process.send_signal(signal.SIGINT)
        self.assertEqual(talk.process.wait(5), 130)
        noise = [line for line in talk.errors if not line.startswith(("Microphone:", "Speak", "sarai: the "))]
        self.assertEqual(noise, [])
        print(f"answered after {turn['ttfa_ms']:.0f} ms; the program took {before:.1f} s of a processor", file=sys.stderr)

    def test_a_microphone_that_comes_back_is_found_while_the_loudspeaker_is_in_use(self):
        name = self.question("name.wav", "¿Cómo te llamas?")
        self.server.offer("usbmic")
        self.server.start()
        talk = Talk(self.server, "--capture.device=usbmic")
        self.addCleanup(talk.close)
        wait("the conversation", lambda: any("Ctrl-C" in line for line in talk.errors), 60)
        self.server.kill()
        talk.expect_all(("device_lost", "capture"), ("device_lost", "playback"), limit=15)
        self.server.offer()
        self.server.start()
        talk.expect_all(("device_back", "playback"), limit=20)
        time.sleep(3)
        self.assertEqual(self.server.streams(), [False, True])
        self.server.offer("usbmic")
        talk.expect_all(("device_back", "capture"), limit=20)
        wait("both streams", lambda: all(self.server.streams()), 5)
        self.server.say(name)
        turn = talk.expect("answer", lambda event: event["event"] == "turn" and "llamas" in event["heard"])
        self.assertIn("Sarai", turn["heard_reply"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
