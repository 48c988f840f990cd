"""A survey is not published without the files that its rules read."""

import pytest

from cli.survey_media import refuse_without_data
from deploy.local.failure import Failure
from schemas.survey.compile import Compiled


def test_data_files_must_be_there() -> None:
    with pytest.raises(Failure, match=r"reads prices\.csv, towns\.geojson, which.*--media"):
        refuse_without_data(Compiled(None, missing=["face.png", "prices.csv", "towns.geojson"]))


def test_pictures_may_be_missing() -> None:
    refuse_without_data(Compiled(None, missing=["face.png", "hello.mp3"]))
    refuse_without_data(Compiled(None))
