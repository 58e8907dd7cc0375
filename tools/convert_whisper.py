#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rewrite Whisper weights from CTranslate2's format into whisper.cpp's (ggml, f16).

usage: convert_whisper.py MODEL.BIN VOCABULARY OUT.BIN

MODEL.BIN    CTranslate2's model.bin, format version 6
VOCABULARY   the vocabulary.json or vocabulary.txt that goes with it
OUT.BIN      what whisper.cpp loads; written under another name first, then renamed

No number is computed but the mel filters: tensors are renamed, the fused attention matrices are cut apart, and the few
that whisper.cpp wants in 32 bits are widened. Only the Python standard library is used.
"""
import array
import json
import math
import mmap
import os
import re
import struct
import sys

# CTranslate2's numbers for its types -> the struct module's letters. It also knows bfloat16 (5): not needed here.
TYPES = {0: "f", 1: "b", 2: "h", 3: "i", 4: "e"}
GGML_MAGIC = 0x67676D6C
FFT_SIZE = 400
SAMPLE_RATE = 16000


class Tensor:
    """A view into the file (or bytes of our own): its type letter, its shape, its data."""

    def __init__(self, letter, shape, data):
        self.letter, self.shape, self.data = letter, tuple(shape), data

    def rows(self, first, last):
        """The rows first..last-1 along the first dimension."""
        size = len(self.data) // self.shape[0]
        return Tensor(self.letter, (last - first, *self.shape[1:]), self.data[first * size : last * size])

    def as_column(self):
        return Tensor(self.letter, (self.shape[0], 1), self.data)

    def values(self):
        return struct.unpack(f"<{len(self.data) // struct.calcsize(self.letter)}{self.letter}", self.data)

    def bytes_as(self, letter):
        """The data as little-endian floats of 32 (f) or 16 (e) bits."""
        if self.letter == letter:
            return self.data
        values = self.values()
        return struct.pack(f"<{len(values)}{letter}", *values)


class CTranslate2File:
    """model.bin, all integers little-endian:

    u32 version, string spec, u32 revision,
    u32 count, then for each variable: string name, u8 rank, u32 dimension[rank], u8 type, u32 size, u8 data[size];
    u32 count, then for each alias: string alias, string name.
    A string is a u16 length, which counts the final zero, and the bytes.
    """

    def __init__(self, path):
        with open(path, "rb") as file:
            self.view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        self.at = 0
        version, spec, _revision = self._number("I"), self._string(), self._number("I")
        if version != 6 or spec != "WhisperSpec":
            raise ValueError(f"{path}: format {version} of {spec}, need format 6 of WhisperSpec")
        self.tensors = {}
        for _ in range(self._number("I")):
            name = self._string()
            shape = [self._number("I") for _ in range(self._number("B"))]
            letter = TYPES[self._number("B")]
            self.tensors[name] = Tensor(letter, shape, self._take(self._number("I")))
        for _ in range(self._number("I")):
            alias = self._string()
            self.tensors[alias] = self.tensors[self._string()]
        if self.at != len(self.view):
            raise ValueError(f"{path}: {len(self.view) - self.at} bytes left over at the end")

    def _take(self, size):
        piece = self.view[self.at : self.at + size]
        if len(piece) != size:
            raise ValueError("the file ends too early")
        self.at += size
        return piece

    def _number(self, letter):
        return struct.unpack("<" + letter, self._take(struct.calcsize(letter)))[0]

    def _string(self):
        return bytes(self._take(self._number("H"))[:-1]).decode("utf-8")

    def __getitem__(self, name):
        return self.tensors[name]

    def layers(self, side):
        numbers = (re.match(side + r"/layer_(\d+)/", name) for name in self.tensors)
        return 1 + max(int(match.group(1)) for match in numbers if match)


def mel_filters(count):
    """The triangles that turn a power spectrum into mel bands (Slaney's scale and area), as 32-bit floats."""
    step, corner, log_step = 200.0 / 3, 1000.0, math.log(6.4) / 27.0

    def to_hz(mel):
        return step * mel if mel < corner / step else corner * math.exp(log_step * (mel - corner / step))

    top = corner / step + math.log(SAMPLE_RATE / 2 / corner) / log_step
    edges = [to_hz(top * i / (count + 1)) for i in range(count + 2)]
    bins = FFT_SIZE // 2 + 1
    filters = array.array("f")
    for left, middle, right in zip(edges, edges[1:], edges[2:]):
        for k in range(bins):
            hz = SAMPLE_RATE / 2 * k / (bins - 1)
            # As numpy would: a ramp that starts at zero gives -0.0, so the file's sha256 is that of other converters.
            ramp = min(-(left - hz) / (middle - left), (right - hz) / (right - middle))
            filters.append(max(ramp, 0.0) * (2.0 / (right - left)))
    return bins, filters


def read_tokens(path, count):
    """The byte strings of the tokens below <|endoftext|>; whisper.cpp makes up the special ones itself."""
    with open(path, encoding="utf-8") as file:
        tokens = json.load(file) if path.endswith(".json") else file.read().split("\n")[:count]
    if len(tokens) != count:
        raise ValueError(f"{path}: {len(tokens)} tokens, the model has {count}")
    # GPT-2's alphabet: printable bytes stand for themselves, the others for the characters from 256 on.
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    byte_of = {chr(byte): byte for byte in plain} | {chr(256 + i): byte for i, byte in enumerate(others)}
    return [bytes(byte_of[char] for char in token) for token in tokens[: tokens.index("<|endoftext|>")]]


def rename(source, width):
    """whisper.cpp's tensors in the order it expects: (name, tensor)."""

    def pair(target, weight, bias=None):
        yield target + ".weight", weight
        if bias is not None:
            yield target + ".bias", bias

    def linear(target, name):
        return pair(target, source[name + "/weight"], source[name + "/bias"])

    def norm(target, name):
        return pair(target, source[name + "/gamma"], source[name + "/beta"])

    def projections(target, name, parts):
        """One matrix holds the projections on top of each other; a key has no bias, so CTranslate2 wrote zeros."""
        weight, bias = source[name + "/weight"], source[name + "/bias"]
        for i, part in enumerate(parts):
            first, last = i * width, (i + 1) * width
            piece = bias.rows(first, last)
            if part == "key":
                if any(piece.values()):
                    raise ValueError(name + ": a key with a bias")
                piece = None
            yield from pair(f"{target}.{part}", weight.rows(first, last), piece)

    yield "encoder.positional_embedding", source["encoder/position_encodings/encodings"]
    for conv in ("conv1", "conv2"):
        yield f"encoder.{conv}.weight", source[f"encoder/{conv}/weight"]
        yield f"encoder.{conv}.bias", source[f"encoder/{conv}/bias"].as_column()
    yield from norm("encoder.ln_post", "encoder/layer_norm")
    yield "decoder.token_embedding.weight", source["decoder/embeddings/weight"]
    yield "decoder.positional_embedding", source["decoder/position_encodings/encodings"]
    yield from norm("decoder.ln", "decoder/layer_norm")
    for side in ("encoder", "decoder"):
        for i in range(source.layers(side)):
            old, new = f"{side}/layer_{i}", f"{side}.blocks.{i}"
            yield from projections(new + ".attn", old + "/self_attention/linear_0", ("query", "key", "value"))
            yield from linear(new + ".attn.out", old + "/self_attention/linear_1")
            yield from norm(new + ".attn_ln", old + "/self_attention/layer_norm")
            if side == "decoder":
                yield from projections(new + ".cross_attn", old + "/attention/linear_0", ("query",))
                yield from projections(new + ".cross_attn", old + "/attention/linear_1", ("key", "value"))
                yield from linear(new + ".cross_attn.out", old + "/attention/linear_2")
                yield from norm(new + ".cross_attn_ln", old + "/attention/layer_norm")
            yield from linear(new + ".mlp.0", old + "/ffn/linear_0")
            yield from linear(new + ".mlp.2", old + "/ffn/linear_1")
            yield from norm(new + ".mlp_ln", old + "/ffn/layer_norm")


def write_ggml(out, source, vocabulary):
    vocab_size, width = source["decoder/embeddings/weight"].shape
    audio_context = source["encoder/position_encodings/encodings"].shape[0]
    text_context = source["decoder/position_encodings/encodings"].shape[0]
    mels = source["encoder/conv1/weight"].shape[1]

    def heads(side):
        return source[side + "/num_heads"].values()[0]

    out.write(struct.pack("<12i", GGML_MAGIC, vocab_size,
                          audio_context, width, heads("encoder"), source.layers("encoder"),
                          text_context, width, heads("decoder"), source.layers("decoder"),
                          mels, 1))  # 1: matrices in 16 bits
    bins, filters = mel_filters(mels)
    out.write(struct.pack(f"<2i{len(filters)}f", mels, bins, *filters))
    tokens = read_tokens(vocabulary, vocab_size)
    out.write(struct.pack("<i", len(tokens)))
    for token in tokens:
        out.write(struct.pack("<i", len(token)) + token)
    for name, tensor in rename(source, width):
        wide = len(tensor.shape) < 2 or name.endswith("positional_embedding") or re.search(r"conv\d\.bias$", name)
        label = name.encode()
        out.write(struct.pack(f"<3i{len(tensor.shape)}i", len(tensor.shape), len(label), 0 if wide else 1,
                              *reversed(tensor.shape)) + label)
        out.write(tensor.bytes_as("f" if wide else "e"))


def main(arguments):
    if len(arguments) != 3:
        sys.exit(__doc__)
    model, vocabulary, target = arguments
    unfinished = target + ".part"
    with open(unfinished, "wb") as out:
        write_ggml(out, CTranslate2File(model), vocabulary)
    os.replace(unfinished, target)


if __name__ == "__main__":
    main(sys.argv[1:])
