"""A peer: HTTP/1.1 by a web server that has a configuration file: `http_daemon.py nginx|h2o`. One worker, no access log.

The file beside this one is filled in with a free port and a folder of its own; when the server answers, its port is printed. SIGTERM ends
both. nginx returns its words from the configuration; h2o, which has no such thing without Ruby, from a file that it keeps open.
"""
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

COMMANDS = {"nginx": ["nginx", "-e", "stderr", "-p", "@FOLDER@", "-c"], "h2o": ["h2o", "-c"]}
PATIENCE = 5


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return True
        except ConnectionRefusedError:
            time.sleep(0.01)
    return False


def main(name, folder):
    port = free_port()
    www = folder / "www"
    www.mkdir()
    (www / "hello.txt").write_text("Hello, world\n", encoding="ascii")
    folder.chmod(0o755)  # a server that was started by root becomes somebody else
    text = pathlib.Path(__file__).with_name(f"{name}.conf").read_text(encoding="ascii")
    conf = folder / "conf"
    conf.write_text(text.replace("@FOLDER@", str(folder)).replace("@PORT@", str(port)), encoding="ascii")
    command = [word.replace("@FOLDER@", str(folder)) for word in COMMANDS[name]]
    server = subprocess.Popen([*command, str(conf)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    if answers(port):
        print(port, flush=True)
    else:
        server.terminate()
    server.wait()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        main(sys.argv[1], pathlib.Path(made))
