"""A program in a terminal of its own: pseudo_terminal.py ROWS COLUMNS ENVIRONMENT PROGRAM ARGUMENT…

ENVIRONMENT is a JSON object. Standard input gives orders, one a line: `resize ROWS COLUMNS`, `type HEX`. Standard output
tells what happened, in its order: `wrote HEX`, `resized ROWS COLUMNS`, and last `ended CODE`.
"""

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios


def resize(terminal, rows, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def tell(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


process, terminal = pty.fork()
if process == 0:
    resize(0, int(sys.argv[1]), int(sys.argv[2]))
    os.execve(sys.argv[4], sys.argv[4:], json.loads(sys.argv[3]))

sources, orders = [terminal, 0], b""
while terminal in sources:
    ready, _, _ = select.select(sources, [], [])
    if 0 in ready:
        read = os.read(0, 4096)
        if not read:
            sources.remove(0)
        *lines, orders = (orders + read).split(b"\n")
        for words in map(bytes.split, lines):
            if words[0] == b"resize":
                resize(terminal, int(words[1]), int(words[2]))
                tell(f"resized {int(words[1])} {int(words[2])}")
            else:
                os.write(terminal, bytes.fromhex(words[1].decode()))
    if terminal in ready:
        try:
            read = os.read(terminal, 65536)
        except OSError:  # What Linux says when the other end is closed.
            read = b""
        if read:
            tell("wrote " + read.hex())
        else:
            sources.remove(terminal)
tell(f"ended {os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])}")
