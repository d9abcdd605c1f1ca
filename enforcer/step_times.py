"""How long the steps of a pass take, for the bench, the health page and the log."""

import time


class Steps:
    """How long each step of a pass took, and what it added to the processor time of this thread, by step."""

    def __init__(self, cpu_ms: dict[str, float]) -> None:
        self.taken_ms: dict[str, float] = {}
        self._cpu_ms = cpu_ms
        self._last_s, self._last_cpu_s = time.perf_counter(), time.thread_time()

    def done(self, name: str) -> None:
        now_s, cpu_s = time.perf_counter(), time.thread_time()
        self.taken_ms[name] = self.taken_ms.get(name, 0.0) + (now_s - self._last_s) * 1000
        self._cpu_ms[name] = self._cpu_ms.get(name, 0.0) + (cpu_s - self._last_cpu_s) * 1000
        self._last_s, self._last_cpu_s = now_s, cpu_s
