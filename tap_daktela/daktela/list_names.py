"""A list of the instance has one name today, and may have had others on older servers."""

import logging
from collections.abc import Sequence

from tap_daktela.errors import AccessError

LOGGER = logging.getLogger(__name__)


class ListNames:
    """Tells by which of its `names` a list is requested: today's comes first. `current` is the one to try.

    Daktela V6 API: a server answers with 404 where it does not know a name, and with 403 where a right is missing. It
    may check rights first, so only an answer under an older name shows which of the two a 403 means.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._refusals: list[AccessError] = []

    @property
    def current(self) -> str:
        """The name to try."""
        return self._names[len(self._refusals)]

    def refuse(self, error: AccessError) -> None:
        """Go on to the next older name after `error`; raise it if it concerns the credentials.

        If no name is left, the error of the first name that the user has no right to read is raised, or else today's.
        """
        if not error.is_of_list:
            raise error
        refusals = [*self._refusals, error]
        if len(refusals) == len(self._names):
            raise next((one for one in refusals if one.status == 403), refusals[0])  # noqa: PLR2004 - an HTTP status
        self._refusals = refusals
        LOGGER.info("%s; trying its older name %s", error, self.current)
