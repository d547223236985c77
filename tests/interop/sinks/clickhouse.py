"""ClickHouse's HTTP interface in miniature, over ClickHouse in this process (chdb).

usage: clickhouse.py PORT DIRECTORY

POST /?query=... with a body, compressed or not, and settings as parameters; GET /ping. What it does to its clients is told by
GET /control?lose=N (of each N inserts the last one is stored and its answer is not sent; 0: none)&down=1 (503 to everything).
"""

import gzip
import http.server
import os
import sys
import tempfile
import threading
import urllib.parse
import zlib

import zstandard
from chdb import session

SETTINGS = ("insert_deduplication_token", "deduplicate_blocks_in_dependent_materialized_views")
DECODERS = {
    None: bytes,
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
}


class Engine:
    def __init__(self, directory):
        self.session = session.Session(directory)
        self.lock = threading.Lock()
        self.columns = {}

    def query(self, text, form="TabSeparated"):
        return self.session.query(text, form).bytes() or b""

    def insert(self, query, body, settings):
        """Inserts rows as the server would: the form of the file, the types of the table."""
        head, form = query.rsplit(" FORMAT ", 1)
        table, names = head.split("INSERT INTO ", 1)[1].split(" (", 1)
        names = names.rstrip(")").split(",")
        if table not in self.columns:
            rows = self.query(f"DESCRIBE TABLE {table} FORMAT TabSeparatedRaw").decode().splitlines()
            self.columns[table] = dict(row.split("\t")[:2] for row in rows)
        structure = ", ".join(f"`{name}` {self.columns[table][name]}" for name in names).replace("'", "\\'")
        with tempfile.NamedTemporaryFile(delete=False) as out:
            out.write(body)
        # A batch is one block, as it is where it comes over a connection.
        more = "".join(f", {name} = '{value}'" for name, value in settings.items())
        alone = "max_threads = 1, max_insert_threads = 1, min_insert_block_size_rows = 100000000, min_insert_block_size_bytes = 0, max_block_size = 100000000"
        try:
            self.query(f"{head} SETTINGS {alone}{more} SELECT * FROM file('{out.name}', {form}, '{structure}')")
        finally:
            os.unlink(out.name)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    engine = None
    lose = 0
    inserts = 0
    down = False

    def log_message(self, *_):
        pass

    def answer(self, status, body, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path.startswith("/control"):
            asked = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
            Handler.lose = int(asked.get("lose", ["0"])[0])
            Handler.down = asked.get("down", ["0"])[0] == "1"
            return self.answer(200, b"")
        if self.path.startswith("/ping"):
            return self.answer(200, b"Ok.\n")
        self.run(b"")

    def do_POST(self):
        self.run(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def run(self, body):
        if Handler.down:
            return self.answer(503, b"down\n")
        asked = {name: values[0] for name, values in urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query).items()}
        query = asked.get("query", "")
        try:
            body = DECODERS[self.headers.get("Content-Encoding")](body)
            with self.engine.lock:
                if query.startswith("INSERT") and " FORMAT " in query:
                    self.engine.insert(query, body, {name: asked[name] for name in SETTINGS if name in asked})
                    found = b""
                    Handler.inserts += 1
                    if Handler.lose and Handler.inserts % Handler.lose == 0:
                        # It is stored, and nobody is told.
                        self.close_connection = True
                        return self.connection.close()
                else:
                    found = self.engine.query((query + "\n" + body.decode()).strip())
            self.answer(200, found, [("X-ClickHouse-Summary", "{}")])
        except Exception as error:
            text = str(error)
            code = text.split("Code: ", 1)[1].split(".", 1)[0] if "Code: " in text else "1002"
            status = 404 if code in ("60", "81") else 400 if code in ("27", "62") else 500
            self.answer(status, (text + "\n").encode(), [("X-ClickHouse-Exception-Code", code)])


if __name__ == "__main__":
    Handler.engine = Engine(sys.argv[2])
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
