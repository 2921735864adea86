"""A device's message byte for byte, small: deflate with words that such messages repeat.

The words below are part of what is stored: a message can only be read with those it was packed with. They are never
changed; better ones would be a second set with a mark of its own.
"""

import hashlib
import zlib

_FIRST = b"1"  # the mark of the set of words below, before each packed message
_WORDS = (
    b"\rNTE|1||TX|\rPID|1||^^^PI||^^^^^L||M|F|U\rPV1||I|R|O|^^\rORC|NW|||||||||||||||||"
    b"|8859/1|UNICODE UTF-8|||IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO"
    b"\rOBX||NM|0002-4182^HR^MDIL||0004-0aa0^bpm^MDIL|||||F\rOBX||NM|0002-480a^Pulse^MDIL||0004-0ae0^rpm^MDIL|||||F"
    b"\rOBX||NM|0002-4a05^NBPs^MDIL||0004-0f20^mmHg^MDIL|||||F\rOBX||NM|0002-4a06^NBPd^MDIL\rOBX||NM|0002-4a07^NBPm^MDIL"
    b"\rOBX||NM|0002-4bb8^SpO2^MDIL||0004-0220^%^MDIL|||||F\rOBX||NM|0002-5000^Resp^MDIL"
    b"|8867-4^Heart rate^LN|/min|59408-5^SpO2^LN|%|8480-6^Systolic blood pressure^LN|mm[Hg]|8462-4^^LN|9279-1^^LN"
    b"69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X\r^MDC_DEV_METER_PRESS_BLD_CHAN^MDC|1.1.1.0|||||||X\r"
    b"|149530^MDC_PULS_OXIM_PULS_RATE^MDC|1.3.1.149530||149546^MDC_PULS_RATE_NON_INV^MDC|150344^MDC_TEMP^MDC|"
    b"|268192^MDC_DIM_DEGC^MDC|150301^MDC_PRESS_CUFF_SYS^MDC|150302^MDC_PRESS_CUFF_DIA^MDC|150023^MDC_PRESS_BLD_NONINV_MEAN^MDC|"
    b"MSH|^~\\&|^EUI-64||||20||ORU^R01^ORU_R01||P|2.3|P|2.4|P|2.6|||NE|AL|||||UNICODE UTF-8\rPID|||\rPV1||O|^^\r"
    b"OBR|1|||182777000^monitoring of patient^SCT|||20\r"
    b"OBX|1|NM|147842^MDC_ECG_HEART_RATE^MDC|1.0.0.1|72|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R|||20"
    b"\rOBX|2|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.0.0.2|98|262688^MDC_DIM_PERCENT^MDC|||||R|||20"
    b"\rOBX|3|NM|151562^MDC_RESP_RATE^MDC|1.0.0.3|16|264928^MDC_DIM_RESP_PER_MIN^MDC|||||R|||20"
    b"\rOBX|4|NM|150021^MDC_PRESS_BLD_NONINV_SYS^MDC|1.0.0.4|120|266016^MDC_DIM_MMHG^MDC|||||R|||20"
    b"\rOBX|5|NM|150022^MDC_PRESS_BLD_NONINV_DIA^MDC|1.0.0.5|80|266016^MDC_DIM_MMHG^MDC|||||R|||20"
)


def digest(raw: bytes) -> str:
    """What the same bytes, and no others, have: SHA-256 in hexadecimal."""
    return hashlib.sha256(raw).hexdigest()


def pack(raw: bytes) -> bytes:
    """The bytes, packed."""
    packer = zlib.compressobj(level=9, wbits=-zlib.MAX_WBITS, zdict=_WORDS)
    return _FIRST + packer.compress(raw) + packer.flush()


def unpack(packed: bytes) -> bytes:
    """The bytes that were packed.

    Raises:
        ValueError: for what was not packed here.
    """
    if packed[:1] != _FIRST:
        raise ValueError(f"This message was packed with the words “{packed[:1]!r}”, which are not known here.")
    return zlib.decompressobj(wbits=-zlib.MAX_WBITS, zdict=_WORDS).decompress(packed[1:])
