"""A translation model small enough to write by hand, in the formats of CTranslate2, SentencePiece and Argos.

One transformer layer whose cross-attention is locked to the position, one-hot embeddings, and a word list as the output
matrix: it translates word for word what is on the list and copies everything else, byte by byte. No training, no
download; the real libraries load it and run it like any other model.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

WORDS: Mapping[str, str] = {
    "the": "la", "The": "La", "school": "escuela", "is": "está", "at": "en", "meeting": "reunión", "with": "con",
    "thank": "gracias", "you": "a usted", "for": "por", "Good": "Buenas", "news": "noticias", "from": "de",
    "helped": "ayudó", "and": "y", "too": "también", "book": "libro", "bus": "autobús", "late": "tarde",
    "today": "hoy", "student": "estudiante", "another": "otro", "read": "leyó", "with task": "con",
}  # fmt: skip
_BITS = 9  # a position is written as its bits and their opposites: 512 pieces of one line
_LOCK = 60.0  # how much the right position outweighs the others
_FIRST = ("<unk>", "<s>", "</s>")


def write(folder: Path, *, source: str = "en", target: str = "es", words: Mapping[str, str] = WORDS) -> Path:
    """A model for one pair at `folder`, laid out as an Argos package; returns `folder`."""
    pieces = _pieces({key: value for key, value in words.items() if " " not in key})
    folder.mkdir(parents=True, exist_ok=True)
    _sentencepiece(folder / "sentencepiece.model", pieces)
    _weights(folder / "model", pieces, words)
    said = {
        "package_version": "1.0", "argos_version": "1.9", "from_code": source, "from_name": source.upper(),
        "to_code": target, "to_name": target.upper(), "type": "translate",
    }  # fmt: skip
    (folder / "metadata.json").write_text(json.dumps(said), encoding="utf-8")
    return folder


def expected(text: str, words: Mapping[str, str] = WORDS) -> str:
    """What the model makes of a text whose words stand free."""
    return " ".join(words.get(word, word) for word in text.split(" "))


def _pieces(words: Mapping[str, str]) -> list[str]:
    """Ids in order: the special ones, bytes, and every word of either side (a phrase of two is one piece)."""
    sides = sorted({*words, *words.values()})
    numbers = [f"<0x{byte:02X}>" for byte in range(256)]
    return [*_FIRST, *numbers, "▁", *("▁" + side.replace(" ", "▁") for side in sides)]


def _sentencepiece(path: Path, pieces: list[str]) -> None:
    from sentencepiece import sentencepiece_model_pb2 as format_of

    model: Any = format_of.ModelProto()
    kinds = format_of.ModelProto.SentencePiece
    for piece in pieces:
        entry = model.pieces.add()
        entry.piece = piece
        if piece in _FIRST:
            entry.type = kinds.UNKNOWN if piece == "<unk>" else kinds.CONTROL
        elif piece.startswith("<0x"):
            entry.type = kinds.BYTE
        else:
            # a whole word must beat its letters, whatever its length
            entry.type, entry.score = kinds.NORMAL, -1.0 if len(piece) > 1 else -10.0
    model.trainer_spec.model_type = 1  # unigram
    model.trainer_spec.vocab_size = len(pieces)
    model.trainer_spec.byte_fallback = True
    model.trainer_spec.unk_id, model.trainer_spec.bos_id, model.trainer_spec.eos_id, model.trainer_spec.pad_id = (
        0,
        1,
        2,
        -1,
    )
    model.normalizer_spec.name = "identity"
    model.normalizer_spec.add_dummy_prefix = True
    model.normalizer_spec.remove_extra_whitespaces = True
    model.normalizer_spec.escape_whitespaces = True
    path.write_bytes(model.SerializeToString())


def _weights(folder: Path, pieces: list[str], words: Mapping[str, str]) -> None:
    """x = one-hot(piece) + bits(position); attention looks at its own position; out comes the word's translation."""
    from ctranslate2.specs import TransformerSpec

    count, wide = len(pieces), len(pieces) + 2 * _BITS
    number = {piece: index for index, piece in enumerate(pieces)}
    spec: Any = TransformerSpec.from_config(num_layers=(1, 1), num_heads=1)
    spec.register_source_vocabulary(pieces)
    spec.register_target_vocabulary(pieces)
    spec.config.add_source_eos = True
    spec.config.decoder_start_token = _FIRST[1]
    bits = (np.arange(2**_BITS)[:, None] >> np.arange(_BITS)) & 1
    positions = np.zeros((2**_BITS, wide), np.float32)
    positions[:, count:] = np.concatenate([bits, 1 - bits], axis=1)
    whole = np.eye(wide, dtype=np.float32)
    only_position, only_piece = whole.copy(), whole.copy()
    only_position[:count], only_piece[count:] = 0, 0
    for side, shown in ((spec.encoder, True), (spec.decoder, False)):
        embeddings = side.embeddings[0] if isinstance(side.embeddings, list) else side.embeddings
        embeddings.weight = np.zeros((count, wide), np.float32)
        if shown:  # the decoder must not be led by what it wrote before
            embeddings.weight[np.arange(count), np.arange(count)] = 1
        side.scale_embeddings = False
        side.position_encodings.encodings = positions
        _plain(side.layer_norm, wide)
        layer = side.layer[0]
        _attention(layer.self_attention, [np.zeros((3 * wide, wide), np.float32), np.zeros_like(whole)], wide)
        _plain(layer.ffn.layer_norm, wide)
        for linear, shape in ((layer.ffn.linear_0, (1, wide)), (layer.ffn.linear_1, (wide, 1))):
            _linear(linear, np.zeros(shape, np.float32))
    _attention(
        spec.decoder.layer[0].attention,
        [_LOCK * only_position, np.concatenate([only_position, only_piece]), 4 * only_piece],
        wide,
    )
    out = np.zeros((count, wide), np.float32)
    for piece in pieces:
        word = piece.removeprefix("▁")
        made = "▁" + words[word].replace(" ", "▁") if piece.startswith("▁") and word in words else piece
        out[number[made], number[piece]] += 1
    _linear(spec.decoder.projection, out)
    spec.validate()
    folder.mkdir(exist_ok=True)
    spec.save(str(folder))


def _attention(spec: Any, linears: list[np.ndarray[Any, Any]], wide: int) -> None:
    _plain(spec.layer_norm, wide)
    for linear, weight in zip(spec.linear, linears, strict=True):
        _linear(linear, weight)


def _linear(spec: Any, weight: np.ndarray[Any, Any]) -> None:
    spec.weight, spec.bias = weight, np.zeros(weight.shape[0], np.float32)


def _plain(spec: Any, wide: int) -> None:
    spec.gamma, spec.beta = np.ones(wide, np.float32), np.zeros(wide, np.float32)
