"""Runs one emulator: launch.py PID_FILE WATCH_STDIN PORT MODULE [ARGUMENT ...]

The process keeps PID_FILE, which holds its process id, locked for as long as it lives, so that a file that isn't locked
means that the emulator is gone. It ends, and takes the Lambda functions it started with it, when PID_FILE is deleted
and, with WATCH_STDIN = 1, when standard input is closed, which happens however its parent ends.

What arrives at PORT passes the guard first, which asks for the access key in AWS_ACCESS_KEY_ID.
"""

import fcntl
import os
import signal
import sys
import threading
import time

import faster
import guard
import mended


def end():
    os.killpg(0, signal.SIGKILL)


def watch_pid_file(path, descriptor):
    while True:
        time.sleep(2)
        try:
            if not os.path.samestat(os.stat(path), os.fstat(descriptor)):
                end()
        except FileNotFoundError:
            end()
        except OSError:
            pass


def watch_stdin():
    while os.read(0, 4096):
        pass
    end()


def watch(function, *arguments):
    threading.Thread(target=function, args=arguments, daemon=True).start()


def main():
    pid_file, watched, port, module, *arguments = sys.argv[1:]
    if os.getpgrp() != os.getpid():
        os.setpgrp()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    descriptor = os.open(pid_file, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    watch(watch_pid_file, pid_file, descriptor)
    if watched == "1":
        watch(watch_stdin)
    sys.argv = [module, *arguments]
    faster.hasten_loading(module)
    run = guard.stand_before(module, int(port), os.environ["AWS_ACCESS_KEY_ID"])
    mended.mend(module)
    faster.hasten(module)
    run()


main()
