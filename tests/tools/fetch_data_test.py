#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""tools/fetch-data with toy archives of the real layout, from a server of this test."""
import hashlib
import http.server
import io
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import threading
import unittest
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "fetch-data"
PICTURES = {"train/ants/a.jpg": b"ant", "train/bees/b.jpg": b"bee", "val/ants/c.jpg": b"ant 2", "val/bees/d.jpg": b"bee 2"}


def sha(content):
    return hashlib.sha256(content).hexdigest()


def zipped(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def tarred(files):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        link = tarfile.TarInfo("UTKFace/link")
        link.type = tarfile.SYMTYPE
        link.linkname = "/etc/passwd"
        archive.addfile(link)
    return stream.getvalue()


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves `server.files` with ranges; sends `server.cut` bytes of the first answer and hangs up."""

    def do_GET(self):
        self.server.ranges.append(self.headers.get("Range"))
        content = self.server.files.get(self.path.lstrip("/"))
        if content is None:
            self.send_error(404)
            return
        begin = int(self.headers["Range"][6:].split("-")[0]) if "Range" in self.headers else 0
        if begin >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", str(len(content) - begin))
        self.end_headers()
        cut, self.server.cut = self.server.cut, None
        self.wfile.write(content[begin:cut])

    def log_message(self, *_):
        pass


class FetchData(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.to = self.root / "data"
        self.lock = self.root / "lock"
        lines = [f"{sha(f'{sha(content)}  {pathlib.PurePosixPath(name).name}'.encode() + bytes([10]))}  "
                 f"hymenoptera/{pathlib.PurePosixPath(name).parent}/" for name, content in PICTURES.items()]
        lines += [f"{sha(b'face')}  utkface/1_0_0_2.jpg.chip.jpg", f"{sha(b'weights')}  weights/efficientnet-lite0-57934424.pth"]
        self.lock.write_text("# a comment\n" + "\n".join(lines) + "\n")
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.files, self.server.ranges, self.server.cut = {}, [], None
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def run_tool(self, *words):
        done = subprocess.run([sys.executable, "-B", TOOL, *words, "--to", self.to, "--lock", self.lock],
                              capture_output=True, text=True, check=False)
        self.assertNotIn("Traceback", done.stderr)
        return done

    def url(self, name, content):
        self.server.files[name] = content
        return f"http://127.0.0.1:{self.server.server_address[1]}/{name}"

    def wrapped(self, **more):
        return {**{f"hymenoptera_data/{name}": content for name, content in PICTURES.items()}, **more}

    def nothing_left_over(self, *expected):
        self.assertEqual(sorted(path.name for path in self.to.iterdir()), sorted(expected))

    def test_fetches_checks_and_keeps(self):
        """From a server to the place that the configs name; a second time nothing is fetched."""
        url = self.url("h.zip", zipped(self.wrapped(**{"__MACOSX/hymenoptera_data/._x": b"", "../evil": b"x"})))
        first = self.run_tool("hymenoptera", "--from", url)
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertIn("hymenoptera: ready, 4 checks passed", first.stdout)
        self.assertEqual((self.to / "hymenoptera/val/bees/d.jpg").read_bytes(), b"bee 2")
        self.nothing_left_over("hymenoptera")
        self.assertFalse((self.root / "evil").exists())
        again = self.run_tool("hymenoptera", "--from", url)
        self.assertIn("was there already, 4 checks passed", again.stdout)
        self.assertEqual(self.server.ranges, [None])

    def test_goes_on_where_it_ended(self):
        """A connection that breaks costs what was missing, not all."""
        content = zipped(self.wrapped())
        url = self.url("h.zip", content)
        self.server.cut = 100
        broken = self.run_tool("hymenoptera", "--from", url)
        self.assertEqual(broken.returncode, 1)
        self.assertIn(f"the connection ended after 100 of {len(content)} bytes; run it again to go on", broken.stderr)
        whole = self.run_tool("hymenoptera", "--from", url)
        self.assertEqual(whole.returncode, 0, whole.stderr)
        self.assertIn("from byte 100 on", whole.stderr)
        self.assertEqual(self.server.ranges, [None, "bytes=100-"])
        self.nothing_left_over("hymenoptera")

    def test_a_changed_file_is_named(self):
        """What differs from the known files is not put in place, unless that is asked for."""
        files = {**self.wrapped(), "hymenoptera_data/train/bees/b.jpg": b"wasp"}
        archive = self.root / "mirror.zip"
        archive.write_bytes(zipped(files))
        refused = self.run_tool("hymenoptera", "--from", archive)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("train/bees/ is not the file that the checks were made from", refused.stderr)
        self.nothing_left_over()
        taken = self.run_tool("hymenoptera", "--from", archive, "--unchecked")
        self.assertEqual(taken.returncode, 0, taken.stderr)
        self.assertIn("4 checks skipped", taken.stdout)
        self.assertTrue(archive.exists())

    def test_data_that_is_there_is_checked(self):
        (self.to / "hymenoptera").mkdir(parents=True)
        refused = self.run_tool("hymenoptera")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("train/ants/ is missing", refused.stderr)
        self.assertIn("move it away to have it fetched again, or keep it with --unchecked", refused.stderr)
        self.assertEqual(self.server.ranges, [])

    def test_what_needs_a_person_has_steps(self):
        """UTKFace: the steps; then the archive that the person took, without the link in it."""
        told = self.run_tool("utkface")
        self.assertEqual(told.returncode, 1)
        self.assertIn("tools/fetch-data utkface --from UTKFace.tar.gz", told.stderr)
        archive = self.root / "UTKFace.tar.gz"
        archive.write_bytes(tarred({"UTKFace/1_0_0_2.jpg.chip.jpg": b"face", "UTKFace/3_1_0_4.jpg.chip.jpg": b"other"}))
        done = self.run_tool("utkface", "--from", archive)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(sorted(path.name for path in (self.to / "utkface").iterdir()),
                         ["1_0_0_2.jpg.chip.jpg", "3_1_0_4.jpg.chip.jpg"])

    def test_weights_are_one_file(self):
        done = self.run_tool("weights", "--from", self.url("w.pth", b"weights"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.to / "weights/efficientnet-lite0-57934424.pth").read_bytes(), b"weights")

    def test_what_is_no_archive(self):
        page = self.run_tool("hymenoptera", "--from", self.url("h.zip", b"<html>please log in</html>"))
        self.assertEqual(page.returncode, 1)
        self.assertIn("neither a zip nor a tar archive", page.stderr)
        other = self.run_tool("hymenoptera", "--from", self.url("o.zip", zipped({"readme.txt": b"x"})))
        self.assertIn("the archive holds no train/ants: is it the right one?", other.stderr)
        missing = self.run_tool("hymenoptera", "--from", self.url("x.zip", b"")[:-5] + "none.zip")
        self.assertIn("404", missing.stderr)
        absent = self.run_tool("hymenoptera", "--from", self.root / "absent.zip")
        self.assertIn("no such file", absent.stderr)

    def test_wrong_words(self):
        self.assertEqual(self.run_tool("hymenopteros").returncode, 2)
        self.assertIn("--from goes with one name", self.run_tool("--from", "x").stderr)

    def test_the_lock_is_whole(self):
        """Every data set has hashes, and each is a SHA-256."""
        sets = set()
        for line in (ROOT / "tools/data.lock").read_text().splitlines():
            if not line.startswith("#"):
                self.assertRegex(line, r"^[0-9a-f]{64}  [a-z_]+/.+$")
                sets.add(line.split("  ")[1].split("/")[0])
        self.assertEqual(sets, {"hymenoptera", "facial_keypoints", "utkface", "weights"})


if __name__ == "__main__":
    unittest.main()
