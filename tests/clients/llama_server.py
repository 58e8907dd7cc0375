#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The remote language model against llama.cpp's own server: llama_server.py SARAI TOOLS_FOLDER

The server is the one that tools/llama-server builds from the engine's own source; without it the test is skipped, and
says so. Null backends stand in for ears and voice. The server is killed in the middle of an answer by a proxy that reads
along.
"""
import http.client
import http.server
import json
import math
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import wave

PROGRAM, TOOLS = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
MODEL = "smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf"
ENGLISH = ["--brain.language=en", "--brain.meaning=words", "--llm.model=" + MODEL, "--llm.answer_ms=0"]
NULL = ["--vad.backend=null", "--stt.backend=null", "--tts.backend=null", "--turn.end=pause", "--speech.bank=off"]
SKIPPED = 77


def models():
    data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return os.environ.get("SARAI_MODELS_DIR") or os.path.join(data, "sarai/models")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Proxy(http.server.BaseHTTPRequestHandler):
    """Hands the stream on, and kills the server when a sentence of it is over."""
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(json.loads(body))
        self.close_connection = True
        peer = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            peer.request("POST", self.path, body, {"Content-Type": "application/json"})
            answer = peer.getresponse()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.end_headers()
            text = ""
            for line in answer:
                self.wfile.write(line)
                self.wfile.flush()
                if line.startswith(b"data: {"):
                    for choice in json.loads(line[6:])["choices"]:
                        text += choice["delta"].get("content") or ""
                if self.server.victim and re.search(r"[.!?]\s+\S+\s", text):
                    self.server.victim.kill()
        except (OSError, http.client.HTTPException):
            pass  # as for the client: the answer broke off
        finally:
            peer.close()

    def log_message(self, *_):
        pass


class LlamaServer(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        port = free_port()
        self.server = subprocess.Popen([SERVER, "-m", os.path.join(models(), MODEL), "--host", "127.0.0.1", "--port",
                                        str(port), "-c", "2048", "-np", "1", "-t", "1", "--temp", "0"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.server.wait)
        self.addCleanup(self.server.kill)
        self.proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
        self.proxy.port, self.proxy.victim, self.proxy.asked = port, None, []
        threading.Thread(target=self.proxy.serve_forever, daemon=True).start()
        self.addCleanup(self.proxy.server_close)
        self.addCleanup(self.proxy.shutdown)
        for _ in range(600):
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            try:
                client.request("GET", "/health")
                if client.getresponse().status == 200:
                    return
            except OSError:
                pass
            finally:
                client.close()
            time.sleep(0.1)
        self.fail("the server does not start")

    def remote(self):
        return ["--llm.backend=remote", f"--llm.url=http://127.0.0.1:{self.proxy.server_address[1]}/v1"]

    def tone(self, name):
        path = os.path.join(self.folder.name, name)
        with wave.open(path, "wb") as file:
            file.setparams((1, 2, 16000, 0, "NONE", ""))
            file.writeframes(b"".join(struct.pack("<h", int(12000 * math.sin(i / 6)) if i < 12800 else 0)
                                      for i in range(25600)))
        return path

    def run_it(self, *args):
        done = subprocess.run([PROGRAM, *args], capture_output=True, text=True, timeout=240, cwd=self.folder.name)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_it_answers_as_the_model_in_process_does(self):
        for place in [], self.remote():
            row, = self.run_it("ask", "--json", *ENGLISH, *place, "Which city has the Eiffel tower and the Louvre?")
            self.assertEqual(row["route"], "llm")
            self.assertIn("Paris", row["reply"])
        self.assertEqual([message["role"] for message in self.proxy.asked[0]["messages"]], ["system", "user"])

    def test_a_conversation_is_told_what_was_heard(self):
        rows = self.run_it("chat", "--fast", "--json", "--in", self.tone("1.wav"), self.tone("2.wav"), *NULL, *ENGLISH,
                           *self.remote(), "--stt.script=Greet me in three words, I am Zebulon|Greet me once more")
        self.assertEqual([row["route"] for row in rows], ["llm", "llm"])
        told = self.proxy.asked[1]["messages"]
        self.assertEqual([message["role"] for message in told], ["system", "user", "assistant", "user"])
        self.assertEqual([message["content"] for message in told[1:]],
                         [rows[0]["heard"], rows[0]["heard_reply"], rows[1]["heard"]])

    def test_a_server_killed_in_the_middle_of_an_answer_is_owned_up_to_and_the_local_model_goes_on(self):
        self.proxy.victim = self.server
        rows = self.run_it("chat", "--fast", "--json", "--in", self.tone("1.wav"), self.tone("2.wav"), *NULL, *ENGLISH,
                           *self.remote(), "--llm.max_tokens=160", "--llm.retries=1",
                           "--stt.script=Describe the ocean floor in five long sentences|Describe my kitchen floor")
        self.assertIsNotNone(self.server.poll())
        self.assertRegex(rows[0]["heard_reply"], r"^.+[.!?] .*cut off.*$")
        self.assertEqual(rows[0]["reply"], rows[0]["heard_reply"])
        self.assertEqual(rows[1]["route"], "llm")
        self.assertGreater(len(rows[1]["heard_reply"]), 10)
        self.assertNotIn("cut off", rows[1]["heard_reply"])


if __name__ == "__main__":
    found = subprocess.run([os.path.join(TOOLS, "llama-server"), "--check"], capture_output=True, text=True)
    if found.returncode != 0 or not os.path.exists(os.path.join(models(), MODEL)):
        print("skipped:", found.stderr.strip() or "smollm2-135m is missing; run: sarai models pull smollm2-135m")
        sys.exit(SKIPPED)
    SERVER = found.stdout.strip()
    unittest.main(argv=[sys.argv[0]] + sys.argv[3:], verbosity=2)
