"""Headless Chromium, with pages of other origins than the shop's."""

import contextlib
import http.server
import json
import os
import queue
import subprocess
import threading

REPORT_SECONDS_MAX = 60

# The page for scripts: `call` is the body of an async function, whose value or error is returned to the test.
PAGE = """<!doctype html><title>a page</title><script type="module">
const shop = "{shop}", tlsShop = "{tls_shop}";
const run = async () => {{ {call} }};
let report;
try {{ report = {{value: await run()}} }} catch (error) {{ report = {{error: error.name}} }}
await fetch("/report", {{method: "POST", body: JSON.stringify(report)}});
</script>"""


class Pages:
    """An origin of its own: it serves one page and takes what that reports."""

    def __init__(self) -> None:
        self.html = ""
        self.reports: queue.Queue = queue.Queue()
        pages = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = pages.html.encode() if self.path == "/" else b""
                self.send_response(200 if self.path == "/" else 404)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                pages.reports.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Browser:
    """Loads pages, each in a browser that knows nothing of the one before."""

    def __init__(self, pages: Pages, folder) -> None:
        self._pages, self._folder, self._runs = pages, folder, 0

    def run(self, server, call: str):
        """The value of the function whose body is `call`; the name of what it threw, as an error of the test."""
        self._pages.html = PAGE.format(
            shop=f"http://{server.address}", tls_shop=f"https://{server.tls_address}", call=call)
        self._runs += 1
        profile = self._folder / f"profile-{self._runs}"
        with self._started(profile):
            report = self._pages.reports.get(timeout=REPORT_SECONDS_MAX)
        if "error" in report:
            raise PageError(report["error"])
        return report.get("value")

    @contextlib.contextmanager
    def _started(self, profile):
        # Root has no sandbox; the certificate is the development one.
        process = subprocess.Popen(
            ["chromium", "--headless=new", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage",
             "--ignore-certificate-errors", *(["--no-sandbox"] if os.geteuid() == 0 else []),
             f"--user-data-dir={profile}", self._pages.origin],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class PageError(Exception):
    """The name of an error that a page threw."""
