"""Runs snippets: one a connection, each in a process of its own, which has boto3 and its clients from this one.

A snippet arrives as one line, {"code": …, "arguments": […]}; {"status": …, "stdout": …, "stderr": …} goes back. It
ends when its standard input does.
"""

import contextlib
import gc
import io
import os
import select
import signal
import socket
import traceback


def run(code, arguments):
    """What a Python with these lines and arguments would say, and how it would end."""
    sys.argv = ["-c", *arguments]
    stdout, stderr, status = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        try:
            exec(compile(code, "<snippet>", "exec"), globals())
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else end.code is not None
        except BaseException:
            traceback.print_exc()
            status = 1
    return {"status": int(status), "stdout": stdout.getvalue(), "stderr": stderr.getvalue()}


def serve(path):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    print("ready", flush=True)
    # The children are not waited for.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # Freeing memory is not worth the time in a process that ends at once.
    gc.freeze()
    gc.disable()
    while True:
        ready, _, _ = select.select([0, listener], [], [])
        if 0 in ready:
            return
        connection, _ = listener.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            listener.close()
            with connection.makefile("rw") as stream:
                stream.write(json.dumps(run(**json.loads(stream.readline()))))
            os._exit(0)
        connection.close()


# Making a client reads the service's model, which takes longer than most snippets.
for service in ("ec2", "iam", "lambda", "logs", "s3", "sesv2", "sns", "sts", "ssm"):
    client(service)
serve(sys.argv[1])
