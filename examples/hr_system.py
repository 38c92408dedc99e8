"""A day of an HR system with Huoli, by its REST calls alone: no more than Python's own library.

    python examples/hr_system.py --address http://127.0.0.1:3000 --key KEY

It hires a person, plans an activity by its forecast, chooses whom to mail first, announces it to
everyone, reports what people do as it happens, asks for lists, and tidies up after itself. The key
needs the role hr_system.
"""

import argparse
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

Json = dict[str, Any]
# answers that are worth another try, after the time that the answer names
LATER = (429, 503)
MOST_TRIES = 8
FRESH_SECONDS = 5


class Huoli:
    """The calls, with the key; a call that should be made later is made again by itself."""

    def __init__(self, address: str, key: str) -> None:
        self.address = address.rstrip("/")
        self.key = key

    def call(self, method: str, path: str, body: object = None) -> Json:
        """The answer; an empty one where there is no body.

        Raises:
            SystemExit: the call was refused; what Huoli says of it is the message.
        """
        for attempt in range(MOST_TRIES):
            try:
                return self._once(method, path, body)
            except urllib.error.HTTPError as refused:
                said = refused.read().decode()
                if refused.code not in LATER or attempt + 1 == MOST_TRIES:
                    raise SystemExit(f"{method} {path}: {refused.code} {said}") from refused
                time.sleep(float(refused.headers.get("Retry-After") or 1))
            except (urllib.error.URLError, ConnectionError):
                # nobody knows whether it arrived: every call here may be made twice
                if attempt + 1 == MOST_TRIES:
                    raise
                time.sleep(1)
        raise AssertionError("unreachable")

    def _once(self, method: str, path: str, body: object) -> Json:
        request = urllib.request.Request(
            self.address + path,
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={
                "Authorization": f"Bearer {self.key}",
                "Content-Type": "application/json",
                "Accept-Language": "en",
            },
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"{}")

    def pages(self, path: str, **filters: str) -> Iterator[Json]:
        """Every entry of a list, page by page."""
        after = None
        while True:
            asked = filters | ({"after": after} if after else {})
            page = self.call("GET", f"{path}?{urllib.parse.urlencode(asked)}")
            yield from page["items"]
            after = page["next"]
            if after is None:
                return


def main() -> None:
    """Live through the day, saying what happens."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--address", default="http://127.0.0.1:3000")
    parser.add_argument("--key", required=True)
    parser.add_argument("--people", type=int, default=200, help="how many sign up, at most")
    args = parser.parse_args()
    huoli = Huoli(args.address, args.key)
    now = datetime.fromisoformat(as_of(huoli))

    print("08:00  somebody is hired")
    hired = hire(huoli, now)
    print("09:00  an activity is planned: three designs beside each other")
    activity_id, design = plan(huoli, now)
    print("10:00  it is announced to everyone; those of whom most come are mailed first")
    audience = announce(huoli, activity_id, design, args.people)
    print("11:00  people answer, and their lists follow")
    sign_up(huoli, activity_id, audience, now)
    print("17:00  how many of everyone are expected by now")
    told = huoli.call("POST", "/v1/forecasts", {"activity_id": activity_id, "explain": False})
    count = told["overall"]
    print(f"       {count['expected']} people ({count['low']} to {count['high']}), "
          f"stage {told['stage']}")  # fmt: skip
    print("18:00  it is called off, and the new colleague leaves again")
    tidy_up(huoli, activity_id, design, hired)
    print("       done")


def as_of(huoli: Huoli) -> str:
    """The moment as of which Huoli answers, which of a simulated company is not today."""
    someone = next(huoli.pages("/v1/employees", employed="true", limit="1"))
    answer = huoli.call("POST", "/v1/recommendations", {"employee_id": someone["employee_id"]})
    return str(answer["as_of"])


def hire(huoli: Huoli, now: datetime) -> str:
    """A new colleague in a project group; has a list at once."""
    hired = f"example-{now:%Y%m%d}"
    path = f"/v1/employees/{hired}"
    huoli.call("PUT", path, {
        "hired_at": (now - timedelta(hours=8)).isoformat(), "function": "R&D", "city": "成都",
        "timezone": "Asia/Shanghai",
    })  # fmt: skip
    huoli.call("PUT", f"{path}/memberships/example-group", {"role": "developer"})
    found = list_of(huoli, hired)
    print(f"       {hired} has a list of {len(found)} from the first minute")
    return hired


def plan(huoli: Huoli, now: datetime) -> tuple[str, Json]:
    """(id, design) of the activity: of three designs, that of which most is expected."""
    starts = (now + timedelta(days=14)).replace(hour=8, minute=0, second=0, microsecond=0)
    design: Json = {
        "title": "Company and code", "template": "knowledge_quiz", "mode": "online",
        "tags": {"corporate": 1.0}, "timezone": "Asia/Shanghai",
        "starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=1)).isoformat(),
    }  # fmt: skip
    variants = [{"tags": {"technical": 0.5, "corporate": 0.5}}, {"reward_points": 50}]
    answer = huoli.call("POST", "/v1/forecasts/compare", {"draft": design, "variants": variants})
    print(f"       as it is: {answer['forecast']['overall']['expected']} people")
    best, most = {}, 0
    for variant in answer["variants"]:
        gain = variant["difference"]
        print(f"       with {variant['changes']}: {gain['expected']:+d} "
              f"({gain['low']:+d} to {gain['high']:+d})")  # fmt: skip
        if gain["expected"] > most:
            best, most = variant["changes"], gain["expected"]
    return f"example-quiz-{now:%Y%m%d%H%M%S}", design | best


def announce(huoli: Huoli, activity_id: str, design: Json, n_people: int) -> Sequence[str]:
    """The people whom the HR system mails first; the activity itself is open to everyone."""
    body = {"draft": design, "size": max(5, n_people)}
    audience = huoli.call("POST", "/v1/audiences", body)
    print(f"       {len(audience['employee_ids'])} of {audience['eligible']} are mailed, "
          f"{audience['overall']['expected']} of them expected")  # fmt: skip
    path = f"/v1/activities/{activity_id}"
    huoli.call("PUT", path, design | {"state": "approved"})
    huoli.call("PUT", path, design | {"state": "announced"})
    return audience["employee_ids"]


def sign_up(huoli: Huoli, activity_id: str, people: Sequence[str], now: datetime) -> None:
    """Every second one registers, every fifth declines; lists show it within seconds."""
    watched = next(one for one in people if activity_id in list_of(huoli, one))
    events = [
        {"event_id": f"{activity_id}-{number}", "employee_id": who, "activity_id": activity_id,
         "kind": "declined" if number % 5 == 4 else "registered", "occurred_at": now.isoformat()}
        for number, who in enumerate(people)
        if number % 2 == 0 or number % 5 == 4 or who == watched
    ]  # fmt: skip
    total = {"accepted": 0, "duplicates": 0, "refused": 0}
    for begin in range(0, len(events), 50):
        # the second time as if the first answer had been lost on its way
        for _ in range(2):
            answer = huoli.call("POST", "/v1/events", {"events": events[begin : begin + 50]})
            total = {name: n + answer[name] for name, n in total.items()}
    print(f"       {total['accepted']} events kept, {total['duplicates']} seen to be sent twice, "
          f"{total['refused']} refused")  # fmt: skip
    limit = time.monotonic() + FRESH_SECONDS
    while activity_id in list_of(huoli, watched):
        if time.monotonic() > limit:
            raise SystemExit("an answered activity stayed on a list")
        time.sleep(0.1)
    print("       whoever answered is not asked again")


def tidy_up(huoli: Huoli, activity_id: str, design: Mapping[str, Any], hired: str) -> None:
    """Call the activity off, which takes it from every list, and end what began in the morning."""
    huoli.call("PUT", f"/v1/activities/{activity_id}", {**design, "state": "cancelled"})
    huoli.call("DELETE", f"/v1/employees/{hired}/memberships/example-group")
    huoli.call("DELETE", f"/v1/employees/{hired}")


def list_of(huoli: Huoli, employee_id: str) -> list[str]:
    """The activities on one person's list, the best first."""
    body = {"employee_id": employee_id, "k": 100}
    answer = huoli.call("POST", "/v1/recommendations", body)
    return [item["activity_id"] for item in answer["recommendations"][0]["items"]]


if __name__ == "__main__":
    main()
