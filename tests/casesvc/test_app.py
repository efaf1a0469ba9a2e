"""What an application takes from its installation when it is built: the tests build one and exchange just that."""

from dataclasses import replace

from casesvc.app import create_app
from tests.casesvc.conftest import given


class Noting:
    """Settings that note which of them are asked for."""

    def __init__(self, settings) -> None:
        self._settings = settings
        self.asked: set[str] = set()

    def __getattr__(self, name):
        self.asked.add(name)
        return getattr(self._settings, name)


def test_an_application_is_built_of_the_settings_that_are_exchanged_and_of_no_other(here):
    building, exchanging = Noting(here.settings), Noting(here.settings)
    app = create_app(replace(here, settings=building))
    given(app, replace(here, settings=exchanging))
    assert building.asked == exchanging.asked == {"secret", "data_dir", "secure_cookies"}


def test_an_exchanged_application_is_of_its_installation_in_all_that_was_built(here, peopled):
    app = given(create_app(peopled), here)
    own = create_app(here)
    assert app.csrf_config == own.csrf_config
    assert app.state.installation is own.state.installation is here
    assert app.state.jobs._here is own.state.jobs._here is here
    assert set(app.state.dict()) == set(own.state.dict())
