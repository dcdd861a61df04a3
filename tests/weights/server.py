#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""A web server on 127.0.0.1 that behaves as the first part of the address says; prints its port and process id.
Every answer is some of the same 200,000 bytes. Ends when its parent does."""
import http.server
import os
import socketserver
import threading
import time

CONTENT = bytes((index * 7 + index // 251) % 256 for index in range(200_000))


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        manner = self.path.split("/")[1]
        if manner == "missing":
            self.send_error(404)
            return
        content = CONTENT[::-1] if manner == "wrong" else CONTENT
        begin = 0
        asked = self.headers.get("Range", "")
        if asked and manner != "no_range":
            begin = int(asked.removeprefix("bytes=").rstrip("-"))
            if begin >= len(content):
                self.send_error(416)
                return
        length = len(content) - begin
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        told = {"tells_more": length + 1000, "tells_less": length // 2}.get(manner, length)
        self.send_header("Content-Length", str(told))
        self.end_headers()
        if manner == "stalls" and begin:
            time.sleep(3600)
        if manner == "breaks":
            length = min(length, 60_000)
        for at in range(begin, begin + min(length, told), 4_000):
            self.wfile.write(content[at:min(at + 4_000, begin + length)])
            time.sleep({"slow": 0.01, "crawls": 0.2}.get(manner, 0))
            if manner == "stalls":
                time.sleep(3600)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


server = Server(("127.0.0.1", 0), Handler)
parent = os.getppid()
print(server.server_address[1], os.getpid(), flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
while os.getppid() == parent:
    time.sleep(0.5)
