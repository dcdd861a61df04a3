#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""A registry of plugins at https://127.0.0.1, for the tests: registry_server.py FOLDER CERTIFICATE KEY prints its
port, that of the same over http, and its process id. Below /share/ lies the folder; /away/ leads on to http, /around/
to /share/; what is asked of /endless/ never ends. Ends when its parent does."""
import functools
import http.server
import os
import ssl
import sys
import threading
import time

folder, certificate, key = sys.argv[1:]


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        manner, _, rest = self.path[1:].partition("/")
        if manner in ("away", "around"):
            self.send_response(302)
            server = f"http://127.0.0.1:{plain.server_port}" if manner == "away" else ""
            self.send_header("Location", f"{server}/share/{rest}")
            self.end_headers()
        elif manner == "endless":
            self.send_response(200)
            self.end_headers()
            while True:
                self.wfile.write(bytes(1 << 20))
        else:
            self.path = "/" + rest
            super().do_GET()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


handler = functools.partial(Handler, directory=folder)
plain = Server(("127.0.0.1", 0), handler)
secure = Server(("127.0.0.1", 0), handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
secure.socket = context.wrap_socket(secure.socket, server_side=True)
parent = os.getppid()
for server in (plain, secure):
    threading.Thread(target=server.serve_forever, daemon=True).start()
print(secure.server_port, plain.server_port, os.getpid(), flush=True)
while os.getppid() == parent:
    time.sleep(0.5)
