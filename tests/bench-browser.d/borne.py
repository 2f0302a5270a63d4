"""The borne of a virtual site."""
import contextlib
import http.client
import json
import re
import socket
import subprocess

from processes import Failed, Program


class Borne:
    """A borne enrolled at a server that goes on running: it does its usual work beside the screen."""

    name = "borne"
    # A window of the borne takes 88 % of a desktop and never more than the panel has: here, exactly the panel.
    desktop = (1228, 2182)

    def __init__(self, root, folder, programs, environment):
        self.folder, self.programs, self.environment = folder, programs, environment
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = "127.0.0.1:%d" % free.getsockname()[1]
        site = (root / "config/examples/marseille/site.toml").read_text()
        # Open at any hour: without opening hours and without days that differ.
        site = re.sub(r"^(\[site\.hours\]|\[\[site\.exception\]\])\n(?:(?!\[).*\n)*", "", site, flags=re.M)
        site = re.sub(r"^hours = .*\n", "", site, flags=re.M)
        site = re.sub(r"^public_url = \"[^\"]*\"", f'public_url = "http://{address}"', site, flags=re.M)
        (folder / "site.toml").write_text(site)
        (folder / "accueil-server.toml").write_text(
            f'[http]\nlisten = "{address}"\n[site]\ncatalogue = "site.toml"\n[store]\naddress = "sqlite:accueil.db"\n')
        self.socket = folder / "control.sock"
        (folder / "borne.toml").write_text(
            f'[borne]\nsite = "{folder}/site.toml"\ndata = "{folder}/data"\nfonts = "{root}/assets/fonts"\n'
            f'[printer]\ndevice = "virtual:{folder}/tickets"\nprofile = "virtual"\n'
            f'[server]\nurl = "http://{address}"\n[control]\nsocket = "{self.socket}"\n')

    def command(self, name, *arguments):
        return [str(self.programs / name), "--config", str(self.folder / f"{name}.toml"), *arguments]

    def serve(self):
        """Starts its server, which has a one-time code for it."""
        asked = subprocess.run(self.command("accueil-server", "enrol-code"), capture_output=True, text=True)
        if asked.returncode:
            raise Failed(f"accueil-server gives no enrolment code: {asked.stderr.strip()}")
        self.environment = {**self.environment, "BORNE_ENROLMENT_CODE": asked.stdout.strip()}
        return Program("accueil-server", self.command("accueil-server", "serve"), self.folder / "accueil-server.log")

    def start(self, display):
        """Starts it; the first time, it enrols."""
        command = self.command("borne", "demo", "--display", "window", "--live-view", "127.0.0.1:0")
        return Program(self.name, command, self.folder / "borne.log", env={**self.environment, "DISPLAY": display.id})

    def screen(self):
        """What is on its screen by its own account; nothing as long as it does not answer."""
        connection = http.client.HTTPConnection("borne")
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as stream:
            stream.settimeout(5)
            stream.connect(str(self.socket))
            connection.sock = stream
            connection.request("GET", "/screen")
            answer = connection.getresponse()
            return json.loads(answer.read()) if answer.status == 200 else None

    def ready(self):
        return (self.screen() or {}).get("code") == "S01"

    def elements(self, code):
        """What can be read and operated on the screen, which must be that one."""
        screen = self.screen() or {"code": "nothing", "elements": []}
        if screen["code"] != code:
            raise Failed(f"the borne shows {screen['code']} instead of {code}")
        return screen["elements"]


def point_of(elements, label):
    """Where to touch a button."""
    for it in elements:
        if (it["role"], it["label"]) == ("button", label):
            return it["x"] + it["width"] / 2, it["y"] + it["height"] / 2
    raise Failed(f"the borne's screen has no button « {label} »; correct the labels that this script touches")
