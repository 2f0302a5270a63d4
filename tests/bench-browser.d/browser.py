"""Chromium in kiosk mode, and the loopback server of the page that shows what the borne shows."""
import http.server
import json
import os
import shutil
import subprocess
import threading
from pathlib import Path

from display import SIZE
from processes import Failed, Program

PAGE = Path(__file__).resolve().parent / "page.html"

# What a careful operator sets: nothing in the background, nothing from the network, no card for graphics.
OPTIONS = """--kiosk --ozone-platform=x11 --window-position=0,0 --window-size=1080,1920 --force-device-scale-factor=1
    --disable-gpu --no-first-run --no-default-browser-check --disable-background-networking --disable-component-update
    --disable-default-apps --disable-extensions --disable-sync --disable-breakpad --disable-crash-reporter
    --disable-domain-reliability --disable-client-side-phishing-detection --disable-notifications --no-pings
    --disable-features=Translate,MediaRouter,OptimizationHints --password-store=basic --no-proxy-server""".split()
NO_NETWORK = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"

# The icons beside the borne's words.
ICONS = {
    "Prendre un ticket": "ticket", "Donner mon avis": "smile", "Je ne sais pas": "hand-helping", "Retour": "arrow-left",
    "Langue": "languages", "Affichage, son": "a-large-small", "Appeler une personne": "hand-helping",
}
# What leads from one of the two screens to the other.
WAYS = ("Prendre un ticket", "Retour")


def kind_of(element, code):
    """What an element is on the page, told from where it lies."""
    upper, wide, high = element["y"] < 110, element["x"] < 500, element["height"]
    if element["role"] != "button":
        return ("site" if wide else "clock") if upper else "title" if high > 50 else "text"
    if element["y"] > 1750:
        return "footer"
    return "card" if code == "S03" else "primary" if high > 150 else "tile"


def screens_js(root, screens):
    """The borne's screens as the page reads them: words, places, kinds, icons."""
    pages = []
    for code, elements in screens.items():
        page, chosen = [], False
        for element in elements:
            label, kind = element["label"], kind_of(element, code)
            name, note, icon, selected = label, "", ICONS.get(label, ""), False
            if kind == "card" and ", " in label and not icon:
                name, _, note = label.rpartition(", ")
            if kind == "tile" and not chosen:
                # The house's own language comes first, and is the one in force.
                icon, selected, chosen = "check", True, True
            place = {key: element[key] for key in ("x", "y", "width", "height")}
            page.append({**place, "kind": kind, "label": name, "note": note, "icon": icon, "selected": selected,
                         "leads": label in WAYS})
        pages.append(page)
    used = sorted({it["icon"] for page in pages for it in page} - {""})
    drawn = {icon: (root / f"assets/icons/{icon}.svg").read_text().partition("-->")[2] for icon in used}
    return f"const SCREENS = {json.dumps(pages)};\nconst ICONS = {json.dumps(drawn)};\n"


class PageServer(http.server.ThreadingHTTPServer):
    """Hands out the page, its words, its fonts; hears when the page has drawn."""

    daemon_threads = True

    def __init__(self, root, screens):
        super().__init__(("127.0.0.1", 0), PageHandler)
        self.drawn = threading.Event()
        self.files = {"/": ("text/html", PAGE.read_bytes()),
                      "/screens.js": ("text/javascript", screens_js(root, screens).encode())}
        for font in (root / "assets/fonts").glob("*.ttf"):
            self.files[f"/fonts/{font.name}"] = ("font/ttf", font.read_bytes())
        threading.Thread(target=self.serve_forever, daemon=True).start()


class PageHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        kind, body = self.server.files.get(self.path, ("text/plain", b""))
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.server.drawn.set()
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class Browser:
    """Debian's Chromium with a profile folder of its own."""

    name = "chromium"
    desktop = SIZE

    def __init__(self, root, folder, screens, environment):
        # The program itself: its wrapper would add the cost of a shell, and the desktop's extensions.
        found = shutil.which("/usr/lib/chromium/chromium") or shutil.which("chromium")
        if not found:
            raise Failed("chromium is missing; run deploy/dev/setup bench-browser")
        self.folder, self.environment = folder, environment
        self.server = PageServer(root, screens)
        # Its sandbox refuses root; without root, its processes must let their memory be counted.
        sandbox = "--no-sandbox" if os.geteuid() == 0 else "--allow-sandbox-debugging"
        self.command = [found, *OPTIONS, NO_NETWORK, sandbox, f"--user-data-dir={folder}/profile",
                        f"--app=http://127.0.0.1:{self.server.server_port}/"]
        told = subprocess.run([found, "--version"], capture_output=True, text=True, env=environment)
        self.version = told.stdout.strip()

    def start(self, display):
        self.server.drawn.clear()
        return Program(self.name, self.command, self.folder / "chromium.log", adopts=True,
                       env={**self.environment, "DISPLAY": display.id})

    def ready(self):
        return self.server.drawn.is_set()
