"""A client as small as the standard library allows, and what is measured with it."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection
from statistics import median
from types import TracebackType
from urllib.parse import urlencode

CSRF = "a" * 32  # any 32 characters, alike in cookie and header
LONGEST_ANSWER_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes


class WrongAnswer(RuntimeError):
    """A server answered otherwise than the measurement needs: its figure would mean nothing."""


@dataclass
class Client:
    """One person's browser: one connection that stays open until the block ends, one sign-in."""

    port: int
    session_key: str = ""
    _connection: HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self._connection = HTTPConnection("127.0.0.1", self.port, timeout=LONGEST_ANSWER_SECONDS)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()

    def get(self, path: str, *, expect: int | None = 200) -> Answer:
        """The answer to a GET.

        Raises:
            WrongAnswer: if its status is another than expected (None: any will do).
        """
        return self._ask("GET", path, None, {}, expect)

    def post(self, path: str, said: dict[str, str], *, expect: int = 200) -> Answer:
        """The answer to a form, as the page's script sends it.

        Raises:
            WrongAnswer: if its status is another than expected.
        """
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        return self._ask("POST", path, urlencode(said), headers | {"X-CSRFToken": CSRF}, expect)

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str], expect: int | None) -> Answer:
        cookies = {"Cookie": f"csrftoken={CSRF}; sessionid={self.session_key}", "Host": "localhost"}
        try:
            self._connection.request(method, path, body, headers | cookies)
            response = self._connection.getresponse()
        except ConnectionError:
            # The server closed a connection that waited too long. A browser opens another and asks again.
            self._connection.close()
            self._connection.request(method, path, body, headers | cookies)
            response = self._connection.getresponse()
        answer = Answer(response.status, response.read())
        if expect is not None and answer.status != expect:
            start = answer.body[:300].decode(errors="replace")
            raise WrongAnswer(f"{method} {path} was answered with {answer.status}, not {expect}: {start}")
        return answer


def seconds(ask: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    ask()
    return time.perf_counter() - start


def alternating(first: Callable[[], float], second: Callable[[], float], rounds: int) -> tuple[float, float]:
    """Measure the two in turn, so that what else the machine does meets both; the median of each."""
    pairs = [(first(), second()) for _ in range(rounds)]
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)


def rate(workers: Sequence[Callable[[], object]], calls: int) -> float:
    """Calls per second when each worker makes this many, one after the other, all workers at the same time."""

    def work_off(call: Callable[[], object]) -> None:
        for _ in range(calls):
            call()

    with ThreadPoolExecutor(len(workers)) as threads:
        took = seconds(lambda: list(threads.map(work_off, workers)))
    return len(workers) * calls / took
