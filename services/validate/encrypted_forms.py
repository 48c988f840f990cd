"""Which private key opens an encrypted submission, and what it is then."""

from collections.abc import Callable, Iterable

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from schemas.events import Submission
from schemas.survey.definition import SurveyDefinition
from services.validate.deciphering import decipher
from services.validate.form_keys import FormKeys
from services.validate.reasons import FORM_KEY_FAILS, Code

Clear = Callable[[Submission, SurveyDefinition], Submission | Code | None]
"""An encrypted submission and its version -> it in clear; or why it cannot be opened; or None, if the key is not here:
then nothing is wrong with it, and it waits."""


def without_keys(sealed: Submission, definition: SurveyDefinition) -> None:
    """For a validator that has no keys of forms: everything waits."""


class EncryptedForms:
    """A `Clear` on a folder of keys."""

    def __init__(self, keys: FormKeys) -> None:
        self._keys = keys

    def __call__(self, sealed: Submission, definition: SurveyDefinition) -> Submission | Code | None:
        if definition.form_key is not None:
            key = self._keys.of(definition.form_key)
            return None if key is None else decipher(sealed, key)
        # This version names no key, but the phone had one: a form that was filled for another server, or before it
        # was published here. OAEP tells whether a key fits.
        return _first_that_fits(sealed, self._keys.all())


def _first_that_fits(sealed: Submission, keys: Iterable[RSAPrivateKey]) -> Submission | Code | None:
    for key in keys:
        found = decipher(sealed, key)
        if found is not FORM_KEY_FAILS:
            return found
    return None
