"""Finding cases: by words of number, name and place, the way people type them."""

import pytest


@pytest.mark.parametrize(
    "words",
    [
        "",
        "4105022026O0001",
        "4105022026o0001",
        "41050220260001",
        "410502202600001",
        "4105022026O0001-0013",
        "宏远",
        "文明大道 宏远",
        "O0001",
    ],
)
def test_a_case_is_found(service, words):
    case = service.open_case()
    page = service.supervisor.get("/cases", params={"q": words}, headers={"accept": "text/html"})
    found = f'data-case="{case}"' in page.text
    assert found is (words != "41050220260001"), "a number with a digit missing is no number"


@pytest.mark.parametrize("words", ["4105022026O0002", "汤阴", "%", "_"])
def test_what_is_not_there_is_not_found(service, words):
    case = service.open_case()
    page = service.supervisor.get("/cases", params={"q": words}, headers={"accept": "text/html"})
    assert page.status_code == 200
    assert f'data-case="{case}"' not in page.text
