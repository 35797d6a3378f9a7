"""Greets the athlete, lists the latest activities, and adds up the distance of all of them.

`make` starts it through `loopin exec`, which keeps the token good and gives it in STRAVA_ACCESS_TOKEN.
"""

import logging
import os
import signal
import sys

import requests
import stravalib
from stravalib.exc import AccessUnauthorized, Fault

LATEST = 10


def main() -> None:
    # Ctrl-C just ends it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # stravalib warns that it could not refresh the token. It need not: loopin does.
    logging.basicConfig(level=logging.ERROR)
    token = os.environ.get("STRAVA_ACCESS_TOKEN")
    if not token:
        sys.exit("sync.py: there is no STRAVA_ACCESS_TOKEN: start it with `make`")
    try:
        sync(token)
    except AccessUnauthorized as error:
        sys.exit(f"sync.py: Strava refuses: {error}\nto log in again, with all boxes ticked: make logout; make")
    except Fault as error:
        sys.exit(f"sync.py: Strava refuses: {error}")
    except requests.RequestException as error:
        sys.exit(f"sync.py: no answer from Strava ({type(error).__name__}); try again later")


def sync(token: str) -> None:
    # Without stravalib's own limiter, which waits for up to a day, and does not say so.
    client = stravalib.Client(access_token=token, rate_limit_requests=False)
    athlete = client.get_athlete()
    print(f"Hello, {athlete.firstname} {athlete.lastname}!")

    count, kilometres = 0, 0.0
    for activity in client.get_activities():  # the newest first; the next page is asked for when this one is used up
        distance = float(activity.distance or 0) / 1000
        count += 1
        kilometres += distance
        if count <= LATEST:
            start = activity.start_date_local
            print(f"{start:%Y-%m-%d}" if start else "no date   ", f"{distance:7.1f} km ", activity.name)
    print(f"total      {kilometres:7.1f} km  (activities: {count})" if count else "No activities yet.")


if __name__ == "__main__":
    main()
