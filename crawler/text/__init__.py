"""Words of texts: folding, tokens with offsets in the original, and what is computed from them. Pure and cached."""

from crawler.text.analysis import MAX_WORDS, Analysis, analyse, content_hash, piece_of, word_count
from crawler.text.folding import fold
from crawler.text.tokens import Join, Piece, Step, Token, sequences, split

__all__ = [
    "MAX_WORDS",
    "Analysis",
    "Join",
    "Piece",
    "Step",
    "Token",
    "analyse",
    "content_hash",
    "fold",
    "piece_of",
    "sequences",
    "split",
    "word_count",
]
