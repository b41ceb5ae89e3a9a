"""Gets the classifier ready beside the running service: loading its library and training take seconds."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from bot.dialogue.domain import Domain
from bot.dialogue.nlu.examples import TrainingData

if TYPE_CHECKING:
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

    async def ready(self) -> "Interpreter":
        """Wait until sentences can be understood; the first caller loads in a thread."""
        async with self._loading:
            if self._interpreter is None:
                self._interpreter = await asyncio.to_thread(self._load)
            return self._interpreter

    def _load(self) -> "Interpreter":
        from bot.dialogue.nlu import interpreter, model_cache  # noqa: PLC0415 -- slow import

        model = model_cache.load_or_train(self._training.examples, OUT_OF_SCOPE, self._cache_folder)
        return interpreter.Interpreter(self._training, self._domain.intents, model)
