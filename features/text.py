"""Words of titles and descriptions; Chinese is cut by jieba, whose dictionary ships with it."""

import functools
import logging
import re
from typing import Any

WORD = re.compile(r"[^\W_]+")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@functools.cache
def _chinese_tokenizer() -> Any:
    import jieba

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    # jieba would write a cache of its dictionary to the system's temporary folder
    tokenizer.get_dict_file()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer


@functools.lru_cache(maxsize=100_000)
def words(text: str) -> tuple[str, ...]:
    """The words of a text, lower-cased, in order; numbers are left out.

    >>> words("Code & Coffee 2014")
    ('code', 'coffee')
    >>> words("技术挑战")
    ('技术', '挑战')
    """
    if CHINESE.search(text):
        pieces = _chinese_tokenizer().lcut(text, HMM=False)
    else:
        pieces = WORD.findall(text)
    found = (piece.lower() for piece in pieces if WORD.fullmatch(piece))
    return tuple(word for word in found if not word.isdigit())
