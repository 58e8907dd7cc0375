#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Exports the components of Qwen2.5-Omni-7B for `sarai omni`:  omni_export.py MODEL_FOLDER OUT_FOLDER [--torchscript]

NOT RUN: written from the published structure of the model, without its weights at hand. Expect to mend names of modules
that changed between versions of transformers; `sarai omni check --dir OUT_FOLDER` tells whether what came out keeps the
contract (docs/omni.md).

Needs torch, transformers, onnx and about 32 GB of RAM.
"""
import argparse
import os

import torch

RATE_HZ, FFT, HOP, MELS = 16000, 400, 160, 128
HIDDEN, LOGITS = 3584, 8448


class Encoder(torch.nn.Module):
    """audio [B,S] -> hidden_states [B,T,3584]: the log-mel front end of Whisper, then the audio tower."""

    def __init__(self, tower, filters):
        super().__init__()
        self.tower = tower
        window = torch.hann_window(FFT)
        place = torch.arange(FFT)[None, :] * torch.arange(FFT // 2 + 1)[:, None] * (2 * torch.pi / FFT)
        # A short-time Fourier transform as a convolution, which every ONNX runtime has.
        basis = torch.cat([torch.cos(place) * window, -torch.sin(place) * window])[:, None, :]
        self.register_buffer("basis", basis)
        self.register_buffer("filters", torch.as_tensor(filters, dtype=torch.float32).reshape(FFT // 2 + 1, MELS))

    def forward(self, audio):
        padded = torch.nn.functional.pad(audio[:, None, :], (FFT // 2, FFT // 2), mode="reflect")
        parts = torch.nn.functional.conv1d(padded, self.basis, stride=HOP)[..., :-1]
        real, imaginary = parts.chunk(2, dim=1)
        power = (real * real + imaginary * imaginary).transpose(1, 2) @ self.filters
        mel = power.clamp(min=1e-10).log10().transpose(1, 2)
        mel = (torch.maximum(mel, mel.amax(dim=(1, 2), keepdim=True) - 8.0) + 4.0) / 4.0
        length = torch.full((mel.shape[0],), mel.shape[2], dtype=torch.long)
        after = (length - 1) // 2 + 1
        packed = mel.transpose(0, 1).reshape(MELS, -1)
        states = self.tower(packed, feature_lens=length, aftercnn_lens=after).last_hidden_state
        return states.reshape(mel.shape[0], -1, HIDDEN)


class Talker(torch.nn.Module):
    """hidden_states -> audio_logits: the projection into the talker's width and the head over its codes."""

    def __init__(self, projection, head):
        super().__init__()
        self.projection, self.head = projection, head

    def forward(self, hidden_states):
        return self.head(self.projection(hidden_states))


class Vocoder(torch.nn.Module):
    """audio_tokens [B,T] -> waveform [B,L], with the conditioning of one speaker built in."""

    def __init__(self, token2wav, speaker):
        super().__init__()
        self.token2wav = token2wav
        self.register_buffer("conditioning", speaker["cond"])
        self.register_buffer("reference", speaker["ref_mel"])
        self.sample_rate = 24000

    def forward(self, audio_tokens):
        wave = self.token2wav(audio_tokens, conditioning=self.conditioning, reference_mel=self.reference)
        return wave.reshape(audio_tokens.shape[0], -1)


def export(module, example, folder, name, source, target, axes, rate=None):
    path = os.path.join(folder, name)
    torch.onnx.export(module, (example,), path, input_names=[source], output_names=[target], dynamic_axes=axes,
                      opset_version=17)
    import onnx
    model = onnx.load(path)
    if rate:
        model.metadata_props.add(key="sample_rate", value=str(rate))
    onnx.save(model, path, save_as_external_data=True, location=name + ".data")
    print("wrote", path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("out")
    parser.add_argument("--torchscript", action="store_true", help="encoder and vocoder for the backend pytorch")
    args = parser.parse_args()

    from transformers import Qwen2_5OmniForConditionalGeneration, WhisperFeatureExtractor
    model = Qwen2_5OmniForConditionalGeneration.from_pretrained(args.model, torch_dtype=torch.float32).eval()
    filters = WhisperFeatureExtractor(feature_size=MELS).mel_filters
    encoder = Encoder(model.thinker.audio_tower, filters).eval()
    talker = Talker(model.talker.thinker_to_talker_proj, model.talker.codec_head).eval()
    vocoder = Vocoder(model.token2wav, next(iter(model.speaker_map.values()))).eval()

    os.makedirs(args.out, exist_ok=True)
    audio, hidden = torch.zeros(1, 2 * RATE_HZ), torch.zeros(1, 50, HIDDEN)
    tokens = torch.zeros(1, 50, dtype=torch.long)
    with torch.inference_mode():
        if args.torchscript:
            torch.jit.trace(encoder, audio).save(os.path.join(args.out, "qwen25_7b_encoder.pt"))
            torch.jit.trace(vocoder, tokens).save(os.path.join(args.out, "qwen25_7b_vocoder.pt"))
            return
        export(encoder, audio, args.out, "qwen25_7b_encoder.onnx", "audio", "hidden_states",
               {"audio": {0: "B", 1: "S"}, "hidden_states": {0: "B", 1: "T"}})
        export(talker, hidden, args.out, "qwen25_7b_audio.onnx", "hidden_states", "audio_logits",
               {"hidden_states": {0: "B", 1: "T"}, "audio_logits": {0: "B", 1: "T"}})
        export(vocoder, tokens, args.out, "qwen25_7b_vocoder.onnx", "audio_tokens", "waveform",
               {"audio_tokens": {0: "B", 1: "T"}, "waveform": {0: "B", 1: "L"}}, vocoder.sample_rate)


if __name__ == "__main__":
    main()
