"""Reads ESC/POS bytes on stdin and prints their text, decoded by CPython's own codec; fails on an unknown command.

Pictures are printed as "[picture WIDTH x HEIGHT]", cuts as "[cut]".
"""
import sys

# Commands without a length of their own: their first bytes, and how many bytes of argument follow.
FIXED = {
    b"\x1b@": 0, b"\x1ba": 1, b"\x1bE": 1, b"\x1bJ": 1, b"\x1bd": 1,
    b"\x1d!": 1, b"\x1dB": 1, b"\x1dP": 2, b"\x1da": 1,
}


def decode(data):
    out, codec, at = [], None, 0
    while at < len(data):
        two = data[at:at + 2]
        if two in FIXED:
            if at + 2 + FIXED[two] > len(data):
                raise SystemExit("the job ends in the middle of a command")
            at += 2 + FIXED[two]
        elif two == b"\x1bt":
            if data[at + 2] != 16:
                raise SystemExit(f"page {data[at + 2]} is not windows-1252")
            codec, at = "cp1252", at + 3
        elif data.startswith(b"\x1dv0\x00", at):
            across = int.from_bytes(data[at + 4:at + 6], "little")
            rows = int.from_bytes(data[at + 6:at + 8], "little")
            if at + 8 + across * rows > len(data):
                raise SystemExit("the job ends in the middle of a picture")
            out.append(f"[picture {across * 8} x {rows}]\n")
            at += 8 + across * rows
        elif data[at:at + 4] in (b"\x1dVA\x00", b"\x1dVB\x00"):
            out.append("[cut]\n")
            at += 4
        elif data.startswith(b"\x1d(H\x06\x0000", at):
            at += 11
        elif data[at] == 0x0A or data[at] >= 0x20:
            if data[at] >= 0x80 and codec is None:
                raise SystemExit("text before a page was selected")
            out.append(data[at:at + 1].decode(codec or "ascii"))
            at += 1
        else:
            raise SystemExit(f"unknown command {data[at:at + 4].hex(' ')} at byte {at}")
    return "".join(out)


sys.stdout.buffer.write(decode(sys.stdin.buffer.read()).encode("utf-8"))
