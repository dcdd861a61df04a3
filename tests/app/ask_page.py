# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Starts `graft report RUN --serve` and asks it, as a browser would and as it must not be asked; prints what came as
JSON. Arguments: the program, the run, the file to append an epoch to."""
import http.client
import json
import signal
import socket
import subprocess
import sys

graft, run, metrics = sys.argv[1:]
server = subprocess.Popen([graft, "report", run, "--serve", "--json"], stdout=subprocess.PIPE, text=True)
address = json.loads(server.stdout.readline())["address"]
port = int(address.rstrip("/").rsplit(":", 1)[1])


def ask(method, path, host=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", host or f"127.0.0.1:{port}")
    connection.endheaders()
    response = connection.getresponse()
    return response.status, response.read().decode(), dict(response.getheaders())


def is_open_elsewhere():
    """Whether it listens on another address of this machine, too."""
    probe = socket.socket()
    try:
        probe.connect(("127.0.0.2", port))
        return True
    except OSError:
        return False
    finally:
        probe.close()


page = ask("GET", "/")
before = json.loads(ask("GET", "/state.json")[1])
with open(metrics, "a", encoding="utf-8") as file:
    file.write('{"epoch": 2, "val": {"loss": 0.5}}\n{"epoch": 3, "val"')  # the last line is half there
after = json.loads(ask("GET", "/state.json")[1])
found = {
    "page": page[0],
    "has_watch": 'id="watch"' in page[1] and "fetch(" in page[1],
    "policy": page[2]["Content-Security-Policy"].split(";")[0],
    "epochs": [before["epochs"], after["epochs"]],
    "head": [ask("HEAD", "/")[0], len(ask("HEAD", "/")[1])],
    "localhost": ask("GET", "/", f"localhost:{port}")[0],
    "rebound": ask("GET", "/", f"evil.example:{port}")[0],
    "other_port": ask("GET", "/", "127.0.0.1:1")[0],
    "post": ask("POST", "/")[0],
    "outside": [ask("GET", path)[0] for path in ("/run.json", "/../run.json", "/%2e%2e/etc/passwd", "//etc/passwd",
                                                 "http://elsewhere/", "/report/", "/state.json/../x")],
    "elsewhere": is_open_elsewhere(),
}
idle = socket.create_connection(("127.0.0.1", port))  # says nothing, and must not hold up the others or the end
found["beside_idle"] = ask("GET", "/")[0]
taken = subprocess.run([graft, "report", run, "--serve", "--port", str(port)], capture_output=True, text=True)
found["taken"] = [taken.returncode, taken.stderr.replace(str(port), "PORT")]
server.send_signal(signal.SIGTERM)
found["exit"] = server.wait(60)
print(json.dumps(found))
