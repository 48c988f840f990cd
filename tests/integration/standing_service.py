"""A service that does nothing but be ready: stands for the real ones where the stack itself is tested."""

import os
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()


if __name__ == "__main__":
    HTTPServer((os.environ["RIHLA_WATCH__HOST"], int(os.environ["RIHLA_WATCH__PORT"])), Handler).serve_forever()
