"""The worker processes of one crawl on this machine: started, watched, and told of signals."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from types import FrameType

LOOK_SECONDS = 0.1
PASSED_ON = (signal.SIGINT, signal.SIGTERM)


class Crew:
    """`died(pid, code)` is called for each process that a signal ended."""

    def __init__(self, died: Callable[[int, int], None]) -> None:
        self._died = died
        self._processes: list[subprocess.Popen[bytes]] = []
        self.was_interrupted = False

    def run(self, command: Sequence[str], number: int) -> list[int]:
        """Run `command` so often at once; the exit codes of all, negative for a signal, when the last one ended."""
        handlers = {each: signal.signal(each, self._pass_on) for each in PASSED_ON}
        try:
            for _ in range(number):
                # In a session of its own: a terminal's Ctrl-C would come twice, which ends a crawl at once.
                self._processes.append(subprocess.Popen(command, start_new_session=True))  # noqa: S603  # our own words
            return self._watch()
        finally:
            for each, handler in handlers.items():
                signal.signal(each, handler)

    def _watch(self) -> list[int]:
        codes = []
        living = list(self._processes)
        while living:
            for process in [each for each in living if each.poll() is not None]:
                living.remove(process)
                codes.append(process.returncode)
                if process.returncode < 0:
                    self._died(process.pid, process.returncode)
            time.sleep(LOOK_SECONDS)
        return codes

    def _pass_on(self, _number: int, _frame: FrameType | None) -> None:
        self.was_interrupted = True
        for process in self._processes:
            if process.poll() is None:
                process.terminate()  # which a crawl takes as Ctrl-C, and Python that still starts without a traceback
