"""stravalib, unchanged, with token.json, unchanged: prints the athlete that a server answering as Strava does has for it.

usage: get_athlete.py token.json [SCRIPT]
With a script, it is the script that asks, as it stands; what it sends to Strava is carried to that server.
"""

import http.server
import json
import os
import sys
import threading

import requests
from stravalib import Client

ATHLETE = {"id": 227615, "resource_state": 2, "firstname": "John", "lastname": "Applestreet", "premium": True}
FAULT = {"message": "Authorization Error", "errors": [{"resource": "Athlete", "field": "access_token", "code": "invalid"}]}
requested = []


class Strava(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        requested.append(f"{self.command} {self.path}")
        known = self.headers["Authorization"] == f"Bearer {token['access_token']}"
        body = json.dumps(ATHLETE if known else FAULT).encode()
        self.send_response(200 if known else 401)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("X-RateLimit-Limit", "200,2000")
        self.send_header("X-RateLimit-Usage", "1,1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_):
        pass


class ToLoopback(requests.adapters.HTTPAdapter):
    """Carries what stravalib sends to Strava to the server above."""

    def send(self, request, **kwargs):
        request.url = request.url.replace("https://www.strava.com", f"http://127.0.0.1:{server.server_port}")
        return super().send(request, **kwargs)


with open(sys.argv[1]) as file:
    token = json.load(file)
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Strava)
threading.Thread(target=server.serve_forever, daemon=True).start()
session = requests.Session()
session.mount("https://", ToLoopback())

if len(sys.argv) > 2:
    requests.sessions.HTTPAdapter = ToLoopback
    with open(sys.argv[2]) as script:
        exec(script.read())
    sys.exit()

# With these, stravalib looks at the expiry before each request and would refresh a token that it takes for expired.
os.environ.update(STRAVA_CLIENT_ID="1", STRAVA_CLIENT_SECRET="unused")
client = Client(
    access_token=token["access_token"],
    refresh_token=token["refresh_token"],
    token_expires=token["expires_at"],
    requests_session=session,
)
athlete = client.get_athlete()
print(athlete.id, athlete.firstname, athlete.lastname)
print(*requested, sep="\n")
