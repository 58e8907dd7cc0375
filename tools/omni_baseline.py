#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The other side of `sarai bench omni`: omni_baseline.py TALKER.onnx

Prints "ready VERSION" when onnxruntime is there. Then, for each line "THREADS STEPS RUNS" on stdin, the milliseconds of
so many calls of InferenceSession.run, as any Python program would make them, on one line.
"""
import sys
import time

import numpy
import onnxruntime


def main():
    sessions, inputs = {}, {}
    print("ready", onnxruntime.__version__, flush=True)
    for line in sys.stdin:
        threads, steps, runs = map(int, line.split())
        if threads not in sessions:
            sessions.clear()  # one at a time: threads of another would spin beside it
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = threads
            sessions[threads] = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
        if steps not in inputs:
            random = numpy.random.default_rng(11)
            inputs[steps] = {"hidden_states": random.uniform(-1, 1, (1, steps, 3584)).astype(numpy.float32)}
        times = []
        for _ in range(runs):
            start = time.perf_counter()
            sessions[threads].run(["audio_logits"], inputs[steps])
            times.append("%.4f" % ((time.perf_counter() - start) * 1000))
        print(*times, flush=True)


if __name__ == "__main__":
    main()
