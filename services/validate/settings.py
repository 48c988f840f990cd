"""Settings of validate: RIHLA_VALIDATE__<NAME>, beside those that all services share."""

from typing import Annotated

from pydantic import Field, SecretStr

from services.runtime.settings import Section, ServiceSettings


class ValidateSettings(Section):
    """`dlq_limit`: records in a row that cannot be opened or make our code fail, before the worker stops for the
    operator. `batch_records` and `batch_within_s`: what is judged and written at a time; beyond 500 nothing is gained,
    and below 0.1 s a batch at 1,000 a second would hold few records."""

    dlq_limit: Annotated[int, Field(ge=1)] = 50
    batch_records: Annotated[int, Field(ge=1, le=5000)] = 500
    batch_within_s: Annotated[float, Field(gt=0, le=5)] = 0.1
    group: str = "validate"
    form_key_passphrase: SecretStr = SecretStr("")
    """Of the private keys of forms that encrypt (form-*.pem), where they have one; then the same for all."""


class Settings(ServiceSettings):
    validate_: ValidateSettings = Field(default=ValidateSettings(), validation_alias="RIHLA_VALIDATE")
