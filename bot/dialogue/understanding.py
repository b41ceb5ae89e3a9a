"""Gets the classifier ready beside the running service: reading it takes a moment, and training seconds."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from bot.dialogue.domain import Domain
from bot.dialogue.nlu import model_cache
from bot.dialogue.nlu.examples import TrainingData
from bot.dialogue.nlu.interpreter import Interpreter

OUT_OF_SCOPE = "out_of_scope"


class Understanding:
    """The interpreter, once it is there."""

    def __init__(self, domain: Domain, training: TrainingData, cache_folder: Path) -> None:
        self._domain = domain
        self._training = training
        self._cache_folder = cache_folder
        self._loading = asyncio.Lock()
        self._interpreter: Interpreter | None = None

    async def ready(self) -> Interpreter:
        """Wait until sentences can be understood; it is loaded in a thread that keeps no service from ending."""
        async with self._loading:
            if self._interpreter is None:
                self._interpreter = await self._loaded()
            return self._interpreter

    async def _loaded(self) -> Interpreter:
        loop = asyncio.get_running_loop()
        loaded: asyncio.Future[Interpreter] = loop.create_future()

        def load() -> None:
            tell: Callable[[], None]
            try:
                tell = partial(loaded.set_result, self._load())
            except Exception as error:  # noqa: BLE001 -- whoever waits is told
                tell = partial(loaded.set_exception, error)
            with suppress(RuntimeError):  # the loop is closed: the service has ended
                loop.call_soon_threadsafe(lambda: None if loaded.done() else tell())

        threading.Thread(target=load, name="understanding", daemon=True).start()
        return await loaded

    def _load(self) -> Interpreter:
        ranker = model_cache.load_or_train(self._training.examples, OUT_OF_SCOPE, self._cache_folder)
        return Interpreter(self._training, self._domain.intents, ranker)
