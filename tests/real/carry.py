"""Runs a script as it stands, but for this: what its stravalib sends to Strava is carried to another server.

usage: carry.py http://127.0.0.1:PORT SCRIPT
"""

import sys

import requests

server, script = sys.argv[1:]


class Carried(requests.adapters.HTTPAdapter):
    def send(self, request, **kwargs):
        request.url = request.url.replace("https://www.strava.com", server)
        return super().send(request, **kwargs)


requests.sessions.HTTPAdapter = Carried
with open(script) as file:
    exec(compile(file.read(), script, "exec"))
