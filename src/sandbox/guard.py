"""Stands before an emulator: only its owner's programs get through.

A browser lets every page send requests to this computer, and sends them with what it can't leave out: the page's own
name in `Host` where a name was made to lead here, `Origin`, `Referer` or `Sec-Fetch-Site`. Whatever carries one of
those is refused. So is whatever is not signed with the sandbox's access key, which other users of the computer don't
know; the signature itself is not checked, as the emulators don't check it either.
"""

import hmac
import http.server
import json
import re
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

HOW = 'type eval "$(cloud101 sandbox env)" in this shell to use the sandbox that runs now'

# What AWS answers to a key that it doesn't know; other services have the last.
UNKNOWN_KEY = {
    "ec2": "AuthFailure",
    "s3": "InvalidAccessKeyId",
    "lambda": "UnrecognizedClientException",
    "logs": "UnrecognizedClientException",
    "ssm": "UnrecognizedClientException",
}
OTHER_UNKNOWN_KEY = "InvalidClientTokenId"


class Guard:
    """The rules for one port. Headers are a dictionary from names in lowercase to lists of values."""

    def __init__(self, port, key):
        self.port = port
        self.key = key.encode()

    def refusal(self, headers, method, path, query):
        """The status, headers and body of the answer to a request that is refused; None if it may pass."""
        credential = credential_of(headers, query)
        service = service_of(credential)
        code, message = "AccessDenied", not_from_here(headers, self.port, host_needed=True)
        if message is None:
            if hmac.compare_digest(credential.split("/")[0].encode(), self.key):
                return None
            code = UNKNOWN_KEY.get(service, OTHER_UNKNOWN_KEY) if credential else "MissingAuthenticationToken"
            message = ("the access key is not this sandbox's: " if credential else "the request is not signed: ") + HOW
        kind, body = answer(service, first(headers, "content-type"), path, code, message)
        body = b"" if method == "HEAD" else body.encode()
        return 403, [("Content-Type", kind), ("Content-Length", str(len(body))), ("x-amzn-errortype", code)], body


def not_from_here(headers, port, host_needed):
    """Why a request is none of a program on this computer that means this port, or None."""
    hosts = [host.lower() for host in headers.get("host", [])]
    if len(hosts) > 1 or (host_needed and not hosts) or not set(hosts) <= {f"127.0.0.1:{port}", f"localhost:{port}"}:
        return f"the sandbox answers at 127.0.0.1:{port} and localhost:{port} only, whatever other names lead here"
    for name, values in headers.items():
        sent_by_page = name in ("origin", "referer") or name.startswith("access-control-request-")
        # A browser says `none` of an address that a person typed.
        if sent_by_page or (name == "sec-fetch-site" and values != ["none"]):
            return f"the sandbox doesn't answer to web pages, and this request has the header `{name}`"
        if name == "upgrade":
            return "the sandbox speaks HTTP only, and this request asks for another protocol"
    return None


def credential_of(headers, query):
    """KEY/date/region/service/aws4_request of a signed request or a presigned URL; empty if it is neither."""
    if "authorization" in headers:
        header = first(headers, "authorization") or ""
        form = r"\bCredential=([^, ]*)" if header.startswith("AWS4-") else r"^AWS ([^: ]*):"
        found = re.findall(form, header)
        return found[0] if len(found) == 1 else ""
    parameters = parse_qs(query)
    for name in ("X-Amz-Credential", "AWSAccessKeyId"):
        if len(parameters.get(name, [])) == 1:
            return parameters[name][0]
    return ""


def service_of(credential):
    parts = credential.split("/")
    return parts[-2] if len(parts) > 3 else ""


def first(headers, name):
    """The value of a header that is there once."""
    values = headers.get(name, [])
    return values[0] if len(values) == 1 else None


def answer(service, content_type, path, code, message):
    """An error in the form that the service's clients read."""
    xml = service in ("s3", "ec2", "iam", "sts") or (content_type or "").startswith("application/x-www-form-urlencoded")
    if service and not xml or path.startswith("/v2/email"):
        return "application/json", json.dumps({"__type": code, "message": message})
    error = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
    if service == "ec2":
        return "text/xml", f"<Response><Errors><Error>{error}</Error></Errors></Response>"
    if service in ("s3", ""):
        return "application/xml", f"<Error>{error}</Error>"
    return "text/xml", f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error></ErrorResponse>"


def asgi(app, guard):
    """An ASGI application behind the guard. WebSockets are not needed here."""

    async def guarded(scope, receive, send):
        if scope["type"] == "lifespan":
            return await app(scope, receive, send)
        if scope["type"] != "http":
            return await send({"type": "websocket.close", "code": 1008})
        headers = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
        if not scope["path"].startswith("/"):
            # The target is a whole URL, whose host counts, and not that of the header.
            headers["host"] = [urlsplit(scope["path"]).netloc]
        query = scope["query_string"].decode("latin-1")
        refusal = guard.refusal(headers, scope["method"], scope["path"], query)
        if refusal is None:
            return await app(scope, receive, send)
        status, answered, body = refusal
        answered = [(name.lower().encode(), value.encode()) for name, value in [*answered, ("Connection", "close")]]
        await send({"type": "http.response.start", "status": status, "headers": answered})
        await send({"type": "http.response.body", "body": body})

    return guarded


def wsgi(app, guard):
    """A WSGI application behind the guard."""

    def guarded(environ, start_response):
        headers = {name[5:].replace("_", "-").lower(): [value]
                   for name, value in environ.items() if name.startswith("HTTP_")}
        headers["content-type"] = [environ.get("CONTENT_TYPE", "")]
        refusal = guard.refusal(
            headers, environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", ""))
        if refusal is None:
            return app(environ, start_response)
        status, answered, body = refusal
        start_response(f"{status} Forbidden", answered)
        return [body]

    return guarded


def guard_runtime_api():
    """Custom runtimes fetch their events from servers of their own, on ports that are open while they run. They sign
    nothing; web pages are refused there, too."""
    parse = http.server.BaseHTTPRequestHandler.parse_request

    def parse_request(handler):
        if not parse(handler):
            return False
        headers = {}
        for name, value in handler.headers.items():
            headers.setdefault(name.lower(), []).append(value)
        reason = not_from_here(headers, handler.server.server_address[1], host_needed=False)
        if reason is not None:
            handler.close_connection = True
            handler.send_error(403, "Forbidden", reason)
        return reason is None

    http.server.BaseHTTPRequestHandler.parse_request = parse_request


def with_key(address, key):
    """A function that gives addresses, whose addresses are presigned."""

    def presigned(*arguments):
        url = address(*arguments)
        return f"{url}{'&' if '?' in url else '?'}X-Amz-Credential={key}"

    return presigned


def with_full_names(service):
    """Lambda's requests, in which a function whose name begins with `url` is named by its ARN: the emulator takes
    `/functions/url-shortener` for the address of a function."""
    handle = service.handle_request

    def full(name):
        return f"/functions/arn:aws:lambda:{service.get_region()}:{service.get_account_id()}:function:{name.group(1)}"

    def handle_request(method, path, *rest):
        return handle(method, re.sub("/functions/(url[^/:]*)", full, path, count=1), *rest)

    return handle_request


def stand_before(module, port, key):
    """Puts the guard before the emulator that the module will run."""
    guard = Guard(port, key)
    if module == "moto.server":
        import moto.server

        dispatcher = moto.server.DomainDispatcherApplication
        moto.server.DomainDispatcherApplication = lambda create: wsgi(dispatcher(create), guard)
        return moto.server.main
    from ministack.core import lambda_runtime

    # Functions would get the number of the account for a key. The import below takes this from there.
    credentials = lambda_runtime.execution_credentials
    lambda_runtime.execution_credentials = lambda config: {**credentials(config), "AWS_ACCESS_KEY_ID": key}
    from ministack.services import lambda_svc

    # The addresses from which code is fetched are presigned in AWS, and here have everything of that but the key.
    lambda_svc._presigned_code_url = with_key(lambda_svc._presigned_code_url, key)
    lambda_svc._layer_content_url = with_key(lambda_svc._layer_content_url, key)
    lambda_svc.handle_request = with_full_names(lambda_svc)
    guard_runtime_api()
    from ministack import app

    app.app = asgi(app.app, guard)
    return app.main
