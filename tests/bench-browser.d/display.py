"""A display in memory whose picture can be read, with a hand that clicks, and the memory of what was seen on it."""
import ctypes
import mmap
import os
import struct
import time
import zlib
from pathlib import Path

from processes import Failed, Program

SIZE = (1080, 1920)
PRESS_S = 0.06
BYTES = 4  # a pixel: blue, green, red, nothing
STEP = 90 * BYTES


class Display(Program):
    """An X server without a window manager, a pointer or a network; it takes a number that is free."""

    def __init__(self, folder, size):
        self.x11, self.xtst = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXtst.so.6")
        self.x11.XOpenDisplay.restype = ctypes.c_void_p
        reader, writer = os.pipe()
        command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{size[0]}x{size[1]}x24", "-nocursor",
                   "-nolisten", "tcp", "-fbdir", str(folder)]
        super().__init__("Xvfb", command, folder / "xvfb.log", pass_fds=[writer])
        os.close(writer)
        with os.fdopen(reader) as number:
            self.id = ":" + number.readline().strip()
        self.check()
        with open(folder / "Xvfb_screen0", "rb") as file:
            self.memory = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        # A file as xwd writes it: words 0, 12 and 19 of its header tell where the pixels begin and how long a line is.
        header = struct.unpack(">25I", self.memory[:100])
        self.start, self.line = header[0] + header[19] * 12, header[12]
        self.hand = ctypes.c_void_p(self.x11.XOpenDisplay(self.id.encode()))
        if not self.hand:
            raise Failed(f"the display {self.id} takes no connection")

    def row(self, y):
        """A line of the panel."""
        at = self.start + y * self.line
        return self.memory[at:at + SIZE[0] * BYTES]

    def look(self):
        """The picture as numbers: each stands for 90 pixels of every 16th line."""
        lines = map(self.row, range(8, SIZE[1], 16))
        return [zlib.crc32(line[x:x + STEP]) for line in lines for x in range(0, SIZE[0] * BYTES, STEP)]

    def click(self, x, y):
        """The pointer goes there, presses and lifts."""
        self.xtst.XTestFakeMotionEvent(self.hand, -1, int(x), int(y), ctypes.c_ulong(0))
        self.xtst.XTestFakeButtonEvent(self.hand, 1, 1, ctypes.c_ulong(0))
        self.x11.XFlush(self.hand)
        time.sleep(PRESS_S)
        self.xtst.XTestFakeButtonEvent(self.hand, 1, 0, ctypes.c_ulong(0))
        self.x11.XFlush(self.hand)

    def rest(self, seconds=1.5):
        """Waits until nothing has moved for a time."""
        last, since = self.look(), time.monotonic()
        while time.monotonic() - since < seconds:
            time.sleep(0.05)
            if (now := self.look()) != last:
                last, since = now, time.monotonic()

    def __exit__(self, *_):
        self.x11.XCloseDisplay(self.hand)
        super().__exit__()


class Look:
    """A screen that was seen, to be recognised when it comes again."""

    def __init__(self, display):
        self.numbers = display.look()
        self.lines = [display.row(y) for y in range(SIZE[1])]
        ground = max(set(self.numbers), key=self.numbers.count)
        self.ink = [i for i, number in enumerate(self.numbers) if number != ground]

    def is_it(self, numbers):
        """Whether these are its numbers, all but what a clock may have changed since."""
        return sum(numbers[i] == self.numbers[i] for i in self.ink) >= 0.97 * len(self.ink)

    def likeness(self, other):
        """The share of pixels that are within a quarter of the scale of the other's, looked at on a grid."""
        same = count = 0
        for mine, theirs in zip(self.lines[::5], other.lines[::5]):
            for x in range(0, len(mine), 5 * BYTES):
                count += 1
                same += all(abs(a - b) < 64 for a, b in zip(mine[x:x + 3], theirs[x:x + 3]))
        return same / count

    def png(self):
        """The whole picture as a PNG file."""
        def chunk(kind, data):
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

        lines = (b"".join(line[x:x + 3][::-1] for x in range(0, len(line), BYTES)) for line in self.lines)
        pixels = zlib.compress(b"".join(b"\0" + line for line in lines), 3)
        head = struct.pack(">IIBBBBB", *SIZE, 8, 2, 0, 0, 0)
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
