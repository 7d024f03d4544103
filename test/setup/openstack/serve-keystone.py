# Serves the real Keystone on a loopback port: serve-keystone.py CONFIG PORT.
import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

config, port = sys.argv[1], int(sys.argv[2])
sys.argv = ["keystone", "--config-file", config]

from keystone.server.wsgi import initialize_public_application  # noqa: E402


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


# One request after the other: its connections to SQLite do not go from thread to thread.
make_server("127.0.0.1", port, initialize_public_application(), handler_class=QuietHandler).serve_forever()
