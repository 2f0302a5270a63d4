"""python-escpos as a second opinion on ESC/POS bytes.

    second_encoder.py again <JOB        encodes each command of a job again and compares; prints how many of each kind
    second_encoder.py slip PICTURE >OUT prints what python-escpos makes of a slip with text, a picture and a cut
    second_encoder.py questions         prints the real-time questions that python-escpos knows, in hex
"""
import json
import sys

from escpos import constants
from escpos.printer import Dummy
from PIL import Image


def encoder():
    printer = Dummy(profile="TM-T88III")
    printer.profile.profile_data["media"]["width"]["pixels"] = 576
    return printer


# What python-escpos has no call for: first bytes, bytes of argument.
OURS_ALONE = {b"\x1bJ": 1, b"\x1dP": 2, b"\x1da": 1}
ALIGN = {0: "left", 1: "center", 2: "right"}


def again(data):
    compared, printer, at = {}, encoder(), 0

    def same(kind, length, encode, but=None):
        """Compares the bytes from here; `but` is a byte in which two commands of one meaning differ."""
        nonlocal at
        printer.clear()
        encode()
        wanted, found = bytearray(printer.output), bytearray(data[at:at + length])
        if but is not None:
            wanted[but] = found[but]
        if wanted != found:
            raise SystemExit(f"{kind} at byte {at}: we send {found.hex(' ')}, python-escpos {wanted.hex(' ')}")
        compared[kind] = compared.get(kind, 0) + 1
        at += length

    while at < len(data):
        two = data[at:at + 2]
        n = data[at + 2] if at + 2 < len(data) else None
        if two == b"\x1b@":
            same("initialize", 2, lambda: printer.hw("INIT"))
        elif two == b"\x1bt":
            same("page", 3, lambda: printer.charcode("CP1252"))
        elif two == b"\x1ba":
            same("align", 3, lambda: printer.set(align=ALIGN[n]))
        elif two == b"\x1bE":
            same("bold", 3, lambda: printer.set(bold=n == 1))
        elif two == b"\x1dB":
            same("reverse", 3, lambda: printer.set(invert=n == 1))
        elif two == b"\x1d!":
            same("size", 3, lambda: printer.set(custom_size=True, width=(n >> 4) + 1, height=(n & 15) + 1))
        elif data.startswith(b"\x1dv0\x00", at):
            across = int.from_bytes(data[at + 4:at + 6], "little")
            rows = int.from_bytes(data[at + 6:at + 8], "little")
            dots = data[at + 8:at + 8 + across * rows]
            # In a picture of PIL's, 1 is white.
            picture = Image.frombytes("1", (across * 8, rows), bytes(byte ^ 0xFF for byte in dots))
            same("picture", 8 + len(dots), lambda: printer.image(picture, impl="bitImageRaster"))
        elif two == b"\x1dV":
            # Both feed and cut; ours wholly (65), python-escpos all but a bridge (66).
            same("cut", 4, lambda: printer.cut(feed=False), but=2)
        elif data.startswith(b"\x1d(H\x06\x0000", at):
            at += 11
        elif two in OURS_ALONE:
            at += 2 + OURS_ALONE[two]
        elif data[at] == 0x0A or data[at] >= 0x20:
            end = at
            while end < len(data) and (data[end] == 0x0A or data[end] >= 0x20):
                end += 1
            # A picture's or a command's first byte ends the text.
            text = data[at:end].decode("cp1252")
            same("text", end - at, lambda: printer.text(text))
        else:
            raise SystemExit(f"unknown command {two.hex(' ')} at byte {at}")
    print(json.dumps(compared))


def slip(picture):
    printer = encoder()
    printer.hw("INIT")
    printer.charcode("CP1252")
    printer.set(align="center", bold=True)
    printer.text("Mairie de Bonneveine\n")
    printer.set(custom_size=True, width=3, height=3)
    printer.text("B 42\n")
    printer.set(align="left", bold=False, custom_size=True, width=1, height=1)
    printer.text("Priorité : voir l’agent – 10 €\n")
    printer.image(picture, impl="bitImageRaster")
    printer.cut()
    sys.stdout.buffer.write(printer.output)


match sys.argv[1:]:
    case ["again"]:
        again(sys.stdin.buffer.read())
    case ["slip", picture]:
        slip(picture)
    case ["questions"]:
        print(constants.RT_STATUS_ONLINE.hex(), constants.RT_STATUS_PAPER.hex())
    case _:
        raise SystemExit(__doc__)
