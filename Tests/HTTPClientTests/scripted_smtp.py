"""A mail server that does what the mail's recipient says: user@refuse, user@later, user@silent, user@gone.

It tells its port on the first line of its output, and on a line each that it is asked and keeps silent; at the end of
its input it writes what it took, as JSON on the last line, and ends.
With an argument it wants that password.
"""

import base64
import json
import socketserver
import sys
import threading

password = sys.argv[1] if len(sys.argv) > 1 else None
lock = threading.Lock()
mails: list[dict] = []
connections = 0
ending = threading.Event()


class Session(socketserver.StreamRequestHandler):
    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self) -> None:
        global connections
        with lock:
            connections += 1
            number = connections
        self.say("220 scripted")
        mail: dict = {}
        while line := self.rfile.readline():
            text = line.decode().strip()
            verb = text.upper()
            if verb.startswith("EHLO"):
                mail = {"hello": text[5:]}
                if password:
                    self.say("250-scripted")
                    self.say("250 AUTH PLAIN")
                else:
                    self.say("250 scripted")
            elif verb.startswith("AUTH PLAIN"):
                shown = text[11:]
                if not shown:
                    self.say("334 ")
                    shown = self.rfile.readline().decode().strip()
                right = base64.b64decode(shown).split(b"\0")[-1].decode() == password
                self.say("235 welcome" if right else "535 who are you")
            elif verb.startswith("MAIL FROM:"):
                mail = mail | {"from": text[10:], "to": [], "connection": number}
                self.say("250 go on")
            elif verb.startswith("RCPT TO:"):
                if "@refuse" in text:
                    self.say("550 nobody of that name")
                elif "@later" in text:
                    self.say("451 not now")
                elif "@silent" in text:
                    print("silent", flush=True)
                    ending.wait()
                    return
                elif "@gone" in text:
                    return
                else:
                    mail["to"].append(text[8:])
                    self.say("250 go on")
            elif verb == "DATA":
                self.say("354 go on")
                content = b""
                while (line := self.rfile.readline()) != b".\r\n":
                    content += line[1:] if line.startswith(b".") else line
                with lock:
                    mails.append(mail | {"content": content.decode()})
                self.say("250 taken")
            elif verb == "QUIT":
                self.say("221 goodbye")
                return
            else:
                self.say("250 go on")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


server = Server(("127.0.0.1", 0), Session)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
ending.set()
with lock:
    print(json.dumps(mails), flush=True)
