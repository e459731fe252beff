"""EC2 as AWS has it: the same client token gives the same instance. Everything else goes to the emulator."""

import http.server
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request

earlier = {}
lock = threading.Lock()


def forward(headers, body):
    request = urllib.request.Request(sys.argv[1], data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def mismatch():
    code = "IdempotentParameterMismatch"
    text = f"<Response><Errors><Error><Code>{code}</Code><Message>other parameters</Message></Error></Errors></Response>"
    return 400, text.encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection", "content-length")}
        parameters = dict(urllib.parse.parse_qsl(body.decode()))
        token = parameters.get("ClientToken")
        if parameters.get("Action") == "RunInstances" and token:
            with lock:
                if token not in earlier:
                    earlier[token] = parameters, forward(headers, body)
                first, (status, answer) = earlier[token]
                if first != parameters:
                    status, answer = mismatch()
        else:
            status, answer = forward(headers, body)
        self.send_response(status)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(f"http://127.0.0.1:{server.server_port}", flush=True)
# Ends with the process that holds the other end.
sys.stdin.read()
