import inspect

import pytest

import nlp_cx.analyze


@pytest.mark.parametrize("name", nlp_cx.analyze.PLACES)
def test_public_functions_are_there_and_documented(name):
    function = getattr(nlp_cx.analyze, name)
    assert function.__name__ == name
    text = inspect.getdoc(function)
    for section in ("Parameters", "Returns", "Examples"):
        assert f"\n{section}\n" in text, section


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = nlp_cx.analyze.nothing
    assert "what_if" in dir(nlp_cx.analyze)
