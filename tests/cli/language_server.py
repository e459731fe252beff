"""Asks the YAML language server about files, as an editor does.

Reads one JSON document from standard input: ``command`` starts the server,
``schema`` is the schema's file, ``files`` is a list of paths, and ``ask`` a
list of questions, each with ``file``, ``line``, ``column`` (from 0) and ``what``
(``hover`` or ``completion``). Writes one JSON document: for each file its
problems, and the answers.
"""

import json
import pathlib
import subprocess
import sys
import threading

LIMIT = 60.0


class Server:
    """A language server on the other end of two pipes."""

    def __init__(self, command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.watchdog = threading.Timer(LIMIT, self.process.kill)
        self.watchdog.start()
        self.last = 0
        self.problems = {}

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def read(self):
        """The next message; what the server itself asks is answered."""
        length = 0
        while True:
            line = self.process.stdout.readline()
            if not line:
                raise SystemExit("the language server ended")
            if not line.strip():
                break
            name, value = line.decode().split(":", 1)
            if name.lower() == "content-length":
                length = int(value)
        message = json.loads(self.process.stdout.read(length))
        if "method" in message and "id" in message:
            items = message.get("params", {}).get("items", [])
            self.send({"id": message["id"], "result": [self.settings(item) for item in items] or None})
        if message.get("method") == "textDocument/publishDiagnostics":
            self.problems[message["params"]["uri"]] = message["params"]["diagnostics"]
        return message

    def settings(self, item):
        return self.yaml if item.get("section") == "yaml" else None

    def ask(self, method, params):
        self.last += 1
        self.send({"id": self.last, "method": method, "params": params})
        while True:
            message = self.read()
            if message.get("id") == self.last and "method" not in message:
                return message.get("result")

    def start(self, schema):
        self.yaml = {
            "validate": True,
            "hover": True,
            "completion": True,
            "schemaStore": {"enable": False},
            "schemas": {schema: ["*.yaml"]},
        }
        capabilities = {
            "workspace": {"configuration": True},
            "textDocument": {
                "completion": {"completionItem": {"snippetSupport": True, "documentationFormat": ["markdown"]}},
                "hover": {"contentFormat": ["markdown"]},
                "publishDiagnostics": {},
            },
        }
        self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": capabilities})
        self.send({"method": "initialized", "params": {}})
        self.send({"method": "workspace/didChangeConfiguration", "params": {"settings": {"yaml": self.yaml}}})

    def open(self, uri, text):
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self.send({"method": "textDocument/didOpen", "params": {"textDocument": document}})

    def problems_of(self, uri):
        while uri not in self.problems:
            self.read()
        return self.problems[uri]

    def end(self):
        self.ask("shutdown", None)
        self.send({"method": "exit"})
        self.process.wait()
        self.watchdog.cancel()


def main():
    job = json.load(sys.stdin)
    server = Server(job["command"])
    server.start(pathlib.Path(job["schema"]).resolve().as_uri())
    # All at once: the server waits for a moment after each before it looks at it.
    paths = {file: pathlib.Path(file).resolve() for file in job["files"]}
    for path in paths.values():
        server.open(path.as_uri(), path.read_text(encoding="utf-8", errors="replace"))
    problems = {
        file: [problem["message"] for problem in server.problems_of(path.as_uri())] for file, path in paths.items()
    }
    answers = []
    for question in job["ask"]:
        answers.append(
            server.ask(
                f"textDocument/{question['what']}",
                {
                    "textDocument": {"uri": pathlib.Path(question["file"]).resolve().as_uri()},
                    "position": {"line": question["line"], "character": question["column"]},
                },
            )
        )
    server.end()
    json.dump({"problems": problems, "answers": answers}, sys.stdout)


main()
