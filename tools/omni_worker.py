#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the encoder or the vocoder of the omni pipeline for sarai: omni_worker.py COMPONENT MODEL

sarai starts it (backend "pytorch"), with shared memory as file descriptor 3 and a socket as stdin and stdout:

  we:     ready NAME VERSION RATE_HZ     once (rate 0: the model does not tell), or: error TEXT, and the end
  sarai:  run float32|int64 D0 D1 [D2]   the input lies at the start of the memory
  we:     ok OFFSET D0 D1 [D2]           the float32 output lies at OFFSET; or: error TEXT

MODEL is TorchScript, or an .onnx file, which needs onnxruntime in place of torch. The memory may be made larger and
can't be made smaller.
"""
import mmap
import os
import sys

MEMORY = 3
ALIGNMENT = 64


def load_torch(path):
    import torch
    model = torch.jit.load(path, map_location="cpu").eval()
    rate = int(getattr(model, "sample_rate", 0))

    def run(array):
        with torch.inference_mode():
            return model(torch.from_numpy(array.copy())).to(torch.float32).contiguous().numpy()
    return run, "torch", torch.__version__, rate


def load_onnx(path):
    import onnxruntime
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    rate = int(session.get_modelmeta().custom_metadata_map.get("sample_rate", 0))
    return lambda array: session.run(None, {name: array})[0], "onnxruntime", onnxruntime.__version__, rate


def answer(run, line):
    import numpy
    words = line.split()
    if len(words) < 3 or words[0] != "run" or words[1] not in ("float32", "int64"):
        raise ValueError("this is no request: " + line[:60])
    shape = tuple(map(int, words[2:]))
    count = 1
    for dim in shape:
        count *= dim
    kind = numpy.dtype(words[1])
    with mmap.mmap(MEMORY, count * kind.itemsize, prot=mmap.PROT_READ) as memory:
        out = run(numpy.frombuffer(memory, kind, count).reshape(shape).copy())
    out = numpy.ascontiguousarray(out, numpy.float32)
    offset = -(-count * kind.itemsize // ALIGNMENT) * ALIGNMENT
    size = offset + out.nbytes
    if os.fstat(MEMORY).st_size < size:
        os.ftruncate(MEMORY, size)
    with mmap.mmap(MEMORY, size) as memory:
        memory[offset:size] = out.tobytes()
    return "ok %d %s" % (offset, " ".join(map(str, out.shape)))


def one_line(error):
    return "error " + " ".join(("%s: %s" % (type(error).__name__, error)).split())[:300]


def main():
    # What models print must not end up among our lines.
    lines = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    try:
        path = sys.argv[2]
        run, name, version, rate = (load_onnx if path.endswith(".onnx") else load_torch)(path)
    except Exception as error:  # whatever it is, sarai is told
        print(one_line(error), file=lines)
        return 1
    print("ready %s %s %d" % (name, version, rate), file=lines)
    for line in sys.stdin:
        try:
            print(answer(run, line), file=lines)
        except Exception as error:
            print(one_line(error), file=lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
